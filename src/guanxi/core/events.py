"""The one event log: everything that happens is written here, once, and never changed.

`emit` is for a service that did something; `write` for a batch that came in from outside. Both de-duplicate by
message id, seal what is private, fold, queue the reactions and announce what changed, in the caller's transaction.
"""

import base64
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

import msgspec

from guanxi.core import arrays, bus, live, schemas, sealing, tenancy
from guanxi.core.identity import id_of, new_id
from guanxi.core.models import Event
from guanxi.core.postgresql import line
from guanxi.core.postgresql.line import Statement
from guanxi.core.viewer import Viewer

SEALED = "$sealed"


@dataclass(slots=True)
class Draft:
    """An event that is yet to be written.

    Attributes:
        type: Past tense, `order.placed`.
        occurred_at: When it happened; when we knew it is stamped at writing.
        customer_id: The customer's record, where known.
        anonymous_id: The device's own name, where the customer is not known.
        payload: Facts; private properties in plain text, sealed at writing.
        message_id: The sender's key: the same one counts once within seven days. Without one it cannot come twice.
    """

    type: str
    occurred_at: datetime
    payload: Mapping[str, Any] = field(default_factory=dict)
    customer_id: UUID | None = None
    anonymous_id: str | None = None
    store_id: UUID | None = None
    message_id: str = ""
    version: int = 1


_INSERT = Statement("""
WITH incoming AS (
  SELECT * FROM unnest($4::uuid[], $5::text[], $6::text[], $7::integer[], $8::timestamptz[], $9::uuid[], $10::text[],
    $11::uuid[], $12::text[]) WITH ORDINALITY AS row (
    id, message_id, type, version, occurred_at, customer_id, anonymous_id, store_id, payload, ordinal)
), fresh AS (
  INSERT INTO core_seen (enterprise_id, source_id, message_id, seen_at)
  SELECT $1::uuid, $2::uuid, message_id, now() FROM incoming WHERE message_id IS NOT NULL
  ON CONFLICT DO NOTHING RETURNING message_id
)
INSERT INTO core_event (id, enterprise_id, type, version, occurred_at, received_at, customer_id, anonymous_id,
                        source_id, store_id, payload, request_id)
SELECT id, $1::uuid, type, version, occurred_at, now(), customer_id, anonymous_id, $2::uuid, store_id, payload::jsonb,
       $3::text
FROM incoming LEFT JOIN fresh USING (message_id)
WHERE incoming.message_id IS NULL OR fresh.message_id IS NOT NULL ORDER BY ordinal
RETURNING id, seq, received_at
""")


def emit(
    type_: str,
    *,
    customer_id: UUID | None = None,
    payload: Mapping[str, Any] | None = None,
    occurred_at: datetime | None = None,
    store_id: UUID | None = None,
    key: str = "",
) -> Event | None:
    """Write down that something happened, in the caller's transaction.

    Args:
        type_: Past tense, `order.placed`.
        occurred_at: When; the viewer's now where left out.
        key: The same key counts once within seven days.

    Returns:
        The event; None where one with this key was there already.
    """
    viewer = tenancy.current()
    draft = Draft(
        type_, occurred_at or viewer.now, payload or {}, customer_id, store_id=store_id, message_id=key
    )
    written = write([draft], source_id=id_of(viewer.tenant, "source", "guanxi"))
    return written[0] if written else None


def write(drafts: Sequence[Draft], *, source_id: UUID) -> list[Event]:
    """Write a batch of one source: what was seen before is left out; then fold, queue reactions, announce.

    The events come back in order of the batch, with their payloads in plain text.
    """
    viewer = tenancy.current()
    by_id: dict[UUID, Draft] = {}
    for draft in drafts:
        by_id.setdefault(id_of(source_id, draft.message_id) if draft.message_id else new_id(), draft)
    if not by_id:
        return []
    events = _insert(viewer, source_id, by_id)
    if events:
        _fold(events)
        _queue_reactions(events)
    return events


def opened(viewer: Viewer, events: Sequence[Event]) -> list[dict[str, Any]]:
    """The payloads of stored events as this viewer reads them; None stands for what nobody can read any more."""
    sealed = [(event, name) for event in events for name, value in event.payload.items() if _is_sealed(value)]
    texts = sealing.reveal(
        viewer,
        [(_subject(event), base64.b64decode(event.payload[name][SEALED])) for event, name in sealed],
        fields=sorted({f"event.{name}" for _, name in sealed}),
    )
    payloads = {id(event): dict(event.payload) for event in events}
    for (event, name), text in zip(sealed, texts, strict=True):
        payloads[id(event)][name] = None if text is None else msgspec.json.decode(text)
    return [
        dict(schemas.schema_of(event.type).lifted(event.version, payloads[id(event)])) for event in events
    ]


