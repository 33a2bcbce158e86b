"""Reads of segments: lists, counts, members, why. Every function says for whom it reads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet, Sum
from django.utils.translation import gettext as _

from guanxi.core import formats, visibility
from guanxi.core.conditions import Condition, Finding, postgresql, tree
from guanxi.core.errors import NotFound
from guanxi.core.models import Event
from guanxi.core.viewer import Viewer
from guanxi.market.models import CustomerList, ListEntry, Membership, Segment, SegmentDay, Standing
from guanxi.market.segments import definitions, place, vocabulary
from guanxi.market.segments.event_schemas import ENTERED, LEFT
from guanxi.people import queries as people
from guanxi.people.models import Customer

GREATEST_PARTS = 12


@dataclass(frozen=True, slots=True)
class Listed:
    """A segment as the list shows it; `size` None while it has not been counted."""

    id: UUID
    name: str
    note: str
    condition: str
    size: int | None
    entered: int
    left: int
    error: str
    retired_at: datetime | None

    @property
    def change(self) -> int:
        return self.entered - self.left


@dataclass(frozen=True, slots=True)
class Counted:
    """How many customers a condition selects; of how many, and for each of its parts, where that was asked."""

    size: int
    base: int = 0
    parts: tuple["PartCount", ...] = ()

    @property
    def of(self) -> str:
        """How many there are in all, in words."""
        return _("of {count}").format(count=formats.number(self.base, 0))


@dataclass(frozen=True, slots=True)
class PartCount:
    """A part of a condition: of how many customers it is true, and of how many unknown."""

    text: str
    selected: int
    unknown: int


@dataclass(frozen=True, slots=True)
class Version:
    """What a segment said until `until` (None: says now)."""

    name: str
    condition: str
    note: str
    until: datetime | None
    changed_by: str


def segments_for(viewer: Viewer, *, retired: bool = False) -> list[Listed]:
    """The segments with their size and the week's coming and going."""
    viewer.require("segments.read")
    rows = Segment.objects.filter(enterprise_id=viewer.tenant, retired_at__isnull=not retired).order_by(
        "name"
    )
    standing = {row.pk: row for row in Standing.objects.filter(enterprise_id=viewer.tenant)}
    week = _today(viewer) - timedelta(days=6)
    days = SegmentDay.objects.filter(enterprise_id=viewer.tenant, day__gte=week).values_list("segment_id")
    moved = {row[0]: row[1:] for row in days.annotate(Sum("entered"), Sum("left")).order_by()}
    return [_listed(row, standing.get(row.pk), moved.get(row.pk, (0, 0))) for row in rows]


def _listed(row: Segment, standing: Standing | None, moved: tuple[int, int]) -> Listed:
    size, error = (standing.size, standing.error) if standing else (None, "")
    return Listed(row.pk, row.name, row.note, row.condition, size, *moved, error, row.retired_at)


def _today(viewer: Viewer) -> date:
    return viewer.now.astimezone(viewer.timezone).date()


def segment_for(viewer: Viewer, segment_id: UUID) -> Segment:
    """One segment.

    Raises:
        NotFound: There is none.
    """
    viewer.require("segments.read")
    segment = Segment.objects.filter(enterprise_id=viewer.tenant, pk=segment_id).first()
    if segment is None:
        raise NotFound(field="segment")
    return segment


def listed_for(viewer: Viewer, segment_id: UUID) -> Listed:
    """One segment as the list shows it."""
    segment = segment_for(viewer, segment_id)
    standing = Standing.objects.filter(enterprise_id=viewer.tenant, pk=segment_id).first()
    week = SegmentDay.objects.filter(
        enterprise_id=viewer.tenant, segment_id=segment_id, day__gte=_today(viewer) - timedelta(days=6)
    )
    moved = week.aggregate(entered=Sum("entered"), left=Sum("left"))
    return _listed(segment, standing, (moved["entered"] or 0, moved["left"] or 0))


def count_for(viewer: Viewer, text: str, *, parts: bool = True) -> Counted:
    """How many customers a condition selects now, counted in PostgreSQL; exact.

    Args:
        parts: Count each of its parts as well, and everybody; it takes another look at all customers.

    Raises:
        ConditionError: What is wrong with it, and where.
    """
    viewer.require("segments.read")
    names = vocabulary.names_for(viewer)
    condition = vocabulary.parse(viewer, text, names)
    sql = definitions.rendered(viewer, condition, names)
    with connection.cursor() as cursor:
        # A plan of a few hundred milliseconds is not worth compiling.
        cursor.execute("SET LOCAL jit = off")
        cursor.execute(
            f"SELECT count(*) FROM {sql.source} WHERE f.enterprise_id = %(tenant)s AND {sql.where}",
            sql.parameters,
        )
        size = int(cursor.fetchone()[0])
    return _with_parts(viewer, condition, names, size) if parts else Counted(size)


