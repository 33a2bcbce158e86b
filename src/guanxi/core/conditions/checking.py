"""From the text's tree to the typed tree: names are looked up, types must fit, nothing may overflow."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, TypedDict, TypeGuard

from django.utils.translation import gettext as _

from guanxi.core import catalogue
from guanxi.core.catalogue import ValueType, Vocabulary
from guanxi.core.conditions import asking, ranges, syntax, tree
from guanxi.core.conditions.errors import (
    ConditionError,
    MayOverflow,
    NotOffered,
    UnknownAttribute,
    WrongType,
)

COMPARISONS = frozenset({"==", "!=", "<", "<=", ">", ">="})
MIRRORED = {"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_ORDERED = ranges.NUMBERS | {ValueType.STRING, ValueType.TIMESTAMP}
_EQUATED = _ORDERED | {ValueType.BOOL}
_DURATION = re.compile(r"-?(?:\d+(?:\.\d+)?(?:h|ms|m|s|us|ns))+")
_DURATION_PART = re.compile(r"(\d+(?:\.\d+)?)(h|ms|m|s|us|ns)")
_SECONDS = {
    "h": Decimal(3600),
    "m": Decimal(60),
    "s": Decimal(1),
    "ms": Decimal("1e-3"),
    "us": Decimal("1e-6"),
}
_OFFERED = (
    "has, size, double, timestamp, duration, days, startsWith, endsWith, contains, events, total, in_segment, "
    "in_list, bucket, held"
)


class _Span(TypedDict):
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Fixed:
    """A duration written out. Durations live in the text only: engines do not agree on intervals."""

    start: int
    end: int
    value: timedelta


@dataclass(frozen=True, slots=True)
class Gap:
    """The time from `earlier` to `later`, and `plus`; compiled to a comparison of two timestamps."""

    start: int
    end: int
    later: tree.Node
    earlier: tree.Node
    plus: timedelta = timedelta(0)


Checked = tree.Node | Fixed | Gap


def check(text: str, vocabulary: Vocabulary) -> tree.Node:
    """The typed tree of a condition.

    Raises:
        ConditionError: What is wrong, and where.
    """
    checker = _Checker(text, vocabulary)
    return checker.boolean(syntax.read(text))


class _Checker:
    def __init__(self, text: str, vocabulary: Vocabulary) -> None:
        self.text = text
        self.vocabulary = vocabulary

    def boolean(self, part: syntax.Part) -> tree.Node:
        node = self.node(part)
        if node.type is not ValueType.BOOL:
            raise _wrong(
                part,
                _("“{part}” is {left}; true or false is needed here (position {start})."),
                part=self.shown(part),
                left=node.type.value,
            )
        return node

    def node(self, part: syntax.Part) -> tree.Node:
        checked = self.check(part)
        if isinstance(checked, tree.Node):
            return checked
        raise NotOffered(
            start=part.start,
            end=part.end,
            what=self.shown(part),
            instead=_('Compare a time between two moments with a fixed duration: now - x > duration("24h").'),
        )

    def check(self, part: syntax.Part) -> Checked:
        return _CHECKS[type(part)](self, part)

    def shown(self, part: syntax.Part | Checked) -> str:
        return self.text[part.start : part.end][:60]

    # --- leaves

    def literal(self, part: syntax.Literal) -> tree.Node:
        kind = _LITERAL_TYPES[type(part.value)]
        number = isinstance(part.value, int | float) and kind is not ValueType.BOOL
        reach = ranges.of_constant(float(part.value), kind) if number else None
        return tree.Constant(
            type=kind, start=part.start, end=part.end, range=reach, value=part.value, text=part.text
        )

    def name(self, part: syntax.Name) -> tree.Node:
        if part.name == "now":
            return tree.Now(type=ValueType.TIMESTAMP, start=part.start, end=part.end)
        attribute = self.attribute(part)
        return tree.Known(
            type=attribute.type,
            start=part.start,
            end=part.end,
            range=ranges.of_attribute(attribute),
            attribute=attribute,
        )

    def attribute(self, part: syntax.Name) -> catalogue.Attribute:
        attribute = self.vocabulary.get(part.name)
        if attribute is not None:
            return attribute
        names = self.vocabulary.nearest(part.name)
        message = "" if names else _("Nothing is called “{name}” (position {start}).")
        nearest = _(" or ").join(names)
        raise UnknownAttribute(
            message, start=part.start, end=part.end, name=part.name, nearest=nearest, names=names
        )

    def listing(self, part: syntax.Listing) -> Checked:
        raise NotOffered(
            start=part.start,
            end=part.end,
            what=self.shown(part),
            instead=_("A list stands to the right of in."),
        )

    # --- operators

    def operation(self, part: syntax.Operation) -> Checked:
        operator = part.operator
        if operator in ("&&", "||"):
            kind = tree.All if operator == "&&" else tree.Some
            parts = tuple(self.boolean(operand) for operand in part.operands)
            return kind(type=ValueType.BOOL, start=part.start, end=part.end, parts=parts)
        if operator == "?:":
            return self.choice(part)
        if len(part.operands) == 1:
            return self.prefixed(part)
        if operator == "in":
            return self.membership(part)
        if operator in COMPARISONS:
            return self.comparison(part)
        return self.arithmetic(part)

    def prefixed(self, part: syntax.Operation) -> Checked:
        place = _Span(start=part.start, end=part.end)
        if part.operator == "!":
            return tree.Not(type=ValueType.BOOL, part=self.boolean(part.operands[0]), **place)
        node = self.node(part.operands[0])
        if node.type not in ranges.NUMBERS or node.range is None:
            raise _wrong(part, _("Only a number has a minus before it (position {start})."))
        if isinstance(node, tree.Constant):
            return self.literal(_turned(node, part))
        return tree.Negation(type=node.type, part=node, range=ranges.turned(node.range), **place)

    def choice(self, part: syntax.Operation) -> tree.Node:
        condition = self.boolean(part.operands[0])
        then, otherwise = self.fitted(part, self.node(part.operands[1]), self.node(part.operands[2]))
        if then.type is ValueType.STRINGS:
            raise NotOffered(start=part.start, end=part.end, what=_("A choice between lists"), instead="")
        reach = ranges.either(then.range, otherwise.range) if then.range and otherwise.range else None
        return tree.Choice(
            type=then.type,
            start=part.start,
            end=part.end,
            range=reach,
            condition=condition,
            then=then,
            otherwise=otherwise,
        )

    def comparison(self, part: syntax.Operation) -> tree.Node:
        left, right = self.check(part.operands[0]), self.check(part.operands[1])
        if isinstance(left, tree.Node) and isinstance(right, tree.Node):
            left, right = self.fitted(part, left, right)
            if left.type not in (_EQUATED if part.operator in ("==", "!=") else _ORDERED):
                raise self.wrong(part, left, right)
            return _compared(part, part.operator, left, right)
        if isinstance(left, Fixed) and isinstance(right, Gap):
            return _compared_gap(part, MIRRORED[part.operator], right, left.value)
        if isinstance(left, Gap) and isinstance(right, Fixed):
            return _compared_gap(part, part.operator, left, right.value)
        raise self.wrong(part, left, right)

    def membership(self, part: syntax.Operation) -> tree.Node:
        item, place = self.node(part.operands[0]), _Span(start=part.start, end=part.end)
        listing = part.operands[1]
        if isinstance(listing, syntax.Listing):
            choices = tuple(self.item(part, item, choice) for choice in listing.items)
            if not choices or item.type not in _EQUATED:
                raise _wrong(listing, _("Nothing can be in this list (position {start})."))
            return tree.OneOf(type=ValueType.BOOL, item=item, choices=choices, **place)
        holder = self.node(listing)
        if holder.type is not ValueType.STRINGS or item.type is not ValueType.STRING:
            raise self.wrong(part, item, holder)
        return tree.Holds(type=ValueType.BOOL, item=item, listing=holder, **place)

    def item(self, part: syntax.Operation, item: tree.Node, choice: syntax.Part) -> tree.Constant:
        _item, fitted = self.fitted(part, item, self.node(choice))
        if isinstance(fitted, tree.Constant) and fitted.type is item.type:
            return fitted
        raise NotOffered(
            start=choice.start,
            end=choice.end,
            what=self.shown(choice),
            instead=_("A list holds constants only."),
        )

    def arithmetic(self, part: syntax.Operation) -> Checked:
        left, right = self.check(part.operands[0]), self.check(part.operands[1])
        timed = _timed(part, left, right)
        if timed is not None:
            return timed
        if not isinstance(left, tree.Node) or not isinstance(right, tree.Node):
            raise self.wrong(part, left, right)
        if {left.type, right.type} - ranges.NUMBERS:
            raise self.wrong(part, left, right)
        return self.calculated(part, *self.operands(part, left, right))

    def operands(
        self, part: syntax.Operation, left: tree.Node, right: tree.Node
    ) -> tuple[tree.Node, tree.Node]:
        """Both sides in the type in which the operation is exact, or at least equal, everywhere."""
        kinds = (left.type, right.type)
        money = ValueType.MONEY in kinds
        if part.operator == "*" and money and ValueType.INT in kinds:
            return left, right
        if part.operator == "/" and left.type is ValueType.MONEY:
            return _doubled(left), _doubled(right)
        left, right = self.fitted(part, left, right)
        if (part.operator == "%" and left.type is not ValueType.INT) or (part.operator in "*/" and money):
            raise self.wrong(part, left, right)
        return left, right

    def calculated(self, part: syntax.Operation, left: tree.Node, right: tree.Node) -> tree.Node:
        kind = ValueType.MONEY if ValueType.MONEY in (left.type, right.type) else left.type
        assert left.range is not None, "a number has a range"
        assert right.range is not None, "a number has a range"
        reach = ranges.of_arithmetic(part.operator, left.range, right.range, kind)
        if not ranges.fits(reach, kind):
            raise MayOverflow(start=part.start, end=part.end, part=self.shown(part))
        return tree.Arithmetic(
            type=kind,
            start=part.start,
            end=part.end,
            range=reach,
            operator=part.operator,
            left=left,
            right=right,
        )

    def fitted(
        self, part: syntax.Operation, left: tree.Node, right: tree.Node
    ) -> tuple[tree.Node, tree.Node]:
        """Both sides in one type: a literal takes the other side's, nothing else is converted by itself."""
        if left.type is right.type:
            return left, right
        if isinstance(right, tree.Constant) and (as_left := _converted(right, left.type)):
            return left, as_left
        if isinstance(left, tree.Constant) and (as_right := _converted(left, right.type)):
            return as_right, right
        raise self.wrong(part, left, right)

    # --- functions

    def call(self, part: syntax.Call) -> Checked:
        function = _FUNCTIONS.get(part.function) if part.subject is None else None
        if function is not None:
            _require(part, len(part.arguments) == 1, _("{function} takes one argument (position {start})."))
            return function(self, part, part.arguments[0])
        if part.subject is None and part.function in asking.FUNCTIONS:
            return asking.ask(part, self.vocabulary, self.window)
        if part.subject is None and part.function == "held":
            return self.held(part)
        if part.subject is not None and part.function in _TEXT_TESTS:
            return self.text_test(part, part.subject)
        if part.subject is not None and part.function == "size" and not part.arguments:
            return self.size(part, part.subject)
        instead = _("Offered are: {offered}.").format(offered=_OFFERED)
        raise NotOffered(start=part.start, end=part.end, what=part.function, instead=instead)

    def has(self, part: syntax.Call, argument: syntax.Part) -> tree.Node:
        if not isinstance(argument, syntax.Name) or argument.name == "now":
            raise _wrong(argument, _("has asks for an attribute by its name (position {start})."))
        return tree.Has(
            type=ValueType.BOOL, start=part.start, end=part.end, attribute=self.attribute(argument)
        )

    def size(self, part: syntax.Call, argument: syntax.Part) -> tree.Node:
        node = self.node(argument)
        _require(
            part,
            node.type in (ValueType.STRING, ValueType.STRINGS),
            _("{function} asks for a text or a list (position {start})."),
        )
        reach = tree.Range(0, 10**9)
        return tree.Size(type=ValueType.INT, start=part.start, end=part.end, range=reach, part=node)

    def double(self, part: syntax.Call, argument: syntax.Part) -> tree.Node:
        node = self.node(argument)
        _require(part, node.type in ranges.NUMBERS, _("{function} asks for a number (position {start})."))
        return _doubled(node)

    def timestamp(self, part: syntax.Call, argument: syntax.Part) -> tree.Node:
        text = _quoted(part, argument)
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            moment = datetime.max.replace(tzinfo=UTC)
        known = moment.tzinfo is not None and catalogue.FIRST_TIMESTAMP <= moment < catalogue.LAST_TIMESTAMP
        _require(
            part, known, _("{function} is written with its zone, years 1900 to 2199: 2026-11-20T09:00:00Z.")
        )
        return tree.Constant(type=ValueType.TIMESTAMP, start=part.start, end=part.end, value=moment)

    def duration(self, part: syntax.Call, argument: syntax.Part) -> Fixed:
        text = _quoted(part, argument)
        seconds = sum(
            (
                Decimal(number) * _SECONDS.get(unit, Decimal("1e-9"))
                for number, unit in _DURATION_PART.findall(text)
            ),
            start=Decimal(0),
        )
        whole = bool(_DURATION.fullmatch(text)) and seconds == int(seconds)
        longest = int(catalogue.LONGEST_DURATION.total_seconds())
        _require(
            part,
            whole and seconds <= longest,
            _("{function} is a number of whole seconds, at most 100 years: 72h, 1h30m, 45s."),
        )
        value = timedelta(seconds=int(seconds))
        return Fixed(part.start, part.end, -value if text.startswith("-") else value)

    def days(self, part: syntax.Call, argument: syntax.Part) -> Fixed:
        number = argument.value if isinstance(argument, syntax.Literal) else None
        known = isinstance(number, int) and not isinstance(number, bool)
        if not isinstance(number, int) or not known or not 1 <= number <= catalogue.LONGEST_DURATION.days:
            raise _wrong(argument, _("days asks for a whole number from 1 to 36525 (position {start})."))
        return Fixed(part.start, part.end, timedelta(days=number))

    def window(self, argument: syntax.Part) -> timedelta | None:
        """The length of time that an argument writes out; None where it is something else."""
        if isinstance(argument, syntax.Call) and argument.function in ("days", "duration"):
            checked = self.check(argument)
            return checked.value if isinstance(checked, Fixed) else None
        return None

    def held(self, part: syntax.Call) -> tree.Node:
        least = self.window(part.arguments[1]) if len(part.arguments) == 2 else None
        if least is None or least <= timedelta(0):
            raise _wrong(
                part,
                _(
                    "held asks for a condition and a time: held(orders.count > 3, days(30)) (position {start})."
                ),
            )
        state = self.boolean(part.arguments[0])
        if any(isinstance(node, tree.Held) or asking.is_company(node) for node in state.walk()):
            raise NotOffered(
                start=part.start,
                end=part.end,
                what=self.shown(part),
                instead=_("A state names no other state, segment or list."),
            )
        text = self.text[state.start : state.end]
        since = asking.asked(part, "since", text, kind=ValueType.TIMESTAMP)
        return tree.Held(
            type=ValueType.BOOL, start=part.start, end=part.end, part=state, since=since, least=least
        )

    def text_test(self, part: syntax.Call, subject: syntax.Part) -> tree.Node:
        _require(part, len(part.arguments) == 1, _("{function} takes one argument (position {start})."))
        node, pattern = self.node(subject), self.node(part.arguments[0])
        _require(
            part,
            node.type is pattern.type is ValueType.STRING,
            _("{function} compares two texts (position {start})."),
        )
        return tree.TextTest(
            type=ValueType.BOOL,
            start=part.start,
            end=part.end,
            method=part.function,
            subject=node,
            pattern=pattern,
        )

    def wrong(self, part: syntax.Operation, left: Checked, right: Checked) -> ConditionError:
        message: Any = ""
        if ValueType.DOUBLE in (_kind(left), _kind(right)) and {_kind(left), _kind(right)} <= ranges.NUMBERS:
            message = _(
                "{left} and {right} meet in {operator} (position {start}): write double(…) round the one."
            )
        if ValueType.MONEY in (_kind(left), _kind(right)) and _fractions(left, right):
            message = _("Money has two decimals (position {start}).")
        return WrongType(
            message,
            start=part.start,
            end=part.end,
            operator=part.operator,
            left=str(_kind(left)),
            right=str(_kind(right)),
        )


