"""A fitted BG/NBD: who is alive, what they will buy, and how sure that is.

Fader, Hardie & Lee (2005), equations (8)-(10) and Fader, Hardie & Lee (2008), "Computing P(alive) Using the
BG/NBD Model".
"""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.special import betaincinv, hyp2f1

from guanxi.estimators.histories import Counts, Numbers

NODES, WEIGHTS = np.polynomial.legendre.leggauss(32)
NODES, WEIGHTS = (NODES + 1) / 2, WEIGHTS / 2
AGES, SHARES = np.polynomial.legendre.leggauss(5)
AGES, SHARES = (AGES + 1) / 2, SHARES / 2


@dataclass(frozen=True, slots=True, eq=False)
class Outlook:
    """Purchases within a horizon: mean, variance of one customer's count, chance of none, mean discounted to
    today."""

    mean: Numbers
    variance: Numbers
    none: Numbers
    discounted: Numbers


@dataclass(frozen=True, slots=True)
class Purchases:
    """BG/NBD parameters with the covariance of their logarithms; `source` says what they rest on."""

    r: float
    alpha: float
    a: float
    b: float
    covariance: tuple[tuple[float, ...], ...]
    log_likelihood: float
    customers: int
    unit_days: float
    source: str  # likelihood | posterior | prior | unsettled

    def alive(self, repeats: npt.ArrayLike, last: npt.ArrayLike, age: npt.ArrayLike) -> Numbers:
        """P(still a customer). It is 1 for one-time buyers by construction: never use it as a churn score."""
        x, t, total = _floats(repeats, last, age)
        odds = np.log(self.a) - np.log(np.maximum(self.b + x - 1, 1e-300))
        odds = odds + (self.r + x) * np.log((self.alpha + total) / (self.alpha + t))
        return np.where(x > 0, 1 / (1 + np.exp(np.minimum(odds, 700.0))), 1.0)

    def newcomer(self, horizon: npt.ArrayLike) -> Numbers:
        """Eq. (9): expected repeats of a new customer within `horizon`."""
        ahead, at = np.unique(np.asarray(horizon, dtype=np.float64), return_inverse=True)
        zero = np.zeros_like(ahead)
        return self._if_alive(zero, zero, ahead)[at]

    def expected(
        self, repeats: npt.ArrayLike, last: npt.ArrayLike, age: npt.ArrayLike, horizon: float
    ) -> Numbers:
        """Eq. (10): expected purchases within `horizon` for customers with these histories."""
        x, t, total = _floats(repeats, last, age)
        own, seen, at = _cells(x, total)
        return self.alive(x, t, total) * self._if_alive(own, seen, horizon)[at]

    def outlook(
        self,
        repeats: npt.ArrayLike,
        last: npt.ArrayLike,
        age: npt.ArrayLike,
        horizon: float,
        discount: float = 0.0,
    ) -> Outlook:
        """Mean, variance, chance of none and discounted mean; `discount` is the continuous rate for one unit
        of time.

        The variance is that of the purchase process of one customer (rate, leaving and counting) plus that
        of the parameters (delta method on the log scale): together what a single customer's count may differ
        by.
        """
        x, t, total = _floats(repeats, last, age)
        own, seen, at = _cells(x, total)
        alive = self.alive(x, t, total)
        average, second, none, worth = self._process(own, seen, horizon, discount)
        mean = alive * average[at]
        process = np.maximum(alive * second[at] + mean - mean**2, 0.0)
        variance = process + self._doubt(x, t, total, horizon)
        return Outlook(mean, variance, 1 - alive * (1 - none[at]), alive * worth[at])

    def _if_alive(self, x: Numbers, age: Numbers, horizon: Numbers | float) -> Numbers:
        """Numerator of eq. (10), after Euler's transformation of 2F1, whose argument and powers then stay
        small: (a+b+x-1)/(a-1) [1 - (1-z)^(a-1) 2F1(a+b-1-r, a-1; a+b+x-1; z)], z = t/(alpha+T+t)."""
        r, a, b = self.r, self.a, self.b
        a = a if abs(a - 1) > 1e-6 else 1 + 1e-6
        z = horizon / (self.alpha + age + horizon)
        with np.errstate(all="ignore"):
            f = hyp2f1(a + b - 1 - r, a - 1, a + b + x - 1, z)
            mean = (a + b + x - 1) / (a - 1) * (1 - (1 - z) ** (a - 1) * f)
        wrong = ~np.isfinite(mean) | (mean < 0) | (mean > (r + x) * horizon / (self.alpha + age) * (1 + 1e-9))
        if (
            wrong.any()
        ):  # far corners (a or b in the hundreds), where 2F1 loses its digits: integrate over p instead
            ahead = np.broadcast_to(np.asarray(horizon, dtype=np.float64), mean.shape)
            mean[wrong] = self._mean(x[wrong], age[wrong], ahead[wrong])
        return np.asarray(mean)

    def _nodes(self, x: Numbers) -> Numbers:
        """Chances to leave at which to integrate, for each customer: quantiles of Beta(a, b+x)."""
        own, at = np.unique(x, return_inverse=True)
        nodes: Numbers = np.maximum(betaincinv(self.a, (self.b + own)[:, None], NODES), 1e-12)[at]
        return nodes

    def _mean(self, x: Numbers, age: Numbers, horizon: Numbers | float) -> Numbers:
        """Numerator of eq. (10) by integration: forty times as fast as 2F1 where its series is long, to 1e-4."""
        p, seen = self._nodes(x), (self.alpha + age)[:, None]
        ahead = np.broadcast_to(np.asarray(horizon, dtype=np.float64), x.shape)[:, None]
        bought: Numbers = -np.expm1(-(self.r + x)[:, None] * np.log1p(ahead * p / seen)) / p
        mean: Numbers = np.einsum("ij,j->i", bought, WEIGHTS)
        return mean

    def _process(self, x: Numbers, age: Numbers, horizon: Numbers | float, discount: float) -> Numbers:
        """For customers alive at T: mean, second factorial moment, chance of none, discounted mean;
        integrated over p.

        Given lambda and p the count is min(Poisson, Geometric): E[X] = (1-e^(-lambda p t))/p and
        E[X(X-1)] = 2(1-p)[(1-e^(-lambda p t))/p^2 - lambda t e^(-lambda p t)/p]; lambda ~ Gamma(r+x,
        alpha+T) is integrated in closed form, p ~ Beta(a, b+x) at quantile nodes. Discounting: integration
        by parts of the mean.
        """
        p = self._nodes(x)
        shape, seen = (self.r + x)[:, None], (self.alpha + age)[:, None]
        ahead = np.broadcast_to(np.asarray(horizon, dtype=np.float64), x.shape)[:, None]
        left = np.log1p(ahead * p / seen)
        bought = -np.expm1(-shape * left)
        late = shape * ahead * p / (seen + ahead * p) * np.exp(-shape * left)
        second = 2 * (1 - p) * (bought - late) / p**2
        worth = np.exp(-discount * ahead) * bought / p
        for node, share in zip(AGES, SHARES, strict=True) if discount else ():
            so_far = -np.expm1(-shape * np.log1p(node * ahead * p / seen)) / p
            worth = worth + discount * ahead * share * np.exp(-discount * node * ahead) * so_far
        none = np.exp(-shape[:, 0] * np.log1p(ahead[:, 0] / seen[:, 0]))
        mean, second, worth = (
            np.einsum("ij,j->i", part, WEIGHTS) for part in (bought / p, np.maximum(second, 0.0), worth)
        )
        return np.array([mean, second, none, worth])

    def _doubt(self, x: Numbers, t: Numbers, age: Numbers, horizon: float, step: float = 1e-3) -> Numbers:
        """Variance of the expected count through the parameters: g' S g, g by central differences in the
        logs."""
        own, seen, at = _cells(x, age)

        def slope(name: str) -> Numbers:
            up, down = (replace(self, **{name: getattr(self, name) * np.exp(way * step)}) for way in (1, -1))
            high = up.alive(x, t, age) * up._mean(own, seen, horizon)[at]
            return (high - down.alive(x, t, age) * down._mean(own, seen, horizon)[at]) / (2 * step)

        g = np.array([slope(name) for name in ("r", "alpha", "a", "b")])
        doubt: Numbers = ((np.array(self.covariance) @ g) * g).sum(axis=0)
        return np.maximum(doubt, 0.0)


def _floats(*parts: npt.ArrayLike) -> tuple[Numbers, ...]:
    return tuple(np.atleast_1d(np.asarray(part, dtype=np.float64)) for part in parts)


def _cells(x: Numbers, age: Numbers) -> tuple[Numbers, Numbers, Counts]:
    """Distinct pairs of repeats and age, and for each customer which pair is theirs."""
    own, at_x = np.unique(x, return_inverse=True)
    seen, at_age = np.unique(age, return_inverse=True)
    pairs, at = np.unique(at_x * len(seen) + at_age, return_inverse=True)
    return own[pairs // len(seen)], seen[pairs % len(seen)], at
