"""How regular purchases are: Wheat & Morrison (1990), "Estimating Purchase Regularity with Two Interpurchase
Times", Journal of Marketing Research 27(1). Gamma-distributed gaps with shape k: 1 is random, above 1.5 a
rhythm."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from guanxi.estimators.histories import Numbers

REGULAR = 1.5


@dataclass(frozen=True, slots=True)
class Regularity:
    """`k` of the enterprise's customers, with a 95 % interval, from `pairs` of gaps."""

    k: float
    lo: float
    hi: float
    pairs: int

    @property
    def regular(self) -> bool:
        """Whether customers keep a rhythm rather than come at random."""
        return self.lo > 1.0 and self.k > REGULAR


def wheat_morrison(first_gap: npt.ArrayLike, second_gap: npt.ArrayLike) -> Regularity | None:
    """M = gap1/(gap1+gap2) is Beta(k, k), so k = (1 - 4 Var M)/(8 Var M); one pair for each customer, None
    under 10."""
    one, two = np.asarray(first_gap, dtype=np.float64), np.asarray(second_gap, dtype=np.float64)
    use = np.isfinite(one) & np.isfinite(two) & (one + two > 0)
    if use.sum() < 10:
        return None
    share = one[use] / (one[use] + two[use])
    squares = (share - 0.5) ** 2  # E[M] is one half by symmetry
    variance, doubt = squares.mean(), 1.96 * squares.std() / np.sqrt(len(squares))
    return Regularity(_k(variance), _k(variance + doubt), _k(max(variance - doubt, 1e-6)), int(use.sum()))


def _k(variance: float) -> float:
    variance = min(max(float(variance), 1e-6), 0.25)
    return (1 - 4 * variance) / (8 * variance)


def gaps(times: Numbers) -> Numbers:
    """Gaps between the purchases of one customer, in order of time."""
    return np.diff(np.sort(times))
