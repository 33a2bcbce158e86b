"""`guanxi up` restarts what dies, and stops in good order."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from guanxi.core import database

# Making the tables from nothing takes a minute of this, more where two tests do it at once.
PATIENCE_SECONDS = 240


@pytest.fixture
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder of the test's own, with a server that keeps its promises (fsync on)."""
    return tmp_path_factory.mktemp("tree")


@pytest.fixture
def tree(data: Path) -> Iterator[psutil.Process]:
    """A running `guanxi up`; whatever is left of it at the end is killed."""
    ports = {"GUANXI_PORT": str(_free_port()), "GUANXI_LIVE_PORT": str(_free_port())}
    given = {name: value for name, value in os.environ.items() if not name.startswith("GUANXI_")}
    with (data / "up.log").open("w") as log:
        started = subprocess.Popen(
            [sys.executable, "-m", "guanxi.cli", "up"],
            env=given | ports | {"GUANXI_DATA": str(data), "GUANXI_LOG_LEVEL": "ERROR"},
            stdout=log,
            stderr=log,
        )
        root = psutil.Process(started.pid)
        try:
            yield root
        finally:
            left = root.children(recursive=True) if root.is_running() else []
            for process in [root, *left]:
                if process.is_running():
                    process.kill()
            started.wait(10)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _until(true: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not true():
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.2)


def _part(tree: psutil.Process, name: str) -> psutil.Process | None:
    """The direct child that does this part; None while it is away."""
    for child in tree.children():
        try:
            line = child.cmdline()
        except psutil.NoSuchProcess:
            continue
        if line and (line[-1] == name or Path(line[0]).name == name):
            return child
    return None


def _answers(data: Path) -> bool:
    try:
        psycopg.connect(database.cluster_in(data).address(user="guanxi_app"), connect_timeout=2).close()
    except (psycopg.OperationalError, FileNotFoundError):
        return False
    return True


def _lives(process: psutil.Process) -> bool:
    """One that has ended and whose parent was killed before it asked is a name in the table, no more."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _has_tables(data: Path) -> bool:
    address = database.cluster_in(data).address(user="guanxi_owner", database="guanxi")
    with psycopg.connect(address) as connection:
        found = connection.execute("SELECT to_regclass('core_event') IS NOT NULL").fetchone()
    return bool(found and found[0])


@pytest.mark.slow
@pytest.mark.kills
def test_what_is_killed_comes_back_and_a_stop_leaves_nothing(tree: psutil.Process, data: Path) -> None:
    parts = ("postgres", "web", "live", "work")
    _until(lambda: all(_part(tree, name) for name in parts) and _answers(data))
    assert _has_tables(data), "a folder of one's own is ready by `guanxi up` alone"
    before = {name: _part(tree, name).pid for name in parts}
    first = tree.children(recursive=True)
    for name in parts:
        _part(tree, name).kill()
    _until(lambda: all(_part(tree, name) and _part(tree, name).pid != before[name] for name in parts))
    _until(lambda: _answers(data))
    family = tree.children(recursive=True)
    tree.send_signal(signal.SIGTERM)
    tree.wait(PATIENCE_SECONDS)
    assert [process for process in [*first, *family] if _lives(process)] == []
    assert "database system is shut down" in (data / "postgres" / "server.log").read_text()
