"""BG/NBD: when does a customer buy again, and are they still one? Likelihood and fit.

Fader, Hardie & Lee (2005), "Counting Your Customers" the Easy Way, Marketing Science 24(2); equation numbers
refer to it. While active a customer buys at rate lambda ~ Gamma(r, alpha); after any purchase they leave
with chance p ~ Beta(a, b).

The plain likelihood can run away on real data (on UCI's Online Retail its forecast is 1e12 times too high),
so the default adds a weak log-normal prior and refuses forecasts that no past supports; `prior=None` gives
the plain likelihood.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln, psi

from guanxi.estimators import posterior
from guanxi.estimators.histories import Counts, Histories, Numbers, dot, sums
from guanxi.estimators.purchases import Purchases

WEEK = 7.0
TYPICAL = (0.3, 5.0, 0.8, 2.5)  # r, alpha (weeks), a, b: the middle of published fits
SAMPLE = 20_000
GUARDED = 2_000  # histories that are enough to see a forecast of three times the past


@dataclass(frozen=True, slots=True)
class BetaGeometric:
    """Settings. `unit_days`: how many days one unit of the table's times is (7: weeks)."""

    unit_days: float = WEEK
    spread: float | None = 1.0  # of the prior, on the log scale; None: the plain likelihood

    def __post_init__(self) -> None:
        if self.unit_days <= 0:
            raise ValueError("unit_days must be positive")

    def fit(self, table: Histories, *, seed: int = 0) -> Purchases:
        """Maximum posterior over grouped histories; falls back to a stronger prior where the fit cannot be
        right."""
        cells = table.grouped()
        strengths = (self.spread, 0.25) if self.spread else (None,)
        for spread in strengths:
            found = self._fit(cells, spread, seed)
            if spread is None or supported(found, cells):
                return found
        return self._from_prior(cells)

    def _centre(self) -> tuple[float, ...]:
        r, alpha, a, b = TYPICAL
        return (r, alpha * WEEK / self.unit_days, a, b)

    def _fit(self, cells: Histories, spread: float | None, seed: int) -> Purchases:
        sample = cells.sampled(SAMPLE, seed=seed)
        share = sample.customers / cells.customers if cells.customers else 1.0
        prior = posterior.Prior(self._centre(), spread) if spread else None
        peak = posterior.find(Likelihood(sample), share, Likelihood(cells), self._centre(), prior)
        r, alpha, a, b = np.exp(peak.theta)
        source = "likelihood" if spread is None else "posterior"
        return Purchases(
            r=float(r), alpha=float(alpha), a=float(a), b=float(b), covariance=peak.covariance,
            log_likelihood=peak.log_likelihood, customers=cells.customers, unit_days=self.unit_days,
            source=source if peak.converged else "unsettled",
        )  # fmt: skip

    def _from_prior(self, cells: Histories) -> Purchases:
        """The last resort: the prior's shape, with alpha such that the mean rate is the customers' own,
        shrunk."""
        r, alpha, a, b = self._centre()
        seen = float((cells.count * cells.age).sum()) or 1.0
        bought = float((cells.count * cells.repeats).sum())
        rate = (bought + r) / (seen + alpha)
        return Purchases(
            r=r, alpha=r / rate, a=a, b=b, covariance=tuple(tuple(float(i == j) for j in range(4)) for i in
            range(4)), log_likelihood=Likelihood(cells)(np.log([r, r / rate, a, b]))[0],
            customers=cells.customers, unit_days=self.unit_days, source="prior",
        )  # fmt: skip


