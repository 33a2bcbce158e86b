"""The inbox: where the gateway puts what it acknowledges, in one COPY that is one commit.

The table has no row policy, because COPY is refused under one; the web process may insert and read nothing. Rows are
written in PostgreSQL's binary form: nothing has to be escaped, and no byte of a body can break a row.
"""

import struct
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
import psycopg
from django.conf import settings
from django.db import connection
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGconn

from guanxi.core.postgresql import line, wire
from guanxi.touch import message as messages
from guanxi.touch.message import Message, Refused

_COPY = b"""COPY touch_inbox (enterprise_id, source_id, received_at, lane, second_lane, refused, request_id, body)
FROM STDIN (FORMAT BINARY)"""
_HEADER = b"PGCOPY\n\xff\r\n\0" + struct.pack("!ii", 0, 0)
_TRAILER = struct.pack("!h", -1)
# Number of columns, then each value after its length; the two of changing length follow.
_SHARED = struct.Struct("!h i16s i16s iq")
_OWN = struct.Struct("!ih ih i?")
_LENGTH = struct.Struct("!i")
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
NO_LANE = -1
# How long a look at the depth holds, and how large a lag makes a deep inbox a stuck one.
_LOOK_SECONDS = 1.0
_STUCK_SECONDS = 600


@dataclass(frozen=True, slots=True)
class Arrival:
    """One request's worth of rows: whose, when, in which request, by which call."""

    enterprise_id: UUID
    source_id: UUID
    received_at: datetime
    request_id: str
    call: str


def real_now() -> datetime:
    """When something arrives by the clock of the machine, whatever the enterprise's clock says."""
    return datetime.now(UTC)


class RefusedRow(msgspec.Struct):
    """A refused message as the inbox carries it."""

    code: str
    detail: str
    call: str
    sent: str
    body: str


def put(arrival: Arrival, items: Iterable[Message | Refused]) -> None:
    """Write the items in one COPY. It is one commit of its own, unless the caller is in a transaction."""
    rows = _rows(arrival, items)
    try:
        _copy(rows)
    except psycopg.OperationalError:
        if connection.in_atomic_block:
            raise
        # The connection died while it lay idle, or the server restarted: once more with a new one. Whatever
        # the first try may have stored counts once all the same, by its message ids.
        connection.close()
        _copy(rows)


def _copy(rows: bytes) -> None:
    """COPY by the library of PostgreSQL itself: psycopg's own way takes five times the CPU, a third of a request's."""
    server: PGconn = line.bare()
    server.send_query(_COPY)
    begun = wire.result(server)
    if begun is None or begun.status != ExecStatus.COPY_IN:
        raise error_from_result(begun) if begun else psycopg.OperationalError("the connection was lost")
    server.put_copy_data(rows)
    server.put_copy_end()
    failed = None
    while (result := wire.result(server)) is not None:
        if result.status != ExecStatus.COMMAND_OK:
            failed = result
    if failed is not None:
        raise error_from_result(failed)


def _rows(arrival: Arrival, items: Iterable[Message | Refused]) -> bytes:
    enterprise, source = arrival.enterprise_id, arrival.source_id
    moment = round((arrival.received_at - _EPOCH).total_seconds() * 1_000_000)
    request_id = arrival.request_id.encode()
    request_field = _LENGTH.pack(len(request_id)) + request_id
    shared = _SHARED.pack(8, 16, enterprise.bytes, 16, source.bytes, 8, moment)
    parts = [_HEADER]
    for item in items:
        if isinstance(item, Message):
            body = msgspec.json.encode(item)
            lane, second = messages.lanes(enterprise, item)
        else:
            text = item.body.decode("utf-8", "replace").replace("\0", "�")
            body = msgspec.json.encode(RefusedRow(item.code, item.detail, arrival.call, item.sent, text))
            lane, second = messages.lane(enterprise, str(source)), None
        own = _OWN.pack(2, lane, 2, NO_LANE if second is None else second, 1, not isinstance(item, Message))
        parts += (shared, own, request_field, _LENGTH.pack(len(body)), body)
    parts.append(_TRAILER)
    return b"".join(parts)


@dataclass(frozen=True, slots=True)
class Pressure:
    """How much waits to be digested."""

    waiting: int
    oldest_seconds: float

    @property
    def retry_after(self) -> int | None:
        """Seconds after which a sender may try again; None while there is room."""
        limit = settings.CONFIGURATION.inbox_limit
        stuck = self.oldest_seconds > _STUCK_SECONDS and self.waiting > limit // 10
        if self.waiting < limit and not stuck:
            return None
        return 60 if stuck else 5


_looked: tuple[float, Pressure] = (0.0, Pressure(0, 0))


def pressure() -> Pressure:
    """How much waits, looked up at most once a second in each process."""
    global _looked
    now = time.monotonic()
    if now - _looked[0] > _LOOK_SECONDS:
        with connection.cursor() as cursor:
            cursor.execute("SELECT waiting, oldest_seconds FROM touch_pressure()")
            row: Sequence[Any] = cursor.fetchone() or (0, 0.0)
        _looked = (now, Pressure(int(row[0]), float(row[1])))
    return _looked[1]


def look_again() -> None:
    """Forget the last look."""
    global _looked
    _looked = (0.0, Pressure(0, 0))
