"""A condition as SQL of PostgreSQL, with parameters: light enough for web and worker, which never load Ibis.

Where attributes and answers stand is the caller's: it gives a `Place`. A truth that is unknown is NULL.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import singledispatch
from typing import Any, Protocol

from guanxi.core.catalogue import Attribute, ValueType
from guanxi.core.conditions import Condition, tree

#: The type of each value in SQL.
TYPES = {
    ValueType.INT: "bigint",
    ValueType.DOUBLE: "float8",
    ValueType.MONEY: "numeric",
    ValueType.STRING: "text",
    ValueType.BOOL: "boolean",
    ValueType.TIMESTAMP: "timestamptz",
    ValueType.STRINGS: "text[]",
}
_COMPARE = {"==": "=", "!=": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}


class Place(Protocol):
    """Where SQL finds what a condition names, in the query around it."""

    def known(self, attribute: Attribute) -> str:
        """The expression of an attribute; NULL where it is not known."""

    def asked(self, node: tree.Asked, value: Callable[[Any, str], str]) -> str:
        """The expression of an answer; `value(constant, type)` makes a parameter of a constant."""

    def compared(
        self, node: tree.Asked, operator: str, constant: Any, value: Callable[[Any, str], str]
    ) -> str | None:
        """A quicker way to compare an answer with a constant, where there is one."""


@dataclass(slots=True)
class Writing:
    """SQL in the making: the parameters that it has so far, by name."""

    place: Place
    now: datetime
    prefix: str = "p"
    parameters: dict[str, Any] = field(default_factory=dict)

    def value(self, constant: Any, kind: str) -> str:
        """The constant as a parameter of its type."""
        name = f"{self.prefix}{len(self.parameters)}"
        self.parameters[name] = list(constant) if isinstance(constant, tuple) else constant
        return f"%({name})s::{kind}"

    def write(self, node: tree.Node) -> str:
        """The SQL of a part."""
        return _write(node, self)


def render(condition: Condition, place: Place, *, now: datetime) -> tuple[str, dict[str, Any]]:
    """The condition as an expression that is true, false or NULL, and its parameters by name."""
    writing = Writing(place, now)
    return writing.write(condition.tree), writing.parameters


@singledispatch
def _write(node: tree.Node, writing: Writing) -> str:
    raise TypeError(f"No SQL for {type(node).__name__}.")


@_write.register
def _constant(node: tree.Constant, writing: Writing) -> str:
    return writing.value(node.value, TYPES[node.type])


@_write.register
def _now(node: tree.Now, writing: Writing) -> str:
    return writing.value(writing.now, "timestamptz")


@_write.register
def _known(node: tree.Known, writing: Writing) -> str:
    column = writing.place.known(node.attribute)
    # A table may hold narrower numbers, whose arithmetic would overflow.
    wide = node.type in (ValueType.INT, ValueType.DOUBLE, ValueType.MONEY)
    return f"({column})::{TYPES[node.type]}" if wide else column


@_write.register
def _has(node: tree.Has, writing: Writing) -> str:
    return f"({writing.place.known(node.attribute)} IS NOT NULL)"


@_write.register
def _not(node: tree.Not, writing: Writing) -> str:
    return f"(NOT {writing.write(node.part)})"


@_write.register
def _all(node: tree.All, writing: Writing) -> str:
    return f"({' AND '.join(map(writing.write, node.parts))})"


@_write.register
def _some(node: tree.Some, writing: Writing) -> str:
    return f"({' OR '.join(map(writing.write, node.parts))})"


@_write.register
def _choice(node: tree.Choice, writing: Writing) -> str:
    condition = writing.write(node.condition)
    then, otherwise = writing.write(node.then), writing.write(node.otherwise)
    # Not ELSE: SQL would take the second branch where the condition is unknown.
    return f"(CASE WHEN {condition} THEN {then} WHEN NOT {condition} THEN {otherwise} END)"


@_write.register
def _comparison(node: tree.Comparison, writing: Writing) -> str:
    quick = _quick(node, writing)
    if quick is not None:
        return quick
    left, right = writing.write(node.left), writing.write(node.right)
    if node.left.type is ValueType.STRING and node.operator not in ("==", "!="):
        left = f'({left} COLLATE "C")'
    return f"({left} {_COMPARE[node.operator]} {right})"


def _quick(node: tree.Comparison, writing: Writing) -> str | None:
    if isinstance(node.left, tree.Asked) and isinstance(node.right, tree.Constant):
        return writing.place.compared(node.left, node.operator, node.right.value, writing.value)
    return None


@_write.register
def _arithmetic(node: tree.Arithmetic, writing: Writing) -> str:
    left, right = writing.write(node.left), writing.write(node.right)
    if node.operator in ("/", "%"):
        # On whole numbers PostgreSQL cuts off towards zero and keeps the dividend's sign, as CEL does.
        right = f"nullif({right}, 0)"
    # A lone percent sign would be read as a parameter.
    operator = "%%" if node.operator == "%" else node.operator
    return f"({left} {operator} {right})"


@_write.register
def _negation(node: tree.Negation, writing: Writing) -> str:
    return f"(- {writing.write(node.part)})"


@_write.register
def _to_double(node: tree.ToDouble, writing: Writing) -> str:
    return f"({writing.write(node.part)})::float8"


@_write.register
def _shift(node: tree.Shift, writing: Writing) -> str:
    if isinstance(node.part, tree.Now):
        return writing.value(writing.now + node.by, "timestamptz")
    return f"({writing.write(node.part)} + {span(node.by)})"


def span(by: timedelta) -> str:
    """A number of seconds as an interval: days would be longer or shorter where clocks are turned."""
    return f"interval '{int(by.total_seconds())} seconds'"


@_write.register
def _one_of(node: tree.OneOf, writing: Writing) -> str:
    choices = ", ".join(map(writing.write, node.choices))
    return f"({writing.write(node.item)} IN ({choices}))"


@_write.register
def _holds(node: tree.Holds, writing: Writing) -> str:
    item, listing = writing.write(node.item), writing.write(node.listing)
    found = f"({listing} @> ARRAY[{item}])"
    if isinstance(node.item, tree.Constant):
        return found
    # An unknown item is in no list and out of none.
    return f"(CASE WHEN {item} IS NOT NULL THEN {found} END)"


@_write.register
def _text_test(node: tree.TextTest, writing: Writing) -> str:
    subject, pattern = writing.write(node.subject), writing.write(node.pattern)
    match node.method:
        case "startsWith":
            return f"starts_with({subject}, {pattern})"
        case "endsWith":
            return f"(right({subject}, char_length({pattern})) = {pattern})"
        case _:
            return f"(strpos({subject}, {pattern}) > 0)"


@_write.register
def _asked(node: tree.Asked, writing: Writing) -> str:
    answer = writing.place.asked(node, writing.value)
    wide = node.type in (ValueType.INT, ValueType.MONEY)
    return f"({answer})::{TYPES[node.type]}" if wide else answer


@_write.register
def _held(node: tree.Held, writing: Writing) -> str:
    state, since = writing.write(node.part), writing.write(node.since)
    before = writing.value(writing.now - node.least, "timestamptz")
    return f"(CASE WHEN {state} THEN {since} <= {before} WHEN NOT {state} THEN false END)"


@_write.register
def _size(node: tree.Size, writing: Writing) -> str:
    length = "char_length" if node.part.type is ValueType.STRING else "cardinality"
    return f"{length}({writing.write(node.part)})::bigint"
