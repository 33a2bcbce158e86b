"""Is an action better than leaving people alone? Intervals and evidence that stay valid whenever they are looked at.

Everything is computed from three counters an arm: people, sum of their outcomes, sum of the squares. Whoever was in the
arm counts, also with an outcome of 0, and stays in the arm that chance gave them (intention to treat).

*Asymptotic sequence* (`difference`): normal mixture of Robbins (1970) in the form of Waudby-Smith, Arbour, Sinha,
Kennedy & Ramdas (2024), "Time-uniform central limit theory and asymptotic confidence sequences", Annals of Statistics
52(6), with the difference of the two means as their doubly robust estimate without covariates:

    d -+ se sqrt(2 (t r + 1) / (t r) log(sqrt(t r + 1) / alpha)),   r = (-2 log alpha + log(-2 log alpha + 1)) / t_opt

Its clock t is what grows with the information of d. Where people enter one after another, that is their number; where
all are there on the first day and what they buy adds up, it is the number of outcomes. Both are proportional to
Kish's (1965) effective number of outcomes, (sum y)^2 / sum y^2, which for one purchase each is the number of buyers,
never more than the number of people, and small where a few hold most of the sum. t_opt is a tenth of those planned.

Light: no library is loaded, so that pages may ask. `many.py` does the same for arrays, with the formulas from here.

Heavy tails: an outcome like spend is capped at a value fixed before the campaign (`Moments.of(cap=…)`), or its normal
limit comes too late; an arm with fewer than `ARM` effective outcomes gives no interval at all.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import erf, exp, fsum, isfinite, log, sqrt
from typing import Any

BURN_IN = 500  # people in both arms together
EVENTS = 100.0  # effective outcomes in both arms together
ARM = 30.0  # effective outcomes in the poorer arm
PROVED = 20.0  # an e-value from which on an effect counts as proved


@dataclass(frozen=True, slots=True)
class Moments:
    """An arm as it stands: how many people, the sum of their outcomes and the sum of the squares."""

    n: int
    total: float
    squares: float

    def __post_init__(self) -> None:
        if self.n < 0 or self.squares < 0 or not isfinite(self.total + self.squares):
            raise ValueError("an arm has people, a finite sum and a sum of squares that is not negative")

    @classmethod
    def of(cls, outcomes: Iterable[float], *, cap: float | None = None) -> "Moments":
        """The counters of these outcomes, one a person; `cap` is the winsorising that was fixed beforehand."""
        values = [float(one) if cap is None else min(float(one), cap) for one in outcomes]
        return cls(len(values), fsum(values), fsum(one * one for one in values))

    @property
    def mean(self) -> float:
        """Outcome a person."""
        return self.total / self.n if self.n else 0.0

    @property
    def variance(self) -> float:
        """Sample variance of a person's outcome."""
        return max(self.squares - self.total * self.mean, 0.0) / (self.n - 1) if self.n > 1 else 0.0

    @property
    def effective(self) -> float:
        """Kish's effective number of outcomes."""
        return self.total**2 / self.squares if self.squares else 0.0


@dataclass(frozen=True, slots=True)
class Interval:
    """An effect a person, the range in which it lies whenever it is looked at, and the odds that it is above zero."""

    estimate: float
    low: float
    high: float
    e_value: float
    n: int

    @property
    def verdict(self) -> str:
        """`improved`, `worse`, or `unproved`: no proof yet."""
        return "improved" if self.low > 0 else "worse" if self.high < 0 else "unproved"


def difference(
    treated: Moments, control: Moments, *, alpha: float = 0.05, planned: int = 5000
) -> Interval | None:
    """What the action brought a person, with a range of level 1 - alpha over all looks together.

    Args:
        planned: People for whom the range is to be narrowest; fixed before the first look.

    Returns:
        None below the burn-in (`BURN_IN`, `EVENTS`, `ARM`): too little to say anything.
    """
    n, squares = treated.n + control.n, treated.squares + control.squares
    clock = (treated.total + control.total) ** 2 / squares if squares else 0.0
    if n < BURN_IN or clock < EVENTS or min(treated.effective, control.effective) < ARM:
        return None
    error = sqrt(treated.variance / treated.n + control.variance / control.n)
    if error <= 0:
        return None
    estimate = treated.mean - control.mean
    radius = error * float(width(clock, alpha=alpha, planned=planned))
    odds = float(evidence(estimate / error, clock, planned=planned))
    return Interval(estimate, estimate - radius, estimate + radius, odds, n)


def width(clock: Any, *, alpha: float = 0.05, planned: int = 5000, log: Callable[[Any], Any] = log) -> Any:
    """How many standard errors the range reaches to either side (about 3.0 to 3.5 where a single look needs 1.96).

    For arrays, `log` is that of arrays.
    """
    at = clock * rate(alpha, planned)
    return (2 * (at + 1) / at * log((at + 1) ** 0.5 / alpha)) ** 0.5


def evidence(
    z: Any, clock: Any, *, planned: int = 5000, exp: Callable[[Any], Any] | None = None,
    normal: Callable[[Any], Any] | None = None,
) -> Any:  # fmt: skip
    """One-sided e-value that the effect is above zero: what a fair bet against "it brings nothing" has paid.

    E = 2 (1 + V r)^(-1/2) exp(S^2 r / (2 (1 + V r))) Phi(S sqrt(r / (1 + V r))) with S = z sqrt(V), V the clock and
    r = 2 log 20 / t_opt: the half-normal mixture of models.md §13. Over any number of looks it passes 20 with a chance
    of at most one in twenty while there is no effect (Ville 1939). For arrays, `exp` and `normal` are those of arrays.
    """
    at = clock * 2 * log(20) / (planned / 10)
    shrunk = at / (1 + at)
    return (
        2 / (1 + at) ** 0.5 * (exp or bounded_exp)(z**2 * shrunk / 2) * (normal or _normal)(z * shrunk**0.5)
    )


def rate(alpha: float, planned: int) -> float:
    """r of `width`."""
    if not 0 < alpha < 1 or planned < 1:
        raise ValueError("alpha lies between 0 and 1, and at least one person is planned")
    least = -2 * log(alpha)
    return (least + log(least + 1)) / (planned / 10)


def bounded_exp(value: float) -> float:
    """The exponential, kept finite: odds beyond 10^300 are told as that."""
    return exp(min(value, 700.0))


def _normal(value: float) -> float:
    return (1 + erf(value / sqrt(2))) / 2
