"""Batches of customers on their way in, read and packed ahead of the database.

Most rows of a first import are customers whom nobody knows, and share nothing with another row of their batch. Such
rows are *lone*: what is to be written of them is sealed and encoded before anybody has looked whether they are known,
and those who are turn out to be few. Every other row is decided upon one after the other (`importing`).
"""

from __future__ import annotations

import pickle
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, overload
from uuid import UUID

from guanxi.core.identity import new_id
from guanxi.core.importing.targets import Outcome, Row
from guanxi.people import records
from guanxi.people.identifiers import Identifier
from guanxi.people.wishes import Reader, Wish


class Sheaf(Sequence[Row]):
    """The rows of a batch, with its lone ones packed. Its rows travel closed: mostly nobody looks at them.

    Attributes:
        parcel: What is written of each lone row that nobody knows.
        notes: What is to be said of lone rows, by their place.
        numbers: The number of each row.
    """

    def __init__(self, rows: Sequence[Row], parcel: records.Parcel, notes: Mapping[int, str]) -> None:
        self.parcel, self.notes = parcel, notes
        self._rows: Sequence[Row] | None = rows
        self.numbers = [row.number for row in rows]
        self._closed = b""

    def __len__(self) -> int:
        return len(self.numbers)

    @overload
    def __getitem__(self, place: int) -> Row: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Row]: ...
    def __getitem__(self, place: int | slice) -> Row | Sequence[Row]:
        if self._rows is None:
            match, contents = pickle.loads(self._closed)  # noqa: S301  closed by ourselves
            self._rows = [
                Row(number, values, match) for number, values in zip(self.numbers, contents, strict=True)
            ]
        return self._rows[place]

    def __getstate__(self) -> tuple[Any, ...]:
        rows = self._rows or ()
        match = rows[0].match if rows else ()
        closed = pickle.dumps((match, [row.values for row in rows]), pickle.HIGHEST_PROTOCOL)
        return self.numbers, closed, self.parcel, self.notes

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        self.numbers, self._closed, self.parcel, self.notes = state
        self._rows = None


class Binder:
    """Rows to sheaves."""

    def __init__(self, reader: Reader, origin: records.Origin) -> None:
        self._reader = reader
        self._origin = origin

    def bind(self, rows: Sequence[Row]) -> Sheaf:
        """Read the rows of a batch and pack the lone ones."""
        lone = _lone([self._reader.wish(row) for row in rows])
        places = list(lone)
        drafts = [
            wish.draft(wish.made_id or new_id(), wish.identifiers, self._origin) for wish in lone.values()
        ]
        digests = {one: digest for wish in lone.values() for one, digest in wish.digests.items()}
        packed = records.pack(self._reader.tenant, drafts, digests)
        parcel = packed._replace(
            places=[places[place] for place in packed.places],
            owners=[places[place] for place in packed.owners],
        )
        notes = {place: "; ".join(wish.notes) for place, wish in lone.items() if wish.notes}
        return Sheaf(rows, parcel, notes)


def _lone(several: Sequence[Wish | Outcome]) -> dict[int, Wish]:
    """Those that could become customers and have nothing in common with another, by their places."""
    wishes = {place: one for place, one in enumerate(several) if isinstance(one, Wish)}
    times: Counter[Identifier | UUID | None] = Counter()
    for wish in wishes.values():
        times.update(wish.identifiers)
        times[wish.made_id] += 1
    return {
        place: wish
        for place, wish in wishes.items()
        if (wish.made_id is None or times[wish.made_id] == 1)
        and all(times[one] == 1 for one in wish.identifiers)
    }
