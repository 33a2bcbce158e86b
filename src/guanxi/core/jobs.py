"""Background jobs: registered by name, deferred by name inside the caller's transaction, run by the worker.

procrastinate does the work. A job's arguments are ids; one named `enterprise_id` makes the job run inside the
tenancy of that enterprise, as a process.
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import UUID

import procrastinate
from procrastinate.contrib.django import app as procrastinate_app

from guanxi.core import requests, viewers
from guanxi.core.tenancy import tenancy

Queue = Literal["light", "analysis"]


@dataclass(frozen=True, slots=True)
class Job:
    """A registered job: its name, its function and how it is tried."""

    name: str
    function: Callable[..., Any]
    queue: Queue
    retry: int
    tenancy: bool
    crons: list[str] = field(default_factory=list)


_jobs: dict[str, Job] = {}


def job(name: str, *, queue: Queue = "light", retry: int = 3, in_tenancy: bool = True) -> Callable[..., Any]:
    """Register a function as the job of this name; it must be idempotent.

    Args:
        queue: "analysis" for what needs the analysis stack: another kind of worker runs it.
        retry: How often it is tried again, with growing pauses.
        in_tenancy: Open the tenancy of the argument `enterprise_id` (long jobs open their own, in pieces).
    """

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        _jobs[name] = Job(name, function, queue, retry, in_tenancy)
        return function

    return register


def schedule(name: str, *, cron: str) -> None:
    """Defer a registered job without arguments at times given as cron (UTC)."""
    _jobs[name].crons.append(cron)


def registered() -> dict[str, Job]:
    """All jobs by name."""
    return dict(sorted(_jobs.items()))


def defer(name: str, *, lock: str | None = None, **arguments: Any) -> int:
    """Have a job run once the caller's transaction is committed; returns the number of its row.

    Args:
        name: The job.
        lock: Jobs with the same lock run one after the other.
        arguments: Ids and other small values.

    Raises:
        KeyError: No job has this name.
    """
    registered_job = _jobs[name]
    values = {key: str(value) if isinstance(value, UUID) else value for key, value in arguments.items()}
    values["request_id"] = requests.request_id.get()
    return int(
        procrastinate_app.configure_task(
            name, queue=registered_job.queue, lock=lock, allow_unknown=False
        ).defer(**values)
    )


def run(name: str, *, request_id: str = "", **arguments: Any) -> Any:
    """Run a job now, in this process, as the worker does."""
    registered_job = _jobs[name]
    token = requests.request_id.set(request_id)
    try:
        values = {key: _restored(key, value) for key, value in arguments.items()}
        enterprise_id = values.get("enterprise_id")
        if enterprise_id is None or not registered_job.tenancy:
            return registered_job.function(**values)
        with tenancy(viewers.for_process(enterprise_id, name, request_id=request_id)):
            return registered_job.function(**values)
    finally:
        requests.request_id.reset(token)


def attach(app: procrastinate.App) -> None:
    """Give procrastinate every job of the registry, once all packages have plugged in."""
    for registered_job in _jobs.values():
        task = app.task(
            name=registered_job.name,
            queue=registered_job.queue,
            retry=procrastinate.RetryStrategy(max_attempts=registered_job.retry, exponential_wait=4),
        )(functools.partial(_work, registered_job.name))
        for cron in registered_job.crons:
            app.periodic(cron=cron)(task)


def _work(name: str, timestamp: int = 0, **arguments: Any) -> None:
    # A schedule passes its time as `timestamp`; jobs take the time from the enterprise's clock.
    run(name, **arguments)


def _restored(key: str, value: Any) -> Any:
    return UUID(value) if key.endswith("_id") and key != "request_id" and isinstance(value, str) else value
