"""What `guanxi check` looks at: each examination answers how it stands and, where it is not well, what to do."""

import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
from django.db import connections
from django.db.migrations.executor import MigrationExecutor

from guanxi import settings
from guanxi.cli import ground, ports
from guanxi.core.migrating import OWNER

LEAST_FREE_BYTES = 2 * 2**30
CLOCK_SECONDS = 5
LAG_SECONDS = 300
OLDEST_SERVER = 15


class State(StrEnum):
    """How something stands."""

    WELL = "well"
    DOUBTFUL = "doubtful"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Finding:
    """What an examination found."""

    what: str
    state: State
    says: str
    cure: str = ""


Examination = Callable[[], Iterator[Finding]]


def configuration() -> Iterator[Finding]:
    """Settings that contradict each other or lay the house open."""
    given = settings.configuration
    local = given.host in ("127.0.0.1", "::1", "localhost")
    if given.debug and not local:
        yield Finding("debug", State.BROKEN, "Tracebacks are shown to everybody.", "Unset GUANXI_DEBUG.")
    if not local and urlsplit(given.address).scheme != "https":
        cure = "Put a proxy with TLS in front and set GUANXI_ADDRESS to its https address."
        yield Finding("address", State.DOUBTFUL, f"{given.address} is not encrypted.", cure)
    if given.database_url and not given.owner_database_url:
        cure = "Set GUANXI_OWNER_DATABASE_URL: migrations and backups need the role that owns the tables."
        yield Finding("owner address", State.BROKEN, "Only the application role has an address.", cure)
    yield Finding("configuration", State.WELL, f"data in {given.data}, at {given.address}")


def secrets() -> Iterator[Finding]:
    """The installation's secrets: there, and readable by us alone."""
    for name in ("secret", "sealing", "signing"):
        path = settings.configuration.data / "keys" / name
        if path.exists() and path.stat().st_mode & 0o077:
            yield Finding(f"key {name}", State.BROKEN, "Others may read it.", f"chmod 600 {path}")
    says = "Keep a copy of the sealing key apart from the backups: without it no private field can be read."
    yield Finding("keys", State.WELL, says)


_SERVER = """SELECT current_setting('server_version_num')::int / 10000 AS version,
  pg_encoding_to_char(encoding) AS encoding, datctype AS letters
FROM pg_database WHERE datname = current_database()"""


def database() -> Iterator[Finding]:
    """The server: its version and how it orders and folds letters."""
    facts = _row(_SERVER)
    if facts["version"] < OLDEST_SERVER:
        cure = f"Move to PostgreSQL {OLDEST_SERVER} or newer."
        yield Finding("server", State.BROKEN, f"PostgreSQL {facts['version']} is too old.", cure)
    if facts["encoding"] != "UTF8":
        yield Finding(
            "encoding", State.BROKEN, f"{facts['encoding']} cannot hold names.", "Make the database in UTF8."
        )
    if facts["letters"] in ("C", "POSIX"):
        cure = "Make the database with --lc-ctype=C.UTF-8."
        yield Finding("letters", State.DOUBTFUL, "The server does not know capitals beyond ASCII.", cure)
    yield Finding(
        "database", State.WELL, f"PostgreSQL {facts['version']}, {facts['encoding']}, {facts['letters']}"
    )


def role_rights() -> Iterator[Finding]:
    """The application role: it must not be able to pass row security."""
    reasons = ground.might_of_role(ground.application_address())
    if reasons:
        cure = "Give GUANXI_DATABASE_URL the role guanxi_app, which owns nothing."
        yield Finding("role rights", State.BROKEN, f"The application role {' and '.join(reasons)}.", cure)
    else:
        yield Finding(
            "role rights", State.WELL, "The application role owns nothing and cannot pass row security."
        )


_NEXT_MONTH = """SELECT to_regclass(
  'core_event_' || to_char(now() AT TIME ZONE 'UTC' + interval '1 month', 'YYYY_MM')) IS NOT NULL AS made"""


def migrations() -> Iterator[Finding]:
    """Tables at the present version, and partitions of the log made ahead."""
    executor = MigrationExecutor(connections[OWNER])
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if waiting:
        yield Finding("migrations", State.BROKEN, f"{len(waiting)} wait.", "Run `guanxi migrate`.")
        return
    yield Finding("migrations", State.WELL, "The tables are at the present version.")
    ahead = _row(_NEXT_MONTH, OWNER)
    if not ahead["made"]:
        cure = "Run `guanxi migrate`; `guanxi work` does it by schedule."
        yield Finding("partitions", State.BROKEN, "The log has no partition for the next month.", cure)


