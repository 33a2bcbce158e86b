"""Cursor paging: a list pages to its end, whatever its length, at the price of one page each time.

The cursor holds the last row's values of the order, signed so that it cannot be used to ask about other values.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.core import signing
from django.db.models import F, Model, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from guanxi.core.compiled import compiled
from guanxi.core.errors import Invalid

Row = TypeVar("Row", bound=Model)
Item = TypeVar("Item")
_SALT = "guanxi.paging"
_TYPES: dict[str, Any] = {
    "datetime": datetime.fromisoformat,
    "date": date.fromisoformat,
    "Decimal": Decimal,
    "UUID": UUID,
}


class BadCursor(Invalid):
    """The cursor is not one of ours, or belongs to another order."""

    code = "core.bad_cursor"
    status = 404
    summary = _("This place in the list cannot be found any more.")
    help = _("Start again from the first page.")


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """A part of a list: its rows and the cursors of the parts beside it.

    Attributes:
        total: How many rows the list has, where the page itself could tell.
    """

    items: list[Item]
    next: str | None
    previous: str | None
    total: int | None = None

    def __iter__(self) -> Any:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)


def page(
    queryset: QuerySet[Row], *, order: Sequence[str], cursor: str | None = None, size: int = 50
) -> Page[Row]:
    """One page of a queryset.

    Args:
        queryset: What to page through; its own order is replaced.
        order: Fields, `-` before a descending one; the last must be unique. Empty values come last.
        cursor: `next` or `previous` of a former page; None for the first page.
        size: Rows a page.

    Raises:
        BadCursor: The cursor is not of this list.
    """
    backwards, values = _read(cursor, order) if cursor else (False, None)
    rows = list(_stretch(queryset, values, order=order, backwards=backwards)[: size + 1])
    return _page(rows, order, size, backwards=backwards, started=values is not None)


def page_of(
    build: Callable[..., QuerySet[Row]],
    *arguments: Any,
    order: Sequence[str],
    cursor: str | None = None,
    size: int = 50,
) -> Page[Row]:
    """One page of a list that is asked all day.

    Args:
        build: Makes the queryset of its `arguments`, as a function that could be `compiled`.
    """
    backwards, values = _read(cursor, order) if cursor else (False, None)
    asked = _part(build, arguments, values, order=tuple(order), backwards=backwards, size=size)
    return _page(asked.rows, order, size, backwards=backwards, started=values is not None)


@compiled
def _part(
    build: Callable[..., QuerySet[Any]],
    arguments: tuple[Any, ...],
    values: tuple[Any, ...] | None,
    *,
    order: Sequence[str],
    backwards: bool,
    size: int,
) -> QuerySet[Any]:
    return _stretch(build(*arguments), values, order=order, backwards=backwards)[: size + 1]


def _stretch(
    queryset: QuerySet[Any], values: Sequence[Any] | None, *, order: Sequence[str], backwards: bool
) -> QuerySet[Any]:
    """The rows from the cursor on, in the direction in which they are walked."""
    steps = [_step(queryset.model, _turned(name) if backwards else name, backwards) for name in order]
    if values is not None:
        queryset = queryset.filter(_beyond(steps, values))
    return queryset.order_by(*(step.ordering for step in steps))


def _page(rows: list[Any], order: Sequence[str], size: int, *, backwards: bool, started: bool) -> Page[Any]:
    more, rows = len(rows) > size, rows[:size]
    if backwards:
        rows.reverse()
    has_next, has_previous = (bool(rows), more) if backwards else (more, started and bool(rows))
    return Page(
        rows,
        _write(rows[-1], order, backwards=False) if has_next else None,
        _write(rows[0], order, backwards=True) if has_previous else None,
    )


def estimate(queryset: QuerySet[Any]) -> int:
    """How many rows the planner expects: an answer in a millisecond at any size."""
    return int(json.loads(queryset.order_by().explain(format="json"))[0]["Plan"]["Plan Rows"])


# Up to here to count costs hardly more than to guess, and is right.
COUNTABLE = 5_000


def total(queryset: QuerySet[Any]) -> dict[str, Any]:
    """How many rows a list has: counted where they are few, the planner's guess where they are many."""
    guess = estimate(queryset)
    if guess > COUNTABLE:
        return {"count": guess, "exact": False}
    counted = queryset.order_by()[: COUNTABLE + 1].count()
    return {"count": counted, "exact": counted <= COUNTABLE}


def _turned(name: str) -> str:
    return name[1:] if name.startswith("-") else f"-{name}"


@dataclass(frozen=True, slots=True)
class _Step:
    """One field of an order, as it is walked now."""

    field: str
    descending: bool
    nullable: bool
    nulls_first: bool

    @property
    def ordering(self) -> Any:
        """For ORDER BY; without a word on nulls where there are none, or the index would not fit."""
        nulls = {"nulls_first" if self.nulls_first else "nulls_last": True} if self.nullable else {}
        return F(self.field).desc(**nulls) if self.descending else F(self.field).asc(**nulls)

    def beyond(self, value: Any) -> Q:
        """Rows that come after `value` in this field."""
        if value is None:
            return Q(**{f"{self.field}__isnull": False}) if self.nulls_first else Q(pk__in=[])
        further = Q(**{f"{self.field}__{'lt' if self.descending else 'gt'}": value})
        return (
            further | Q(**{f"{self.field}__isnull": True})
            if self.nullable and not self.nulls_first
            else further
        )

    def equal(self, value: Any) -> Q:
        """Rows with this very value."""
        return Q(**{f"{self.field}__isnull": True}) if value is None else Q(**{self.field: value})


def _step(model: type[Model], name: str, backwards: bool) -> _Step:
    path = name.lstrip("-")
    nullable = False
    for part in path.split("__"):
        field = model._meta.pk if part == "pk" else model._meta.get_field(part)
        nullable |= bool(getattr(field, "null", True))
        model = getattr(field, "related_model", None) or model
    return _Step(path, name.startswith("-"), nullable, nulls_first=backwards)


def _beyond(steps: Sequence[_Step], values: Sequence[Any]) -> Q:
    """Rows after the cursor: equal in the first fields and beyond in the next one."""
    condition, equal = Q(pk__in=[]), Q()
    for step, value in zip(steps, values, strict=True):
        condition |= equal & step.beyond(value)
        equal &= step.equal(value)
    first, value = steps[0], values[0]
    if not first.nullable:
        # Says nothing new, but lets the index begin at the cursor instead of at the list's head.
        condition &= Q(**{f"{first.field}__{'lte' if first.descending else 'gte'}": value})
    return condition


def _write(row: Model, order: Sequence[str], *, backwards: bool) -> str:
    values = []
    for name in order:
        value: Any = row
        for part in name.lstrip("-").split("__"):
            value = getattr(value, part, None)
        kind = type(value).__name__
        values.append(
            [kind, value.isoformat() if kind in ("datetime", "date") else str(value)]
            if kind in _TYPES
            else value
        )
    return signing.dumps([int(backwards), list(order), values], salt=_SALT, compress=True)


def _read(cursor: str, order: Sequence[str]) -> tuple[bool, tuple[Any, ...]]:
    try:
        backwards, former, values = signing.loads(cursor, salt=_SALT)
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise BadCursor(field="cursor") from error
    if former != list(order):
        raise BadCursor(field="cursor")
    return bool(backwards), tuple(
        _TYPES[value[0]](value[1]) if isinstance(value, list) else value for value in values
    )
