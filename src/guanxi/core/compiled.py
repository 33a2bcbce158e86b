"""Queries that are asked all day, built once.

To build a query and to write it as SQL costs Django a millisecond of CPU, several times what PostgreSQL takes to answer
it. A function that returns a queryset and is marked `@compiled` is called for the first question of each shape only;
from then on its SQL is known, and a question is its values and a look at the rows.

    @compiled
    def _open_pairs(viewer: Viewer, *, size: int) -> QuerySet[Pair]:
        return pairs_for(viewer).order_by("-score")[:size]

    pairs = _open_pairs(viewer, size=5).rows

What is given by place is a value that may differ from question to question: texts, numbers, times, ids, lists of ids
(for `__among`), and tuples and dataclasses of them, such as the viewer. What is empty or one of a few (None, flags,
enums, the fields of a dataclass whose metadata say `shape`) and what is given by name makes a shape of its own. The
function may look at whether a value is there, never at what it is. One that calculates with a value says so the first
time that it is asked: what it calculates is to be given to it.
"""

import dataclasses
import os
import re
from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from functools import cache, update_wrapper
from secrets import randbits
from types import FunctionType, NoneType
from typing import Any, Generic, ParamSpec, TypeVar
from uuid import UUID, uuid4

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet
from django.db.models.query import (
    FlatValuesListIterable,
    ModelIterable,
    NamedValuesListIterable,
    ValuesListIterable,
    get_related_populators,
)
from django.db.models.sql.compiler import SQLCompiler
from psycopg import sql

from guanxi.core import arrays
from guanxi.core.fields import Among
from guanxi.core.postgresql import line
from guanxi.core.postgresql.line import Answer, Statement

Given = ParamSpec("Given")
Row = TypeVar("Row")
Read = Callable[[Iterable[tuple[Any, ...]]], list[Any]]

_PROBES: Mapping[type, Callable[[], Any]] = {
    UUID: uuid4,
    str: lambda: uuid4().hex,
    int: lambda: randbits(30),
    float: lambda: float(randbits(30)),
    Decimal: lambda: Decimal(randbits(30)),
    bytes: lambda: os.urandom(16),
    date: lambda: date.fromordinal(600_000 + randbits(17)),
    datetime: lambda: datetime(1900, 1, 1, tzinfo=UTC) + timedelta(microseconds=randbits(50)),
    list: lambda: [uuid4()],
}
_FLAGS = (NoneType, bool, Enum, frozenset, type, FunctionType)
_PLACES = re.compile("%[s%]")


class NotCompilable(TypeError):
    """A function makes another query of other values, beyond what its shape says."""


@dataclasses.dataclass(frozen=True, slots=True)
class _Plan:
    """How a shape is asked: its statement, which of the given values it takes in which order, and how its rows read."""

    statement: Statement
    takes: tuple[int, ...]
    read: Read


class Asked(Generic[Row]):
    """A question that may be on its way; to look at its rows is to wait for them."""

    __slots__ = ("_answer", "_read")

    def __init__(self, answer: Answer | None, read: Read) -> None:
        self._answer, self._read = answer, read

    @property
    def rows(self) -> list[Row]:
        """The rows."""
        return self._read(self._answer.rows) if self._answer else []

    @property
    def first(self) -> Row | None:
        """The first row, where there is one."""
        return next(iter(self.rows), None)


class Compiled(Generic[Given, Row]):
    """A function that returns a queryset, with the plans of the shapes it was asked in."""

    def __init__(self, build: Callable[Given, QuerySet[Any, Row]]) -> None:
        update_wrapper(self, build)
        self._build = build
        self._plans: dict[tuple[object, ...], _Plan | None] = {}

    def __call__(self, *arguments: Given.args, **named: Given.kwargs) -> Asked[Row]:
        """Ask; the question goes off with the next one that somebody waits for."""
        values: list[Any] = []
        shape: list[object] = []
        _spread(arguments, values, shape)
        for pair in named.items():
            shape.extend(pair)
        key = tuple(shape)
        if key not in self._plans:
            self._plans[key] = self._compile(arguments, named)
        plan = self._plans[key]
        if plan is None:
            return Asked(None, list)
        return Asked(line.say(plan.statement, *[values[index] for index in plan.takes]), plan.read)

    def _compile(self, arguments: Sequence[object], named: Mapping[str, Any]) -> _Plan | None:
        """Build the query twice, with the values and with others, and see where they went."""
        probes: list[Any] = []
        build: Callable[..., QuerySet[Any, Any]] = self._build
        real = _Written.of(build(*arguments, **named))
        other = _Written.of(build(*_probed(arguments, probes), **named))
        if real is None and other is None:
            return None
        if real is None or other is None or real.text != other.text:
            raise NotCompilable(f"{self._build.__qualname__} makes another query of other values.")
        takes: list[int] = []
        words: list[str] = []
        for said, meant in zip(real.values, other.values, strict=True):
            place = next((n for n, probe in enumerate(probes) if _same(probe, meant)), None)
            if place is not None:
                takes.append(place)
                words.append(f"${len(takes)}")
            elif _same(said, meant):
                words.append(sql.Literal(said).as_string(connection.connection))
            else:
                raise NotCompilable(
                    f"{self._build.__qualname__} calculates with {said!r}: give it what comes out."
                )
        return _Plan(Statement(real.filled(words), binary=True), tuple(takes), real.reader())


