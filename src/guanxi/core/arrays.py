"""Columns of many rows on their way into one statement, in the binary form that PostgreSQL reads.

psycopg looks at each value of a list twice and finds a dumper for it; where thousands of rows go in at once, the kind
of a column is said once. A statement names a column as `%b::uuid[]` and unnests it.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from struct import Struct
from typing import Any
from uuid import UUID

import psycopg
from django.db import connection
from psycopg.adapt import Dumper
from psycopg.pq import Format

_EMPTY = Struct(">iiI").pack
_HEAD = Struct(">iiIii").pack
_BEGUN = datetime(2000, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_length: Callable[[int], bytes] = Struct(">i").pack
_integer: Callable[[int, int], bytes] = Struct(">ii").pack
_moment: Callable[[int, int], bytes] = Struct(">iq").pack
_NULL = _length(-1)
_SIXTEEN = _length(16)
_TRUTHS = {None: _NULL, False: b"\0\0\0\1\0", True: b"\0\0\0\1\1"}


class Column:
    """The values of one column, each with its length before it; `kind` is PostgreSQL's number of their type."""

    __slots__ = ("kind", "values")

    def __init__(self, kind: int, values: list[bytes]) -> None:
        self.kind, self.values = kind, values

    @property
    def data(self) -> bytes:
        """The column as it travels."""
        count = len(self.values)
        head = _HEAD(1, 1, self.kind, count, 1) if count else _EMPTY(0, 0, self.kind)
        return head + b"".join(self.values)

    def at(self, places: Iterable[int]) -> "Column":
        """A column of the values at these places."""
        return Column(self.kind, [self.values[place] for place in places])

    def bare(self) -> list[bytes]:
        """The values without their lengths; of a column without gaps."""
        return [value[4:] for value in self.values]


def uuids(values: Iterable[UUID | None]) -> Column:
    return Column(2950, [_NULL if one is None else _SIXTEEN + one.bytes for one in values])


def texts(values: Iterable[str | None]) -> Column:
    return Column(25, [_NULL if one is None else _length(len(word := one.encode())) + word for one in values])


def blobs(values: Iterable[bytes | None]) -> Column:
    return Column(17, [_NULL if one is None else _length(len(one)) + one for one in values])


def booleans(values: Iterable[bool | None]) -> Column:
    return Column(16, [_TRUTHS[one] for one in values])


def integers(values: Iterable[int]) -> Column:
    return Column(23, [_integer(4, one) for one in values])


def moments(values: Iterable[datetime | None]) -> Column:
    return Column(
        1184, [_NULL if one is None else _moment(8, (one - _BEGUN) // _MICROSECOND) for one in values]
    )


class _Dumper(Dumper):
    """Hands a column over as it is; its type is the one that the statement names."""

    format = Format.BINARY

    def dump(self, obj: Column) -> bytes:
        return obj.data


@contextmanager
def wide() -> Iterator[psycopg.Cursor[Any]]:
    """A cursor that takes columns; Django's own would write each array out as text, and twice."""
    connection.ensure_connection()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        cursor.adapters.register_dumper(Column, _Dumper)
        yield cursor
