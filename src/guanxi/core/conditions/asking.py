"""What a condition asks beside attributes: past events, segments and lists, and chance.

The grammar is CEL's; what is ours is the meaning. Events count by calendar days of the enterprise's zone, today
included, so that a window moves at midnight and never in between. Counts, sums, company and chance are always known.
"""

import re
from collections.abc import Callable, Sequence
from datetime import timedelta
from decimal import Decimal
from hashlib import md5
from uuid import UUID

from django.utils.translation import gettext as _

from guanxi.core import schemas
from guanxi.core.catalogue import MONEY_LIMIT, ValueType, Vocabulary
from guanxi.core.conditions import syntax, tree
from guanxi.core.conditions.errors import ConditionError, NotOffered, UnknownAttribute, WrongType

FUNCTIONS = frozenset({"events", "total", "in_segment", "in_list", "bucket"})
GREATEST_COUNT = 10**9
GREATEST_PARTS = 10_000
_PROPERTY = re.compile(r"event\.[A-Za-z_][A-Za-z0-9_]{0,59}")
_MIRRORED = {"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_Window = Callable[[syntax.Part], timedelta | None]


def ask(part: syntax.Call, vocabulary: Vocabulary, window: _Window) -> tree.Asked:
    """The question that a call writes down.

    Raises:
        ConditionError: An argument that it does not take, or a name that nothing has.
    """
    subject = _subject(part)
    if part.function in ("events", "total"):
        return _past(part, subject, part.arguments[1:], window)
    if part.function == "bucket":
        return _bucket(part, subject)
    _require(part, len(part.arguments) == 1, _("{function} takes one argument (position {start})."))
    known = vocabulary.names(part.function)
    if known is not None and subject not in known:
        names = vocabulary.nearest_of(part.function, subject)
        message = "" if names else _("Nothing is called “{name}” (position {start}).")
        raise UnknownAttribute(
            message,
            start=part.arguments[0].start,
            end=part.arguments[0].end,
            name=subject,
            nearest=_(" or ").join(names),
            names=names,
        )
    return asked(part, part.function, subject, kind=ValueType.BOOL)


def asked(
    part: syntax.Part,
    function: str,
    subject: str,
    *,
    kind: ValueType,
    days: int | None = None,
    parts: int = 0,
    where: tuple[tree.Where, ...] = (),
) -> tree.Asked:
    """A question with its key and the range of its answer."""
    words = [repr(subject), *([f"days({days})"] if days else []), *([str(parts)] if parts else [])]
    words += sorted(f"{one.name} {one.operator} {one.value!r}" for one in where)
    greatest = {"events": GREATEST_COUNT, "total": float(MONEY_LIMIT) / 1000, "bucket": parts}.get(function)
    low = -greatest if greatest and function == "total" else 0
    step = 0.01 if function == "total" else 1.0
    return tree.Asked(
        type=kind,
        start=part.start,
        end=part.end,
        range=tree.Range(low, greatest, step) if greatest else None,
        function=function,
        subject=subject,
        key=f"{function}({', '.join(words)})",
        days=days,
        parts=parts,
        where=where,
    )


def is_company(node: tree.Node) -> bool:
    """Whether a part asks for other customers' company: a segment or a list."""
    return isinstance(node, tree.Asked) and node.function in ("in_segment", "in_list")


def bucket(seed: str, customer_id: UUID, parts: int) -> int:
    """The bucket of a customer, from 0: the same for ever, and independent between seeds.

    SQL says the same: `('x' || left(md5(seed || ':' || id), 8))::bit(32)::bigint % parts`.
    """
    digest = md5(f"{seed}:{customer_id}".encode(), usedforsecurity=False).hexdigest()
    return int(digest[:8], 16) % parts


def _past(part: syntax.Call, subject: str, rest: Sequence[syntax.Part], window: _Window) -> tree.Asked:
    days: int | None = None
    where: tuple[tree.Where, ...] = ()
    length = window(rest[0]) if rest else None
    if length is not None:
        whole = length.total_seconds() % 86_400 == 0 and length.days >= 1
        _require(rest[0], whole, _("Events count by whole days: write days(30) (position {start})."))
        days, rest = length.days, rest[1:]
    if rest:
        where, rest = tuple(_where(part, subject, one) for one in _all(rest[0])), rest[1:]
    _require(
        part,
        not rest,
        _("{function} takes a type of event, days(…) and what it must carry (position {start})."),
    )
    kind = ValueType.INT if part.function == "events" else ValueType.MONEY
    return asked(part, part.function, subject, kind=kind, days=days, where=where)


def _all(part: syntax.Part) -> Sequence[syntax.Part]:
    if isinstance(part, syntax.Operation) and part.operator == "&&":
        return [one for operand in part.operands for one in _all(operand)]
    return [part]


def _where(call: syntax.Call, type_: str, part: syntax.Part) -> tree.Where:
    """One comparison of a property with a constant."""
    if isinstance(part, syntax.Operation) and part.operator in _MIRRORED and len(part.operands) == 2:
        left, right = part.operands
        operator = part.operator
        if isinstance(left, syntax.Literal):
            left, right, operator = right, left, _MIRRORED[operator]
        constant = _constant(right)
        if isinstance(left, syntax.Name) and _PROPERTY.fullmatch(left.name) and constant is not None:
            name = left.name.removeprefix("event.")
            _require(
                left,
                name not in schemas.schema_of(type_).private,
                _("“{name}” is private and cannot be asked for (position {start})."),
                name=name,
            )
            ordered = isinstance(constant, Decimal) or operator in ("==", "!=")
            _require(part, ordered, _("Words and truths are compared by == and != (position {start})."))
            return tree.Where(name, operator, constant)
    raise NotOffered(
        start=part.start,
        end=part.end,
        what=call.function,
        instead=_(
            'Compare what the event carries with a constant: event.store == "s1" && event.total > 100.'
        ),
    )


def _constant(part: syntax.Part) -> Decimal | str | bool | None:
    if isinstance(part, syntax.Operation) and part.operator == "-" and len(part.operands) == 1:
        inner = _constant(part.operands[0])
        return -inner if isinstance(inner, Decimal) else None
    if not isinstance(part, syntax.Literal):
        return None
    if isinstance(part.value, bool | str):
        return part.value
    return Decimal(str(part.value))


def _bucket(part: syntax.Call, seed: str) -> tree.Asked:
    number = part.arguments[1] if len(part.arguments) == 2 else None
    parts = number.value if isinstance(number, syntax.Literal) else 0
    if isinstance(parts, bool) or not isinstance(parts, int) or not 2 <= parts <= GREATEST_PARTS:
        raise _wrong(
            part, _('bucket asks for a seed and 2 to 10000 parts: bucket("spring", 100) (position {start}).')
        )
    return asked(part, "bucket", seed, kind=ValueType.INT, parts=parts)


def _subject(part: syntax.Call) -> str:
    first = part.arguments[0] if part.arguments else None
    value = first.value if isinstance(first, syntax.Literal) else None
    if not isinstance(value, str) or not value.strip() or len(value) > 120:
        raise _wrong(
            first or part,
            _("{function} asks for a name written out (position {start})."),
            function=part.function,
        )
    return value


def _wrong(where: syntax.Part, message: str, /, **facts: object) -> ConditionError:
    return WrongType(message, start=where.start, end=where.end, **facts)


def _require(part: syntax.Part, fits: bool, message: str, /, **facts: object) -> None:
    if not fits:
        function = part.function if isinstance(part, syntax.Call) else ""
        raise _wrong(part, message, **{"function": function, **facts})
