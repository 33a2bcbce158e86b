"""Back-test within the history there is: fit on the first part, predict the rest, compare with what happened.

Features of the past may use only what was recorded then. Where a history was imported, its times of
recording are those of the import: then the day of purchase decides, and the report says so.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import compute

from guanxi.estimators import value
from guanxi.estimators.histories import Numbers
from guanxi.mining.measures.interface import WEEK, Population
from guanxi.mining.measures.value import CENTS, fit

HELD_OUT = 1 / 3
LEAST_DAYS = 56
GROUPS = (0, 1, 2, 3, 4, 5, 7, 10, 15, 25, 50)


@dataclass(frozen=True, slots=True)
class Cut:
    """Where the history is cut: fit before `day`, predict until `end`; `known` as in `features.Scope`."""

    first: int
    day: int
    end: int
    known: int | None

    @property
    def held_out(self) -> int:
        """Days that are predicted."""
        return self.end - self.day


def cut(first: int, as_of: int, first_recorded: int | None) -> Cut | None:
    """Cut off the last third; None where less than eight weeks would be left on either side."""
    held = round((as_of - first) * HELD_OUT)
    day = as_of - held
    if held < LEAST_DAYS or day - first < LEAST_DAYS:
        return None
    midnight = day * 86_400_000_000
    known = midnight if first_recorded is not None and first_recorded < midnight else None
    return Cut(first, day, as_of, known)


def compare(
    population: Population, later: pa.Table, weeks: pa.Table, at: Cut, *, seed: int
) -> dict[str, Any]:
    """How well the rest was predicted; `later` is what each customer did, `weeks` purchases by week since
    `at.day`."""
    days, kept = _aligned(population, later)
    fitted = fit(population, seed=seed)
    histories = population.histories()
    settings = value.Settings(horizon_days=at.held_out, yearly_discount=0.0)
    found = value.estimate(
        histories, fitted.worth, fitted.margin, fitted.purchases, fitted.spending, settings
    )
    brought = kept / CENTS * fitted.margin
    own_rate = histories.repeats / np.maximum(histories.age, 1.0) * at.held_out / WEEK
    inside = (brought >= found.lo - 1e-9) & (brought <= found.hi + 1e-9)
    return {
        "cut": at.day, "end": at.end, "customers": len(population), "by": "recorded" if at.known else
        "placed", "predicted": float(found.orders.sum()), "actual": int(days.sum()),
        "off": float(found.orders.sum() / max(days.sum(), 1) - 1),
        "predicted_value": float(found.value.sum()), "actual_value": float(brought.sum()),
        "correlation": _correlation(found.orders, days), "value_correlation": _correlation(found.value,
        brought), "mae": float(np.abs(found.orders - days).mean()), "mae_own_rate": float(np.abs(own_rate -
        days).mean()), "coverage": float(inside.mean()), "promised": settings.coverage,
        "groups": _groups(histories.repeats, found.orders, days),
        "weeks": _weeks(population, fitted.purchases, weeks, at),
    }  # fmt: skip


def _aligned(population: Population, later: pa.Table) -> tuple[Numbers, Numbers]:
    """Later days and money in the order of the population; nothing is 0."""
    at = compute.index_in(later["root_id"], value_set=population.roots.combine_chunks())
    known = compute.is_valid(at).to_numpy()
    place = at.drop_null().to_numpy()
    days, kept = np.zeros(len(population)), np.zeros(len(population))
    days[place] = later["later_days"].to_numpy()[known]
    kept[place] = later["later_kept"].to_numpy()[known]
    return days, kept


def _correlation(one: Numbers, other: Numbers) -> float:
    if len(one) < 3 or np.ptp(one) == 0 or np.ptp(other) == 0:
        return 0.0
    return float(np.corrcoef(one, other)[0, 1])


def _groups(repeats: Any, predicted: Numbers, actual: Numbers) -> list[dict[str, float]]:
    """Mean predicted and actual purchases by how often they had bought before."""
    rows = []
    for low, high in zip(GROUPS, (*GROUPS[1:], 10**9), strict=True):
        at = (repeats >= low) & (repeats < high)
        if at.any():
            rows.append(
                {
                    "from": low, "to": high - 1, "customers": int(at.sum()),
                    "predicted": float(predicted[at].mean()), "actual": float(actual[at].mean()),
                }
            )  # fmt: skip
    return rows


def _weeks(population: Population, purchases: Any, weeks: pa.Table, at: Cut) -> list[list[float]]:
    """Cumulated purchases week by week: [week, predicted, actual]."""
    histories = population.histories()
    seen = dict(zip(weeks["week"].to_pylist(), weeks["days"].to_pylist(), strict=True))
    so_far, rows = 0, []
    for week in range(at.held_out // WEEK):
        so_far += seen.get(week, 0)
        ahead = purchases.expected(histories.repeats, histories.last, histories.age, float(week + 1))
        rows.append([week + 1, round(float(ahead.sum()), 1), so_far])
    return rows
