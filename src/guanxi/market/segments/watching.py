"""The worker's part: wait until something is marked or due, then refresh. Between changes it asks nothing.

One connection listens; marks, new definitions and changed records leave a notice at their commit.
"""

import logging
import threading
import time
from contextlib import closing
from typing import Any
from uuid import UUID

import psycopg
from django.conf import settings
from django.db import DatabaseError, InterfaceError, OperationalError, connection

from guanxi.core import tenancy, viewers
from guanxi.core.errors import NotFound
from guanxi.market.segments import marking, refreshing

logger = logging.getLogger(__name__)
#: Notices come in crowds: what follows within so many seconds is worked through together.
GATHER_SECONDS = 0.2
LISTEN_SECONDS = 0.5
TROUBLE_SECONDS = 2.0


class Watch:
    """Which enterprises have something to do now, and when time alone gives the others something."""

    def __init__(self) -> None:
        # By the machine's own seconds. A clock that stands still is looked at again and again, seldom.
        self.due: dict[UUID, float] = {}
        self.waiting: set[UUID] = set()

    def everybody(self) -> None:
        """Look at every enterprise: after the start, and after a lost connection."""
        self.waiting |= set(viewers.enterprise_ids())

    def heard(self, payload: str) -> None:
        """Note whom a notice means; one without a name means whoever has marks."""
        if payload:
            self.waiting.add(UUID(payload))
            return
        with tenancy.role("guanxi_work"), connection.cursor() as cursor:
            cursor.execute("SELECT DISTINCT enterprise_id FROM market_mark")
            self.waiting |= {row[0] for row in cursor.fetchall()}

    def note_due(self) -> None:
        """Note those for whom time has moved on."""
        self.waiting |= {one for one, due in self.due.items() if due <= time.monotonic()}

    def work(self) -> None:
        """Refresh those who have something to do, a batch of marks each."""
        for enterprise_id in sorted(self.waiting):
            self.waiting.discard(enterprise_id)
            try:
                viewer = viewers.for_process(enterprise_id, "segments")
                done = refreshing.refresh(viewer)
            except NotFound:
                self.due.pop(enterprise_id, None)
                continue
            except (OperationalError, InterfaceError):
                raise
            except DatabaseError:
                # One enterprise's trouble is not the others'.
                logger.exception("Segments of %s could not be refreshed", enterprise_id)
                continue
            self.due.pop(enterprise_id, None)
            if done.next_due is not None:
                self.due[enterprise_id] = time.monotonic() + (done.next_due - viewer.now).total_seconds()
            if done.more:
                self.waiting.add(enterprise_id)


def run(stop: threading.Event) -> None:
    """Keep segments up to date until told to stop."""
    while not stop.is_set():
        try:
            with closing(_listening()) as ear:
                _watch(ear, stop)
        except (psycopg.Error, OperationalError, InterfaceError) as error:
            logger.warning("The database is away: %s", error)
            connection.close()
            stop.wait(TROUBLE_SECONDS)


def _watch(ear: psycopg.Connection[Any], stop: threading.Event) -> None:
    watch = Watch()
    watch.everybody()
    while not stop.is_set():
        watch.work()
        wait = 0.0 if watch.waiting else LISTEN_SECONDS
        payloads = {notice.payload for notice in ear.notifies(timeout=wait, stop_after=1)}
        if payloads:
            time.sleep(GATHER_SECONDS)
            payloads |= {notice.payload for notice in ear.notifies(timeout=0)}
        for payload in payloads:
            watch.heard(payload)
        watch.note_due()


def _listening() -> psycopg.Connection[Any]:
    given = settings.DATABASES["default"]
    names = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
    address = {name: given[key] for name, key in names.items() if given[key]}
    ear = psycopg.connect(autocommit=True, **given.get("OPTIONS", {}), **address)
    ear.execute(f"LISTEN {marking.CHANNEL}")
    return ear
