"""Sources, events and the quarantine over the API. Events are sent to the gateway (`/v1/track` …), not here."""

from typing import Annotated, Any, Literal

from pydantic import Field

from guanxi.api.shell import ApiRequest, In, Out, Page, Paging, Query, Router, page
from guanxi.api.types import NO_NUL, Id, LongText, Moment, Text
from guanxi.touch import queries, services

router = Router(reads="events.read", writes="sources.manage", tags=["Sources and events"])

Kind = Literal["website", "app", "server", "device"]
Seq = Annotated[int, Field(ge=0, le=2**63 - 1)]


class SourceIn(In):
    """A new source."""

    name: Annotated[Text, Field(max_length=100)]
    kind: Kind = "website"


class SourceOut(Out):
    """Something that sends events. `hint` is the beginning of its write key."""

    id: Id
    name: str
    kind: Kind
    hint: str
    former_hint: str
    former_until: Moment | None
    created_at: Moment
    closed_at: Moment | None


class SourceMade(SourceOut):
    """A source with its new write key, which is told this once."""

    write_key: str


class EventOut(Out):
    """One thing that happened. `seq` is its number in the log; null in the payload is what nobody can read any more."""

    id: Id
    seq: int
    type: str
    version: int
    occurred_at: Moment
    received_at: Moment
    customer_id: Id | None
    anonymous_id: str | None
    source_id: Id | None
    store_id: Id | None
    payload: dict[str, Any]


class EventFilter(Paging):
    """Which events."""

    type: Annotated[
        str, Field(max_length=80, pattern=NO_NUL, description="`order.completed`, or `track.*`.")
    ] = ""
    source_id: Id | None = None
    customer_id: Id | None = None


class QuarantinedOut(Out):
    """A message that could not be taken, as it came."""

    id: Id
    source_id: Id
    received_at: Moment
    code: str
    detail: str
    call: str
    body: str
    state: Literal["waiting", "replayed", "dismissed"]


class MendedIn(In):
    """The message as it shall be read now."""

    body: Annotated[LongText, Field(min_length=2)]


@router.get("/sources", response=Page[SourceOut])
def list_sources(request: ApiRequest, paging: Query[Paging]) -> object:
    """List the sources, the newest first."""
    return page(request, queries.source_rows_for(request.viewer), paging, order=("-id",))


@router.post("/sources", response={201: SourceMade})
def create_source(request: ApiRequest, body: SourceIn) -> object:
    """Make a source; its write key is told this once."""
    return _made(services.create_source(viewer=request.viewer, name=body.name, kind=body.kind))


@router.get("/sources/{source_id}", response=SourceOut)
def read_source(request: ApiRequest, source_id: Id) -> object:
    """Read one source."""
    return queries.source_for(request.viewer, source_id).source


@router.post("/sources/{source_id}/rotate", response=SourceMade)
def rotate_source_key(request: ApiRequest, source_id: Id) -> object:
    """Give a source a new key; the former works for another day."""
    return _made(services.rotate_key(viewer=request.viewer, source_id=source_id))


@router.post("/sources/{source_id}/revoke-former", response=SourceOut)
def revoke_former_source_key(request: ApiRequest, source_id: Id) -> object:
    """Make the former key of a source worthless at once."""
    services.revoke_former_key(viewer=request.viewer, source_id=source_id)
    return queries.source_for(request.viewer, source_id).source


@router.post("/sources/{source_id}/close", response=SourceOut)
def close_source(request: ApiRequest, source_id: Id) -> object:
    """Take no more events from a source."""
    services.close_source(viewer=request.viewer, source_id=source_id)
    return queries.source_for(request.viewer, source_id).source


@router.get("/events", response=Page[EventOut])
def list_events(request: ApiRequest, given: Query[EventFilter]) -> object:
    """List what happened, the newest first."""
    viewer = request.viewer
    found = queries.events_for(
        viewer, type_=given.type, source_id=given.source_id, customer_id=given.customer_id
    )
    return page(request, found, given, order=("-seq",), present=lambda rows: queries.opened(viewer, rows))


@router.get("/events/{seq}", response=EventOut)
def read_event(request: ApiRequest, seq: Seq) -> object:
    """Read one event by its number in the log."""
    return queries.event_for(request.viewer, seq).event


@router.get("/quarantine", response=Page[QuarantinedOut], needs="sources.manage")
def list_quarantined(request: ApiRequest, paging: Query[Paging]) -> object:
    """List the messages that wait to be mended."""
    return page(request, queries.quarantine_for(request.viewer), paging, order=("-id",))


@router.post("/quarantine/{message_id}/replay", response=QuarantinedOut)
def replay_quarantined(request: ApiRequest, message_id: Id, body: MendedIn) -> object:
    """Send a mended message on its way."""
    services.replay_quarantined(viewer=request.viewer, row_id=message_id, mended=body.body)
    return queries.quarantined_for(request.viewer, message_id).row


@router.post("/quarantine/{message_id}/dismiss", response=QuarantinedOut)
def dismiss_quarantined(request: ApiRequest, message_id: Id) -> object:
    """Keep a message where it is for good."""
    services.dismiss(viewer=request.viewer, quarantined=[message_id])
    return queries.quarantined_for(request.viewer, message_id).row


def _made(made: services.NewKey) -> dict[str, Any]:
    return {**SourceOut.model_validate(made.source).model_dump(), "write_key": made.text}
