"""Where SQL finds what a condition names: the ground as `f`, the past as a join for each type of event.

Also the moments at which time alone may change an answer.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from hashlib import blake2b
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from guanxi.core.catalogue import Attribute, ValueType
from guanxi.core.conditions import errors, postgresql, tree
from guanxi.core.schemas import schema_of
from guanxi.market.segments.vocabulary import COLUMNS, OWN, Names

EPOCH = date(1970, 1, 1)
_Value = Callable[[Any, str], str]
_COMPARE = {"==": "=", "!=": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_NUMBER = r"^-?[0-9]{1,15}(\.[0-9]{1,6})?$"


def day_of(moment: datetime, zone: str) -> int:
    """The day of a moment in a zone, counted from 1970-01-01."""
    return (moment.astimezone(ZoneInfo(zone)).date() - EPOCH).days


def state_key(text: str) -> str:
    """The name under which a state's beginnings are kept."""
    return blake2b(text.encode(), digest_size=16).hexdigest()


@dataclass(slots=True)
class Ground:
    """The tables under a condition, as far as it names them.

    Attributes:
        few: Whether some customers are asked about, not all: then their events are looked up one by one.
    """

    tenant: UUID
    now: datetime
    zone: str
    names: Names
    few: bool = False
    joins: dict[str, str] = field(default_factory=dict)
    parameters: dict[str, Any] = field(default_factory=dict)
    _aliases: dict[str, str] = field(default_factory=dict)

    @property
    def source(self) -> str:
        """The FROM clause."""
        return " ".join(["market_feature AS f", *self.joins.values()])

    def known(self, attribute: Attribute) -> str:
        """A column of the ground, or a field of the enterprise's own."""
        if attribute.name in COLUMNS:
            return f"f.{COLUMNS[attribute.name]}"
        name = self.constant(attribute.name.removeprefix(OWN))
        text = f"(f.fields ->> {name})"
        match attribute.type:
            case ValueType.STRING:
                return text
            case ValueType.TIMESTAMP:
                # A day is a moment at its beginning in the enterprise's zone.
                return f"({text}::date::timestamp AT TIME ZONE {self.constant(self.zone)})"
            case ValueType.INT | ValueType.DOUBLE:
                # What is beyond the attribute's range is not known.
                low, high = attribute.range
                number = f"{text}::numeric"
                return f"(CASE WHEN {number} BETWEEN {low} AND {high} THEN {number} END)"
            case _:
                return f"{text}::{postgresql.TYPES[attribute.type]}"

    def asked(self, node: tree.Asked, value: _Value) -> str:
        """The answer to a question."""
        return _ANSWERS[node.function](self, node)

    def compared(self, node: tree.Asked, operator: str, constant: Any, value: _Value) -> str | None:
        """ "At least n of them" is one look at the n-th newest day."""
        if node.function != "events" or node.where or not isinstance(constant, int) or abs(constant) > 10_000:
            return None
        least, more = self._at_least(node, constant), self._at_least(node, constant + 1)
        return {
            ">=": least,
            ">": more,
            "<": f"(NOT {least})",
            "<=": f"(NOT {more})",
            "==": f"({least} AND NOT {more})",
            "!=": f"(NOT ({least} AND NOT {more}))",
        }[operator]

    def required(self, node: tree.Node) -> str | None:
        """What must be true of the past for a part of a conjunction to hold, where NULL does as well as false.

        Without a coalesce round it both sides of the join are narrowed before they meet.
        """
        if not isinstance(node, tree.Comparison) or not quick(node) or node.operator not in (">=", ">"):
            return None
        asked, constant = node.left, node.right
        assert isinstance(asked, tree.Asked), "see quick"
        assert isinstance(constant, tree.Constant), "see quick"
        count = int(str(constant.value)) + (node.operator == ">")
        if count < 1 or asked.days is None:
            return None
        return f"{self.past(asked.subject)}.days[{count}] >= {self.cut(asked.days)}"

    def _at_least(self, node: tree.Asked, count: int) -> str:
        if count <= 0:
            return "true"
        past = self.past(node.subject)
        if node.days is None:
            return f"(coalesce(cardinality({past}.days), 0) >= {count})"
        return f"coalesce({past}.days[{count}] >= {self.cut(node.days)}, false)"

    def cut(self, days: int) -> int:
        """The first day of a window that ends today."""
        return day_of(self.now, self.zone) - days + 1

    def past(self, type_: str) -> str:
        """The alias of a type's happenings."""
        alias = self._aliases.setdefault(type_, f"h{len(self._aliases)}")
        self.joins.setdefault(
            alias,
            f"LEFT JOIN market_happening AS {alias} ON {alias}.enterprise_id = {self.constant(self.tenant)}::uuid "
            f"AND {alias}.type = {self.constant(type_)} AND {alias}.customer_id = f.customer_id",
        )
        return alias

    def _count(self, node: tree.Asked) -> str:
        if node.where:
            return f"coalesce({self._filtered(node)}.number, 0)"
        past = self.past(node.subject)
        if node.days is None:
            return f"coalesce(cardinality({past}.days), 0)"
        return f"(SELECT count(*) FROM unnest({past}.days) AS each (day) WHERE day >= {self.cut(node.days)})"

    def _total(self, node: tree.Asked) -> str:
        if node.where:
            return f"coalesce({self._filtered(node)}.total, 0)"
        past = self.past(node.subject)
        cut = -(10**6) if node.days is None else self.cut(node.days)
        summed = f"SELECT sum(cents) FROM unnest({past}.days, {past}.cents) AS each (day, cents) WHERE day >= {cut}"
        return f"round(coalesce(({summed}), 0) / 100, 2)"

    def _filtered(self, node: tree.Asked) -> str:
        """The alias of counts straight from the log: what events carry is not kept beside it."""
        alias = self._aliases.setdefault(node.key, f"h{len(self._aliases)}")
        if alias not in self.joins:
            self.joins[alias] = self._from_log(node, alias)
        return alias

    def _from_log(self, node: tree.Asked, alias: str) -> str:
        tenant, amount = self.constant(self.tenant), schema_of(node.subject).amount
        total = f"sum({self._numeric(amount)})" if amount else "0"
        happened = [f"e.type = {self.constant(node.subject)}", *map(self._carries, node.where)]
        if node.days is not None:
            local = datetime.combine(EPOCH + timedelta(days=self.cut(node.days)), datetime.min.time())
            begin = local.replace(tzinfo=ZoneInfo(self.zone))
            happened.append(f"e.occurred_at >= {self.constant(begin)}::timestamptz")
        events = (
            f"FROM people_customer AS r JOIN core_event AS e ON e.enterprise_id = {tenant}::uuid "
            f"AND e.customer_id = r.id WHERE r.enterprise_id = {tenant}::uuid AND {' AND '.join(happened)}"
        )
        if self.few:
            return (
                f"LEFT JOIN LATERAL (SELECT count(*) AS number, {total} AS total {events} "
                f"AND r.root_id = f.customer_id) AS {alias} ON true"
            )
        return (
            f"LEFT JOIN (SELECT r.root_id, count(*) AS number, {total} AS total {events} GROUP BY r.root_id) "
            f"AS {alias} ON {alias}.root_id = f.customer_id"
        )

    def _carries(self, where: tree.Where) -> str:
        operator = _COMPARE[where.operator]
        if isinstance(where.value, Decimal):
            return f"{self._numeric(where.name)} {operator} {self.constant(where.value)}::numeric"
        text = f"(e.payload ->> {self.constant(where.name)})"
        if isinstance(where.value, bool):
            return f"{text} {operator} '{str(where.value).lower()}'"
        return f"{text} {operator} {self.constant(where.value)}"

    def _numeric(self, name: str) -> str:
        text = f"(e.payload ->> {self.constant(name)})"
        return f"(CASE WHEN {text} ~ '{_NUMBER}' THEN {text}::numeric END)"

    def _in_segment(self, node: tree.Asked) -> str:
        wanted = self.constant(self.names.segments.get(node.subject))
        return (
            "EXISTS (SELECT FROM market_membership AS m WHERE m.enterprise_id = f.enterprise_id "
            f"AND m.segment_id = {wanted}::uuid AND m.customer_id = f.customer_id)"
        )

    def _in_list(self, node: tree.Asked) -> str:
        wanted = self.constant(self.names.lists.get(node.subject))
        return (
            "(f.customer_id IN (SELECT r.root_id FROM market_listentry AS l JOIN people_customer AS r "
            f"ON r.id = l.customer_id WHERE l.enterprise_id = {self.constant(self.tenant)}::uuid "
            f"AND l.list_id = {wanted}::uuid))"
        )

    def _bucket(self, node: tree.Asked) -> str:
        seed = self.constant(f"{node.subject}:")
        return f"(('x' || left(md5({seed} || f.customer_id::text), 8))::bit(32)::bigint %% {node.parts})"

    def _since(self, node: tree.Asked) -> str:
        return (
            "(SELECT s.since FROM market_statesince AS s WHERE s.enterprise_id = f.enterprise_id "
            f"AND s.state = {self.constant(state_key(node.subject))} AND s.customer_id = f.customer_id)"
        )

    def constant(self, value: Any) -> str:
        """A parameter of its own."""
        name = f"g{len(self.parameters)}"
        self.parameters[name] = value
        return f"%({name})s"


