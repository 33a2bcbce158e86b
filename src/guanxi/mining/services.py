"""Writes of the mining centre: runs are asked for, say how far they are, and end well or not."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.db.models.functions import Now

from guanxi.core import jobs, live
from guanxi.core.viewer import Viewer
from guanxi.mining.errors import AlreadyRunning
from guanxi.mining.models import Run, State

ERROR_LENGTH = 4000


def start(viewer: Viewer) -> Run:
    """Ask for a run; the analysing process takes it up.

    Raises:
        NotAllowed: The role may not run measures.
        AlreadyRunning: One is waiting or running.
    """
    run = left_behind(viewer) or ask(viewer)
    jobs.defer("mining.run", enterprise_id=viewer.tenant, run_id=run.pk, lock=f"mining:{viewer.tenant}")
    return run


def left_behind(viewer: Viewer) -> Run | None:
    """The run whose process died: whoever performs a run holds a lock, and here it is free. It can be taken up."""
    viewer.require("mining.run")
    run = Run.objects.filter(enterprise_id=viewer.tenant, state=State.RUNNING).first()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [f"mining:{viewer.tenant}"]
        )
        return run if cursor.fetchone()[0] else None


@contextmanager
def performing(viewer: Viewer) -> Iterator[bool]:
    """Hold the enterprise's lock of runs while the block lasts; False where another process holds it."""
    key = f"mining:{viewer.tenant}"
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [key])
        held = bool(cursor.fetchone()[0])
    try:
        yield held
    finally:
        if held:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [key])


def ask(viewer: Viewer) -> Run:
    """Put a run into the list without deferring it: for whoever performs it at once."""
    viewer.require("mining.run")
    run = Run(enterprise_id=viewer.tenant, asked_by=viewer.actor, asked_at=viewer.now, as_of=viewer.now)
    try:
        with transaction.atomic():
            run.save(force_insert=True)
    except IntegrityError as error:
        raise AlreadyRunning from error
    return run


def begin(viewer: Viewer, run_id: UUID, *, engine: str) -> Run | None:
    """Take up a run that waits, or one whose process died; None where it has ended already."""
    taken = Run.objects.filter(pk=run_id, state__in=(State.WAITING, State.RUNNING)).update(
        state=State.RUNNING, started_at=Now(), engine=engine[:100], as_of=viewer.now, error=""
    )
    return Run.objects.get(pk=run_id) if taken else None


def advance(viewer: Viewer, run_id: UUID, *, step: str, progress: int) -> None:
    """Say how far a run is; its page hears of it."""
    Run.objects.filter(pk=run_id).update(step=step[:40], progress=max(0, min(progress, 100)))
    _tell(viewer, run_id)


def finish(
    viewer: Viewer, run_id: UUID, *, rows: dict[str, int], seconds: dict[str, float], report: dict[str, Any]
) -> None:
    """A run ended well; its scores are in place."""
    Run.objects.filter(pk=run_id).update(
        state=State.DONE, ended_at=Now(), step="", progress=100, rows=rows, seconds=seconds, report=report
    )
    _tell(viewer, run_id)


def fail(viewer: Viewer, run_id: UUID, *, error: str) -> None:
    """A run failed; the scores of the one before stay."""
    Run.objects.filter(pk=run_id).update(state=State.FAILED, ended_at=Now(), error=error[-ERROR_LENGTH:])
    _tell(viewer, run_id)


def _tell(viewer: Viewer, run_id: UUID) -> None:
    live.notify([live.topic("run", run_id, viewer), live.topic("mining", "runs", viewer)])
