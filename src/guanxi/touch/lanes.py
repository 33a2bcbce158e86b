"""Who may digest what: rows of the inbox are claimed by lanes of customers, never one by one.

All messages of a customer are in one lane, and a lane belongs to one digester at a time (an advisory lock that ends
with the transaction), so that what happened first is digested first. A message that joins two customers needs both of
their lanes; where one of them is taken, it and what follows it in its lane wait.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg
from django.db import connection

# Half of the lanes at most, so that a second worker finds the other half.
GREATEST_LANES = 32
_LOCKS = 1_735_289_188
_CLAIM = """
SELECT lane FROM (
  SELECT lane, min(id) AS first FROM (
    SELECT id, unnest(ARRAY[lane, second_lane]) AS lane
    FROM (SELECT id, lane, second_lane FROM touch_inbox ORDER BY id LIMIT %(limit)s) AS head
  ) AS each WHERE lane >= 0 GROUP BY lane ORDER BY first, lane OFFSET 0
) AS waiting WHERE pg_try_advisory_xact_lock(%(locks)s, lane) LIMIT %(lanes)s
"""
_READ = """
SELECT id, enterprise_id, source_id, received_at, lane, second_lane, refused, request_id, body
FROM touch_inbox WHERE lane = ANY(%(lanes)s) ORDER BY id LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the inbox."""

    id: int
    enterprise_id: UUID
    source_id: UUID
    received_at: datetime
    lane: int
    second_lane: int
    refused: bool
    request_id: str
    body: bytes


def claim(limit: int) -> list[Row]:
    """The next rows, in order, of lanes that nobody else digests; they are ours until the transaction ends.

    Needs the role `guanxi_work`.
    """
    raw: psycopg.Connection[Any] = connection.connection
    # Django's own cursors bind on the client, which gives no binary results.
    with psycopg.Cursor(raw) as cursor:
        cursor.execute(_CLAIM, {"limit": limit, "locks": _LOCKS, "lanes": GREATEST_LANES})
        held = {row[0] for row in cursor.fetchall()}
        if not held:
            return []
        cursor.execute(_READ, {"lanes": list(held), "limit": limit}, binary=True)
        return free([Row(*row) for row in cursor.fetchall()], held)


def free(rows: Sequence[Row], held: set[int]) -> list[Row]:
    """The rows whose lanes are held, without those behind a row that has to wait."""
    blocked: set[int] = set()
    ready = []
    for row in rows:
        needed = {row.lane} if row.second_lane < 0 else {row.lane, row.second_lane}
        if needed <= held and not needed & blocked:
            ready.append(row)
        else:
            blocked |= needed
    return ready


def leave(rows: Sequence[Row]) -> None:
    """Take digested rows out of the inbox, in the transaction that stored what they say."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM touch_inbox WHERE id = ANY(%s)", [[row.id for row in rows]])