class Likelihood:
    """Log likelihood of grouped histories and its gradient, in log(r), log(alpha), log(a), log(b).

    ln L = A1 + A2 + ln(e^A3 + [x>0] e^A4) (their appendix), written so that gamma functions are taken once
    for each distinct x and logarithms of times once for each distinct time; only the log-sum is taken for
    each row: ln L = ln[B(a,b+x)/B(a,b)] + ln[G(r+x)/G(r)] + r ln alpha - (r+x) ln(alpha+T) + ln(1 + e^d),
    d = ln a - ln(b+x-1) + (r+x) ln[(alpha+T)/(alpha+t_x)] for x > 0.
    """

    def __init__(self, cells: Histories) -> None:
        self.x, self.at_x = np.unique(cells.repeats, return_inverse=True)
        self.age, self.at_age = np.unique(cells.age, return_inverse=True)
        self.by_x: Numbers = sums(self.at_x, cells.count)
        self.by_age: Numbers = sums(self.at_age, cells.count)
        self.bought_by_age: Numbers = sums(self.at_age, cells.count * cells.repeats)
        again = np.flatnonzero(cells.repeats > 0)
        self.again_count: Counts = cells.count[again]
        self.again_x = self.at_x[again]
        self.again_age = self.at_age[again]
        self.last, self.again_last = np.unique(cells.last[again], return_inverse=True)

    def __call__(self, theta: Numbers) -> tuple[float, Numbers]:
        r, alpha, a, b = np.exp(theta)
        x, long, until = self.x, np.log(alpha + self.age), np.log(alpha + self.last)
        # ln[B(a,b+x)/B(a,b)] + ln[G(r+x)/G(r)] + r ln(alpha), eq. (6), for each distinct x
        by_x = gammaln(a + b) - gammaln(b) + gammaln(b + x) - gammaln(a + b + x)
        by_x += gammaln(r + x) - gammaln(r) + r * np.log(alpha)
        buying = r + x[self.again_x]
        gap = long[self.again_age] - until[self.again_last]
        with np.errstate(divide="ignore"):
            leave = np.log(a) - np.log(np.where(x > 0, b + x - 1, 1.0))
        d = leave[self.again_x] + buying * gap
        value = float(self.by_x @ by_x - r * (self.by_age @ long) - self.bought_by_age @ long)
        value += dot(self.again_count, np.logaddexp(0.0, d))
        gone = self.again_count / (1 + np.exp(-d))  # count times the chance to have left: 1 - P(alive)
        return value, self._gradient(np.array([r, alpha, a, b]), gone, gap, buying, long)

    def _gradient(self, at: Numbers, gone: Numbers, gap: Numbers, buying: Numbers, long: Numbers) -> Numbers:
        r, alpha, a, b = at
        x = self.x
        dr = self.by_x @ (psi(r + x) - psi(r) + np.log(alpha)) - self.by_age @ long + dot(gone, gap)
        shorter = 1 / (alpha + self.age)
        dalpha = self.by_x.sum() * r / alpha - (r * self.by_age + self.bought_by_age) @ shorter
        dalpha += dot(gone * buying, shorter[self.again_age] - (1 / (alpha + self.last))[self.again_last])
        da = self.by_x @ (psi(a + b) - psi(a + b + x)) + gone.sum() / a
        gone_by_x = sums(self.again_x, gone, len(x))
        db = self.by_x @ (psi(a + b) - psi(a + b + x) + psi(b + x) - psi(b))
        db -= gone_by_x @ np.where(x > 0, 1 / np.where(x > 0, b + x - 1, 1.0), 0.0)
        return np.array([dr, dalpha, da, db]) * at


def supported(found: Purchases, cells: Histories) -> bool:
    """Whether past purchases bear the fit out: the next period must not exceed three times, nor the fitted
    past differ by more than three times from, what was bought (models.md §3)."""
    if found.source == "unsettled" or not np.isfinite([found.r, found.alpha, found.a, found.b]).all():
        return False
    cells = cells.sampled(GUARDED, seed=0)
    bought = float((cells.count * cells.repeats).sum())
    if bought < 10:
        return True  # too few to contradict anything: the prior speaks
    past = float(cells.count @ found.newcomer(cells.age))
    period = float(np.average(cells.age, weights=cells.count))
    ahead = float(cells.count @ found.expected(cells.repeats, cells.last, cells.age, period))
    return bool(1 / 3 <= past / bought <= 3 and np.isfinite(ahead) and ahead <= 3 * bought)
