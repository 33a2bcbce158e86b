"""How unevenly value lies: Lorenz (1905) curve, Gini (1912) coefficient, whale curve of cumulated profit."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from guanxi.estimators.histories import Numbers


@dataclass(frozen=True, slots=True)
class Curve:
    """Points of a cumulated curve: share of customers, share of value."""

    customers: tuple[float, ...]
    value: tuple[float, ...]


def lorenz(values: npt.ArrayLike, points: int = 100) -> Curve:
    """Poorest first: the share of value that the lowest share of customers holds. Negative values count as
    0."""
    return _curve(np.sort(np.maximum(_floats(values), 0.0)), points)


def whale(values: npt.ArrayLike, points: int = 100) -> Curve:
    """Most profitable first; rises above 1 where some customers cost more than they bring."""
    return _curve(np.sort(_floats(values))[::-1], points)


def gini(values: npt.ArrayLike) -> float:
    """0: all alike, towards 1: one has everything. G = 2 sum(i v_i)/(n sum v) - (n+1)/n over ascending v."""
    ordered = np.sort(np.maximum(_floats(values), 0.0))
    total, n = ordered.sum(), len(ordered)
    if n == 0 or total <= 0:
        return 0.0
    return float(2 * (np.arange(1, n + 1) @ ordered) / (n * total) - (n + 1) / n)


def held_by_top(values: npt.ArrayLike, share: float) -> float:
    """The share of value that the best `share` of customers holds."""
    ordered = np.sort(np.maximum(_floats(values), 0.0))[::-1]
    if ordered.sum() <= 0:
        return 0.0
    return float(ordered[: max(1, round(share * len(ordered)))].sum() / ordered.sum())


def _floats(values: npt.ArrayLike) -> Numbers:
    return np.asarray(values, dtype=np.float64)


def _curve(ordered: Numbers, points: int) -> Curve:
    n = len(ordered)
    if n == 0 or ordered.sum() == 0:
        return Curve((0.0, 1.0), (0.0, 1.0))
    at = np.unique(np.round(np.linspace(0, n, min(points, n) + 1)).astype(np.int64))
    cumulated = np.concatenate([[0.0], np.cumsum(ordered)])[at] / ordered.sum()
    return Curve(tuple(float(one) for one in at / n), tuple(float(one) for one in cumulated))
