"""Campaigns drawn from a world in which the effect is known, and looked at every day.

Customers buy at a rate of their own (gamma), at random times (Poisson), for log-normal amounts; the campaign multiplies
the rate of those it reaches by `1 + lift`.
"""

from dataclasses import dataclass

import numpy as np

from guanxi.estimators import many
from guanxi.estimators.histories import Numbers
from guanxi.estimators.many import Arms, Bounds

SHAPE = 0.7  # of the rates among customers: many buy little, some much
MU, SIGMA = 3.0, 0.8  # of the logarithm of an amount


@dataclass(frozen=True, slots=True)
class World:
    """What is measured, and how people come in.

    Attributes:
        measure: `buyers` (0 or 1), `orders` (how many) or `spend`.
        rolling: People enter day by day and are followed for a week; else all are there on the first day and what
            they do adds up.
    """

    measure: str = "orders"
    rolling: bool = False
    share: float = 0.5
    lift: float = 0.0
    people: int = 4000
    days: int = 56
    rate: float = 0.01

    @property
    def truth(self) -> Numbers:
        """The effect a person on each day."""
        span = np.full(self.days, 7.0) if self.rolling else np.arange(1.0, self.days + 1)
        return self._expected(span * (1 + self.lift)) - self._expected(span)

    def _expected(self, span: Numbers) -> Numbers:
        if self.measure == "buyers":
            return 1 - (1 + self.rate * span / SHAPE) ** -SHAPE
        return self.rate * span * (np.exp(MU + SIGMA**2 / 2) if self.measure == "spend" else 1.0)


def arms(world: World, *, campaigns: int, seed: int) -> tuple[Arms, Arms]:
    """Counters of treated and control, one row a campaign, one column a day."""
    made = [_campaign(world, np.random.default_rng([seed, number])) for number in range(campaigns)]
    return tuple(
        Arms(*(np.stack(each) for each in zip(*side, strict=True))) for side in zip(*made, strict=True)
    )


def looked_at(world: World, *, campaigns: int, seed: int) -> Bounds:
    """What the sequences say on each day of each campaign."""
    treated, control = arms(world, campaigns=campaigns, seed=seed)
    return many.differences(treated, control, planned=world.people)


def _campaign(world: World, draw: np.random.Generator) -> tuple[Arms, Arms]:
    treated = draw.random(world.people) < world.share
    rate = draw.gamma(SHAPE, world.rate / SHAPE, world.people) * (1 + world.lift * treated)
    count = draw.poisson(rate * (7 if world.rolling else world.days))
    who = np.repeat(np.arange(world.people), count)
    worth = np.exp(draw.normal(MU, SIGMA, len(who))) if world.measure == "spend" else np.ones(len(who))
    if world.rolling:
        entered = draw.integers(0, world.days, world.people)
        value = np.bincount(who, worth, world.people)
        value = np.minimum(value, 1.0) if world.measure == "buyers" else value
        return tuple(_entering(value, entered, treated == side, world.days) for side in (True, False))
    day = draw.integers(0, world.days, len(who))
    return tuple(_adding(who, day, worth, treated == side, world) for side in (True, False))


def _entering(value: Numbers, entered: Numbers, members: Numbers, days: int) -> Arms:
    def until(weight: Numbers) -> Numbers:
        return np.cumsum(np.bincount(entered[members], weight[members], days))

    return Arms(until(np.ones_like(value)), until(value), until(value**2))


def _adding(who: Numbers, day: Numbers, worth: Numbers, members: Numbers, world: World) -> Arms:
    """Squares grow by (before + worth)^2 - before^2 with each purchase of a person, in the order of the days."""
    order = np.lexsort((day, who))
    order = order[members[who[order]]]
    person, at, amount = who[order], day[order], worth[order]
    running = np.cumsum(amount)
    first = np.concatenate([[True], person[1:] != person[:-1]])
    before = running - amount
    before = before - np.maximum.accumulate(np.where(first, before, 0.0))
    if world.measure == "buyers":
        amount, before = np.where(before == 0, 1.0, 0.0), np.zeros_like(before)
    total = np.cumsum(np.bincount(at, amount, world.days))
    squares = np.cumsum(np.bincount(at, (before + amount) ** 2 - before**2, world.days))
    return Arms(np.full(world.days, float(members.sum())), total, squares)
