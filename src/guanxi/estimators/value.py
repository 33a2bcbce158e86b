"""Customer value: discounted margin that a customer is expected to bring within a horizon, with an interval.

Fader, Hardie & Lee (2005), "RFM and CLV: Using Iso-Value Curves", Journal of Marketing Research 42(4), with
BG/NBD for the number of purchases and Gamma-Gamma for their worth; the interval is ours, described at
`interval`.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from guanxi.estimators.histories import Histories, Numbers
from guanxi.estimators.purchases import Outlook, Purchases
from guanxi.estimators.spending import Spending

YEAR = 365.25
LEVELS = ("A", "B", "C")


@dataclass(frozen=True, slots=True)
class Settings:
    """Horizon in days, discount a year, and the share of customers whose true value should lie in the
    interval."""

    horizon_days: int = 1096
    yearly_discount: float = 0.10
    coverage: float = 0.80

    def __post_init__(self) -> None:
        if self.horizon_days <= 0 or not 0 <= self.yearly_discount < 1 or not 0 < self.coverage < 1:
            raise ValueError("horizon must be positive, discount in [0, 1), coverage in (0, 1)")


@dataclass(frozen=True, slots=True, eq=False)
class Value:
    """One row for each customer: value with interval, what it is made of, and the level of evidence."""

    value: Numbers
    lo: Numbers
    hi: Numbers
    alive: Numbers
    orders: Numbers  # expected within the horizon, not discounted
    order_value: Numbers  # expected worth of one order, before the margin
    level: npt.NDArray[np.str_]


def estimate(
    histories: Histories, mean: npt.ArrayLike, margin: npt.ArrayLike, purchases: Purchases, spending:
    Spending, settings: Settings,
) -> Value:  # fmt: skip
    """Value of each customer; `mean` is the mean worth of their orders, `margin` the share of it that is
    kept."""
    x, t, age = histories.repeats, histories.last, histories.age
    worth, kept = np.asarray(mean, dtype=np.float64), np.asarray(margin, dtype=np.float64)
    horizon = settings.horizon_days / purchases.unit_days
    rate = -np.log1p(-settings.yearly_discount) * purchases.unit_days / YEAR
    ahead = purchases.outlook(x, t, age, horizon, rate)
    order = spending.mean_value(x + 1, worth)
    own, single = spending.spread(x + 1, worth)
    discounted = np.where(ahead.mean > 0, ahead.discounted / np.maximum(ahead.mean, 1e-300), 1.0)
    lo, hi = interval(ahead, order, own, single, settings.coverage)
    value = ahead.discounted * order * kept
    low, high = np.minimum(lo * kept, hi * kept) * discounted, np.maximum(lo * kept, hi * kept) * discounted
    level = evidence(histories, purchases, spending)
    alive = purchases.alive(x, t, age)
    return Value(value, np.minimum(low, value), np.maximum(high, value), alive, ahead.mean, order, level)


def interval(
    ahead: Outlook, order: Numbers, own: Numbers, single: Numbers, coverage: float
) -> tuple[Numbers, Numbers]:
    """Central interval of what one customer will bring, undiscounted.

    The total S of N orders has mean E[N]m and variance E[N] s^2 + E[N^2](m^2+u) - (E[N]m)^2, with m the
    expected worth of an order, u the variance of the customer's true mean worth and s^2 that of one order;
    Var N holds process and parameters. S is 0 with the chance of no order; the rest is taken as log-normal
    with the remaining mean and variance.
    """
    mean = ahead.mean * order
    second = ahead.mean * single + (ahead.variance + ahead.mean**2) * (order**2 + own)
    some = np.clip(1 - ahead.none, 1e-9, 1.0)
    first, square = mean / some, second / some
    ratio = np.log(np.maximum(square / np.maximum(first**2, 1e-300), 1 + 1e-12))
    tail = (1 - coverage) / 2

    def quantile(share: float) -> Numbers:
        within = np.clip((share - ahead.none) / some, 1e-12, 1 - 1e-12)
        drawn = np.exp(np.log(np.maximum(first, 1e-300)) - ratio / 2 + np.sqrt(ratio) * ndtri(within))
        return np.where(share <= ahead.none, 0.0, drawn)

    return quantile(tail), quantile(1 - tail)


def evidence(histories: Histories, purchases: Purchases, spending: Spending) -> npt.NDArray[np.str_]:
    """A: at least three repeats and own data outweigh everybody's in rate and worth; B: at least one repeat;
    C: one purchase only, or parameters that no data settled: the figure is that of customers like them."""
    own_rate = histories.age / (purchases.alpha + histories.age)
    own_worth = spending.own_share(histories.repeats + 1)
    strong = (histories.repeats >= 3) & (own_rate >= 0.5) & (own_worth >= 0.5)
    level = np.where(strong, "A", np.where(histories.repeats >= 1, "B", "C"))
    settled = purchases.source in ("likelihood", "posterior") and purchases.customers >= 50
    return level if settled else np.full_like(level, "C")