_ANSWERS: Mapping[str, Callable[[Ground, tree.Asked], str]] = {
    "events": Ground._count,
    "total": Ground._total,
    "in_segment": Ground._in_segment,
    "in_list": Ground._in_list,
    "bucket": Ground._bucket,
    "since": Ground._since,
}


def moments(node: tree.Node, writing: postgresql.Writing, ground: Ground) -> list[str]:
    """SQL of moments, one of which is the next at which time alone may change the answer; NULL where there is none.

    Raises:
        NotOffered: The time now stands where its next change cannot be told.
    """
    return list(dict.fromkeys(_moments(node, writing, ground)))


def _moments(node: tree.Node, writing: postgresql.Writing, ground: Ground) -> Iterator[str]:
    if isinstance(node, tree.Comparison) and _has_now(node):
        yield from _crossing(node, writing)
    if isinstance(node, tree.OneOf) and _has_now(node):
        raise _untold(node)
    if isinstance(node, tree.Comparison) and quick(node):
        yield from _leaving(node, ground)
        return
    if isinstance(node, tree.Asked) and node.days is not None:
        yield _oldest(node, ground)
    if isinstance(node, tree.Held):
        yield f"({writing.write(node.since)} + {postgresql.span(node.least)})"
    for child in node.children():
        yield from _moments(child, writing, ground)


