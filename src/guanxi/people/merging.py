"""What a whole is made of its records: which fact counts, and where the records disagree. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing a record says, from where and since when."""

    value: Any
    record: UUID
    source: str = ""
    happened_at: str = ""
    recorded_at: str = ""


@dataclass(frozen=True, slots=True)
class Conflict:
    """A field on which the records disagree: what counts, and what is kept beside it."""

    field: str
    counts: Fact
    others: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Tally:
    """Counters of a record or a whole; adding is merging."""

    events: int = 0
    orders: int = 0
    returns: int = 0
    spent: Decimal = Decimal(0)
    returned: Decimal = Decimal(0)
    first_seen_at: datetime | None = None
    last_seen_at: datetime | None = None
    first_order_at: datetime | None = None
    last_order_at: datetime | None = None

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.events + other.events,
            self.orders + other.orders,
            self.returns + other.returns,
            self.spent + other.spent,
            self.returned + other.returned,
            _least(self.first_seen_at, other.first_seen_at),
            _greatest(self.last_seen_at, other.last_seen_at),
            _least(self.first_order_at, other.first_order_at),
            _greatest(self.last_order_at, other.last_order_at),
        )


def choose(root: UUID, facts: Sequence[Mapping[str, Fact]]) -> tuple[dict[str, Fact], list[Conflict]]:
    """For each field the fact that counts: what the root says, else what was so latest."""
    fields = dict.fromkeys(name for record in facts for name in record)
    chosen: dict[str, Fact] = {}
    conflicts: list[Conflict] = []
    for name in fields:
        said = [record[name] for record in facts if name in record and record[name].value not in (None, "")]
        if not said:
            continue
        said.sort(key=lambda fact: (fact.record == root, fact.happened_at, fact.recorded_at), reverse=True)
        chosen[name] = said[0]
        others = tuple(fact for fact in said[1:] if fact.value != said[0].value)
        if others:
            conflicts.append(Conflict(name, said[0], others))
    return chosen, conflicts


def _least(one: datetime | None, other: datetime | None) -> datetime | None:
    return min(one, other) if one and other else one or other


def _greatest(one: datetime | None, other: datetime | None) -> datetime | None:
    return max(one, other) if one and other else one or other
