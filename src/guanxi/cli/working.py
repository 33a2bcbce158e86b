"""What a worker does: digest events, send messages, run reactions and jobs, rescue what stalled, start analysis.

The light worker is one process: the digester, the reactions, the sender and the segments each in a thread,
procrastinate's worker on the event loop. Analysis needs hundreds of megabytes of libraries, so that its jobs run in a
process of their own, which the light worker starts when there is one and which ends when there is none left.
"""

import asyncio
import logging
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from threading import Event, Thread

import procrastinate
from django.db import connections
from procrastinate.contrib.django import app as registered_app

from guanxi.market.segments import watching
from guanxi.touch import digester, reactions
from guanxi.touch.outgoing import sender

log = logging.getLogger("guanxi.work")

# A job is stalled when its worker was silent for so long; it is tried again, which jobs are made for.
SILENT_SECONDS = 30.0
RESCUE_EVERY_SECONDS = 60.0
LOOK_FOR_ANALYSIS_EVERY_SECONDS = 2.0
FINISH_SECONDS = 10.0
LIGHT_JOBS_AT_ONCE = 2
_ANALYSIS_WAITS = """SELECT 1 AS found FROM procrastinate_jobs WHERE queue_name = 'analysis' AND status = 'todo'
AND (scheduled_at IS NULL OR scheduled_at <= now()) LIMIT 1"""
# Any number that nobody else takes: one analysing worker per database.
_ANALYSING_LOCK = 7_201_501


def work() -> None:
    """Run the light worker until it is told to stop. Raises what a part of it raised: the supervisor starts anew."""
    stop = Event()
    parts = (digester.run, digester.help_out, reactions.run, sender.run, watching.run)
    threads = [_thread(part, stop) for part in parts]
    try:
        asyncio.run(_light(stop))
    finally:
        stop.set()
        for thread in threads:
            thread.join(FINISH_SECONDS)


def analyse() -> None:
    """Run the analysis jobs that wait, one after the other, and return when none is left."""
    with connections["default"].cursor() as cursor:
        # Held by the session: it ends with the process, however that ends.
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_ANALYSING_LOCK])
        if not cursor.fetchone()[0]:
            return
        asyncio.run(_analysis())


class PartEnded(RuntimeError):
    """A part of the worker ended although nobody told it to."""


def _thread(run: Callable[[Event], None], stop: Event) -> Thread:
    def until_stopped() -> None:
        try:
            run(stop)
        except Exception:
            log.exception("%s failed", run.__module__)
        finally:
            # A worker with a dead part would look alive: the whole ends and is started anew.
            stop.set()

    thread = Thread(target=until_stopped, name=run.__module__, daemon=True)
    thread.start()
    return thread


async def _light(stop: Event) -> None:
    told = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, told.set)
    async with _open_app() as app:
        parts = [
            asyncio.create_task(_run_jobs(app, "light", at_once=LIGHT_JOBS_AT_ONCE), name="jobs"),
            asyncio.create_task(_rescue(app), name="rescue"),
            asyncio.create_task(_start_analysis(app), name="analysis"),
            asyncio.create_task(asyncio.to_thread(stop.wait), name="digester and reactions"),
        ]
        ending = asyncio.create_task(told.wait(), name="signal")
        done, _running = await asyncio.wait([*parts, ending], return_when=asyncio.FIRST_COMPLETED)
        stop.set()
        for part in parts:
            part.cancel()
        await asyncio.wait(parts, timeout=FINISH_SECONDS * 2)
        if ending not in done:
            first = done.pop()
            raise PartEnded(f"{first.get_name()} ended") from (
                None if first.cancelled() else first.exception()
            )


async def _analysis() -> None:
    async with _open_app() as app:
        await app.run_worker_async(
            queues=["analysis"],
            concurrency=1,
            wait=False,
            shutdown_graceful_timeout=FINISH_SECONDS,
            name="analysing",
        )


@asynccontextmanager
async def _open_app() -> AsyncIterator[procrastinate.App]:
    """The jobs with a connection pool for the event loop; Django's own connection goes on deferring."""
    connector = registered_app.connector.get_worker_connector()  # type: ignore[attr-defined]  # Django's has it
    app = registered_app.with_connector(connector)
    async with app.open_async():
        yield app


async def _run_jobs(app: procrastinate.App, queue: str, *, at_once: int) -> None:
    await app.run_worker_async(
        queues=[queue],
        concurrency=at_once,
        name=queue,
        install_signal_handlers=False,
        shutdown_graceful_timeout=FINISH_SECONDS,
        delete_jobs="successful",
    )


async def _rescue(app: procrastinate.App) -> None:
    """Have jobs tried again whose worker was killed."""
    while True:
        for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=SILENT_SECONDS):
            log.warning("job %s (%s) lost its worker and is tried again", job.id, job.task_name)
            await app.job_manager.retry_job(job)
        await asyncio.sleep(RESCUE_EVERY_SECONDS)


async def _start_analysis(app: procrastinate.App) -> None:
    """Start the analysing worker whenever a job waits for it."""
    analysing: asyncio.subprocess.Process | None = None
    try:
        while True:
            if await app.connector.execute_query_all_async(_ANALYSIS_WAITS):
                analysing = await asyncio.create_subprocess_exec(
                    sys.executable, "-m", "guanxi.cli", "work", "--analysing"
                )
                await analysing.wait()
            await asyncio.sleep(LOOK_FOR_ANALYSIS_EVERY_SECONDS)
    finally:
        if analysing is not None and analysing.returncode is None:
            analysing.terminate()
            await analysing.wait()