def quick(node: tree.Comparison) -> bool:
    """Whether a comparison is one look at the n-th newest day."""
    left, right = node.left, node.right
    return (
        isinstance(left, tree.Asked)
        and left.function == "events"
        and left.days is not None
        and not left.where
        and isinstance(right, tree.Constant)
        and isinstance(right.value, int)
        and abs(right.value) <= 10_000
    )


def _leaving(node: tree.Comparison, ground: Ground) -> Iterator[str]:
    """The midnights at which the events that decide slide out of the window."""
    asked, constant = node.left, node.right
    assert isinstance(asked, tree.Asked), "see quick"
    assert isinstance(constant, tree.Constant), "see quick"
    assert isinstance(constant.value, int), "see quick"
    assert asked.days is not None, "see quick"
    past = ground.past(asked.subject)
    for place in (constant.value, constant.value + 1):
        if place >= 1:
            day = f"{past}.days[{place}]"
            yield f"(CASE WHEN {day} >= {ground.cut(asked.days)} THEN {_midnight(day, asked.days, ground)} END)"


def _oldest(node: tree.Asked, ground: Ground) -> str:
    """The midnight at which the oldest event of the window slides out of it."""
    assert node.days is not None, "only windows move"
    past = ground.past(node.subject)
    oldest = f"(SELECT min(day) FROM unnest({past}.days) AS each (day) WHERE day >= {ground.cut(node.days)})"
    return _midnight(oldest, node.days, ground)


def _midnight(day: str, days: int, ground: Ground) -> str:
    return f"((DATE '1970-01-01' + ({day} + {days}))::timestamp AT TIME ZONE {ground.constant(ground.zone)})"


def _crossing(node: tree.Comparison, writing: postgresql.Writing) -> Iterator[str]:
    """The moment at which now passes what it is compared with, and the one after it."""
    for moving, other in ((node.left, node.right), (node.right, node.left)):
        inner = moving.part if isinstance(moving, tree.Shift) else moving
        if isinstance(inner, tree.Now) and not _has_now(other):
            by = moving.by if isinstance(moving, tree.Shift) else timedelta(0)
            at = f"({writing.write(other)} - {postgresql.span(by)})"
            yield at
            yield f"({at} + interval '1 microsecond')"
            return
    raise _untold(node)


def _has_now(node: tree.Node) -> bool:
    return any(isinstance(each, tree.Now) for each in node.walk() if each.type is ValueType.TIMESTAMP)


def _untold(node: tree.Node) -> errors.NotOffered:
    return errors.NotOffered(
        start=node.start,
        end=node.end,
        what="now",
        instead=_("In a segment the time now stands alone on one side: now - orders.last_at > days(90)."),
    )