def _with_parts(viewer: Viewer, condition: Condition, names: vocabulary.Names, size: int) -> Counted:
    leaves = leaves_of(condition.tree)[:GREATEST_PARTS]
    ground = place.Ground(viewer.tenant, viewer.now, viewer.zone, names)
    writing = postgresql.Writing(ground, viewer.now)
    columns = [
        f"count(*) FILTER (WHERE {sql}), count(*) FILTER (WHERE ({sql}) IS NULL)"
        for sql in map(writing.write, leaves)
    ]
    values = {**writing.parameters, **ground.parameters, "tenant": viewer.tenant}
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*), {', '.join(columns)} FROM {ground.source} WHERE f.enterprise_id = %(tenant)s",
            values,
        )
        base, *counts = cursor.fetchone()
    texts = [condition.text[leaf.start : leaf.end] for leaf in leaves]
    each = zip(texts, counts[::2], counts[1::2], strict=True)
    return Counted(size, base, tuple(PartCount(*one) for one in each))


def leaves_of(node: tree.Node) -> list[tree.Node]:
    """The parts of a condition that are no combination."""
    match node:
        case tree.All(parts=parts) | tree.Some(parts=parts):
            return [leaf for part in parts for leaf in leaves_of(part)]
        case tree.Not(part=part):
            return leaves_of(part)
        case _:
            return [node]


def members_for(viewer: Viewer, segment_id: UUID) -> QuerySet[Membership, UUID]:
    """The ids of customers in a segment, for lists that are limited to them."""
    segment_for(viewer, segment_id)
    rows = Membership.objects.filter(enterprise_id=viewer.tenant, segment_id=segment_id)
    return rows.values_list("customer_id", flat=True)


def memberships_for(viewer: Viewer, segment_id: UUID) -> QuerySet[Membership]:
    """Who of the customers whom this viewer sees is in a segment."""
    segment_for(viewer, segment_id)
    rows = Membership.objects.filter(enterprise_id=viewer.tenant, segment_id=segment_id)
    return visibility.visible(viewer, rows)


def segments_of(viewer: Viewer, root_id: UUID) -> list[tuple[Segment, datetime]]:
    """The segments in which a customer is, with the moment at which it came in."""
    rows = Membership.objects.filter(enterprise_id=viewer.tenant, customer_id=root_id).select_related(
        "segment"
    )
    return [(row.segment, row.entered_at) for row in rows.order_by("segment__name")]


def named_like(viewer: Viewer, text: str) -> list[tuple[UUID, str]]:
    """The first segments in use whose name holds a text."""
    rows = Segment.objects.filter(enterprise_id=viewer.tenant, retired_at=None, name__icontains=text)
    return list(rows.order_by("name").values_list("pk", "name")[:5])


def why_for(viewer: Viewer, segment_id: UUID, customer_id: UUID) -> Finding:
    """Why a customer is in a segment or not: each part of its condition with its answer.

    Raises:
        NotFound: There is no such segment or customer, or the viewer may not see them.
    """
    segment = segment_for(viewer, segment_id)
    root_id, _records = people.whole_rows_for(viewer, customer_id)
    names = vocabulary.names_for(viewer)
    condition = vocabulary.parse(viewer, segment.condition, names)
    return condition.explain(facts_of(viewer, root_id, condition, names), now=viewer.now)


def facts_of(
    viewer: Viewer, root_id: UUID, condition: Condition, names: vocabulary.Names
) -> Mapping[str, Any]:
    """What a condition asks of one customer, from the ground."""
    ground = place.Ground(viewer.tenant, viewer.now, viewer.zone, names, few=True)
    writing = postgresql.Writing(ground, viewer.now)
    wanted = {each.name: _typed(ground.known(each), each.type) for each in condition.attributes}
    wanted |= {node.key: writing.write(node) for node in condition.asked}
    columns = ", ".join(wanted.values()) or "true"
    values = {**writing.parameters, **ground.parameters, "tenant": viewer.tenant, "customer": root_id}
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {columns} FROM {ground.source} "
            "WHERE f.enterprise_id = %(tenant)s AND f.customer_id = %(customer)s",
            values,
        )
        row = cursor.fetchone()
    return dict(zip(wanted, row, strict=False)) if row else {}


def _typed(expression: str, kind: Any) -> str:
    return f"({expression})::{postgresql.TYPES[kind]}"


