"""Gateway and digester: acknowledged after the commit, de-duplicated and folded, on their page within a second."""

import json
import shutil
import statistics
import struct
import subprocess
import tempfile
import time
import urllib.parse
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

import psycopg

from bench import load
from bench.figures import Figure
from bench.load import Loaded
from guanxi.core import database
from tests.serving import Serving, post

CLIENTS = 16
BATCH = 20
SECONDS = 20
YARDSTICK_ROWS, YARDSTICK_COMMIT = 400_000, 5_000
DIGESTED, CUSTOMERS = 100_000, 20_000
STEADY_EVENTS = 1_000
PROBES = 40
_MESSAGE = (
    '{"type":"track","event":"Product Viewed","messageId":"%s-%d","userId":"u%d",'
    '"timestamp":"2026-11-01T10:00:00.123Z",'
    '"properties":{"product_id":"p%d","name":"Tent","category":"Outdoor","price":129.5,"quantity":1},'
    '"context":{"library":{"name":"analytics-python","version":"2.4.0"},'
    '"page":{"url":"https://shop.example/p/1","title":"Tent"},"ip":"10.0.0.1"}}'
)
_LUA = """
local key, batch, wait = os.getenv("KEY"), tonumber(os.getenv("BATCH")), tonumber(os.getenv("WAIT"))
local message, n, prefix = os.getenv("MESSAGE"), 0, ""
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Authorization"] = "Bearer " .. key
function init() prefix = string.format("%x", os.time() * 1000 + math.random(999)) end
function request()
  local parts = {}
  for i = 1, batch do n = n + 1; parts[i] = string.format(message, prefix, n, n % 20000, n % 997) end
  if batch == 1 then return wrk.format(nil, "/v1/track", nil, parts[1]) end
  local body = '{"sentAt":"2026-11-01T10:00:01Z","batch":[' .. table.concat(parts, ",") .. "]}"
  return wrk.format(nil, "/v1/batch", nil, body)
end
if wait > 0 then function delay() return wait end end
"""
_MAKE = """
from guanxi.core import foundation, services as core_services, viewers
from guanxi.core.tenancy import tenancy
from guanxi.touch import services
enterprise = foundation.found(slug="bench", name="Bench", currency="EUR")
viewer = viewers.for_process(enterprise.pk, "bench")
with tenancy(viewer):
    made = services.create_source(viewer=viewer, name="Bench")
    _key, api_key = core_services.issue_api_key(viewer=viewer, name="bench", scopes=["events.read"])
print(enterprise.pk, made.source.pk, made.text, api_key)
"""
_FILL = """
import json, sys
from guanxi.touch import inbox, segment
message, source, enterprise, first, last, people = json.loads(sys.stdin.read())
from uuid import UUID
owner = UUID(enterprise), UUID(source)
for start in range(first, last, 500):
    numbers = range(start, min(start + 500, last))
    items = [segment.read((message % ("d", n, n % people, n % 997)).encode()) for n in numbers]
    inbox.put(inbox.Arrival(*owner, inbox.real_now(), "bench", "batch"), items)
"""
# As `guanxi work` does it: the digester, and the one that helps out while much waits.
_DIGEST = """
import threading, time
from guanxi.cli import ground
from guanxi.touch import digester
ground.settle()
stop, started, rows = threading.Event(), time.monotonic(), digester.waiting()
parts = [threading.Thread(target=part, args=(stop,)) for part in (digester.run, digester.help_out)]
for part in parts:
    part.start()
while digester.waiting():
    time.sleep(0.05)
print(rows, time.monotonic() - started)
stop.set()
for part in parts:
    part.join()
"""


def run(scale: float) -> list[Figure]:
    """Yardsticks and figures in one run, on a cluster of their own with the disk under test."""
    load.need()
    seconds = max(3.0, SECONDS * scale)
    with _house() as house:
        return [*_gateway(house, seconds, scale), *_digester(house, scale), *_time_to_page(house, scale)]


