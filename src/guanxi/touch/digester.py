"""The digester: moves what the gateway acknowledged from the inbox into the event log, exactly once and in order.

One transaction claims lanes, leaves out what was seen before, resolves the customers, writes the events with their
folds and reactions, counts, and empties the inbox. Killed at any moment, it has done all of it or nothing. A message
that breaks it goes aside with its traceback, and the rest goes on.
"""

import logging
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from uuid import UUID

import msgspec
import psycopg
from django.db import InterfaceError, OperationalError, connection, transaction

from guanxi.core import events, migrating, tenancy, viewers
from guanxi.core.errors import DomainError, NotFound
from guanxi.core.viewer import Viewer
from guanxi.people import queries as people_queries
from guanxi.people import resolving
from guanxi.people import services as people
from guanxi.touch import drafting, inbox, lanes
from guanxi.touch.lanes import Row
from guanxi.touch.message import Message
from guanxi.touch.models import Poison, Quarantined

logger = logging.getLogger(__name__)
BATCH = 2_000
IDLE_SECONDS = 0.2
HELPER_IDLE_SECONDS = 1.0
TROUBLE_SECONDS = 2.0
_message = msgspec.json.Decoder(Message)
_refused = msgspec.json.Decoder(inbox.RefusedRow)
# What says that the database is in trouble, not the message.
_TROUBLE = (OperationalError, InterfaceError)

_TALLY = """
INSERT INTO touch_tally AS tally (enterprise_id, source_id, hour, received, duplicates, refused, aside, last_at)
VALUES (%(enterprise)s, %(source)s, date_trunc('hour', %(last_at)s::timestamptz), %(received)s, %(duplicates)s,
        %(refused)s, %(aside)s, %(last_at)s)
ON CONFLICT (enterprise_id, source_id, hour) DO UPDATE SET
  received = tally.received + excluded.received, duplicates = tally.duplicates + excluded.duplicates,
  refused = tally.refused + excluded.refused, aside = tally.aside + excluded.aside,
  last_at = greatest(tally.last_at, excluded.last_at)
"""


@dataclass(slots=True)
class Heard:
    """A message of the inbox, read."""

    message: Message
    row: Row


@dataclass(slots=True)
class Count:
    """What became of a source's messages in one batch."""

    received: int = 0
    duplicates: int = 0
    refused: int = 0
    aside: int = 0
    last_at: datetime | None = field(default=None)


def run(stop: threading.Event, *, least: int = 1, idle_seconds: float = IDLE_SECONDS) -> None:
    """Digest until told to stop. Waits while there is too little, and while the database is away.

    Args:
        least: How many rows have to wait before it begins.
        idle_seconds: Between two looks while there are fewer.
    """
    ahead_until = 0.0
    while not stop.is_set():
        try:
            if time.monotonic() >= ahead_until:
                make_months_ahead()
                ahead_until = time.monotonic() + 86_400
            if waiting() < least or digest() == 0:
                stop.wait(idle_seconds)
        except _TROUBLE as error:
            logger.warning("The database is away: %s", error)
            connection.close()
            stop.wait(TROUBLE_SECONDS)
        except Exception:
            # Nothing is lost: the batch is in the inbox still. Saying it again and again is better than silence.
            logger.exception("A batch could not be digested")
            connection.close()
            stop.wait(TROUBLE_SECONDS)


def help_out(stop: threading.Event) -> None:
    """Digest beside `run` while much waits: the database works for the one while the other computes."""
    run(stop, least=BATCH, idle_seconds=HELPER_IDLE_SECONDS)


def make_months_ahead() -> None:
    """See that the log has partitions for the coming months."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT core_event_partitions(%s)", [migrating.MONTHS_AHEAD])


def digest(limit: int = BATCH) -> int:
    """Digest one batch; how many rows left the inbox."""
    with transaction.atomic():
        with tenancy.role("guanxi_work"):
            rows = lanes.claim(limit)
        for enterprise_id, batch in _by(rows, lambda row: row.enterprise_id):
            _digest_enterprise(enterprise_id, batch)
        if rows:
            with tenancy.role("guanxi_work"):
                lanes.leave(rows)
    return len(rows)


def waiting() -> int:
    """How many rows the inbox holds: the cheap question of an idle worker."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT waiting FROM touch_pressure()")
        return int(cursor.fetchone()[0])


def _digest_enterprise(enterprise_id: UUID, rows: Sequence[Row]) -> None:
    try:
        viewer = viewers.for_process(enterprise_id, "digester")
    except NotFound:
        logger.error("%s messages came for enterprise %s, which is not there", len(rows), enterprise_id)
        return
    with tenancy.tenancy(viewer):
        for source_id, batch in _by(rows, lambda row: row.source_id):
            count = Count(last_at=max(row.received_at for row in batch))
            refused = [row for row in batch if row.refused]
            _quarantine(viewer, refused)
            count.refused = len(refused)
            _store(viewer, source_id, _heard(viewer, batch, count), count)
            _tally(viewer, source_id, count)


def _heard(viewer: Viewer, rows: Sequence[Row], count: Count) -> list[Heard]:
    """The messages of the rows. What another version of the gateway wrote and we cannot read goes aside."""
    heard = []
    for row in rows:
        if row.refused:
            continue
        try:
            heard.append(Heard(_message.decode(row.body), row))
        except msgspec.MsgspecError as error:
            _set_aside(viewer, row, error)
            count.aside += 1
    return heard


