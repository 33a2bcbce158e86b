"""What a campaign did: false alarms and coverage when it is looked at every day, and what the proof costs.

Two thousand campaigns without an effect and two thousand with one, in each of twelve worlds: buyers, orders and spend
with a long tail; control groups of one half and of one in ten; people who come in day by day, and people who are all
there on the first day. A campaign counts as one false alarm however often it raised one. The yardstick is the usual
interval of 1.96 standard errors, looked at on the same days of the same campaigns.
"""

from itertools import product

import numpy as np

from bench.figures import Figure
from guanxi.estimators import many, sequences
from tests.estimators.campaigns import World, arms

CAMPAIGNS = 2000
LEVEL = 0.05
LIFT = 0.25
WORLDS = [
    World(measure, rolling, share)
    for measure, rolling, share in product(("buyers", "orders", "spend"), (True, False), (0.5, 0.9))
]


def run(scale: float) -> list[Figure]:
    """False alarms without an effect, coverage with one: the worst of all worlds, and all of them together."""
    campaigns = max(50, round(CAMPAIGNS * scale))
    alarms, bets, naive = zip(*(false_alarms(world, campaigns) for world in WORLDS), strict=True)
    covered = [coverage(world, campaigns) for world in WORLDS]
    found = [proved(World(share=0.5, lift=LIFT), campaigns)]
    note = f"{campaigns:,} campaigns in each of {len(WORLDS)} worlds"
    usual = f"looked at daily with 1.96 standard errors: {100 * float(np.mean(naive)):.1f} %"
    return [
        Figure(
            "False alarms, all worlds", 100 * float(np.mean(alarms)), "%", 100 * LEVEL, "less", usual, note
        ),
        Figure("False alarms, worst world", 100 * max(alarms), "%", 100 * LEVEL, "less", _name(alarms)),
        Figure(
            "Useless campaigns with an e-value of 20", 100 * max(bets), "%", 100 * LEVEL, "less", _name(bets)
        ),
        Figure(
            "Ranges that hold the true effect on every day", 100 * float(np.mean(covered)), "%", 95, "more"
        ),
        Figure(
            "The same, worst world", 100 * min(covered), "%", 95, "more", _name([-one for one in covered])
        ),
        Figure(
            "Campaigns proved that bring 25 % more orders", 100 * found[0], "%", note="4,000 people, 8 weeks"
        ),
    ]


def false_alarms(world: World, campaigns: int) -> tuple[float, float, float]:
    """Shares of campaigns without an effect in which the range ever leaves zero, the bet ever pays twenty, and the
    usual interval ever leaves zero."""
    treated, control = arms(world, campaigns=campaigns, seed=1)
    seen = many.differences(treated, control, planned=world.people)
    usual = 1.96 * np.sqrt(treated.error + control.error)
    left = ((seen.low > 0) | (seen.high < 0)) & seen.read
    return (
        float(left.any(axis=1).mean()),
        float(((seen.e_value >= sequences.PROVED) & seen.read).any(axis=1).mean()),
        float(((np.abs(seen.estimate) > usual) & seen.read).any(axis=1).mean()),
    )


def coverage(world: World, campaigns: int) -> float:
    """The share of campaigns with an effect whose range holds it on every day it is read."""
    real = World(world.measure, world.rolling, world.share, LIFT)
    treated, control = arms(real, campaigns=campaigns, seed=2)
    seen = many.differences(treated, control, planned=real.people)
    missed = ((seen.low > real.truth) | (seen.high < real.truth)) & seen.read
    return float(1 - missed.any(axis=1).mean())


def proved(world: World, campaigns: int) -> float:
    """The share of campaigns with an effect that are ever proved."""
    treated, control = arms(world, campaigns=campaigns, seed=3)
    seen = many.differences(treated, control, planned=world.people)
    return float(((seen.low > 0) & seen.read).any(axis=1).mean())


def _name(rates: list[float] | tuple[float, ...]) -> str:
    world = WORLDS[int(np.argmax(rates))]
    entry = "day by day" if world.rolling else "all on the first day"
    return f"{world.measure}, {world.share:.0%} treated, {entry}"
