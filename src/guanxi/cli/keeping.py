"""Backups: what is written, and how it comes back.

Two files, because "for ever" and "erase" pull apart: the database without the keys of customers, which may be kept
for years, and the keys alone, which are made often and kept for days. To erase somebody is to destroy a key; when the
last file of keys that holds it is gone, no old backup can be read any more. The installation's own sealing key is in
neither: keep it elsewhere.
"""

import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

import psycopg

from guanxi.core import database

KEYS = "core_subjectkey"
# Rebuilt by themselves: sessions end, buckets fill, the inbox is emptied into the log within seconds.
WITHOUT_ROWS = (KEYS, "core_bucket", "django_session")
STAMP = "%Y%m%dT%H%M%SZ"


class KeepingError(RuntimeError):
    """A backup could not be made or read; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Backup:
    """The two files of one backup."""

    rows: Path | None
    keys: Path


def write(address: str, folder: Path, *, now: datetime, keys_only: bool = False) -> Backup:
    """Write a backup of the database at `address` (its owner or a superuser) into a folder.

    A file appears under its name only when it is whole.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    stamp = now.strftime(STAMP)
    keys = _dump(address, folder / f"keys-{stamp}.dump", ["--data-only", f"--table={KEYS}"])
    if keys_only:
        return Backup(None, keys)
    left_out = [f"--exclude-table-data={table}" for table in WITHOUT_ROWS]
    return Backup(_dump(address, folder / f"guanxi-{stamp}.dump", left_out), keys)


def forget_old_keys(folder: Path, *, now: datetime, days: int) -> list[Path]:
    """Delete files of keys older than `days`, so that what was erased becomes unreadable; the newest stays."""
    files = sorted(folder.glob("keys-*.dump"))
    until = f"keys-{(now - timedelta(days=days)).strftime(STAMP)}.dump"
    old = [path for path in files[:-1] if path.name < until]
    for path in old:
        path.unlink()
    return old


def newest_keys(folder: Path) -> Path:
    """The newest file of keys of a folder.

    Raises:
        KeepingError: There is none; private fields could not be read.
    """
    files = sorted(folder.glob("keys-*.dump"))
    if not files:
        raise KeepingError(
            f"{folder} holds no keys-….dump: name one with --keys, or private fields stay sealed."
        )
    return files[-1]


def read(address: str, backup: Backup) -> None:
    """Bring a backup back into an empty database.

    Raises:
        KeepingError: The database is not empty, or a file cannot be read.
    """
    if backup.rows is None:
        raise KeepingError("A file of keys alone is no backup: name a guanxi-….dump.")
    if tables := _tables(address):
        raise KeepingError(
            f"The database holds {tables} tables. Restore into an empty one, or add --replace."
        )
    _run("pg_restore", address, ["--exit-on-error", "--single-transaction", str(backup.rows)])
    _run("pg_restore", address, ["--exit-on-error", "--single-transaction", "--data-only", str(backup.keys)])


def empty(cluster: database.Cluster) -> None:
    """Drop the embedded database with everything in it and make an empty one."""
    with psycopg.connect(cluster.address(database="postgres"), autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{database.DATABASE}" WITH (FORCE)')
    cluster.ensure()


def _dump(address: str, target: Path, options: Sequence[str]) -> Path:
    draft = target.with_suffix(".draft")
    _run("pg_dump", address, ["--format=custom", f"--file={draft}", *options])
    draft.chmod(0o600)
    draft.replace(target)
    return target


def _tables(address: str) -> int:
    with psycopg.connect(address) as connection:
        row = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
    return int(row[0]) if row else 0


def _run(program: str, address: str, options: Sequence[str]) -> None:
    """Run a program of the wheel; a password goes by the environment, where `ps` does not show it."""
    parts = urlsplit(address)
    environment = dict(os.environ)
    if parts.password:
        environment["PGPASSWORD"] = unquote(parts.password)
        address = urlunsplit(parts._replace(netloc=parts.netloc.replace(f":{parts.password}@", "@")))
    done = subprocess.run(
        [database.tool_path(program), f"--dbname={address}", *options],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise KeepingError(f"{program} ended with {done.returncode}: {done.stderr.strip()[-2000:]}")
