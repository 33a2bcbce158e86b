"""A condition as an Ibis expression, for PostgreSQL, DuckDB and Spark. Only the analysing process imports this.

The table of customers has one column for each attribute (`Attribute.column`): bigint, double, decimal, text, boolean,
timestamptz, text[]. Text is ordered by code point: in PostgreSQL by COLLATE "C", elsewhere by nature.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import singledispatch
from operator import add, eq, ge, gt, le, lt, mul, ne, sub
from typing import Any, Literal

import ibis
import sqlglot as sg
from ibis.expr import types as ir
from sqlglot import expressions as sge

from guanxi.core.catalogue import Attribute, ValueType
from guanxi.core.conditions import Condition, tree

Engine = Literal["postgres", "duckdb", "pyspark"]

_TYPES: Mapping[ValueType, str] = {
    ValueType.INT: "int64",
    ValueType.DOUBLE: "float64",
    ValueType.MONEY: "decimal(16, 2)",
    ValueType.STRING: "string",
    ValueType.BOOL: "boolean",
    ValueType.TIMESTAMP: "timestamp('UTC', 6)",
    ValueType.STRINGS: "array<string>",
}
_COMPARE: Mapping[str, Callable[[Any, Any], Any]] = {"==": eq, "!=": ne, "<": lt, "<=": le, ">": gt, ">=": ge}
_CALCULATE: Mapping[str, Callable[[Any, Any], Any]] = {"+": add, "-": sub, "*": mul}


@ibis.udf.scalar.builtin(name="guanxi_code_points", signature=(("string",), "string"))
def _code_points(text):  # type: ignore[no-untyped-def]  # a mark that postgres_sql replaces
    """The text, to be ordered by code point."""


@ibis.udf.scalar.builtin(name="guanxi_holds", signature=(("array<string>", "string"), "boolean"))
def _holds_mark(listing, item):  # type: ignore[no-untyped-def]  # a mark that postgres_sql replaces
    """Whether the list holds the text, so that a GIN index serves."""


@dataclass(frozen=True, slots=True)
class _Place:
    """What a rendering needs beside the tree."""

    table: ir.Table
    now: datetime
    engine: Engine


def schema(attributes: Iterable[Attribute], asked: Iterable[tree.Asked] = ()) -> ibis.Schema:
    """The schema of a table of customers with these attributes and answers."""
    answers = {each.column: _TYPES[each.type] for each in asked}
    return ibis.schema({each.column: _TYPES[each.type] for each in attributes} | answers)


def render(
    condition: Condition, table: ir.Table, *, now: datetime, engine: Engine = "duckdb"
) -> ir.BooleanValue:
    """The condition over a table of customers: true, false, or null where it is unknown."""
    expression: ir.BooleanValue = _render(condition.tree, _Place(table, now, engine))
    return expression


def postgres_sql(expression: ir.Expr) -> str:
    """The SQL of an expression rendered for `postgres`, with our own rendering where Ibis' would lose an index."""
    statement = sg.parse_one(ibis.to_sql(expression, dialect="postgres"), dialect="postgres")
    return statement.transform(_for_postgres).sql(dialect="postgres")


def _for_postgres(node: sge.Expression) -> sge.Expression:
    if not isinstance(node, sge.Anonymous):
        return node
    arguments = node.expressions
    match str(node.this).lower():
        case "guanxi_code_points":
            return sge.Collate(this=sge.paren(arguments[0]), expression=sge.to_identifier("C", quoted=True))
        case "guanxi_holds":
            one = sge.Cast(this=sge.Array(expressions=[arguments[1]]), to=sge.DataType.build("text[]"))
            return sge.paren(sge.ArrayContainsAll(this=arguments[0], expression=one))
        case _:
            return node


def _constant_of(value: tree.Value, kind: ValueType) -> ir.Value:
    """A constant that has its type in every engine.

    A bare 0.1 is a decimal and a bare 5 a 32-bit number in some: their arithmetic differs or aborts.
    """
    if kind is ValueType.TIMESTAMP and isinstance(value, datetime):
        value = value.astimezone(UTC).isoformat()
    if kind in (ValueType.STRING, ValueType.BOOL):
        return ibis.literal(value, _TYPES[kind])
    return ibis.literal(str(value), "string").cast(_TYPES[kind])


@singledispatch
def _render(node: tree.Node, place: _Place) -> Any:
    raise TypeError(f"No rendering for {type(node).__name__}.")


@_render.register
def _constant(node: tree.Constant, place: _Place) -> Any:
    return _constant_of(node.value, node.type)


@_render.register
def _now(node: tree.Now, place: _Place) -> Any:
    return _constant_of(place.now, ValueType.TIMESTAMP)


@_render.register
def _known(node: tree.Known, place: _Place) -> Any:
    column = place.table[node.attribute.column]
    # A table may hold narrower numbers, whose arithmetic would overflow.
    narrow = node.type in (ValueType.INT, ValueType.DOUBLE) and column.type() != ibis.dtype(_TYPES[node.type])
    return column.cast(_TYPES[node.type]) if narrow else column


@_render.register
def _has(node: tree.Has, place: _Place) -> Any:
    return place.table[node.attribute.column].notnull()


