"""The sender of a worker: looks what is due by which channel of which enterprise, and gives each a thread of its own.

One dead provider slows no other: it is left alone for longer each time (`breaker`), and meanwhile it holds no thread.
"""

import logging
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import connection

from guanxi.core import tenancy
from guanxi.touch.outgoing import sending, settling
from guanxi.touch.outgoing.delivering import TROUBLE, Delivery
from guanxi.touch.outgoing.journal import Journal

logger = logging.getLogger(__name__)
IDLE_SECONDS = 0.5
TROUBLE_SECONDS = 2.0
SETTLE_SECONDS = 10.0
# Sessions that nobody used for so long are ended.
KEPT_SECONDS = 30.0
# Providers that are sent to at the same time by one worker.
AT_ONCE = 16
_READY = """
SELECT a.enterprise_id, a.channel, coalesce(h.failures, 0) FROM touch_account a
  LEFT JOIN touch_health h ON h.enterprise_id = a.enterprise_id AND h.channel = a.channel
WHERE a.paused_at IS NULL AND (h.open_until IS NULL OR h.open_until <= now()) AND EXISTS (
  SELECT FROM touch_outbox o WHERE o.enterprise_id = a.enterprise_id AND o.channel = a.channel AND o.state = 'queued'
    AND o.due_at <= now())
"""
_CALLED = "SELECT DISTINCT enterprise_id FROM touch_waiting WHERE ended_at IS NULL AND due_at <= now()"
Key = tuple[UUID, str]


def folder() -> Path:
    """Where the workers of this machine keep their journals."""
    return settings.CONFIGURATION.data / "outgoing"


def run(stop: threading.Event) -> None:
    """Send until told to stop."""
    with Sender(folder(), stop) as sender:
        while not stop.is_set():
            try:
                if not sender.look():
                    stop.wait(IDLE_SECONDS)
            except TROUBLE as error:
                logger.warning("The database is away: %s", error)
                connection.close()
                stop.wait(TROUBLE_SECONDS)
            except Exception:
                logger.exception("The sender could not look what is due")
                connection.close()
                stop.wait(TROUBLE_SECONDS)


class Sender:
    """The deliveries of one process."""

    def __init__(self, folder: Path, stop: threading.Event) -> None:
        self._folder, self._stop = folder, stop
        self._journal = Journal(folder)
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="delivery")
        self._deliveries: dict[Key, Delivery] = {}
        self._running: dict[Key, Future[int]] = {}
        self._buried: set[str] = set()
        self.broken: Exception | None = None
        self._settled_at = float("-inf")

    def __enter__(self) -> "Sender":
        return self

    def __exit__(self, *_error: object) -> None:
        self._pool.shutdown(wait=True)
        for delivery in self._deliveries.values():
            delivery.close()
        self._journal.close()

    def look(self) -> bool:
        """Start what is due; whether anything was."""
        if time.monotonic() - self._settled_at > SETTLE_SECONDS:
            settling.settle(self._folder, self._journal.worker, self._buried)
            self._settled_at = time.monotonic()
        with tenancy.role("guanxi_work"), connection.cursor() as cursor:
            cursor.execute(_CALLED)
            waiting = [row[0] for row in cursor.fetchall()]
            cursor.execute(_READY)
            ready = cursor.fetchall()
        for enterprise_id in waiting:
            settling.call_in(enterprise_id)
        self._running = {key: future for key, future in self._running.items() if not future.done()}
        begun = 0
        for enterprise_id, channel, failures in ready:
            key = (enterprise_id, channel)
            if key not in self._running and len(self._running) < AT_ONCE:
                self._running[key] = self._pool.submit(self._deliver, key, failures)
                begun += 1
        self._close_idle()
        return bool(waiting)

    def until_done(self) -> int:
        """Send everything that is due now, and return when it is done; how many messages (tests, benches)."""
        done = 0
        while True:
            self.look()
            if not self._running:
                return done
            done += sum(future.result() for future in list(self._running.values()))
            if self.broken:
                raise self.broken

    def _deliver(self, key: Key, failures: int) -> int:
        delivery = self._deliveries.get(key) or Delivery(*key, self._journal, self._stop)
        self._deliveries[key] = delivery
        try:
            settling.reclaim(*key, self._journal)
            # After a failure one message goes ahead and tries the way.
            return delivery.run(size=1 if failures else sending.BATCH)
        except TROUBLE as error:
            logger.warning("The database is away: %s", error)
            return 0
        except Exception as error:
            logger.exception("A delivery broke")
            self.broken = error
            return 0
        finally:
            connection.close()

    def _close_idle(self) -> None:
        for key, delivery in list(self._deliveries.items()):
            if key not in self._running and time.monotonic() - delivery.used_at > KEPT_SECONDS:
                delivery.close()
                del self._deliveries[key]
