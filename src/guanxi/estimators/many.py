"""`sequences` for many campaigns at once, or for one on many days: arrays in place of counters, the same formulas."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

from guanxi.estimators.histories import Numbers
from guanxi.estimators.sequences import ARM, BURN_IN, EVENTS, evidence, width


class Arms(NamedTuple):
    """Counters of many campaigns, or of one on many days."""

    n: Numbers
    total: Numbers
    squares: Numbers

    @property
    def mean(self) -> Numbers:
        """Outcome a person."""
        return self.total / np.maximum(self.n, 1)

    @property
    def error(self) -> Numbers:
        """Squared standard error of the mean."""
        centred = np.maximum(self.squares - self.total * self.mean, 0.0)
        return centred / np.maximum(self.n - 1, 1) / np.maximum(self.n, 1)

    @property
    def effective(self) -> Numbers:
        """Kish's effective number of outcomes."""
        return self.total**2 / np.maximum(self.squares, 1e-300)


class Bounds(NamedTuple):
    """`Interval` of many campaigns; `read` is False below the burn-in."""

    estimate: Numbers
    low: Numbers
    high: Numbers
    e_value: Numbers
    read: npt.NDArray[np.bool_]


def differences(treated: Arms, control: Arms, *, alpha: float = 0.05, planned: int = 5000) -> Bounds:
    """`sequences.difference` of each of them."""
    clock = (treated.total + control.total) ** 2 / np.maximum(treated.squares + control.squares, 1e-300)
    error = np.sqrt(treated.error + control.error)
    estimate = treated.mean - control.mean
    at = np.maximum(clock, 1e-9)
    radius = error * width(at, alpha=alpha, planned=planned, log=np.log)
    read = (treated.n + control.n >= BURN_IN) & (clock >= EVENTS) & (error > 0)
    read &= np.minimum(treated.effective, control.effective) >= ARM
    z = np.divide(estimate, error, out=np.zeros_like(estimate), where=error > 0)
    odds = evidence(z, at, planned=planned, exp=bounded_exp, normal=ndtr)
    return Bounds(estimate, estimate - radius, estimate + radius, odds, read)


def bounded_exp(values: Numbers) -> Numbers:
    """The exponential, kept finite."""
    kept: Numbers = np.exp(np.minimum(values, 700.0))
    return kept