def _insert(viewer: Viewer, source_id: UUID, drafts: Mapping[UUID, Draft]) -> list[Event]:
    given = drafts.values()
    payloads = _sealed_payloads(viewer, given)
    written = line.say(
        _INSERT,
        viewer.tenant,
        source_id,
        viewer.request_id,
        arrays.uuids(drafts),
        arrays.texts([draft.message_id or None for draft in given]),
        arrays.texts([draft.type for draft in given]),
        arrays.integers([draft.version for draft in given]),
        arrays.moments([draft.occurred_at for draft in given]),
        arrays.uuids([draft.customer_id for draft in given]),
        arrays.texts([draft.anonymous_id for draft in given]),
        arrays.uuids([draft.store_id for draft in given]),
        arrays.texts([msgspec.json.encode(payload).decode() for payload in payloads]),
    )
    # In one breath with the rows that it announces; nobody hears of them before the commit.
    live.notify(_topics(viewer, given))
    stored = {id_: (seq, received_at) for id_, seq, received_at in written.rows}
    return [
        _event(viewer, source_id, id_, draft, *stored[id_]) for id_, draft in drafts.items() if id_ in stored
    ]


def _event(
    viewer: Viewer, source_id: UUID, id_: UUID, draft: Draft, seq: int, received_at: datetime
) -> Event:
    # In the order of the model's fields: by name it takes twice as long, and thousands a second pass here.
    values: tuple[Any, ...] = (
        id_,
        viewer.tenant,
        seq,
        draft.type,
        draft.version,
        draft.occurred_at,
        received_at,
        draft.customer_id,
        draft.anonymous_id,
        source_id,
        draft.store_id,
        dict(draft.payload),
        viewer.request_id,
    )
    return Event(*values)  # type: ignore[misc]  # the plugin takes the tuple for the first field


def _sealed_payloads(viewer: Viewer, drafts: Iterable[Draft]) -> list[Mapping[str, Any]]:
    batch = [(draft, _private_names(draft)) for draft in drafts]
    subjects = {_subject_of(viewer.tenant, draft) for draft, names in batch if names}
    keys = sealing.keys_for(viewer.tenant, subjects, create=True)
    return [
        _with_sealed(draft.payload, names, keys[_subject_of(viewer.tenant, draft)])
        if names
        else draft.payload
        for draft, names in batch
    ]


def _private_names(draft: Draft) -> list[str]:
    private = _private_of(schemas.schema_of(draft.type).private)
    return [
        name for name, value in draft.payload.items() if name in private and value not in (None, "", [], {})
    ]


@lru_cache
def _private_of(names: tuple[str, ...]) -> frozenset[str]:
    return frozenset(names)


def _with_sealed(payload: Mapping[str, Any], names: Sequence[str], key: bytes) -> dict[str, Any]:
    sealed = {
        name: {
            SEALED: base64.b64encode(
                sealing.encrypt(key, msgspec.json.encode(payload[name]).decode())
            ).decode()
        }
        for name in names
    }
    return {**payload, **sealed}


def _subject_of(enterprise_id: UUID, draft: Draft | Event) -> UUID:
    # Somebody not yet known has a key as well: what a device sent can be made unreadable with the device's key.
    return draft.customer_id or id_of(enterprise_id, "anonymous", draft.anonymous_id or "")


def _subject(event: Event) -> UUID:
    return _subject_of(event.enterprise_id, event)


def _is_sealed(value: object) -> bool:
    return isinstance(value, dict) and value.keys() == {SEALED}


def _fold(events: Sequence[Event]) -> None:
    types = {event.type for event in events}
    for subscriber in bus.folds():
        theirs = {type_ for type_ in types if subscriber.wants(type_)}
        wanted = [event for event in events if event.type in theirs]
        if wanted:
            subscriber.call(wanted)


_REACT = Statement(
    "INSERT INTO core_reaction "
    "(enterprise_id, subscriber, event_id, received_at, customer_id, attempts, due_at, error) "
    "SELECT $1::uuid, name, event, at, customer, 0, now(), '' "
    "FROM unnest($2::text[], $3::uuid[], $4::timestamptz[], $5::uuid[]) AS row (name, event, at, customer)"
)


def _queue_reactions(events: Sequence[Event]) -> None:
    names = {type_: bus.reactions_to(type_) for type_ in {event.type for event in events}}
    rows = [(name, event) for event in events for name in names[event.type]]
    if not rows:
        return
    line.say(
        _REACT,
        events[0].enterprise_id,
        arrays.texts([name for name, _ in rows]),
        arrays.uuids([event.id for _, event in rows]),
        arrays.moments([event.received_at for _, event in rows]),
        arrays.uuids([event.customer_id for _, event in rows]),
    )


def _topics(viewer: Viewer, drafts: Iterable[Draft]) -> set[str]:
    customers = {draft.customer_id for draft in drafts if draft.customer_id}
    return {
        live.topic("events", "all", viewer),
        *(live.topic("customer", each, viewer) for each in customers),
    }
