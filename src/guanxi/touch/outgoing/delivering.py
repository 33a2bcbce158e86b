"""Handing over: one channel of one enterprise, by as many sessions as its adapter allows, until nothing is due.

While a batch is on its way the next is claimed, so that database and provider work at the same time.
"""

import logging
import random
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from uuid import UUID

from django.db import InterfaceError, OperationalError, connection

from guanxi.touch.channels import Down, Later, Parcel, Refused, Session, Unsure
from guanxi.touch.outgoing import breaker, sending
from guanxi.touch.outgoing.journal import Journal
from guanxi.touch.outgoing.sending import Batch, Due, Result
from guanxi.touch.outgoing.words import Ending, State

logger = logging.getLogger(__name__)
Outcome = tuple[list[Result], str]
OnItsWay = tuple[Batch, Future[Outcome]]
TROUBLE = (OperationalError, InterfaceError)
TROUBLE_SECONDS = 1.0
# What is not on its way by then goes back: a batch is never held longer than others wait before they call it lost.
BATCH_SECONDS = 120.0


class Delivery:
    """The way to one provider: its open sessions, and what is on its way."""

    def __init__(self, enterprise_id: UUID, channel: str, journal: Journal, stop: threading.Event) -> None:
        self.enterprise_id, self.channel = enterprise_id, channel
        self._journal, self._stop = journal, stop
        self._sessions: list[Session] = []
        self._settings: object = None
        self.used_at = time.monotonic()

    def run(self, *, size: int = sending.BATCH) -> int:
        """Send what is due; how many messages were handed over or ended."""
        done = 0
        on_its_way: OnItsWay | None = None
        with ThreadPoolExecutor(1, thread_name_prefix="handing-over") as hand:
            while True:
                batch = self._claim(size)
                former = on_its_way
                results: Outcome | None = former[1].result() if former else None
                on_its_way = self._begin(hand, batch) if batch and batch.parcels else None
                if former and results is not None:
                    self._note(former[0], *results)
                    done += len(results[0])
                down = bool(results and results[1])
                if on_its_way is None and (batch is None or not batch.claimed or down):
                    return done
                done += batch.claimed - len(batch.parcels) if batch else 0
                if down or size == 1:
                    return done + self._finish(on_its_way)

    def close(self) -> None:
        """End the sessions."""
        while self._sessions:
            self._sessions.pop().close()

    def _finish(self, on_its_way: OnItsWay | None) -> int:
        if on_its_way is None:
            return 0
        results = on_its_way[1].result()
        self._note(on_its_way[0], *results)
        return len(results[0])

    def _claim(self, size: int) -> Batch | None:
        if self._stop.is_set():
            return None
        self.used_at = time.monotonic()
        return sending.claim(self.enterprise_id, self.channel, self._journal.worker, limit=size)

    def _begin(self, hand: ThreadPoolExecutor, batch: Batch) -> OnItsWay:
        if batch.settings != self._settings:
            self.close()
            self._settings = batch.settings
        self._journal.begin()
        if batch.adapter.own_thread:
            done: Future[Outcome] = Future()
            done.set_result(self._hand_over(batch))
            return batch, done
        return batch, hand.submit(self._hand_over, batch)

    def _hand_over(self, batch: Batch) -> Outcome:
        """All of a batch; what became of each, and why the provider is down where it is."""
        round_ = _Round(batch, self._journal, self._stop)
        count = min(batch.adapter.connections, len(batch.parcels))
        if count <= 1:
            round_.work(self._opened(batch), self._sessions)
        else:
            threads = [
                threading.Thread(target=round_.work, args=(self._opened(batch), self._sessions), daemon=True)
                for _number in range(count)
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        return round_.finished(), round_.down

    def _opened(self, batch: Batch) -> Callable[[], Session]:
        def open_() -> Session:
            with suppress(IndexError):
                return self._sessions.pop()
            return batch.adapter.open(batch.settings)

        return open_

    def _note(self, batch: Batch, results: list[Result], down: str) -> None:
        """Until it is written: what was handed over is known here and in the journal only."""
        while True:
            try:
                sending.note(self.enterprise_id, self.channel, self._journal.worker, results, down=down)
                self._journal.noted()
                return
            except TROUBLE as error:
                logger.warning("The database is away, %s messages are not noted yet: %s", len(results), error)
                connection.close()
                if self._stop.wait(TROUBLE_SECONDS):
                    raise


class _Round:
    """One batch on its way by several sessions."""

    def __init__(self, batch: Batch, journal: Journal, stop: threading.Event) -> None:
        self._batch, self._journal, self._stop = batch, journal, stop
        self._parcels: Iterator[tuple[Due, Parcel]] = iter(batch.parcels)
        self._guard = threading.Lock()
        self._until = time.monotonic() + BATCH_SECONDS
        self._results: dict[UUID, Result] = {}
        self.down = ""

    def work(self, open_: Callable[[], Session], sessions: list[Session]) -> None:
        """Hand over with one session what no other has taken."""
        session: Session | None = None
        try:
            while (taken := self._next()) is not None:
                due, parcel = taken
                if session is None:
                    session = open_()
                result = self._one(session, due, parcel)
                self._results[due.message_id] = result
                if result.state == State.UNKNOWN:
                    session.close()
                    session = None
        except Down as error:
            self.down = str(error) or "down"
            if session is not None:
                session.close()
        except Exception as error:  # the border of an adapter: what it breaks is its own
            logger.exception("The way %s broke", self._batch.adapter.name)
            self.down = f"{type(error).__name__}: {error}"[:300]
        else:
            if session is not None:
                sessions.append(session)

    def finished(self) -> list[Result]:
        """What became of each; what nobody began goes back as if it had not been taken."""
        return [
            self._results.get(due.message_id) or self._untouched(due) for due, _parcel in self._batch.parcels
        ]

    def _untouched(self, due: Due) -> Result:
        return Result(due, State.QUEUED, tried=False, seconds=0.0)

    def _next(self) -> tuple[Due, Parcel] | None:
        if self.down or self._stop.is_set() or time.monotonic() > self._until:
            return None
        with self._guard:
            return next(self._parcels, None)

    def _one(self, session: Session, due: Due, parcel: Parcel) -> Result:
        handed = False

        def handing() -> None:
            nonlocal handed
            handed = True
            self._journal.handing(parcel.key)

        try:
            said = session.send(parcel, handing)
        except Refused as error:
            result = Result(due, State.FAILED, Ending.REJECTED, error.code, str(error), dead=error.address)
        except Later as error:
            result = self._again(due, error)
        except Down:
            if handed:
                self._journal.refused(parcel.key)
            raise
        except Unsure as error:
            return self._unsure(due, str(error))
        except Exception:
            if handed:
                # Whatever broke, it broke after the point of no return.
                self._results[due.message_id] = self._unsure(due, "the adapter broke")
            raise
        else:
            self._journal.accepted(parcel.key)
            return Result(due, State.SENT, detail=said)
        if handed:
            self._journal.refused(parcel.key)
        return result

    def _unsure(self, due: Due, said: str) -> Result:
        if self._batch.adapter.repeatable:
            return self._again(due, Later(said))
        return Result(due, State.UNKNOWN, detail=said)

    def _again(self, due: Due, error: Later) -> Result:
        seconds = breaker.retry(due.attempts + 1, random.random())  # spreads, no secret
        if seconds is None:
            return Result(due, State.FAILED, Ending.GAVE_UP, error.code, str(error))
        return Result(due, State.QUEUED, "later", error.code, str(error), seconds=seconds)
