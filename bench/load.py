"""A closed loop of clients, driven by `wrk`: it takes a tenth of the CPU that a loop in Python would take from the two
cores that the house has to share with it, as little as `pgbench` takes for the yardstick."""

import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass

_DONE = """
local crew = {}
function setup(thread) table.insert(crew, thread) end
function done(summary, latency)
  local e, wrong = summary.errors, 0
  for _, thread in ipairs(crew) do wrong = wrong + (thread:get("wrong") or 0) end
  local taken = {}
  for _, thread in ipairs(crew) do
    for each in (thread:get("taken") or ""):gmatch("%S+") do table.insert(taken, tonumber(each)) end
  end
  table.sort(taken)
  print(string.format("RESULT %d %d %d %.3f %.3f %.3f %.3f", summary.requests, summary.duration,
    wrong + e.status + e.connect + e.read + e.write + e.timeout,
    latency:percentile(50) / 1000, latency:percentile(95) / 1000, latency:percentile(99) / 1000,
    taken[math.ceil(0.95 * #taken)] or 0))
end
"""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What the clients saw; times of answers in milliseconds.

    Attributes:
        served95: The 95th percentile of what the server says an answer took (`Server-Timing`); 0 where nobody asked.
    """

    requests: int
    seconds: float
    errors: int
    p50: float
    p95: float
    p99: float
    served95: float

    @property
    def rate(self) -> float:
        """Requests a second."""
        return self.requests / self.seconds


def need() -> None:
    """Say so where the program is missing."""
    if shutil.which("wrk") is None:
        raise SystemExit("wrk is missing: apt-get install -y wrk")


def run(address: str, script: str, known: Mapping[str, str], *, clients: int, seconds: float) -> Loaded:
    """Have `clients` ask for as long, each when it has its answer.

    Args:
        script: Lua that makes a request; it reads what it must know with `os.getenv`, and may count in `wrong` answers
            that are not what was asked for though their status is no error, and put into `taken` (a text of numbers
            with spaces between) what the server says an answer took.
        known: What it must know.
    """
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as file:
        file.write(script + _DONE)
        file.flush()
        done = subprocess.run(
            ["wrk", "-t1", f"-c{clients}", f"-d{seconds:.0f}s", "--timeout", "10s", "-s", file.name, address],
            env=dict(known), check=True, capture_output=True, text=True,
        )  # fmt: skip
    line = next(line for line in done.stdout.splitlines() if line.startswith("RESULT"))
    requests, micros, errors, *milliseconds = line.split()[1:]
    return Loaded(int(requests), int(micros) / 1e6, int(errors), *map(float, milliseconds))
