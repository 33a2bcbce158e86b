"""Real processes of the house in front of a database, for tests that need more than a test client."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

START_SECONDS = 90
_DJANGO = "import django; django.setup()\n"


def free_port() -> int:
    """A port of the loopback interface that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


class Serving:
    """A house whose processes can be started, ended and killed one by one."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.port, self.live_port = free_port(), free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.live = f"http://127.0.0.1:{self.live_port}"
        self.environment = {
            **os.environ,
            "GUANXI_PORT": str(self.port),
            "GUANXI_LIVE_PORT": str(self.live_port),
            "GUANXI_ADDRESS": self.address,
            "DJANGO_SETTINGS_MODULE": "guanxi.settings",
            "PYTHONWARNINGS": "ignore",
            **environment,
        }
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str) -> None:
        """Start `web`, `live` or `work`."""
        self.processes[name] = subprocess.Popen(
            [sys.executable, "-m", "guanxi.cli", name], env=self.environment, start_new_session=True
        )

    def kill(self, name: str) -> None:
        """End a process and its children as a power cut would."""
        process = self.processes.pop(name)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(20)

    def stop(self) -> None:
        """End all processes in good order."""
        for process in self.processes.values():
            process.terminate()
        for process in self.processes.values():
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)

    def wait_for_web(self) -> None:
        """Return when the gateway answers anything."""
        self._wait(f"{self.address}/v1/track")

    def wait_for_live(self) -> None:
        """Return when the live process hears of changes."""
        self._wait(f"{self.live}/live/health", accepted=(200,))

    def run(self, code: str, given: str = "") -> str:
        """Run Python code of the house in a process of its own, with a text on its input; what it prints."""
        done = subprocess.run(
            [sys.executable, "-c", _DJANGO + code],
            env=self.environment,
            check=False,
            capture_output=True,
            text=True,
            input=given,
        )
        if done.returncode:
            raise RuntimeError(done.stderr)
        return done.stdout.strip()

    def _wait(self, address: str, accepted: tuple[int, ...] = ()) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            try:
                status = urllib.request.urlopen(address, timeout=5).status
            except urllib.error.HTTPError as error:
                status = error.code
            except OSError:
                status = 0
            if status in accepted or (status and not accepted):
                return
            time.sleep(0.2)
        raise TimeoutError(f"nothing answers at {address}")


@contextmanager
def serving(address: str, *names: str, **environment: str) -> Iterator[Serving]:
    """Processes of the house on the database at `address` (as the application role)."""
    house = Serving({"GUANXI_DATABASE_URL": address, **environment})
    try:
        for name in names:
            house.start(name)
        if "web" in names:
            house.wait_for_web()
        if "live" in names:
            house.wait_for_live()
        yield house
    finally:
        house.stop()


def post(address: str, body: Any, key: str, timeout: float = 10) -> int:
    """Send JSON to the gateway; the status of the answer, 0 where there was none."""
    request = urllib.request.Request(
        address,
        json.dumps(body).encode(),
        {"Content-Type": "application/json", "Authorization": f"Bearer {key}"},
    )
    try:
        with urllib.request.urlopen(request, timeout=timeout) as answer:
            status: int = answer.status
            return status
    except urllib.error.HTTPError as error:
        return error.code
    except (OSError, ValueError):
        return 0


NODE = Path(sys.executable).parent / "node"