def clock() -> Iterator[Finding]:
    """Our clock and the server's agree."""
    skew = abs(
        _row("SELECT extract(epoch FROM clock_timestamp())::float8 AS seconds")["seconds"] - time.time()
    )
    if skew > CLOCK_SECONDS:
        yield Finding(
            "clock", State.BROKEN, f"The server's clock is {skew:.0f} s away from ours.", "Run an NTP client."
        )
    else:
        yield Finding("clock", State.WELL, f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC, as the server says")


def listening() -> Iterator[Finding]:
    """The ports of web and live: free, or held by this very installation."""
    given = settings.configuration
    for place in (ports.web(given), ports.live(given)):
        error = ports.trouble(place)
        what = f"port {place.port}"
        if error is None:
            yield Finding(what, State.WELL, "Nobody listens there.")
        elif ports.is_held_by_us(given.data, place):
            yield Finding(what, State.WELL, "This installation listens there.")
        else:
            cure = f"Stop what listens there, or set {place.setting} to a free port."
            yield Finding(what, State.BROKEN, f"Another program has it ({error.strerror}).", cure)


def disk() -> Iterator[Finding]:
    """Room in the data folder."""
    free = shutil.disk_usage(_existing(settings.configuration.data)).free
    state = State.WELL if free > LEAST_FREE_BYTES else State.BROKEN
    cure = "" if state is State.WELL else "Make room or move GUANXI_DATA."
    yield Finding("disk", state, f"{free / 2**30:.1f} GB free", cure)


_LAG = """SELECT
  (SELECT count(*) FROM procrastinate_jobs WHERE status = 'todo' AND coalesce(scheduled_at, now()) <= now()) AS waiting,
  (SELECT coalesce(extract(epoch FROM now() - min(at)), 0)::int FROM procrastinate_events e
     JOIN procrastinate_jobs j ON j.id = e.job_id AND j.status = 'todo'
   WHERE e.type = 'deferred' AND coalesce(j.scheduled_at, now()) <= now()) AS oldest,
  (SELECT count(*) FROM procrastinate_jobs WHERE status = 'failed') AS failed,
  (SELECT count(*) FROM touch_inbox) AS inbox,
  (SELECT count(*) FROM core_reaction) AS reactions"""


def queues() -> Iterator[Finding]:
    """How far the worker is behind: jobs, events, reactions."""
    lag = _row(_LAG, OWNER)
    says = f"{lag['waiting']} jobs, {lag['inbox']} events and {lag['reactions']} reactions wait"
    if lag["oldest"] > LAG_SECONDS:
        cure = "Is `guanxi work` running? It says in its log what holds it up."
        yield Finding("queues", State.BROKEN, f"{says}; the oldest job for {lag['oldest']} s.", cure)
    else:
        yield Finding("queues", State.WELL, says)
    if lag["failed"]:
        cure = "Look at the log of `guanxi work`; an import or run says on its page what failed."
        yield Finding("failed jobs", State.DOUBTFUL, f"{lag['failed']} jobs gave up.", cure)


def built_files() -> Iterator[Finding]:
    """Styles, scripts and translations are built."""
    if not (settings.PACKAGE / "core" / "static" / "dist").is_dir():
        yield Finding(
            "styles", State.BROKEN, "Styles and scripts are not built.", "Run `make .venv/.assets`."
        )
    if not list(settings.PACKAGE.glob("*/locale/*/LC_MESSAGES/django.mo")):
        cure = "Run `guanxi build-messages`."
        yield Finding(
            "translations", State.DOUBTFUL, "Translations are not compiled: pages are in English.", cure
        )


WITHOUT_DATABASE: tuple[Examination, ...] = (configuration, secrets, listening, disk, built_files)
WITH_DATABASE: tuple[Examination, ...] = (database, role_rights, migrations, clock, queues)


def findings() -> Iterator[Finding]:
    """Everything that there is to say, one after the other; what needs the database only where it answers."""
    for examine in WITHOUT_DATABASE:
        yield from examine()
    try:
        psycopg.connect(ground.application_address(), connect_timeout=3).close()
    except psycopg.OperationalError as error:
        cure = "Start it with `guanxi up`, or mend GUANXI_DATABASE_URL."
        yield Finding("database", State.BROKEN, f"It does not answer: {str(error).strip()}", cure)
        return
    for examine in WITH_DATABASE:
        try:
            yield from examine()
        except psycopg.Error as error:
            yield Finding(examine.__name__, State.BROKEN, str(error).strip(), "Run `guanxi migrate`.")


def _row(statement: str, alias: str = "default") -> dict[str, Any]:
    with connections[alias].cursor() as cursor:
        cursor.execute(statement)
        names = [column.name for column in cursor.description]
        return dict(zip(names, cursor.fetchone(), strict=True))


def _existing(path: Path) -> Path:
    return path if path.exists() else _existing(path.parent)