def compiled(build: Callable[Given, QuerySet[Any, Row]]) -> Compiled[Given, Row]:
    """Mark a function that returns a queryset as asked all day; see the module."""
    return Compiled(build)


def _spread(arguments: Iterable[Any], values: list[Any], shape: list[object]) -> None:
    """Tell what differs from question to question from what makes a shape."""
    for one in arguments:
        kind = type(one)
        shape.append(kind)
        if kind is list:
            values.append(arrays.uuids(one))
        elif kind in _PROBES and one:
            values.append(one)
        elif kind is tuple:
            shape.append(len(one))
            _spread(one, values, shape)
        elif dataclasses.is_dataclass(one):
            free, fixed = _fields(kind)  # type: ignore[arg-type]  # a class is hashable
            shape.extend(getattr(one, name) for name in fixed)
            _spread([getattr(one, name) for name in free], values, shape)
        elif kind in _PROBES or isinstance(one, _FLAGS):
            shape.append(one)
        else:
            raise NotCompilable(f"A {kind.__name__} is neither a value nor a shape.")


def _probed(arguments: Iterable[Any], probes: list[Any]) -> list[Any]:
    """The same arguments with other values, which are kept as they would stand in the query."""
    others = []
    for one in arguments:
        kind, other = type(one), one
        if kind is list or (kind in _PROBES and one):
            other = _PROBES[kind]()
            probes.append(Among.written(other) if kind is list else other)
        elif kind is tuple:
            other = tuple(_probed(one, probes))
        elif dataclasses.is_dataclass(one) and not isinstance(one, type):
            free, _fixed = _fields(kind)  # type: ignore[arg-type]  # a class is hashable
            others_of_one = _probed([getattr(one, name) for name in free], probes)
            other = dataclasses.replace(one, **dict(zip(free, others_of_one, strict=True)))
        others.append(other)
    return others


@cache
def _fields(kind: Any) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The fields of a dataclass that are values, and those that make a shape."""
    fields = dataclasses.fields(kind)
    return (
        tuple(one.name for one in fields if not one.metadata.get("shape")),
        tuple(one.name for one in fields if one.metadata.get("shape")),
    )


def _same(one: object, other: object) -> bool:
    return type(one) is type(other) and one == other


@dataclasses.dataclass(frozen=True, slots=True)
class _Written:
    """A queryset as Django writes it."""

    rows: QuerySet[Any, Any]
    compiler: SQLCompiler
    text: str
    values: Sequence[Any]

    @classmethod
    def of(cls, rows: QuerySet[Any, Any]) -> "_Written | None":
        """None where Django knows without asking that nothing fits."""
        compiler = rows.query.get_compiler(rows.db)
        try:
            return cls(rows, compiler, *compiler.as_sql())
        except EmptyResultSet:
            return None

    def filled(self, words: Iterable[str]) -> str:
        """The text with a word in each of its places."""
        rest = iter(words)
        return _PLACES.sub(lambda found: next(rest) if found[0] == "%s" else "%", self.text)

    def reader(self) -> Read:
        """What makes of the server's rows what Django would make of them."""
        converters = self.compiler.get_converters([one[0] for one in self.compiler.select])
        make = self._maker()

        def read(found: Iterable[tuple[Any, ...]]) -> list[Any]:
            if converters:
                found = map(tuple, self.compiler.apply_converters(found, converters))
            return make(found)

        return read

    def _maker(self) -> Read:
        kind = self.rows._iterable_class
        if kind is ModelIterable:
            return self._models()
        if kind is FlatValuesListIterable:
            return lambda found: [row[0] for row in found]
        if kind is NamedValuesListIterable:
            row = namedtuple("Row", self.rows._fields)  # type: ignore[misc,attr-defined]
            return lambda found: list(map(row._make, found))
        if kind is ValuesListIterable:
            return list
        raise NotCompilable(f"Rows of {kind.__name__} are not read.")

    def _models(self) -> Read:
        database, info = self.rows.db, self.compiler.klass_info
        first, last = info["select_fields"][0], info["select_fields"][-1] + 1
        names = [one[0].target.attname for one in self.compiler.select[first:last]]
        beside = get_related_populators(info, self.compiler.select, database)  # type: ignore[call-arg]  # not in 5.2
        counted = list((self.compiler.annotation_col_map or {}).items())
        make = info["model"].from_db

        def read(found: Iterable[tuple[Any, ...]]) -> list[Any]:
            models = []
            for row in found:
                model = make(database, names, row[first:last])
                for one in beside:
                    one.populate(row, model)
                for name, place in counted:
                    setattr(model, name, row[place])
                models.append(model)
            return models

        return read
