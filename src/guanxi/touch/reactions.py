"""The reaction loop: what packages do about events afterwards (rules, journeys, webhooks), each with its own retry.

A row of `core_reaction` is worked through in one transaction with whatever the subscriber writes, so that what it does
to the database is done exactly once. What fails is tried again, later each time, and keeps its last error.
"""

import logging
import threading
import time
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db import InterfaceError, OperationalError, connection, transaction

from guanxi.core import bus, events, tenancy, viewers
from guanxi.core.models import Event

logger = logging.getLogger(__name__)
IDLE_SECONDS = 1.0
TROUBLE_SECONDS = 2.0
# Rows worked through in one transaction, and for how long; what is left over waits for the next.
BATCH = 50
BATCH_SECONDS = 2.0
# After the twelfth failure (some two days) a reaction rests until somebody asks for it.
GREATEST_ATTEMPTS = 12
_TROUBLE = (OperationalError, InterfaceError)
_CLAIM = """
SELECT id, enterprise_id, subscriber, event_id, received_at, attempts FROM core_reaction
WHERE due_at <= now() ORDER BY due_at, id LIMIT %s FOR UPDATE SKIP LOCKED
"""
_LATER = """
UPDATE core_reaction SET attempts = attempts + 1, error = %(error)s,
  due_at = CASE WHEN attempts + 1 >= %(greatest)s THEN now() + interval '100 years'
    ELSE now() + interval '5 seconds' * (3 ^ attempts) END
WHERE id = %(id)s
"""


class Due(NamedTuple):
    """A reaction that is due."""

    id: int
    enterprise_id: UUID
    subscriber: str
    event_id: UUID
    received_at: datetime
    attempts: int


def run(stop: threading.Event) -> None:
    """Work through reactions until told to stop."""
    while not stop.is_set():
        try:
            if work() == 0:
                stop.wait(IDLE_SECONDS)
        except _TROUBLE as error:
            logger.warning("The database is away: %s", error)
            connection.close()
            stop.wait(TROUBLE_SECONDS)


def work() -> int:
    """Work through the reactions that are due; how many were tried."""
    started = time.monotonic()
    tried = 0
    with transaction.atomic():
        for due in _due():
            _try(due)
            tried += 1
            if time.monotonic() - started > BATCH_SECONDS:
                break
    return tried


def _due() -> list[Due]:
    with tenancy.role("guanxi_work"), connection.cursor() as cursor:
        cursor.execute(_CLAIM, [BATCH])
        return [Due(*row) for row in cursor.fetchall()]


def _try(due: Due) -> None:
    try:
        with transaction.atomic():
            _react(due)
            _execute("DELETE FROM core_reaction WHERE id = %(id)s", id=due.id)
    except _TROUBLE:
        raise
    except Exception as error:
        logger.warning("%s failed for event %s", due.subscriber, due.event_id, exc_info=True)
        text = f"{type(error).__name__}: {error}".replace("\0", "")[:2000]
        _execute(_LATER, id=due.id, error=text, greatest=GREATEST_ATTEMPTS)


def _react(due: Due) -> None:
    viewer = viewers.for_process(due.enterprise_id, due.subscriber)
    with tenancy.tenancy(viewer):
        event = Event.objects.get(
            enterprise_id=due.enterprise_id, received_at=due.received_at, id=due.event_id
        )
        event.payload = events.opened(viewer, [event])[0]
        bus.reaction(due.subscriber).call(event)


def _execute(statement: str, **values: str | int) -> None:
    with tenancy.role("guanxi_work"), connection.cursor() as cursor:
        cursor.execute(statement, values)
