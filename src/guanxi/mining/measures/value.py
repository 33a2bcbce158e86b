"""Customer value: discounted margin within three years, from BG/NBD and Gamma-Gamma (`guanxi.estimators`)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from guanxi.estimators import concentration, shrinkage, value
from guanxi.estimators.bgnbd import BetaGeometric
from guanxi.estimators.histories import Numbers
from guanxi.estimators.purchases import Purchases
from guanxi.estimators.spending import GammaGamma, Spending
from guanxi.mining.measures.interface import Lever, Population, Proof, Reason, Scores

CENTS = 100.0
KNOWN_COST = 0.5  # share of revenue whose cost is known, from which on value is margin and not revenue


@dataclass(frozen=True, slots=True)
class Fitted:
    """Both models of a population, and what is kept of its revenue."""

    purchases: Purchases
    spending: Spending
    worth: Numbers  # mean of a day of purchase
    margin: Numbers  # the share of it that is kept
    basis: str  # margin | revenue


def fit(population: Population, *, seed: int) -> Fitted:
    """Fit how often and how much."""
    days, kept = population.counts("days"), np.maximum(population.numbers("kept"), 0.0)
    worth = kept / CENTS / days
    margin, basis = kept_share(population)
    purchases = BetaGeometric().fit(population.histories(), seed=seed)
    return Fitted(purchases, GammaGamma().fit(days, worth, seed=seed), worth, margin, basis)


def kept_share(population: Population) -> tuple[Numbers, str]:
    """Each customer's margin as a share of revenue, shrunk to everybody's by twenty purchases; 1 where cost
    is unknown."""
    costed, kept = population.numbers("costed"), population.numbers("kept")
    if costed.sum() < KNOWN_COST * max(kept.sum(), 1.0):
        return np.ones(len(population)), "revenue"
    purchase = max(kept.sum(), 1.0) / max(population.counts("orders").sum(), 1)
    return shrinkage.rate(costed - population.numbers("cost"), costed, shrinkage.START * purchase), "margin"


@dataclass(frozen=True, slots=True)
class CustomerValue:
    """The measure."""

    settings: value.Settings = field(default_factory=value.Settings)
    construct: str = "value"
    version: str = "bgnbd-gg-1"

    def evaluate(self, population: Population, *, seed: int) -> Scores:
        """Value of each customer with an 80 % interval, in the enterprise's currency."""
        fitted = fit(population, seed=seed)
        found = value.estimate(
            population.histories(),
            fitted.worth,
            fitted.margin,
            fitted.purchases,
            fitted.spending,
            self.settings,
        )
        return Scores(
            self.construct, found.value, found.lo, found.hi, population.counts("days"), found.level,
            self.settings.horizon_days, self.version, report=self._report(population, fitted, found),
        )  # fmt: skip

    def explain(self, population: Population, scores: Scores) -> Iterable[Sequence[Reason]]:
        """How often, how much, how long ago."""
        days, gap = population.counts("days"), _gap(population)
        mean = population.numbers("kept") / CENTS / days
        everybody = float(population.numbers("kept").sum() / CENTS / max(days.sum(), 1))
        silent = population.as_of - population.counts("last")
        rows = zip(days.tolist(), gap.tolist(), mean.tolist(), silent.tolist(), strict=True)
        return (_reasons(*row, everybody) for row in rows)

    def improve(self, population: Population, scores: Scores) -> Sequence[Lever]:
        """None yet."""
        return ()

    def verify(self, lever: Lever) -> Proof:
        """None yet."""
        return Proof()

    def _report(self, population: Population, fitted: Fitted, found: value.Value) -> dict[str, Any]:
        p, s = fitted.purchases, fitted.spending
        past = population.numbers("kept") / CENTS * fitted.margin
        return {
            "basis": fitted.basis,
            "total": float(found.value.sum()),
            "mean": float(found.value.mean()) if len(population) else 0.0,
            "median": float(np.median(found.value)) if len(population) else 0.0,
            "margin": float(np.average(fitted.margin)) if len(population) else 1.0,
            "gini": concentration.gini(found.value),
            "top_tenth": concentration.held_by_top(found.value, 0.1),
            "levels": {level: int((found.level == level).sum()) for level in value.LEVELS},
            "bars": bars(found.value),
            "lorenz": _points(concentration.lorenz(found.value, 50)),
            "whale": _points(concentration.whale(past, 50)),
            "purchases": {"r": p.r, "alpha": p.alpha, "a": p.a, "b": p.b, "source": p.source, "ll":
            p.log_likelihood}, "spending": {
                "p": s.p, "q": s.q, "gamma": s.gamma, "source": s.source, "correlation": s.correlation,
                "independent": s.independent,
            },
        }  # fmt: skip


def _gap(population: Population) -> Numbers:
    """Mean days between purchases; 0 with one purchase only."""
    days = population.counts("days")
    return np.where(
        days > 1, (population.counts("last") - population.counts("first")) / np.maximum(days - 1, 1), 0.0
    )


def _reasons(days: int, gap: float, mean: float, silent: int, everybody: float) -> list[Reason]:
    worth = {"code": "worth", "mean": round(mean, 2), "everybody": round(everybody, 2)}
    if days == 1:
        return [{"code": "once", "days": silent}, worth]
    often = {"code": "often", "purchases": days, "gap": round(gap, 1)}
    quiet = {
        "code": "silent" if silent > 3 * max(gap, 1.0) else "recent",
        "days": silent,
        "gap": round(gap, 1),
    }
    return [quiet, often, worth] if quiet["code"] == "silent" else [often, worth, quiet]


def bars(values: Numbers, most: int = 14) -> list[dict[str, float]]:
    """A histogram with round edges (1, 2, 5, 10, …) that cover all customers; each bar knows its range."""
    top = float(values.max()) if len(values) else 0.0
    edges = [0.0] + [step * 10.0**power for power in range(-2, 12) for step in (1, 2, 5)]
    edges = edges[: 1 + next((at for at, edge in enumerate(edges) if edge > top), len(edges) - 1)]
    edges = [edges[0], *edges[max(1, len(edges) - most) :]]
    floor = min(0.0, float(values.min())) if len(values) else 0.0
    number, _ = np.histogram(values, bins=[min(floor, 0.0), *edges[1:]])
    money, _ = np.histogram(values, bins=[min(floor, 0.0), *edges[1:]], weights=values)
    return [
        {"from": low, "to": high, "customers": int(n), "value": float(v)}
        for low, high, n, v in zip(edges, edges[1:], number, money, strict=False)
    ]


def _points(curve: concentration.Curve) -> list[list[float]]:
    return [[round(x, 4), round(y, 4)] for x, y in zip(curve.customers, curve.value, strict=True)]
