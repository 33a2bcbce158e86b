"""`guanxi up` with the retailer loaded and nobody there: memory (PSS, PostgreSQL included) and CPU of five minutes."""

import os
import signal
import socket
import subprocess
import sys
import time

import psutil

from bench.figures import Figure
from guanxi.settings import configuration

SECONDS = 300
SETTLE_SECONDS = 45
MOST_MEGABYTES = 700
MOST_PERCENT = 2.0


def run(scale: float) -> list[Figure]:
    """Start the tree, let it settle, and look at it for five minutes."""
    if not (configuration.data / "demonstration").exists():
        raise SystemExit("The retailer is not loaded, and an empty house tells nothing: make loop")
    port, live_port = _free_ports()
    environment = os.environ | {
        "GUANXI_PORT": str(port),
        "GUANXI_LIVE_PORT": str(live_port),
        "GUANXI_LOG_LEVEL": "WARNING",
    }
    tree = subprocess.Popen([sys.executable, "-m", "guanxi.cli", "up"], env=environment)
    try:
        _wait_for(port)
        time.sleep(SETTLE_SECONDS)
        return _watch(psutil.Process(tree.pid), max(10, SECONDS * scale))
    finally:
        tree.send_signal(signal.SIGTERM)
        tree.wait(60)


def _watch(root: psutil.Process, seconds: float) -> list[Figure]:
    before, started = _cpu(root), time.monotonic()
    most = 0.0
    parts: dict[str, float] = {}
    while time.monotonic() - started < seconds:
        parts = _memory(root)
        most = max(most, sum(parts.values()))
        time.sleep(seconds / 10)
    percent = 100 * (_cpu(root) - before) / (time.monotonic() - started)
    note = f"{seconds:.0f} s"
    return [
        Figure("Memory of all processes", most, "MB", MOST_MEGABYTES, "less", note=note),
        Figure("CPU of all processes", percent, "% of a core", MOST_PERCENT, "less", note=note),
        *(Figure(f"Memory: {name}", value, "MB") for name, value in sorted(parts.items())),
    ]


def _family(root: psutil.Process) -> list[psutil.Process]:
    return [root, *root.children(recursive=True)]


def _memory(root: psutil.Process) -> dict[str, float]:
    found: dict[str, float] = {}
    for process in _family(root):
        try:
            line = process.cmdline()
            name = line[-1] if "guanxi.cli" in line else "postgres"
            found[name] = found.get(name, 0.0) + process.memory_full_info().pss / 2**20
        except psutil.NoSuchProcess:
            continue
    return found


def _cpu(root: psutil.Process) -> float:
    """Seconds of CPU that the family used; what ended meanwhile counts at its parent."""
    total = 0.0
    for process in _family(root):
        try:
            times = process.cpu_times()
            total += times.user + times.system + times.children_user + times.children_system
        except psutil.NoSuchProcess:
            continue
    return total


def _free_ports() -> tuple[int, int]:
    with socket.socket() as first, socket.socket() as second:
        first.bind(("127.0.0.1", 0))
        second.bind(("127.0.0.1", 0))
        return int(first.getsockname()[1]), int(second.getsockname()[1])


def _wait_for(port: int) -> None:
    for _attempt in range(600):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.2)
    raise TimeoutError("guanxi up did not come up within two minutes")