class House(Serving):
    """A house on its own cluster, with a source."""

    def __init__(self, folder: Path) -> None:
        self.cluster = database.cluster_in(folder)
        self.cluster.ensure()
        super().__init__(
            {
                "GUANXI_DATA": str(folder),
                "GUANXI_DATABASE_URL": "",
                "GUANXI_LOG_LEVEL": "ERROR",
                "GUANXI_WEB_PROCESSES": "2",
                "GUANXI_WEB_THREADS": "4",
                "GUANXI_INBOX_LIMIT": "100000000",
            }
        )
        self.run("from guanxi.core import migrating; migrating.migrate(verbosity=0)")
        self.enterprise, self.source, self.key, self.api_key = self.run(_MAKE).split()

    def owner(self) -> psycopg.Connection[Any]:
        """A connection that may do anything here."""
        return psycopg.connect(self.cluster.address(), autocommit=True)

    def waiting(self) -> int:
        """Rows of the inbox."""
        with self.owner() as owner:
            row = owner.execute("SELECT count(*) FROM touch_inbox").fetchone()
        return int(row[0]) if row else 0

    def empty_inbox(self) -> None:
        """Begin anew."""
        with self.owner() as owner:
            owner.execute("TRUNCATE touch_inbox")
            owner.execute("CHECKPOINT")


@contextmanager
def _house() -> Iterator[House]:
    with tempfile.TemporaryDirectory(prefix="gx-bench-") as folder:
        house = House(Path(folder))
        try:
            yield house
        finally:
            house.stop()
            house.cluster.stop(mode="immediate")


def _gateway(house: House, seconds: float, scale: float) -> list[Figure]:
    house.start("web")
    house.wait_for_web()
    copied = _copy_rate(house, max(YARDSTICK_COMMIT * 4, int(YARDSTICK_ROWS * scale)))
    _send(house, 2, BATCH)
    house.empty_inbox()
    many = _send(house, seconds, BATCH)
    rate = house.waiting() / many.seconds
    # Think time between requests: with it, sixteen clients make half of the requests they can.
    wait = max(0.0, CLIENTS / (many.rate / 2) * 1000 - many.p50)
    half = _send(house, seconds, BATCH, wait=wait)
    house.empty_inbox()
    transactions = _pgbench(house, seconds)
    single = _send(house, seconds, 1)
    house.empty_inbox()
    errors = many.errors + half.errors + single.errors
    yardstick = f"COPY {copied:,.0f} rows/s"
    return [
        Figure("Batches of 20, acknowledged after the commit", rate, "events/s", yardstick=yardstick),
        Figure(
            "Batches of 20 against COPY in commits of 5,000",
            rate / copied,
            "× yardstick",
            0.35,
            yardstick=yardstick,
        ),
        Figure(
            "p99 of batches at half load",
            half.p99,
            "ms",
            50,
            "less",
            note=f"{half.rate * BATCH:,.0f} events/s",
        ),
        Figure(
            f"Single events, {CLIENTS} clients, against pgbench -N",
            single.rate / transactions,
            "× yardstick",
            0.5,
            yardstick=f"pgbench -N {transactions:,.0f} transactions/s",
            note=f"{single.rate:,.0f} requests/s, p99 {single.p99:.0f} ms",
        ),
        Figure("Requests that failed", errors, "requests", 0, "less"),
    ]


