"""Figures by which the installation is watched; packages add their own, `guanxi check` reads them too."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.db import connection

from guanxi.core import tenancy


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure at this moment, named as Prometheus wants it; `labels` is empty or `{name="value"}`."""

    name: str
    value: float
    labels: str = ""


Source = Callable[[], Iterable[Figure]]
_sources: dict[str, Source] = {}


def register(name: str, source: Source) -> None:
    """Have figures read from `source`, outside any tenancy."""
    _sources[name] = source


def read() -> list[Figure]:
    """All figures of all packages."""
    return [figure for name in sorted(_sources) for figure in _sources[name]()]


def _jobs() -> Iterable[Figure]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT queue_name, count(*) FROM procrastinate_jobs WHERE status = 'todo' GROUP BY queue_name"
        )
        rows = cursor.fetchall()
    for queue, waiting in rows:
        yield Figure("guanxi_jobs_waiting", float(waiting), f'{{queue="{queue}"}}')


def _reactions() -> Iterable[Figure]:
    with tenancy.role("guanxi_work"), connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), coalesce(extract(epoch FROM now() - min(due_at)), 0), "
            "count(*) FILTER (WHERE attempts > 0) FROM core_reaction"
        )
        waiting, lag, failing = cursor.fetchone()
    yield Figure("guanxi_reactions_waiting", float(waiting))
    yield Figure("guanxi_reactions_lag_seconds", max(0.0, float(lag)))
    yield Figure("guanxi_reactions_failing", float(failing))


register("core.jobs", _jobs)
register("core.reactions", _reactions)
