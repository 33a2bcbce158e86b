"""Records to typed rows: the mapping of a run, made ready once and applied to batch after batch. Pure.

Works by columns: a value that comes again in a column is converted once.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.utils.translation import gettext as _

from guanxi.core.importing import values
from guanxi.core.importing.reading import Broken, Record
from guanxi.core.importing.targets import Action, Outcome, Prepare, Row, TargetField

BATCH = 8_000
_REMEMBERED = 20_000
_JUDGED = 1_000
_MISSING: Any = object()


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows of one transaction: those that can be tried, and the outcomes of those that cannot.

    Attributes:
        rows: What the target gets: rows, or what it has prepared of them.
        numbers: The number of each.
        alike: For each a number that rows have in common where one repeats the other; empty where nobody asks.
    """

    first: int
    last: int
    rows: Sequence[Any]
    numbers: list[int]
    alike: list[int]
    rejected: list[Outcome]
    done: float


class Column:
    """One mapped column: its place, its field, and what its values became."""

    def __init__(self, place: int, field: TargetField, habits: values.Habits) -> None:
        self.place = place
        self.field = field
        self.gaps = False  # has it held an empty cell?
        self.faults = False  # has it held a bad value?
        self._convert = values.converter(field, habits)
        self._known: dict[str, Any] = {}
        self._repeats = True  # do its values come again?

    def values(self, cells: Sequence[Any]) -> list[Any]:
        """Each cell's value: None for nothing, a `Bad` that explains why there is none."""
        known = self._known
        if not self._repeats:
            return [self._try(cell) for cell in cells]
        if len(known) > _REMEMBERED:
            known.clear()
        before = len(known)
        found = [known.get(cell, _MISSING) if cell.__class__ is str else _MISSING for cell in cells]
        for place, value in enumerate(found):
            if value is _MISSING:
                cell = cells[place]
                found[place] = value = self._try(cell)
                if cell.__class__ is str:
                    known[cell] = value
        # Keys and addresses are told by a first look: to remember them would only cost.
        self._repeats = len(known) - before < 0.9 * len(cells) or len(cells) < _JUDGED
        return found

    def _try(self, cell: Any) -> Any:
        try:
            value = None if cell is None or cell == "" or cell != cell else self._convert(cell)
        except values.Bad as bad:
            self.faults = True
            return bad
        self.gaps = self.gaps or value is None
        return value


class Plan:
    """What a run does with each record."""

    def __init__(
        self,
        headings: Sequence[str],
        mapping: Mapping[str, str],
        fields: Mapping[str, TargetField],
        *,
        habits: values.Habits,
        match: tuple[str, ...],
        alike: tuple[str, ...] = (),
        prepare: Prepare | None = None,
    ) -> None:
        places = {heading: place for place, heading in enumerate(headings)}
        self._width = len(headings)
        self._columns = [
            Column(places[heading], fields[name], habits)
            for heading, name in mapping.items()
            if heading in places
        ]
        self._names = [column.field.name for column in self._columns]
        self._required = [field for field in fields.values() if field.required]
        self._match = match
        self._alike = alike
        self._prepare = prepare

    def batches(self, found: Iterable[Record | Broken], *, done: Any, size: int = BATCH) -> Iterator[Batch]:
        """The whole file in batches; `done()` tells the share that was read."""
        each = iter(found)
        while part := list(islice(each, size)):
            yield self.batch(part, done())

    def batch(self, part: Sequence[Record | Broken], done: float = 0.0) -> Batch:
        """One batch: typed rows, and a reason for each row that cannot be one."""
        rejected = [
            Outcome(one.number, Action.REJECT, None, one.reason) for one in part if isinstance(one, Broken)
        ]
        records = [one for one in part if isinstance(one, Record)]
        filled = self._filled(records)
        faults = self._faults(filled)
        if self._required:
            self._missing(filled, faults)
        rows = []
        for place, record in enumerate(records):
            if place in faults:
                rejected.append(Outcome(record.number, Action.REJECT, None, "; ".join(faults[place])))
            else:
                rows.append(Row(record.number, filled[place], self._match))
        numbers = [row.number for row in rows]
        alike = [hash(tuple(map(row.values.get, self._alike))) for row in rows] if self._alike else []
        prepared = self._prepare(rows) if self._prepare else rows
        return Batch(part[0].number, part[-1].number, prepared, numbers, alike, rejected, done)

    def _filled(self, records: Sequence[Record]) -> list[dict[str, Any]]:
        """The values of each row, bad ones among them; what is empty is absent."""
        if not records:
            return []
        whole = [_wide(record.cells, self._width) for record in records]
        turned = list(zip(*whole, strict=True))
        columns = [column.values(turned[column.place]) for column in self._columns]
        if not columns:
            return [{} for _record in records]
        names = self._names
        lines = zip(*columns, strict=True)
        if any(column.gaps for column in self._columns):
            return [
                {name: value for name, value in zip(names, line, strict=True) if value is not None}
                for line in lines
            ]
        return [dict(zip(names, line, strict=True)) for line in lines]

    def _faults(self, filled: Sequence[Mapping[str, Any]]) -> dict[int, list[str]]:
        faults: dict[int, list[str]] = {}
        for column in self._columns:
            if not column.faults:
                continue
            for place, contents in enumerate(filled):
                value = contents.get(column.field.name)
                if isinstance(value, values.Bad):
                    faults.setdefault(place, []).append(_fault(column.field, str(value)))
        return faults

    def _missing(self, filled: Sequence[Mapping[str, Any]], faults: dict[int, list[str]]) -> None:
        for field in self._required:
            name = field.name
            for place, contents in enumerate(filled):
                if name not in contents and place not in faults:
                    faults[place] = [_fault(field, _("is missing"))]


def _wide(cells: list[Any], width: int) -> list[Any]:
    return cells if len(cells) == width else [*cells, *[None] * (width - len(cells))]


def _fault(field: TargetField, reason: str) -> str:
    return f"{field.label or field.name}: {reason}"
