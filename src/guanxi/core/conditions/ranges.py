"""How far arithmetic can go: an engine aborts a query that overflows, so that none may."""

from collections.abc import Callable

from guanxi.core.catalogue import MONEY_LIMIT, SAFE_INTEGER, SMALLEST_DOUBLE, Attribute, ValueType
from guanxi.core.conditions.tree import Range

NUMBERS = frozenset({ValueType.INT, ValueType.DOUBLE, ValueType.MONEY})

_STEP = {ValueType.INT: 1.0, ValueType.MONEY: 0.01, ValueType.DOUBLE: SMALLEST_DOUBLE}
_LARGEST = {ValueType.INT: float(SAFE_INTEGER), ValueType.MONEY: float(MONEY_LIMIT), ValueType.DOUBLE: 1e290}
_LEAST_DOUBLE = 1e-290
# A sum of doubles is no nearer to zero than the last bit of its smaller part.
_LAST_BIT = 2.0**-53


def of_attribute(attribute: Attribute) -> Range | None:
    """The range that the catalogue promises."""
    if attribute.type not in NUMBERS:
        return None
    low, high = attribute.range
    return Range(low, high, _STEP[attribute.type])


def of_constant(value: float, kind: ValueType) -> Range:
    """A single number."""
    return Range(value, value, abs(value) if kind is ValueType.DOUBLE and value else _STEP[kind])


def either(left: Range, right: Range) -> Range:
    """One of two."""
    return Range(min(left.low, right.low), max(left.high, right.high), min(left.least, right.least))


def turned(given: Range) -> Range:
    """With the other sign."""
    return Range(-given.high, -given.low, given.least)


def of_arithmetic(operator: str, left: Range, right: Range, kind: ValueType) -> Range:
    """What an operation on two numbers may give."""
    return _RULES[operator](left, right, kind)


def fits(given: Range, kind: ValueType) -> bool:
    """Whether every engine can hold the range exactly alike."""
    small = kind is ValueType.DOUBLE and given.least < _LEAST_DOUBLE
    return not small and given.largest <= _LARGEST[kind]


def _sum(left: Range, right: Range, kind: ValueType) -> Range:
    return Range(left.low + right.low, left.high + right.high, _least_of_sum(left, right, kind))


def _difference(left: Range, right: Range, kind: ValueType) -> Range:
    return Range(left.low - right.high, left.high - right.low, _least_of_sum(left, right, kind))


def _least_of_sum(left: Range, right: Range, kind: ValueType) -> float:
    return min(left.least, right.least) * _LAST_BIT if kind is ValueType.DOUBLE else _STEP[kind]


def _product(left: Range, right: Range, kind: ValueType) -> Range:
    corners = [one * other for one in (left.low, left.high) for other in (right.low, right.high)]
    least = left.least * right.least if kind is ValueType.DOUBLE else _STEP[kind]
    return Range(min(corners), max(corners), least)


def _quotient(left: Range, right: Range, kind: ValueType) -> Range:
    if kind is ValueType.INT:
        return Range(-left.largest, left.largest)
    largest = left.largest / right.least
    return Range(-largest, largest, left.least / max(right.largest, right.least))


def _remainder(left: Range, right: Range, kind: ValueType) -> Range:
    largest = min(left.largest, right.largest)
    return Range(-largest, largest)


_RULES: dict[str, Callable[[Range, Range, ValueType], Range]] = {
    "+": _sum,
    "-": _difference,
    "*": _product,
    "/": _quotient,
    "%": _remainder,
}
