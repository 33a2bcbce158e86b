"""Purchase histories as buy-till-you-die models see them: repeats, time of the last one, time observed."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]


class BadHistory(ValueError):
    """A purchase history that cannot be: negative repeats, or a last purchase after the end of
    observation."""


@dataclass(frozen=True, slots=True, eq=False)
class Histories:
    """`count[i]` customers bought `repeats[i]` times again, last at `last[i]`, observed for `age[i]` (same
    unit)."""

    repeats: Counts
    last: Numbers
    age: Numbers
    count: Counts

    @classmethod
    def of(cls, repeats: npt.ArrayLike, last: npt.ArrayLike, age: npt.ArrayLike) -> Self:
        """One history for each customer, in the caller's order."""
        x = np.array(repeats, dtype=np.int64)
        built = cls(x, np.array(last, dtype=np.float64), np.array(age, dtype=np.float64), np.ones_like(x))
        built.check()
        return built

    def check(self) -> None:
        """Refuse what no customer can have done."""
        if not (len(self.repeats) == len(self.last) == len(self.age) == len(self.count)):
            raise BadHistory("repeats, last, age and count must be equally long")
        if not np.isfinite(self.last).all() or not np.isfinite(self.age).all():
            raise BadHistory("times must be finite")
        if len(self.repeats) and (
            self.repeats.min() < 0 or self.last.min() < 0 or (self.last > self.age).any()
        ):
            raise BadHistory(
                "repeats and times must not be negative, and nobody buys after the end of observation"
            )
        if (self.last[self.repeats == 0] > 0).any():
            raise BadHistory("a customer without repeats has no time of the last repeat: it must be 0")

    def __len__(self) -> int:
        return len(self.repeats)

    @property
    def customers(self) -> int:
        """How many customers stand behind the rows."""
        return int(self.count.sum())

    def grouped(self) -> "Histories":
        """Collapse equal histories into one row with their number: all that a likelihood needs."""
        x, ix = np.unique(self.repeats, return_inverse=True)
        last, il = np.unique(self.last, return_inverse=True)
        age, ia = np.unique(self.age, return_inverse=True)
        code = (ix.astype(np.int64) * len(last) + il) * len(age) + ia
        cells, inverse = np.unique(code, return_inverse=True)
        count = sums(inverse, self.count, len(cells)).astype(np.int64)
        rest, at_age = np.divmod(cells, len(age))
        at_x, at_last = np.divmod(rest, len(last))
        return Histories(x[at_x], last[at_last], age[at_age], count)

    def sampled(self, rows: int, *, seed: int) -> "Histories":
        """At most `rows` rows drawn without replacement: enough to find where the full likelihood peaks."""
        if len(self) <= rows:
            return self
        at = np.random.default_rng(seed).choice(len(self), rows, replace=False)
        return Histories(self.repeats[at], self.last[at], self.age[at], self.count[at])


def dot(one: Numbers | Counts, other: Numbers | Counts) -> float:
    """The sum of products, in this thread: BLAS would start threads and wait for them on a busy machine."""
    return float(np.einsum("i,i->", one, other))


def sums(at: Counts, weights: Numbers | Counts, length: int = 0) -> Numbers:
    """The sum of `weights` for each group number in `at`."""
    total: Numbers = np.bincount(at, weights=np.asarray(weights, dtype=np.float64), minlength=length).astype(
        np.float64
    )
    return total
