"""What staff see of sources, of what was set aside, and of the events that came."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Max, Q, QuerySet, Sum
from django.db.models.functions import Now
from django.utils.functional import Promise

from guanxi.core import events, paging, schemas, visibility
from guanxi.core.compiled import compiled
from guanxi.core.errors import NotFound
from guanxi.core.models import Event
from guanxi.core.schemas import EventSchema
from guanxi.core.viewer import Viewer
from guanxi.people import queries as people
from guanxi.people import sight
from guanxi.people.models import Customer
from guanxi.touch import inbox
from guanxi.touch.message import REASONS
from guanxi.touch.models import AsideState, Poison, Quarantined, Source, SourceKind, Tally

SOURCE_KINDS: Sequence[tuple[str, Any]] = SourceKind.choices
HOURS_SHOWN = 48
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Counts:
    """What came from a source: in all, in the last hour, and how much of it was set aside."""

    received: int = 0
    last_hour: int = 0
    duplicates: int = 0
    refused: int = 0
    aside: int = 0
    last_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SourceLine:
    """A source with what came from it."""

    source: Source
    counts: Counts


@dataclass(frozen=True, slots=True)
class EventLine:
    """An event as lists show it. `customer` is None where nobody is known, or not to this viewer."""

    event: Event
    schema: EventSchema
    text: str
    source: str
    customer: str | None

    @property
    def label(self) -> str | Promise:
        """What happened, in words."""
        return self.schema.label or self.event.type


@dataclass(frozen=True, slots=True)
class AsideLine:
    """A message that was set aside: refused at the border, or poison to the digester."""

    row: Any
    kind: str
    source: str
    reason: str | Promise
    detail: str


def sources_for(viewer: Viewer) -> list[SourceLine]:
    """The sources of the enterprise with their counts, open ones first, then by name."""
    rows = Source.objects.filter(enterprise_id=viewer.tenant).order_by(
        F("closed_at").asc(nulls_first=True), "name"
    )
    counts = _counts(viewer, None)
    return [SourceLine(row, counts.get(row.pk, Counts())) for row in rows]


def source_rows_for(viewer: Viewer) -> QuerySet[Source]:
    """The sources of the enterprise, as rows to page through."""
    return Source.objects.filter(enterprise_id=viewer.tenant)


def source_for(viewer: Viewer, source_id: UUID) -> SourceLine:
    """One source.

    Raises:
        NotFound: The enterprise has none of this id.
    """
    row = Source.objects.filter(enterprise_id=viewer.tenant, pk=source_id).first()
    if row is None:
        raise NotFound
    return SourceLine(row, _counts(viewer, source_id).get(source_id, Counts()))


def hours_for(viewer: Viewer, source_id: UUID) -> list[Tally]:
    """What came in each of the last hours in which anything came, oldest first."""
    rows = Tally.objects.filter(enterprise_id=viewer.tenant, source_id=source_id).order_by("-hour")[
        :HOURS_SHOWN
    ]
    return list(reversed(rows))


def pressure_for(viewer: Viewer) -> inbox.Pressure:
    """How much waits to be digested, in the whole installation."""
    viewer.require("events.read")
    return inbox.pressure()


def event_types() -> list[EventSchema]:
    """The types of events that are known, by name."""
    return list(schemas.registered().values())


def reach_of_events(viewer: Viewer) -> Q | None:
    """The condition on events that a viewer's reach makes: those of customers whom they may see."""
    if sight.reach(viewer) is None:
        return None
    mine = visibility.visible(viewer, Customer.objects.filter(enterprise_id=viewer.tenant))
    return Q(customer_id__in=mine.values("pk"))


def events_for(
    viewer: Viewer, *, type_: str = "", source_id: UUID | None = None, customer_id: UUID | None = None
) -> QuerySet[Event]:
    """The events that this viewer may see; order them by `-seq`."""
    viewer.require("events.read")
    rows = visibility.visible(viewer, Event.objects.filter(enterprise_id=viewer.tenant))
    if type_:
        rows = rows.filter(type__startswith=type_[:-1]) if type_.endswith("*") else rows.filter(type=type_)
    if source_id:
        rows = rows.filter(source_id=source_id)
    if customer_id:
        rows = rows.filter(customer_id__in=people.record_ids_for(viewer, customer_id))
    return rows


def event_for(viewer: Viewer, seq: int) -> EventLine:
    """One event with its payload opened, by its number in the log.

    Raises:
        NotFound: There is none, or the viewer may not see it.
    """
    event = events_for(viewer).filter(seq=seq).first()
    if event is None:
        raise NotFound
    return lines_of(viewer, opened(viewer, [event]))[0]


def opened(viewer: Viewer, rows: Sequence[Event]) -> list[Event]:
    """Events with their payloads as this viewer reads them; that they were read is written down."""
    for row, payload in zip(rows, events.opened(viewer, rows), strict=True):
        row.payload = payload
    return list(rows)


