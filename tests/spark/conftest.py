"""A standalone Spark cluster of two workers on the loopback interface, started once for the tests that need it."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

pyspark = pytest.importorskip("pyspark", reason="the extra `spark` is not installed: uv sync --extra spark")
SPARK_CLASS = Path(pyspark.__file__).parent / "bin" / "spark-class"
DEPLOY = "org.apache.spark.deploy"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(log: Path, words: str, times: int = 1, seconds: float = 240) -> None:
    deadline = time.monotonic() + seconds
    while not (log.exists() and log.read_text().count(words) >= times):
        assert time.monotonic() < deadline, (
            f"{words!r} did not come: {log.read_text()[-2000:] if log.exists() else ''}"
        )
        time.sleep(0.3)


@pytest.fixture(scope="session")
def cluster(tmp_path_factory) -> Iterator[str]:
    """Address of the cluster: a master and two workers of one core each."""
    folder = tmp_path_factory.mktemp("spark")
    port = free_port()
    address = f"spark://127.0.0.1:{port}"
    around = {
        **os.environ, "SPARK_LOCAL_IP": "127.0.0.1", "SPARK_LOCAL_DIRS": str(folder), "PYSPARK_PYTHON": sys.executable,
    }  # fmt: skip

    def start(name: str, *arguments: str) -> subprocess.Popen:
        log = (folder / f"{name}.log").open("w")
        return subprocess.Popen([SPARK_CLASS, *arguments], env=around, stdout=log, stderr=log, cwd=folder)

    running = [
        start(
            "master",
            f"{DEPLOY}.master.Master",
            "-h",
            "127.0.0.1",
            "-p",
            str(port),
            "--webui-port",
            str(free_port()),
        )
    ]
    try:
        wait_for(folder / "master.log", "New state: ALIVE")
        for name in ("one", "two"):
            running.append(
                start(
                    name, f"{DEPLOY}.worker.Worker", "-h", "127.0.0.1", "-c", "1", "-m", "1g", "-d", str(folder / name),
                    "--webui-port", str(free_port()), address,
                )
            )  # fmt: skip
        wait_for(folder / "master.log", "Registering worker", 2)
        yield address
    finally:
        for process in reversed(running):
            process.terminate()
        for process in running:
            process.wait(20)
