"""The one measure interface: `evaluate → explain → improve → verify`.

A measure binds features and an estimator to scores with intervals, evidence and reasons. Levers name what
could move the score; the plays that realise them live in `market`, and `verify` compares those who got one
with those who did not.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from guanxi.estimators.histories import Counts, Histories, Numbers

Reason = Mapping[str, Any]  # {"code": …, facts …}; `mining.reasons` says it in words
WEEK = 7


@dataclass(frozen=True, slots=True, eq=False)
class Population:
    """One row of features for each customer (a whole), as of a day; the table is never written to."""

    table: pa.Table
    as_of: int  # days since 1970-01-01; what happened on this day and later is not in it

    def __len__(self) -> int:
        return int(self.table.num_rows)

    @property
    def roots(self) -> pa.ChunkedArray:
        """Ids of the customers."""
        return self.table["root_id"]

    def numbers(self, name: str) -> Numbers:
        """A column as floats; unknown is NaN."""
        return np.asarray(self.table[name].to_numpy(), dtype=np.float64)

    def counts(self, name: str) -> Counts:
        """A column of whole numbers."""
        return np.asarray(self.table[name].to_numpy(), dtype=np.int64)

    def histories(self) -> Histories:
        """Days of purchase as buy-till-you-die models want them, in weeks."""
        first, last = self.counts("first"), self.counts("last")
        return Histories.of(self.counts("days") - 1, (last - first) / WEEK, (self.as_of - first) / WEEK)


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """A construct's figures, one for each customer of the population, in its order."""

    construct: str
    value: Numbers
    lo: Numbers
    hi: Numbers
    evidence: Counts
    level: npt.NDArray[np.str_]
    horizon_days: int
    version: str
    report: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Lever:
    """Something that may move a score: its name, and for whom it is meant in words of the condition
    language."""

    name: str
    condition: str = ""


@dataclass(frozen=True, slots=True)
class Proof:
    """What a lever did: `improved`, `none` or `worse`, with the interval of the effect."""

    word: str = "none"
    effect: float = 0.0
    lo: float = 0.0
    hi: float = 0.0


class Measure(Protocol):
    """A construct of the relation."""

    @property
    def construct(self) -> str:
        """Its name in scores."""

    @property
    def version(self) -> str:
        """The version of its model: another one makes other figures."""

    def evaluate(self, population: Population, *, seed: int) -> Scores:
        """Give every customer a figure with its interval and evidence."""

    def explain(self, population: Population, scores: Scores) -> Iterable[Sequence[Reason]]:
        """At most three reasons for each customer, strongest first; made as they are asked for."""

    def improve(self, population: Population, scores: Scores) -> Sequence[Lever]:
        """Levers that may move the score; empty until plays exist."""

    def verify(self, lever: Lever) -> Proof:
        """What a lever did against a control group; `none` until there are outcomes."""