def _fractions(*sides: Checked) -> bool:
    return any(isinstance(side, tree.Constant) and side.type is ValueType.DOUBLE for side in sides)


def _kind(checked: Checked) -> str:
    return checked.type if isinstance(checked, tree.Node) else "duration"


def _wrong(where: syntax.Part, message: str, /, **facts: object) -> ConditionError:
    return WrongType(message, start=where.start, end=where.end, **facts)


def _require(part: syntax.Call, fits: bool, message: str) -> None:
    if not fits:
        raise _wrong(part, message, function=part.function)


def _quoted(part: syntax.Call, argument: syntax.Part) -> str:
    if isinstance(argument, syntax.Literal) and isinstance(argument.value, str):
        return argument.value
    raise _wrong(
        argument, _("{function} asks for a text written out (position {start})."), function=part.function
    )


def _turned(node: tree.Constant, part: syntax.Operation) -> syntax.Literal:
    assert isinstance(node.value, int | float), "only numbers are turned"
    text = node.text[1:] if node.text.startswith("-") else f"-{node.text}"
    return syntax.Literal(start=part.start, end=part.end, value=0 - node.value, text=text)


def _converted(node: tree.Constant, kind: ValueType) -> tree.Constant | None:
    """A number's literal in another type; None where it would not stay exact."""
    if node.type is ValueType.INT and kind is ValueType.DOUBLE:
        value = float(node.text) if "x" not in node.text else float(node.value)  # type: ignore[arg-type]  # an int
        return replace(node, type=kind, value=value, range=ranges.of_constant(value, kind))
    if node.type in (ValueType.INT, ValueType.DOUBLE) and kind is ValueType.MONEY:
        amount = Decimal(str(node.value) if node.type is ValueType.INT else node.text)
        if amount == round(amount, 2) and abs(amount) <= catalogue.MONEY_LIMIT:
            return replace(node, type=kind, value=amount, range=ranges.of_constant(float(amount), kind))
    return None