def _store(viewer: Viewer, source_id: UUID, heard: Sequence[Heard], count: Count) -> None:
    """Write the messages; where that breaks, each half for itself, until the one that breaks it is found."""
    if not heard:
        return
    try:
        with transaction.atomic():
            written = _write(viewer, source_id, heard)
    except Exception as error:  # the digester's border: whatever a message breaks, it goes aside
        if _database_in_trouble(error):
            raise
        if len(heard) == 1:
            _set_aside(viewer, heard[0].row, error)
            count.aside += 1
            return
        middle = len(heard) // 2
        _store(viewer, source_id, heard[:middle], count)
        _store(viewer, source_id, heard[middle:], count)
    else:
        count.received += written
        count.duplicates += len(heard) - written


def _database_in_trouble(error: Exception) -> bool:
    """Whether the batch may be tried again as it is. A statement that took too long is the message's own fault."""
    if isinstance(error, resolving.Contended):
        return True
    return isinstance(error, _TROUBLE) and not isinstance(error.__cause__, psycopg.errors.QueryCanceled)


def _write(viewer: Viewer, source_id: UUID, heard: Sequence[Heard]) -> int:
    """Resolve, write, fold; how many of the messages were new."""
    fresh = _fresh(viewer, source_id, heard)
    if not fresh:
        return 0
    customers = _customers(viewer, fresh)
    drafts = [
        drafting.draft(each.message, each.row.received_at, customer)
        for each, customer in zip(fresh, customers, strict=True)
    ]
    written = events.write(drafts, source_id=source_id)
    _learn(
        viewer,
        [
            (each.message, customer)
            for each, customer in zip(fresh, customers, strict=True)
            if customer and each.message.kind == "identify"
        ],
    )
    return len(written)


def _fresh(viewer: Viewer, source_id: UUID, heard: Sequence[Heard]) -> list[Heard]:
    """The messages that were not seen within the last days, the first of each id."""
    first: dict[str, Heard] = {}
    for each in heard:
        first.setdefault(each.message.id, each)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT message_id FROM core_seen WHERE enterprise_id = %s AND source_id = %s AND message_id = ANY(%s)",
            [viewer.tenant, source_id, list(first)],
        )
        for (seen,) in cursor.fetchall():
            del first[seen]
    return list(first.values())


def _customers(viewer: Viewer, heard: Sequence[Heard]) -> list[UUID | None]:
    """The customer of each message; what many messages say alike is asked once."""
    asked = [drafting.identifiers(each.message) for each in heard]
    distinct = list(dict.fromkeys(asked))
    found = resolving.resolve_batch(viewer, distinct, heard[-1].row.received_at, source="event")
    by_identifiers = dict(zip(distinct, found, strict=True))
    return [by_identifiers[each] for each in asked]


def _learn(viewer: Viewer, told: Sequence[tuple[Message, UUID]]) -> None:
    """Tell `people` what somebody is called, and what of the traits is a field of the enterprise's."""
    definitions = people_queries.definitions_for(viewer) if told else []
    for message, customer_id in told:
        change = people.Change(
            name=drafting.name_of(message) or None, fields=drafting.fields_of(message, definitions) or None
        )
        if change.name is None and change.fields is None:
            continue
        try:
            with transaction.atomic():
                people.update(viewer=viewer, customer_id=customer_id, change=change, source="event")
        except DomainError as error:
            # The event keeps what was said; a fact that cannot be a fact is no reason to lose it.
            logger.info("Traits were not taken over: %s", error)


def _quarantine(viewer: Viewer, rows: Sequence[Row]) -> None:
    read = [(row, _refused.decode(row.body)) for row in rows]
    Quarantined.objects.bulk_create(
        Quarantined(
            enterprise_id=viewer.tenant,
            source_id=row.source_id,
            received_at=row.received_at,
            request_id=row.request_id,
            code=refused.code,
            detail=refused.detail,
            call=refused.call,
            sent=refused.sent,
            body=refused.body,
        )
        for row, refused in read
    )


def _set_aside(viewer: Viewer, row: Row, error: Exception) -> None:
    logger.warning("A message of request %s was set aside: %s", row.request_id, error)
    Poison.objects.create(
        enterprise_id=viewer.tenant,
        source_id=row.source_id,
        received_at=row.received_at,
        request_id=row.request_id,
        message=row.body.decode("utf-8", "replace").replace("\0", ""),
        error=f"{type(error).__name__}: {error}".replace("\0", "")[:2000],
        traceback="".join(traceback.format_exception(error)).replace("\0", "")[-20_000:],
    )


def _tally(viewer: Viewer, source_id: UUID, count: Count) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            _TALLY,
            {
                "enterprise": viewer.tenant,
                "source": source_id,
                "received": count.received,
                "duplicates": count.duplicates,
                "refused": count.refused,
                "aside": count.aside,
                "last_at": count.last_at,
            },
        )


def _by(rows: Sequence[Row], key: Callable[[Row], UUID]) -> Iterator[tuple[UUID, list[Row]]]:
    """The rows in groups of one key, each in order."""
    for value, group in groupby(sorted(rows, key=key), key=key):
        yield value, list(group)