def _copy_rate(house: House, rows: int) -> float:
    """The yardstick: one connection, a table with key and two indexes, no row security, commits of 5,000."""
    body = (_MESSAGE % ("yardstick-of-copy", 1, 1, 1)).encode()
    fixed = struct.Struct("!hi16s i16s iq i16s")
    with house.owner() as owner:
        owner.execute("DROP TABLE IF EXISTS yardstick")
        owner.execute(
            "CREATE TABLE yardstick (id uuid PRIMARY KEY, enterprise uuid, at bigint, source uuid, body bytea)"
        )
        owner.execute("CREATE INDEX ON yardstick (enterprise, at); CREATE INDEX ON yardstick (source, at)")
        parts = []
        for commit in range(rows // YARDSTICK_COMMIT):
            lines = [b"PGCOPY\n\xff\r\n\0" + bytes(8)]
            for number in range(YARDSTICK_COMMIT):
                at = commit * YARDSTICK_COMMIT + number
                key = uuid.uuid4().bytes
                # In the order of COPY below: id, enterprise, at, source, body.
                lines.append(fixed.pack(5, 16, key, 16, bytes(16), 8, at, 16, bytes(16)))
                lines.append(struct.pack("!i", len(body)) + body)
            parts.append(b"".join([*lines, b"\xff\xff"]))
        started = time.monotonic()
        for part in parts:
            with owner.cursor() as cursor, cursor.copy("COPY yardstick FROM STDIN (FORMAT BINARY)") as copy:
                copy.write(part)
        taken = time.monotonic() - started
        owner.execute("DROP TABLE yardstick")
    return len(parts) * YARDSTICK_COMMIT / taken


def _pgbench(house: House, seconds: float) -> float:
    """Transactions a second of `pgbench -N` with as many clients, on the same cluster."""
    tool = shutil.which("pgbench") or str(database.tool_path("pgbench"))
    address = house.cluster.address(database="postgres")
    subprocess.run([tool, "-i", "-q", "-s", "10", address], check=True, capture_output=True)
    done = subprocess.run(
        [tool, "-N", "-c", str(CLIENTS), "-j", "2", "-T", str(int(seconds)), address],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    line = next(line for line in done.stdout.splitlines() if line.startswith("tps"))
    return float(line.split("=")[1].split()[0])


def _send(house: House, seconds: float, batch: int, wait: float = 0) -> Loaded:
    """All clients send batches; `wait` milliseconds between an answer and the next request."""
    known = {"KEY": house.key, "BATCH": str(batch), "WAIT": f"{wait:.0f}", "MESSAGE": _MESSAGE}
    return load.run(house.address, _LUA, known, clients=CLIENTS, seconds=seconds)


def _digester(house: House, scale: float) -> list[Figure]:
    """The customers are known already; a tenth of the messages come twice."""
    events, people = max(4_000, int(DIGESTED * scale)), max(1_000, int(CUSTOMERS * scale))
    _fill(house, 0, people, people)
    house.run(_DIGEST)
    _fill(house, people, people + events, people)
    _fill(house, people, people + events // 10, people)
    with house.owner() as owner:
        owner.execute("ANALYZE")
    rows, taken = map(float, house.run(_DIGEST).split())
    note = f"{rows:,.0f} messages of {people:,} customers, one worker"
    return [Figure("Digested: de-duplicated, resolved, folded", rows / taken, "events/s", 5_000, note=note)]


def _fill(house: House, first: int, last: int, people: int) -> None:
    given = json.dumps([_MESSAGE, house.source, house.enterprise, first, last, people])
    house.run(_FILL, given)


def _time_to_page(house: House, scale: float) -> list[Figure]:
    """From sending an event to reading it where a page reads it, told by the live process, under a steady rate."""
    house.start("live")
    house.start("work")
    house.wait_for_live()
    probes = max(8, int(PROBES * scale))
    wait = CLIENTS / (STEADY_EVENTS / BATCH) * 1000
    steady = Thread(target=_send, args=(house, probes * 0.5 + 6, BATCH, wait))
    steady.start()
    time.sleep(4)
    topic = f"{house.enterprise}:events:all"
    token = house.run(f"from guanxi.core import live; print(live.sign([{topic!r}]))")
    address = f"{house.live}/live/?topic={urllib.parse.quote(token)}"
    taken = []
    with urllib.request.urlopen(address, timeout=30) as stream:
        for number in range(probes):
            taken.append(_probe(house, stream, f"probe-{number}"))
            time.sleep(0.2)
    steady.join()
    note = f"steady rate of {STEADY_EVENTS:,} events/s; median {statistics.median(taken):.2f} s"
    worst = sorted(taken)[int(len(taken) * 0.99)]
    return [Figure("From sending to the page, p99", worst, "s", 1.0, "less", note=note)]


def _probe(house: House, stream: Any, name: str) -> float:
    started = time.monotonic()
    status = post(f"{house.address}/v1/track", {"userId": name, "event": name, "messageId": name}, house.key)
    assert status == 200, status
    while time.monotonic() - started < 30:
        line = stream.readline()
        if line.startswith(b"data:") and _is_there(house, name):
            return time.monotonic() - started
    raise TimeoutError("the event never came")


def _is_there(house: House, name: str) -> bool:
    request = urllib.request.Request(
        f"{house.address}/api/v1/events?type=track.{name.replace('-', '_')}&limit=1",
        headers={"Authorization": f"Bearer {house.api_key}"},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        return bool(json.load(answer)["items"])
