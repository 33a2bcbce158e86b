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
from guanxi.core.importing.targets import Action, Outcome, Row, TargetField

BATCH = 5_000
_REMEMBERED = 20_000
_MISSING = object()


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows of one transaction: those that can be tried, and the outcomes of those that cannot."""

    first: int
    last: int
    rows: list[Row]
    rejected: list[Outcome]
    done: float


class Column:
    """One mapped column: its place, its field and what its values became."""

    def __init__(self, place: int, field: TargetField, habits: values.Habits) -> None:
        self.place = place
        self.field = field
        self._convert = values.converter(field, habits)
        self._known: dict[Any, Any] = {}

    def value(self, cell: Any) -> Any:
        """The converted value, or the `Bad` that explains why there is none."""
        kind = type(cell)
        if kind is not str and kind is not int:
            return self._try(cell)
        found = self._known.get(cell, _MISSING)
        if found is _MISSING:
            found = self._try(cell)
            if len(self._known) < _REMEMBERED:
                self._known[cell] = found
        return found

    def _try(self, cell: Any) -> Any:
        try:
            return self._convert(None if cell != cell else cell)
        except values.Bad as bad:
            return bad


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
    ) -> None:
        places = {heading: place for place, heading in enumerate(headings)}
        self._columns = [
            Column(places[heading], fields[name], habits)
            for heading, name in mapping.items()
            if heading in places
        ]
        self._required = [field for field in fields.values() if field.required]
        self._match = match

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
        filled: list[dict[str, Any]] = [{} for _record in records]
        faults: dict[int, list[str]] = {}
        for column in self._columns:
            self._fill(column, records, filled, faults)
        for place, contents in enumerate(filled):
            for field in self._required:
                if field.name not in contents and place not in faults:
                    faults[place] = [self._fault(field, _("is missing"))]
        rows = []
        for place, record in enumerate(records):
            if place in faults:
                rejected.append(Outcome(record.number, Action.REJECT, None, "; ".join(faults[place])))
            else:
                rows.append(Row(record.number, filled[place], self._match))
        return Batch(part[0].number, part[-1].number, rows, rejected, done)

    def _fill(
        self,
        column: Column,
        records: Sequence[Record],
        filled: list[dict[str, Any]],
        faults: dict[int, list[str]],
    ) -> None:
        place, name, value_of = column.place, column.field.name, column.value
        for index, record in enumerate(records):
            cells = record.cells
            if place >= len(cells) or (cell := cells[place]) is None or cell == "":
                continue
            value = value_of(cell)
            if value.__class__ is values.Bad:
                faults.setdefault(index, []).append(self._fault(column.field, str(value)))
            elif value is not None:
                filled[index][name] = value

    @staticmethod
    def _fault(field: TargetField, reason: str) -> str:
        return f"{field.label or field.name}: {reason}"