def versions_for(viewer: Viewer, segment_id: UUID) -> list[Version]:
    """What a segment has said, newest first."""
    segment = segment_for(viewer, segment_id)
    history = Segment.pgh_event_model.objects.filter(pgh_obj_id=segment_id).order_by("-pgh_id")  # type: ignore[attr-defined]  # pghistory adds it
    versions = [Version(segment.name, segment.condition, segment.note, None, "")]
    versions += [
        Version(row.name, row.condition, row.note, row.pgh_created_at, row.changed_by) for row in history[:50]
    ]
    return versions


def days_for(viewer: Viewer, segment_id: UUID, *, days: int = 90) -> list[tuple[date, int]]:
    """The size of a segment day by day; days without a change are left out."""
    since = _today(viewer) - timedelta(days=days)
    rows = SegmentDay.objects.filter(enterprise_id=viewer.tenant, segment_id=segment_id, day__gte=since)
    return list(rows.order_by("day").values_list("day", "size"))


@dataclass(frozen=True, slots=True)
class Movement:
    """Somebody who came into a segment or left it."""

    customer_id: UUID
    title: str
    came: bool
    at: datetime


def movements_for(viewer: Viewer, segment_id: UUID, *, size: int = 20) -> list[Movement]:
    """Who came and who left last, as the event log has it."""
    rows = Event.objects.filter(
        enterprise_id=viewer.tenant, type__in=(ENTERED, LEFT), payload__segment=str(segment_id)
    )
    ids = Membership.objects.filter(enterprise_id=viewer.tenant, segment_id=segment_id).order_by(
        "-entered_at"
    )
    recent = list(ids.values_list("customer_id", flat=True)[:size])
    events = list(rows.filter(customer_id__among=recent).order_by("-seq")[:size]) if recent else []
    titles = people.titles_for(viewer, {event.customer_id for event in events if event.customer_id})
    return [
        Movement(event.customer_id, titles[event.customer_id], event.type == ENTERED, event.occurred_at)
        for event in events
        if event.customer_id in titles
    ]


def users_of(viewer: Viewer, segment: Segment) -> list[str]:
    """The names of segments that name this one."""
    names = vocabulary.names_for(viewer)
    return [one.name for one in definitions.defined_for(viewer, names) if segment.name in one.needs]


def lists_for(viewer: Viewer) -> list[CustomerList]:
    """The lists put together by hand and by snapshots, newest first."""
    viewer.require("segments.read")
    return list(CustomerList.objects.filter(enterprise_id=viewer.tenant).order_by("-created_at", "name"))


def customers_by_key(viewer: Viewer, keys: Sequence[str]) -> dict[str, UUID]:
    """The customer of each id, source key, e-mail or phone that points at exactly one whom the viewer sees."""
    found: dict[str, UUID] = {}
    rows = visibility.visible(viewer, Customer.objects.filter(enterprise_id=viewer.tenant))
    found |= {
        key: id_ for key, id_ in rows.filter(source_key__in=keys).values_list("source_key", "pk") if key
    }
    uuids = {key: UUID(key) for key in keys if _is_uuid(key)}
    known = set(rows.filter(pk__in=uuids.values()).values_list("pk", flat=True))
    found |= {key: id_ for key, id_ in uuids.items() if id_ in known}
    for key in keys:
        if key not in found and ("@" in key or key.lstrip("+").replace(" ", "").replace("-", "").isdigit()):
            ids = people.search(viewer, key, limit=2).ids
            if len(ids) == 1 and rows.filter(pk=ids[0]).exists():
                found[key] = ids[0]
    return found


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def entries_of(viewer: Viewer, list_id: UUID) -> int:
    """How many records are on a list."""
    return ListEntry.objects.filter(enterprise_id=viewer.tenant, list_id=list_id).count()


def exact_for(viewer: Viewer, segment_id: UUID) -> tuple[int, int, int]:
    """Whether a segment is exact: how many are in it, and how many are missing and too many against a full recount."""
    segment = segment_for(viewer, segment_id)
    names = vocabulary.names_for(viewer)
    sql = definitions.rendered(viewer, vocabulary.parse(viewer, segment.condition, names), names)
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH fits AS (SELECT f.customer_id FROM {sql.source} "
            f"WHERE f.enterprise_id = %(tenant)s AND {sql.where}), "
            "kept AS (SELECT customer_id FROM market_membership "
            "WHERE enterprise_id = %(tenant)s AND segment_id = %(segment)s) "
            "SELECT (SELECT count(*) FROM kept), (SELECT count(*) FROM (TABLE fits EXCEPT TABLE kept) AS missing), "
            "(SELECT count(*) FROM (TABLE kept EXCEPT TABLE fits) AS surplus)",
            {**sql.parameters, "segment": segment_id},
        )
        kept, missing, surplus = cursor.fetchone()
    return kept, missing, surplus
