"""kill -9 of web, worker and PostgreSQL while events come: what was acknowledged is stored, and nothing twice.

Used by the suite (five kills) and by the bench (fifty). The cluster is one of its own, with the disk under test.
"""

import os
import signal
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from typing import Any

import psycopg

from guanxi.core import database
from guanxi.core.identity import id_of
from tests.serving import Serving, post

BATCH = 20
SENDERS = 2
DRAIN_SECONDS = 240
RESTART_SECONDS = 60
PEOPLE = 200
_MAKE = """
from guanxi.core import foundation, viewers
from guanxi.core.tenancy import tenancy
from guanxi.touch import services
enterprise = foundation.found(slug="storm", name="Storm", currency="EUR")
viewer = viewers.for_process(enterprise.pk, "test")
with tenancy(viewer):
    made = services.create_source(viewer=viewer, name="Storm")
print(made.source.pk, made.text)
"""


@dataclass
class Told:
    """What the senders know: what they sent, and what was acknowledged."""

    sent: set[str] = field(default_factory=set)
    acknowledged: set[str] = field(default_factory=set)
    refusals: int = 0


@dataclass(frozen=True)
class Outcome:
    """What is true after the storm."""

    sent: int
    acknowledged: int
    refusals: int
    stored: int
    lost: int
    strangers: int
    twice: int
    folded: int
    left: int
    kills: int


class Storm:
    """A house in front of its own cluster, senders that never give up, and somebody who kills."""

    def __init__(self, folder: Path) -> None:
        self.cluster = database.cluster_in(folder)
        self.cluster.ensure()
        self.house = Serving(
            {"GUANXI_DATA": str(folder), "GUANXI_LOG_LEVEL": "ERROR", "GUANXI_DATABASE_URL": ""}
        )
        self.house.run("from guanxi.core import migrating; migrating.migrate(verbosity=0)")
        source, self.key = self.house.run(_MAKE).split()
        self.source_id = uuid.UUID(source)
        self.told = Told()
        self.over = threading.Event()

    def rage(self, kills: int, seconds_between: float) -> Outcome:
        """Send without pause, kill in turn, and count when all is quiet."""
        for name in ("web", "work"):
            self.house.start(name)
        self.house.wait_for_web()
        senders = [threading.Thread(target=self._send, args=(number,)) for number in range(SENDERS)]
        for sender in senders:
            sender.start()
        try:
            for _number, kill in zip(
                range(kills), cycle((self._kill_web, self._kill_work, self._kill_postgres)), strict=False
            ):
                time.sleep(seconds_between)
                kill()
            time.sleep(seconds_between)
        finally:
            self.over.set()
            for sender in senders:
                sender.join()
        self._drain()
        return self._count(kills)

    def end(self) -> None:
        """Stop everything."""
        self.house.stop()
        self.cluster.stop(mode="immediate")

    def _send(self, number: int) -> None:
        """As a library does: the same batch again, with the same ids, until it is acknowledged."""
        turn = 0
        while not self.over.is_set():
            turn += 1
            batch = [self._message(number, turn * BATCH + place) for place in range(BATCH)]
            ids = {message["messageId"] for message in batch}
            self.told.sent |= ids
            while True:
                status = post(f"{self.house.address}/v1/batch", {"batch": batch}, self.key)
                if status == 200:
                    self.told.acknowledged |= ids
                    break
                self.told.refusals += 1
                if self.over.is_set():
                    break
                time.sleep(0.1)

    def _message(self, sender: int, number: int) -> dict[str, Any]:
        return {
            "type": "track",
            "event": "Product Viewed",
            "messageId": f"{sender}-{number}",
            "userId": f"u{number % PEOPLE}",
            "properties": {"product_id": f"p{number % 50}", "price": 9.5},
        }

    def _kill_web(self) -> None:
        self.house.kill("web")
        self.house.start("web")

    def _kill_work(self) -> None:
        self.house.kill("work")
        self.house.start("work")

    def _kill_postgres(self) -> None:
        """The server and its children at once, as a power cut would."""
        pid = int((self.cluster.folder / "postmaster.pid").read_text().split()[0])
        os.kill(pid, signal.SIGKILL)
        deadline = time.monotonic() + RESTART_SECONDS
        while time.monotonic() < deadline:
            time.sleep(0.2)
            # A dead server counts as running until somebody has buried it; its children end a little later.
            with suppress(database.DatabaseToolError, psycopg.OperationalError):
                self.cluster.start()
                psycopg.connect(self.cluster.address(), connect_timeout=5).close()
                return
        raise TimeoutError("PostgreSQL did not come back")

    def _drain(self) -> None:
        """Wait until the worker has digested everything."""
        for name in ("web", "work"):
            process = self.house.processes.get(name)
            if process is None or process.poll() is not None:
                self.house.start(name)
        deadline = time.monotonic() + DRAIN_SECONDS
        while time.monotonic() < deadline and self._one("SELECT count(*) FROM touch_inbox"):
            time.sleep(0.5)

    def _count(self, kills: int) -> Outcome:
        rows = self._rows("SELECT id FROM core_event WHERE source_id = %s", self.source_id)
        stored = {row[0] for row in rows}
        expected = {id_of(self.source_id, message) for message in self.told.acknowledged}
        possible = {id_of(self.source_id, message) for message in self.told.sent}
        return Outcome(
            sent=len(self.told.sent),
            acknowledged=len(self.told.acknowledged),
            refusals=self.told.refusals,
            stored=len(stored),
            lost=len(expected - stored),
            strangers=len(stored - possible),
            twice=len(rows) - len(stored),
            folded=int(self._one("SELECT coalesce(sum(events), 0) FROM people_profile")),
            left=int(self._one("SELECT count(*) FROM touch_inbox")),
            kills=kills,
        )

    def _one(self, statement: str) -> Any:
        return self._rows(statement)[0][0]

    def _rows(self, statement: Any, *values: object) -> list[Any]:
        with psycopg.connect(self.cluster.address(user="guanxi_owner")) as owner:
            return owner.execute(statement, values).fetchall()


@contextmanager
def storm() -> Iterator[Storm]:
    """A storm in a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="gx-storm-") as folder:
        raging = Storm(Path(folder))
        try:
            yield raging
        finally:
            raging.end()
