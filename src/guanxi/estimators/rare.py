"""Few or rare outcomes: ranges without a limit theorem, and the alarm for harms that should hardly happen."""

from collections.abc import Callable
from math import log, log1p, sqrt
from typing import Any

from guanxi.estimators.sequences import Interval, Moments, bounded_exp

BETS = (0.02, 0.05, 0.1, 0.2, 0.4)
ZETA = 3.1055472779775815  # Riemann's zeta of 1.4


def bounded(treated: Moments, control: Moments, *, bound: float, alpha: float = 0.05) -> Interval:
    """`sequences.difference` without a limit theorem, for few or rare outcomes between 0 and `bound`.

    Wider, and right from the first outcome on.

    Empirical-Bernstein sequence of Howard, Ramdas, McAuliffe & Sekhon (2021), "Time-uniform, nonparametric,
    nonasymptotic confidence sequences", Annals of Statistics 49(2), theorem 4 with the stitched boundary (their
    eq. 10, eta = 2, s = 1.4) on x = y/p for the treated and -y/(1-p) for the others, p the share of the treated. The
    prediction of each x is 0, so that its variance process is the sum of squares: exact from counters.
    """
    n = treated.n + control.n
    if not treated.n or not control.n:
        raise ValueError("both arms need people")
    share = treated.n / n
    estimate = (treated.total / share - control.total / (1 - share)) / n
    spent = treated.squares / share**2 + control.squares / (1 - share) ** 2
    scale = bound / share + bound / (1 - share)
    least = scale**2  # where the stitching begins: one outcome of the greatest size
    at = max(spent, least)
    often = 1.4 * log(log(2 * at / least)) + log(ZETA / (alpha / 2 * log(2) ** 1.4))
    radius = (2**0.25 + 2**-0.25) / sqrt(2) * sqrt(at * often) + (sqrt(2) + 1) / 2 * scale * often
    return Interval(estimate, estimate - radius / n, estimate + radius / n, _odds(treated, control, bound), n)


def guardrail(events: Any, n: Any, *, ceiling: float, exp: Callable[[Any], Any] = bounded_exp) -> Any:
    """E-value that a rare harm (complaint, opt-out) happens more often than `ceiling`; stop from 100 on.

    Mean over m in {1.5, 2, 4} of m^y ((1 - m p0)/(1 - p0))^(n-y), models.md §13; each is a likelihood ratio against p0.
    For arrays, `exp` is that of arrays.
    """
    if not 0 < ceiling < 1:
        raise ValueError("a ceiling is a share between 0 and 1")
    times = [m for m in (1.5, 2.0, 4.0) if m * ceiling < 1] or [(1 + 1 / ceiling) / 2]
    each = [exp(events * log(m) + (n - events) * (log1p(-m * ceiling) - log1p(-ceiling))) for m in times]
    return sum(each) / len(each)


def _odds(treated: Moments, control: Moments, bound: float) -> float:
    """One-sided e-value of bounded outcomes: exp(g s - V g^2 / (2 (1 - g))), in units of the greatest x, is a
    supermartingale for each g in (0, 1), and so is the mean over some of them (Howard et al. 2021, §3)."""
    n = treated.n + control.n
    share = treated.n / n
    scale = bound / share + bound / (1 - share)
    total = (treated.total / share - control.total / (1 - share)) / scale
    spent = (treated.squares / share**2 + control.squares / (1 - share) ** 2) / scale**2
    paid = [bounded_exp(g * total - spent * g**2 / (2 * (1 - g))) for g in BETS]
    return sum(paid) / len(paid)
