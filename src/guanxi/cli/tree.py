"""The process tree of `guanxi up`: what runs, under circus, which restarts what dies.

    guanxi up ─┬─ postgres   (embedded; not where an address is given)
               ├─ web        WSGI, threads: pages, API, gateway
               ├─ live       ASGI: server-sent events
               └─ work       digester, reactions, sender, light jobs, schedules
                   └─ work --analysing   while there is something to analyse

Light: it loads settings and circus, neither Django nor any package of the house.
"""

import logging
import os
import signal
import socket
import sys
import tempfile
import time
from pathlib import Path
from threading import Thread
from typing import Any

import circus
from circus.exc import ConflictError
from rich.console import Console

from guanxi.cli import ground, ports
from guanxi.core import database
from guanxi.settings import Configuration

# Seconds a process has to end its present work in good order.
PATIENCE_SECONDS = 15
CHECK_SECONDS = 2.0


def run(configuration: Configuration) -> None:
    """Start the tree and return when it was told to stop and has stopped."""
    ports.refuse_taken(ports.web(configuration), ports.live(configuration))
    sockets = Path(tempfile.mkdtemp(prefix="guanxi-"))
    arbiter = circus.get_arbiter(
        watchers(configuration),
        controller=f"ipc://{sockets}/control",
        pubsub_endpoint=f"ipc://{sockets}/events",
        check_delay=CHECK_SECONDS,
        proc_name="guanxi up",
        loglevel="WARNING",
    )
    logging.getLogger("tornado.application").addFilter(_is_news)
    Thread(target=_announce, args=(configuration,), daemon=True).start()
    try:
        arbiter.start()
    finally:
        arbiter.stop()
        for leftover in sockets.iterdir():
            leftover.unlink()
        sockets.rmdir()


def watchers(configuration: Configuration) -> list[dict[str, Any]]:
    """What circus is to keep alive, the database first."""
    embedded = [] if configuration.database_url else [_postgres(database.cluster_in(configuration.data))]
    return [
        *embedded,
        _ours("web", priority=20),
        _ours("live", priority=10),
        _ours("work", priority=10),
    ]


def _ours(command: str, *, priority: int) -> dict[str, Any]:
    return {
        "name": command,
        "cmd": sys.executable,
        "args": ["-m", "guanxi.cli", command],
        "copy_env": True,
        "env": {ground.IN_TREE: "1"},
        "priority": priority,
        "graceful_timeout": PATIENCE_SECONDS,
        "stop_children": True,
        "max_retry": -1,
    }


def _postgres(cluster: database.Cluster) -> dict[str, Any]:
    """The server itself as our child. Where it runs already, it is stopped and started below us."""
    cluster.ensure()
    cluster.stop()
    owner = cluster.folder.stat()
    return {
        "name": "postgres",
        "cmd": str(database.tool_path("postgres")),
        "args": ["-D", str(cluster.folder), "-p", str(cluster.port)],
        "uid": owner.st_uid if os.geteuid() == 0 else None,
        "gid": owner.st_gid if os.geteuid() == 0 else None,
        "working_dir": "/",
        "copy_env": True,
        "priority": 100,
        # Smart shutdown: it ends when the others, which stop meanwhile, have closed their connections.
        "stop_signal": signal.SIGTERM,
        "graceful_timeout": PATIENCE_SECONDS + 5,
        "hooks": {"before_signal": (_fast_before_kill, True)},
        "stdout_stream": {"class": "FileStream", "filename": str(cluster.folder / "server.log")},
        "stderr_stream": {"class": "FileStream", "filename": str(cluster.folder / "server.log")},
        "max_retry": -1,
    }


def _fast_before_kill(*, pid: int, signum: int, **_: Any) -> bool:
    """Where somebody else keeps a connection open: a fast shutdown before the kill, which would cost a recovery."""
    if signum == signal.SIGKILL:
        os.kill(pid, signal.SIGINT)
        time.sleep(2)
    return True


def _is_news(record: logging.LogRecord) -> bool:
    """Circus's own rounds meet its stopping; that is no error."""
    return not (record.exc_info and isinstance(record.exc_info[1], ConflictError))


def _announce(configuration: Configuration) -> None:
    """Say where to go as soon as the web process listens."""
    for _attempt in range(300):
        with socket.socket() as probe:
            if probe.connect_ex((configuration.host, configuration.port)) == 0:
                Console().print(f"Guanxi is at [bold]{configuration.address}[/bold] (Ctrl-C stops it)")
                return
        time.sleep(0.2)