def _doubled(node: tree.Node) -> tree.Node:
    if node.type is ValueType.DOUBLE:
        return node
    if isinstance(node, tree.Constant) and (constant := _converted(node, ValueType.DOUBLE)):
        return constant
    return tree.ToDouble(type=ValueType.DOUBLE, start=node.start, end=node.end, range=node.range, part=node)


def _compared(part: syntax.Operation, operator: str, left: tree.Node, right: tree.Node) -> tree.Node:
    return tree.Comparison(
        type=ValueType.BOOL, start=part.start, end=part.end, operator=operator, left=left, right=right
    )


def _compared_gap(part: syntax.Operation, operator: str, gap: Gap, duration: timedelta) -> tree.Node:
    """`later - earlier > d` as a comparison of moments; the fixed side takes the duration, so that indexes serve."""
    rest = duration - gap.plus
    if any(isinstance(node, tree.Known) for node in gap.later.walk()):
        return _compared(part, operator, gap.later, _shifted(part, gap.earlier, rest))
    return _compared(part, MIRRORED[operator], gap.earlier, _shifted(part, gap.later, -rest))


def _shifted(part: syntax.Operation, node: tree.Node, by: timedelta) -> tree.Node:
    inner, total = (node.part, node.by + by) if isinstance(node, tree.Shift) else (node, by)
    if abs(total) > catalogue.LONGEST_DURATION:
        raise MayOverflow(start=part.start, end=part.end, part=_("the moved time"))
    if not total:
        return inner
    return tree.Shift(type=ValueType.TIMESTAMP, start=part.start, end=part.end, part=inner, by=total)


