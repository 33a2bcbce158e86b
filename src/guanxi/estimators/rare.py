"""Few or rare outcomes: ranges without a limit theorem, and the alarm for harms that should hardly happen."""

import numpy as np
import numpy.typing as npt
from scipy.special import zeta

from guanxi.estimators.histories import Numbers
from guanxi.estimators.sequences import Interval, Moments

BETS = np.array([0.02, 0.05, 0.1, 0.2, 0.4])


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
    often = 1.4 * np.log(np.log(2 * at / least)) + np.log(zeta(1.4) / (alpha / 2 * np.log(2) ** 1.4))
    radius = float(
        (2**0.25 + 2**-0.25) / np.sqrt(2) * np.sqrt(at * often) + (np.sqrt(2) + 1) / 2 * scale * often
    )
    return Interval(estimate, estimate - radius / n, estimate + radius / n, _odds(treated, control, bound), n)


def guardrail(events: npt.ArrayLike, n: npt.ArrayLike, *, ceiling: float) -> Numbers:
    """E-value that a rare harm (complaint, opt-out) happens more often than `ceiling`; stop from 100 on.

    Mean over m in {1.5, 2, 4} of m^y ((1 - m p0)/(1 - p0))^(n-y), models.md §13; each is a likelihood ratio against p0.
    """
    if not 0 < ceiling < 1:
        raise ValueError("a ceiling is a share between 0 and 1")
    y, of = np.asarray(events, dtype=np.float64), np.asarray(n, dtype=np.float64)
    times = np.array([m for m in (1.5, 2.0, 4.0) if m * ceiling < 1] or [(1 + 1 / ceiling) / 2])
    each = np.multiply.outer(y, np.log(times))
    each = each + np.multiply.outer(of - y, np.log1p(-times * ceiling) - np.log1p(-ceiling))
    odds: Numbers = np.exp(np.minimum(each, 700.0)).mean(axis=-1)
    return odds


def _odds(treated: Moments, control: Moments, bound: float) -> float:
    """One-sided e-value of bounded outcomes: exp(g s - V g^2 / (2 (1 - g))), in units of the greatest x, is a
    supermartingale for each g in (0, 1), and so is the mean over some of them (Howard et al. 2021, §3)."""
    n = treated.n + control.n
    share = treated.n / n
    scale = bound / share + bound / (1 - share)
    total = (treated.total / share - control.total / (1 - share)) / scale
    spent = (treated.squares / share**2 + control.squares / (1 - share) ** 2) / scale**2
    each = BETS * total - spent * BETS**2 / (2 * (1 - BETS))
    return float(np.exp(np.minimum(each, 700.0)).mean())
