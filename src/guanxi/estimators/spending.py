"""Gamma-Gamma: what one purchase of a customer is worth, shrunk towards everybody by how often they bought.

Fader & Hardie (2013), "The Gamma-Gamma Model of Monetary Value" (note), after Colombo & Jiang (1999).
A purchase is Gamma(p, nu) with nu ~ Gamma(q, gamma) among customers; how much is independent of how often
(checked).
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import gammaln, psi

from guanxi.estimators import posterior
from guanxi.estimators.histories import Numbers, sums

SAMPLE = 20_000
INDEPENDENT = (
    0.2  # largest |correlation| of number and mean value with which the model is used without a warning
)


class NoSpending(ValueError):
    """No customer with a positive mean value: nothing to fit."""


@dataclass(frozen=True, slots=True)
class Spending:
    """A fitted Gamma-Gamma; `correlation` of purchases and mean value says whether its main assumption
    holds."""

    p: float
    q: float
    gamma: float
    covariance: tuple[tuple[float, ...], ...]
    log_likelihood: float
    customers: int
    correlation: float
    source: str  # likelihood | posterior | unsettled

    @property
    def independent(self) -> bool:
        """Whether number and value of purchases are as unrelated as the model takes them to be."""
        return abs(self.correlation) < INDEPENDENT

    def mean_value(self, purchases: npt.ArrayLike, mean: npt.ArrayLike) -> Numbers:
        """Eq. (5): E[value of a purchase | x purchases of this mean] = p (gamma + x m) / (p x + q - 1)."""
        x, m = _floats(purchases, mean)
        return self.p * (self.gamma + x * m) / np.maximum(self.p * x + self.q - 1, 1e-3)

    def own_share(self, purchases: npt.ArrayLike) -> Numbers:
        """Weight of the customer's own mean in `mean_value`, between 0 and 1; the rest is everybody's
        mean."""
        x = np.asarray(purchases, dtype=np.float64)
        return np.clip(self.p * x / np.maximum(self.p * x + self.q - 1, 1e-3), 0.0, 1.0)

    def spread(self, purchases: npt.ArrayLike, mean: npt.ArrayLike) -> tuple[Numbers, Numbers]:
        """Variance of a customer's true mean value, and of one purchase about it.

        The true mean is p/nu with nu ~ Gamma(A = px+q, B = gamma+xm): variance p^2 B^2 / ((A-1)^2 (A-2));
        one purchase differs from it with variance E[(p/nu)^2]/p. Where A is not above 2 the variance has no
        end: A is taken as 2.1.
        """
        x, m = _floats(purchases, mean)
        shape = np.maximum(self.p * x + self.q, 2.1)
        centre = self.mean_value(x, m)
        own = centre**2 / (shape - 2)
        return own, (centre**2 + own) / self.p


@dataclass(frozen=True, slots=True)
class GammaGamma:
    """Settings. `spread`: of the weak log-normal prior; None: the plain likelihood."""

    spread: float | None = 1.0

    def fit(self, purchases: npt.ArrayLike, mean: npt.ArrayLike, *, seed: int = 0) -> Spending:
        """Maximum posterior over customers with at least one purchase and a positive mean value."""
        x, m = _floats(purchases, mean)
        use = (x > 0) & (m > 0) & np.isfinite(m)
        if not use.any():
            raise NoSpending("gamma-gamma needs at least one customer with purchases of positive value")
        x, m = x[use], m[use]
        centre = (6.0, 4.0, float(np.median(m)) / 2)  # p, q, gamma: E[value] = p gamma/(q-1) = the median
        at = np.random.default_rng(seed).permutation(len(x))[:SAMPLE]
        prior = posterior.Prior(centre, self.spread) if self.spread else None
        peak = posterior.find(Likelihood(x[at], m[at]), len(at) / len(x), Likelihood(x, m), centre, prior)
        p, q, gamma = (float(one) for one in np.exp(peak.theta))
        source = "unsettled" if not peak.converged else "posterior" if self.spread else "likelihood"
        return Spending(p, q, gamma, peak.covariance, peak.log_likelihood, len(x), correlation(x, m), source)


class Likelihood:
    """Eq. (1a) of the note and its gradient in log(p), log(q), log(gamma); gamma functions once for each
    distinct x.

    ln L = ln G(px+q) - ln G(px) - ln G(q) + q ln gamma + (px-1) ln m + px ln x - (px+q) ln(gamma + x m).
    """

    def __init__(self, x: Numbers, m: Numbers) -> None:
        self.x, self.at = np.unique(x, return_inverse=True)
        self.number: Numbers = sums(self.at, np.ones_like(x))
        self.total: Numbers = x * m
        self.log_mean: Numbers = sums(self.at, np.log(m))

    def __call__(self, theta: Numbers) -> tuple[float, Numbers]:
        p, q, gamma = np.exp(theta)
        x, n = self.x, self.number
        seen = gamma + self.total
        by_x = sums(self.at, np.log(seen))
        value = n @ (gammaln(p * x + q) - gammaln(p * x) - gammaln(q) + q * np.log(gamma) + p * x * np.log(x))
        value += float((p * x - 1) @ self.log_mean - (p * x + q) @ by_x)
        own = psi(p * x + q)
        dp = n @ (x * (own - psi(p * x) + np.log(x))) + x @ self.log_mean - x @ by_x
        dq = n @ (own - psi(q) + np.log(gamma)) - by_x.sum()
        dgamma = n.sum() * q / gamma - (p * x + q) @ sums(self.at, 1 / seen)
        return float(value), np.array([dp * p, dq * q, dgamma * gamma])


def correlation(purchases: Numbers, mean: Numbers) -> float:
    """Pearson's correlation of number and mean value; 0 where either does not vary."""
    if len(purchases) < 3 or np.ptp(purchases) == 0 or np.ptp(mean) == 0:
        return 0.0
    return float(np.corrcoef(purchases, mean)[0, 1])


def _floats(*parts: npt.ArrayLike) -> tuple[Numbers, ...]:
    return tuple(np.atleast_1d(np.asarray(part, dtype=np.float64)) for part in parts)