def _timed(part: syntax.Operation, left: Checked, right: Checked) -> Checked | None:
    """Arithmetic of moments and durations; None where neither is one."""
    if part.operator not in ("+", "-"):
        return None
    sign = 1 if part.operator == "+" else -1
    if isinstance(left, Fixed) and isinstance(right, Fixed):
        return Fixed(part.start, part.end, left.value + sign * right.value)
    if isinstance(left, Gap) and isinstance(right, Fixed):
        return Gap(part.start, part.end, left.later, left.earlier, left.plus + sign * right.value)
    if _is_moment(left) and isinstance(right, Fixed):
        return _shifted(part, left, sign * right.value)
    if isinstance(left, Fixed) and _is_moment(right) and sign == 1:
        return _shifted(part, right, left.value)
    if _is_moment(left) and _is_moment(right) and sign == -1:
        return Gap(part.start, part.end, left, right)
    return None


def _is_moment(checked: Checked) -> TypeGuard[tree.Node]:
    return isinstance(checked, tree.Node) and checked.type is ValueType.TIMESTAMP


_LITERAL_TYPES: dict[type, ValueType] = {
    bool: ValueType.BOOL,
    int: ValueType.INT,
    float: ValueType.DOUBLE,
    str: ValueType.STRING,
}
_TEXT_TESTS = frozenset({"startsWith", "endsWith", "contains"})
_FUNCTIONS: dict[str, Callable[[_Checker, syntax.Call, syntax.Part], Checked]] = {
    "has": _Checker.has,
    "size": _Checker.size,
    "double": _Checker.double,
    "timestamp": _Checker.timestamp,
    "duration": _Checker.duration,
    "days": _Checker.days,
}
_CHECKS: dict[type[syntax.Part], Callable[[_Checker, Any], Checked]] = {
    syntax.Literal: _Checker.literal,
    syntax.Name: _Checker.name,
    syntax.Listing: _Checker.listing,
    syntax.Operation: _Checker.operation,
    syntax.Call: _Checker.call,
}