def lines_of(viewer: Viewer, rows: Sequence[Event]) -> list[EventLine]:
    """Events with what lists show beside them. Sealed properties stay sealed: a list is not a reason to open them."""
    sources = dict(Source.objects.filter(enterprise_id=viewer.tenant).values_list("pk", "name"))
    titles = people.titles_for(viewer, {row.customer_id for row in rows if row.customer_id})
    return [
        EventLine(
            event=row,
            schema=schemas.schema_of(row.type),
            text=_text(row),
            source=sources.get(row.source_id, "") if row.source_id else "",
            customer=titles.get(row.customer_id) if row.customer_id else None,
        )
        for row in rows
    ]


def quarantine_for(
    viewer: Viewer, *, state: str = AsideState.WAITING, code: str = ""
) -> QuerySet[Quarantined]:
    """Messages refused at the border."""
    viewer.require("sources.manage")
    rows = Quarantined.objects.filter(enterprise_id=viewer.tenant, state=state)
    return rows.filter(code=code) if code else rows


def poison_for(viewer: Viewer, *, state: str = AsideState.WAITING) -> QuerySet[Poison]:
    """Messages that broke the digester."""
    viewer.require("sources.manage")
    return Poison.objects.filter(enterprise_id=viewer.tenant, state=state)


def aside_lines_of(viewer: Viewer, rows: Sequence[Quarantined | Poison]) -> list[AsideLine]:
    """Messages that were set aside, with their source and reason in words."""
    sources = dict(Source.objects.filter(enterprise_id=viewer.tenant).values_list("pk", "name"))
    return [_aside_line(row, sources) for row in rows]


def quarantined_for(viewer: Viewer, row_id: UUID) -> AsideLine:
    """One refused message.

    Raises:
        NotFound: There is none of this id.
    """
    viewer.require("sources.manage")
    return _one_aside(viewer, Quarantined.objects.filter(enterprise_id=viewer.tenant, pk=row_id).first())


def poisonous_for(viewer: Viewer, row_id: UUID) -> AsideLine:
    """One message that broke the digester.

    Raises:
        NotFound: There is none of this id.
    """
    viewer.require("sources.manage")
    return _one_aside(viewer, Poison.objects.filter(enterprise_id=viewer.tenant, pk=row_id).first())


def waiting_aside_for(viewer: Viewer) -> dict[str, int]:
    """How many messages wait to be mended, by kind."""
    refused, poison = _waiting(viewer, Quarantined), _waiting(viewer, Poison)
    return {"refused": refused.first or 0, "poison": poison.first or 0}


@compiled
def _waiting(viewer: Viewer, model: type[Quarantined | Poison]) -> QuerySet[Any, int]:
    rows = model.objects.filter(enterprise_id=viewer.tenant, state=AsideState.WAITING)
    return rows.order_by().values("state").annotate(rows=Count("pk")).values_list("rows", flat=True)


def reasons_for(viewer: Viewer) -> list[tuple[str, Promise, int]]:
    """The reasons for which messages wait in the quarantine, with how many of each."""
    rows = quarantine_for(viewer).values("code").annotate(rows=Count("pk")).order_by("-rows", "code")
    return [(row["code"], REASONS[row["code"]], row["rows"]) for row in rows]


def last_page(rows: QuerySet[Any], cursor: str | None, size: int = 50) -> paging.Page[Any]:
    """A page of what was set aside, newest first."""
    return paging.page(rows, order=("-id",), cursor=cursor, size=size)


def _one_aside(viewer: Viewer, row: Quarantined | Poison | None) -> AsideLine:
    if row is None:
        raise NotFound
    return aside_lines_of(viewer, [row])[0]


def _aside_line(row: Quarantined | Poison, sources: Mapping[UUID, str]) -> AsideLine:
    source = sources.get(row.source_id, "")
    if isinstance(row, Quarantined):
        return AsideLine(row, "refused", source, REASONS.get(row.code, row.code), row.detail)
    return AsideLine(row, "poison", source, row.error, row.message)


def _text(row: Event) -> str:
    schema = schemas.schema_of(row.type)
    line = schema.line or _own_words
    plain = {name: value for name, value in row.payload.items() if not isinstance(value, dict)}
    return line(schema.lifted(row.version, plain))


def _own_words(payload: Mapping[str, Any]) -> str:
    return ", ".join(
        f"{name}: {value}"
        for name, value in list(payload.items())[:4]
        if isinstance(value, str | int | float)
    )


def _counts(viewer: Viewer, source_id: UUID | None) -> dict[UUID, Counts]:
    rows = Tally.objects.filter(enterprise_id=viewer.tenant)
    if source_id:
        rows = rows.filter(source_id=source_id)
    recent = Q(hour__gt=Now() - HOUR)
    sums = rows.values("source_id").annotate(
        all_received=Sum("received"),
        hour_received=Sum("received", filter=recent, default=0),
        all_duplicates=Sum("duplicates"),
        all_refused=Sum("refused"),
        all_aside=Sum("aside"),
        newest=Max("last_at"),
    )
    return {
        row["source_id"]: Counts(
            row["all_received"],
            row["hour_received"],
            row["all_duplicates"],
            row["all_refused"],
            row["all_aside"],
            row["newest"],
        )
        for row in sums
    }
