"""A condition as a Python function of one customer's facts, in Kleene's logic: True, False or None (unknown)."""

import operator
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import singledispatch
from typing import Any

from guanxi.core.catalogue import ValueType
from guanxi.core.conditions import tree

Facts = Mapping[str, object]
Evaluate = Callable[[Facts, datetime], Any]

_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_TEXT: Mapping[str, Callable[[str, str], bool]] = {
    "startsWith": str.startswith,
    "endsWith": str.endswith,
    "contains": operator.contains,
}


@singledispatch
def build(node: tree.Node) -> Evaluate:
    """The function that evaluates a part."""
    raise TypeError(f"No predicate for {type(node).__name__}.")


@build.register
def _constant(node: tree.Constant) -> Evaluate:
    value = node.value
    return lambda facts, now: value


@build.register
def _now(node: tree.Now) -> Evaluate:
    return lambda facts, now: now


@build.register
def _known(node: tree.Known) -> Evaluate:
    name, clean = node.attribute.name, node.attribute.clean
    return lambda facts, now: clean(facts.get(name))


@build.register
def _has(node: tree.Has) -> Evaluate:
    name = node.attribute.name
    return lambda facts, now: facts.get(name) is not None


@build.register
def _not(node: tree.Not) -> Evaluate:
    part = build(node.part)

    def evaluate(facts: Facts, now: datetime) -> bool | None:
        value = part(facts, now)
        return None if value is None else not value

    return evaluate


def _decided_by(deciding: bool, nodes: tuple[tree.Node, ...]) -> Evaluate:
    """`&&` is decided by false, `||` by true; else one unknown makes the whole unknown."""
    parts = [build(node) for node in nodes]

    def evaluate(facts: Facts, now: datetime) -> bool | None:
        result: bool | None = not deciding
        for part in parts:
            value: bool | None = part(facts, now)
            if value is deciding:
                return deciding
            if value is None:
                result = None
        return result

    return evaluate


@build.register
def _all(node: tree.All) -> Evaluate:
    return _decided_by(False, node.parts)


@build.register
def _some(node: tree.Some) -> Evaluate:
    return _decided_by(True, node.parts)


@build.register
def _choice(node: tree.Choice) -> Evaluate:
    condition, then, otherwise = build(node.condition), build(node.then), build(node.otherwise)

    def evaluate(facts: Facts, now: datetime) -> Any:
        value = condition(facts, now)
        if value is None:
            return None
        return then(facts, now) if value else otherwise(facts, now)

    return evaluate


def _with_both(left: tree.Node, right: tree.Node, function: Callable[[Any, Any], Any]) -> Evaluate:
    """Unknown where one side is."""
    of_left, of_right = build(left), build(right)

    def evaluate(facts: Facts, now: datetime) -> Any:
        one, other = of_left(facts, now), of_right(facts, now)
        return None if one is None or other is None else function(one, other)

    return evaluate


def _with_one(part: tree.Node, function: Callable[[Any], Any]) -> Evaluate:
    of_part = build(part)

    def evaluate(facts: Facts, now: datetime) -> Any:
        value = of_part(facts, now)
        return None if value is None else function(value)

    return evaluate


@build.register
def _comparison(node: tree.Comparison) -> Evaluate:
    return _with_both(node.left, node.right, _COMPARE[node.operator])


def _quotient_of_whole(left: int, right: int) -> int | None:
    """Cut off towards zero, as CEL and SQL do; Python's own goes down."""
    if right == 0:
        return None
    quotient = abs(left) // abs(right)
    return quotient if (left < 0) == (right < 0) else -quotient


def _remainder(left: int, right: int) -> int | None:
    """With the sign of the dividend."""
    if right == 0:
        return None
    remainder = abs(left) % abs(right)
    return -remainder if left < 0 else remainder


def _quotient(left: float, right: float) -> float | None:
    return None if right == 0 else left / right


@build.register
def _arithmetic(node: tree.Arithmetic) -> Evaluate:
    whole = node.type is ValueType.INT
    functions: Mapping[str, Callable[[Any, Any], Any]] = {
        "+": operator.add,
        "-": operator.sub,
        "*": operator.mul,
        "/": _quotient_of_whole if whole else _quotient,
        "%": _remainder,
    }
    return _with_both(node.left, node.right, functions[node.operator])


@build.register
def _negation(node: tree.Negation) -> Evaluate:
    return _with_one(node.part, operator.neg)


@build.register
def _to_double(node: tree.ToDouble) -> Evaluate:
    return _with_one(node.part, float)


@build.register
def _shift(node: tree.Shift) -> Evaluate:
    by = node.by
    return _with_one(node.part, lambda moment: moment + by)


@build.register
def _one_of(node: tree.OneOf) -> Evaluate:
    choices = frozenset(choice.value for choice in node.choices)
    return _with_one(node.item, lambda value: value in choices)


@build.register
def _holds(node: tree.Holds) -> Evaluate:
    return _with_both(node.item, node.listing, lambda item, listing: item in listing)


@build.register
def _text_test(node: tree.TextTest) -> Evaluate:
    return _with_both(node.subject, node.pattern, _TEXT[node.method])


@build.register
def _asked(node: tree.Asked) -> Evaluate:
    key = node.key
    return lambda facts, now: facts.get(key)


@build.register
def _held(node: tree.Held) -> Evaluate:
    part, since, least = build(node.part), build(node.since), node.least

    def evaluate(facts: Facts, now: datetime) -> bool | None:
        if not (value := part(facts, now)):
            return value  # type: ignore[no-any-return]  # False or None
        begun = since(facts, now)
        return None if begun is None else bool(begun <= now - least)

    return evaluate


@build.register
def _size(node: tree.Size) -> Evaluate:
    return _with_one(node.part, len)
