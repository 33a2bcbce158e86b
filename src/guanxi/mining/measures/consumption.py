"""Consumption behaviour: how often a customer is expected to buy in a month, with rhythm, categories and RFM
beside it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from guanxi.estimators import value
from guanxi.estimators.bgnbd import BetaGeometric
from guanxi.estimators.histories import Numbers
from guanxi.estimators.regularity import wheat_morrison
from guanxi.mining.features.consumption import RECENT_DAYS
from guanxi.mining.measures.interface import WEEK, Lever, Population, Proof, Reason, Scores

MONTH_DAYS = 30
COVERAGE = 0.80


@dataclass(frozen=True, slots=True)
class Consumption:
    """The measure: expected days of purchase within thirty days."""

    construct: str = "consumption"
    version: str = "bgnbd-1"

    def evaluate(self, population: Population, *, seed: int) -> Scores:
        """Expected days of purchase in the coming month, with an 80 % interval."""
        histories = population.histories()
        fitted = BetaGeometric().fit(histories, seed=seed)
        ahead = fitted.outlook(histories.repeats, histories.last, histories.age, MONTH_DAYS / WEEK)
        one, none = np.ones(len(population)), np.zeros(len(population))
        lo, hi = value.interval(ahead, one, none, none, COVERAGE)
        level = np.where(histories.repeats >= 3, "A", np.where(histories.repeats >= 1, "B", "C"))
        settled = fitted.source == "posterior" and fitted.customers >= 50
        return Scores(
            self.construct, ahead.mean, np.minimum(lo, ahead.mean), np.maximum(hi, ahead.mean),
            population.counts("days"), level if settled else np.full_like(level, "C"), MONTH_DAYS,
            self.version, report=self._report(population),
        )  # fmt: skip

    def explain(self, population: Population, scores: Scores) -> Iterable[Sequence[Reason]]:
        """Their rhythm, where they spend most, whether it becomes more or less."""
        columns = (
            population.counts("days").tolist(), gap(population).tolist(), shape(population).tolist(),
            population.table["department"].to_pylist(), population.numbers("department_share").tolist(),
            population.counts("recent").tolist(), trend(population).tolist(),
        )  # fmt: skip
        return (_reasons(*row) for row in zip(*columns, strict=True))

    def improve(self, population: Population, scores: Scores) -> Sequence[Lever]:
        """None yet."""
        return ()

    def verify(self, lever: Lever) -> Proof:
        """None yet."""
        return Proof()

    def _report(self, population: Population) -> dict[str, Any]:
        found = wheat_morrison(population.numbers("gap_last"), population.numbers("gap_before"))
        gaps = gap(population)
        known = gaps[np.isfinite(gaps)]
        return {
            "regularity": {"k": found.k, "lo": found.lo, "hi": found.hi, "pairs": found.pairs}
            if found
            else None,
            "regular": found.regular if found else None,
            "gap_median": float(np.median(known)) if len(known) else None,
            "grid": grid(population),
        }


def gap(population: Population) -> Numbers:
    """Mean days between purchases; NaN with one purchase only."""
    days = population.counts("days")
    span = population.counts("last") - population.counts("first")
    return np.where(days > 1, span / np.maximum(days - 1, 1), np.nan)


def shape(population: Population) -> Numbers:
    """1 / (coefficient of variation of the gaps)²: 1 where purchases come at random; NaN under four gaps."""
    number = population.counts("days") - 1
    mean = gap(population)
    squares = np.nan_to_num(population.numbers("squares"))
    variance = (squares - number * np.nan_to_num(mean) ** 2) / np.maximum(number - 1, 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        found = np.minimum(mean**2 / np.maximum(variance, 1e-9), 99.0)
    return np.where(number >= 4, found, np.nan)


def trend(population: Population) -> Numbers:
    """log(rate of the last ninety days / rate before), both shrunk by one order in ninety days; 0 for the
    new."""
    recent = population.numbers("recent")
    before = population.numbers("orders") - recent
    age = population.as_of - population.numbers("first")
    spell = np.minimum(age, RECENT_DAYS)
    former = np.maximum(age - RECENT_DAYS, 0.0)
    ratio = ((recent + 1) / (spell + RECENT_DAYS)) / ((before + 1) / (former + RECENT_DAYS))
    return np.where(former > 0, np.log(ratio), 0.0)


def grid(population: Population) -> list[list[int]]:
    """Customers by recency and frequency fifths: [recency, frequency, customers, money in minor units]."""
    cell = (population.counts("recency") - 1) * 5 + population.counts("frequency") - 1
    number = np.bincount(cell, minlength=25)
    money = np.bincount(cell, weights=population.numbers("kept"), minlength=25)
    return [[at // 5 + 1, at % 5 + 1, int(number[at]), int(money[at])] for at in range(25)]


def _reasons(
    days: int, mean: float, regular: float, department: str | None, share: float, recent: int, change: float
) -> list[Reason]:
    reasons: list[Reason] = []
    if days > 1:
        kind = "rhythm" if regular == regular and regular > 1.5 else "gap"
        reasons.append({"code": kind, "gap": round(mean, 1), "purchases": days})
    else:
        reasons.append({"code": "first"})
    if abs(change) > 0.4:
        reasons.append({"code": "more" if change > 0 else "less", "recent": recent, "days": RECENT_DAYS})
    if department:
        reasons.append({"code": "department", "department": department, "share": round(share, 3)})
    return reasons[:3]