@_render.register
def _not(node: tree.Not, place: _Place) -> Any:
    return ~_render(node.part, place)


def _joined(parts: list[Any], join: Callable[[Any, Any], Any]) -> Any:
    """A balanced tree of connectives: a long chain must not become a deep one."""
    while len(parts) > 1:
        pairs = zip(parts[::2], parts[1::2], strict=False)
        rest = parts[-1:] if len(parts) % 2 else []
        parts = [join(left, right) for left, right in pairs] + rest
    return parts[0]


@_render.register
def _all(node: tree.All, place: _Place) -> Any:
    return _joined([_render(part, place) for part in node.parts], lambda left, right: left & right)


@_render.register
def _some(node: tree.Some, place: _Place) -> Any:
    return _joined([_render(part, place) for part in node.parts], lambda left, right: left | right)


@_render.register
def _choice(node: tree.Choice, place: _Place) -> Any:
    # Not ifelse: SQL would take the second branch where the condition is unknown.
    condition = _render(node.condition, place)
    return ibis.cases((condition, _render(node.then, place)), (~condition, _render(node.otherwise, place)))


@_render.register
def _comparison(node: tree.Comparison, place: _Place) -> Any:
    left, right = _render(node.left, place), _render(node.right, place)
    if (
        node.left.type is ValueType.STRING
        and node.operator not in ("==", "!=")
        and place.engine == "postgres"
    ):
        left, right = _code_points(left), _code_points(right)
    if node.left.type is ValueType.BOOL:
        left, right = _as_number(left, node.left), _as_number(right, node.right)
    return _COMPARE[node.operator](left, right)


def _as_number(value: Any, node: tree.Node) -> Any:
    """A truth value that can be compared: Spark cannot parse `a = NOT b`, and Ibis writes no parentheses there."""
    return value if isinstance(node, tree.Known) else value.cast("int32").cast("boolean")


@_render.register
def _arithmetic(node: tree.Arithmetic, place: _Place) -> Any:
    left, right = _render(node.left, place), _render(node.right, place)
    if node.operator in ("/", "%"):
        divisor = right.nullif(_constant_of(0, node.right.type))
        if node.type is ValueType.DOUBLE:
            return left / divisor
        rest = left % divisor
        # Without its rest the dividend divides exactly: no engine can round, and Ibis' own // would go down.
        return rest if node.operator == "%" else ((left - rest) / divisor).cast("int64")
    if node.type is ValueType.MONEY:
        # Precision must not grow with each step: engines cut it off at different places.
        parts = [_exact(left, node.left), _exact(right, node.right)]
        return _CALCULATE[node.operator](*parts).cast("decimal(16, 2)")
    return _CALCULATE[node.operator](left, right)


def _exact(value: Any, node: tree.Node) -> Any:
    return value.cast("decimal(16, 2)" if node.type is ValueType.MONEY else "decimal(16, 0)")


@_render.register
def _negation(node: tree.Negation, place: _Place) -> Any:
    return -_render(node.part, place)


@_render.register
def _to_double(node: tree.ToDouble, place: _Place) -> Any:
    return _render(node.part, place).cast("float64")


@_render.register
def _shift(node: tree.Shift, place: _Place) -> Any:
    if isinstance(node.part, tree.Now):
        return _constant_of(place.now + node.by, ValueType.TIMESTAMP)
    if isinstance(node.part, tree.Constant) and isinstance(node.part.value, datetime):
        return _constant_of(node.part.value + node.by, ValueType.TIMESTAMP)
    return _render(node.part, place) + ibis.interval(seconds=int(node.by.total_seconds()))


@_render.register
def _one_of(node: tree.OneOf, place: _Place) -> Any:
    return _render(node.item, place).isin(
        [_constant_of(choice.value, choice.type) for choice in node.choices]
    )


@_render.register
def _holds(node: tree.Holds, place: _Place) -> Any:
    item, listing = _render(node.item, place), _render(node.listing, place)
    found = _holds_mark(listing, item) if place.engine == "postgres" else listing.contains(item)
    if isinstance(node.item, tree.Constant):
        return found
    # An unknown item is in no list and out of none.
    return ibis.cases((item.notnull(), found))


@_render.register
def _text_test(node: tree.TextTest, place: _Place) -> Any:
    subject, pattern = _render(node.subject, place), _render(node.pattern, place)
    match node.method:
        case "startsWith":
            return subject.startswith(pattern)
        case "endsWith":
            return subject.endswith(pattern)
        case _:
            return subject.contains(pattern)


@_render.register
def _asked(node: tree.Asked, place: _Place) -> Any:
    column = place.table[node.column]
    return column.cast("int64") if node.type is ValueType.INT else column


@_render.register
def _held(node: tree.Held, place: _Place) -> Any:
    state, since = _render(node.part, place), _render(node.since, place)
    long_enough = since <= _constant_of(place.now - node.least, ValueType.TIMESTAMP)
    return ibis.cases((state, long_enough), (~state, ibis.literal(False)))


@_render.register
def _size(node: tree.Size, place: _Place) -> Any:
    # Spark's size of an unknown list is -1 in its old mode.
    part = _render(node.part, place)
    return ibis.cases((part.notnull(), part.length().cast("int64")))
