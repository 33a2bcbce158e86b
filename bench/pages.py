"""Pages and creating at a million customers and twenty million events: a closed loop of 4, the load on the same
two cores.

The time in the server is what it says itself of each answer (`Server-Timing`); what a client waits is more, for it may
wait behind another. CPU is that of the web processes, divided by pages.
"""

import http.client
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import psutil

from bench import generate, load
from bench.figures import Figure
from bench.load import Loaded

CLIENTS = 4
SECONDS = 20
MOST_MILLISECONDS = 60
MOST_CPU_MILLISECONDS = 15
LEAST_CREATES = 300
NAMES = ("张", "zs", "wang", "lxm", "李伟", "Müller", "costa", "outdoor", "ana sch", "陈静", "hh", "13800")


def run(scale: float) -> list[Figure]:
    """Make or find the data, start the server, go through the pages, then create against pgbench."""
    customers, events = max(2_000, int(1_000_000 * scale)), max(20_000, int(20_000_000 * scale))
    given = os.environ.get("GUANXI_BENCH_FOLDER")
    folder = Path(given) if given else generate.ready(customers, events)
    seconds = SECONDS * max(0.2, min(1.0, scale * 10))
    note = f"{customers:,} customers, {events:,} events"
    load.need()
    with Served(folder) as served:
        figures = []
        for name, addresses in served.pages().items():
            before = served.cpu()
            driven = served.drive(addresses, seconds)
            figures += _page_figures(name, driven, served.cpu() - before, note)
        return figures + _creating(served, seconds)


def _page_figures(name: str, driven: Loaded, cpu_seconds: float, note: str) -> list[Figure]:
    return [
        Figure(f"{name}: p95 in the server", driven.served95, "ms", MOST_MILLISECONDS, "less", note=note),
        Figure(f"{name}: p95 as {CLIENTS} clients wait for it", driven.p95, "ms"),
        Figure(
            f"{name}: median", driven.p50, "ms", note=f"{driven.rate:.0f} pages/s, {driven.errors} failed"
        ),
        Figure(
            f"{name}: CPU a page",
            1000 * cpu_seconds / max(driven.requests, 1),
            "ms",
            MOST_CPU_MILLISECONDS,
            "less",
        ),
    ]


def _creating(served: "Served", seconds: float) -> list[Figure]:
    """Creates by the API beside `pgbench -N` with as many clients, before and after."""
    before = served.pgbench(seconds / 2)
    before_cpu = served.cpu()
    driven = served.drive_creates(seconds)
    each = 1000 * (served.cpu() - before_cpu) / max(driven.requests, 1)
    after = served.pgbench(seconds / 2)
    yardstick = (before + after) / 2
    beside = f"pgbench -N, {CLIENTS} clients: {yardstick:,.0f}/s"
    return [
        Figure(
            "Creating customers by the API",
            driven.rate,
            "/s",
            LEAST_CREATES,
            yardstick=beside,
            note=f"{driven.errors} failed",
        ),
        Figure(
            "Creating against pgbench -N",
            driven.rate / max(yardstick, 1),
            "× yardstick",
            0.25,
            yardstick=beside,
        ),
        Figure("Creating: CPU each", each, "ms", note="of the web processes"),
    ]


class Served:
    """The data folder with its database and four web processes, and a signed-in client."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = _free_port()
        self.environment = os.environ | {
            "GUANXI_DATA": str(folder),
            "DJANGO_SETTINGS_MODULE": "guanxi.settings",
            "GUANXI_PORT": str(self.port),
            # Pages compute more than they wait: threads of one process would stand in each other's way.
            "GUANXI_WEB_PROCESSES": "4",
            "GUANXI_WEB_THREADS": "1",
            "GUANXI_LOG_LEVEL": "ERROR",
            # More than one key may ask by default: what the house can do is measured, not what it allows.
            "GUANXI_API_PER_MINUTE": "1000000",
            "GUANXI_ADDRESS": f"http://127.0.0.1:{self.port}",
        }

    def __enter__(self) -> "Served":
        told = subprocess.run(
            [sys.executable, "-c", _PREPARE],
            env=self.environment,
            check=True,
            stdout=subprocess.PIPE,
            text=True,
            cwd=generate.ROOT,
        )
        self.known: dict[str, Any] = json.loads(told.stdout.strip().splitlines()[-1])
        self.process = subprocess.Popen(
            [sys.executable, "-m", "guanxi.cli", "web"], env=self.environment, cwd=generate.ROOT
        )
        deadline = time.monotonic() + 90
        while time.monotonic() < deadline:
            try:
                self._get(http.client.HTTPConnection("127.0.0.1", self.port, timeout=30), "/desk/customers/")
                return self
            except OSError:
                time.sleep(0.3)
        raise TimeoutError("the web process did not come up")

    def __exit__(self, *_error: object) -> None:
        self.process.terminate()
        self.process.wait(30)

    def pages(self) -> Mapping[str, Sequence[str]]:
        """The addresses of each page: many customers, many names, several filters."""
        ids = self.known["customers"]
        lists = [
            "",
            "?sort=-spent",
            "?kind=firm",
            "?sort=-orders",
            "?seen=30&bought=yes",
            f"?store={self.known['store']}",
        ]
        return {
            "List": [f"/desk/customers/{query}" for query in lists],
            "Search": [f"/desk/customers/?q={_quoted(name)}" for name in NAMES],
            "One customer": [f"/desk/customers/{one}/" for one in ids],
            "Today": ["/desk/"],
        }

    def drive(self, addresses: Sequence[str], seconds: float) -> Loaded:
        """Four clients ask for the addresses in turn, each when it has its answer."""
        for address in addresses[:12]:
            self._get(http.client.HTTPConnection("127.0.0.1", self.port, timeout=60), address)
        known = {"ADDRESSES": "\n".join(addresses), "SESSION": self.known["session"]}
        return load.run(f"http://127.0.0.1:{self.port}", _LOOK, known, clients=CLIENTS, seconds=seconds)

    def drive_creates(self, seconds: float) -> Loaded:
        """Four machines make customers."""
        return load.run(
            f"http://127.0.0.1:{self.port}",
            _CREATE,
            {"KEY": self.known["key"], "MARK": str(int(time.time()))},
            clients=CLIENTS,
            seconds=seconds,
        )

    def pgbench(self, seconds: float) -> float:
        """Simple updates a second with as many clients, in a database of its own on the same server."""
        from guanxi.core import database  # noqa: PLC0415  # settings wait for the folder

        cluster = database.cluster_in(self.folder)
        program = str(database.tool_path("pgbench"))
        where = ["-h", "127.0.0.1", "-p", str(cluster.port), "-U", "postgres"]
        create = ["psql", *where, "-d", "postgres", "-qc", "CREATE DATABASE pgbench"]
        if subprocess.run(create, check=False, capture_output=True).returncode == 0:
            subprocess.run(
                [program, *where, "-i", "-s", "20", "-q", "pgbench"], check=True, capture_output=True
            )
        asked = [
            program,
            *where,
            "-N",
            "-n",
            "-c",
            str(CLIENTS),
            "-j",
            "2",
            "-T",
            str(max(3, int(seconds))),
            "pgbench",
        ]
        told = subprocess.run(asked, check=True, capture_output=True, text=True)
        found = re.search(r"tps = ([\d.]+)", told.stdout)
        return float(found[1]) if found else 0.0

    def _get(self, connection: http.client.HTTPConnection, address: str) -> int:
        connection.request(
            "GET", address, headers={"Cookie": f"sessionid={self.known['session']}", "Accept-Language": "en"}
        )
        answer = connection.getresponse()
        answer.read()
        return answer.status

    def cpu(self) -> float:
        """Seconds of CPU that the web processes have taken."""
        root = psutil.Process(self.process.pid)
        times = [each.cpu_times() for each in (root, *root.children(recursive=True))]
        return sum(each.user + each.system for each in times)


#: Without a session the answer would be the way to the sign-in.
_LOOK = """
local addresses, n = {}, 0
for address in os.getenv("ADDRESSES"):gmatch("[^\\n]+") do table.insert(addresses, address) end
wrk.headers["Cookie"] = "sessionid=" .. os.getenv("SESSION")
wrk.headers["Accept-Language"] = "en"
wrong, taken = 0, ""
function request()
  n = n + 1
  return wrk.format(nil, addresses[n % #addresses + 1])
end
function response(status, headers)
  if status ~= 200 then wrong = wrong + 1 end
  taken = taken .. " " .. (headers["Server-Timing"] or headers["server-timing"] or ""):match("dur=([%d.]+)")
end
"""

_CREATE = """
local key, mark, n = os.getenv("KEY"), os.getenv("MARK"), 0
local said = '{"name":"新客 %s %d","source_key":"api-%s-%d",' ..
  '"identifiers":[{"kind":"email","value":"n%s.%d@bench.example"}]}'
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Authorization"] = "Bearer " .. key
function request()
  n = n + 1
  return wrk.format(nil, "/api/v1/customers", nil, string.format(said, mark, n, mark, n, mark, n))
end
"""

#: Runs with the folder's settings: starts the server, brings it up to date, signs in, and says what to ask for.
_PREPARE = """
import json, os
from pathlib import Path
from guanxi.core import database
database.cluster_in(Path(os.environ["GUANXI_DATA"])).ensure()
import django
django.setup()
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from importlib import import_module
from guanxi.core import migrating, services, viewers
from guanxi.core.middleware import SESSION_ENTERPRISE
from guanxi.core.models import Account, Store
from guanxi.core.tenancy import tenancy
from guanxi.core.viewer import RIGHTS
from guanxi.people.models import Profile
from bench import generate
migrating.migrate(verbosity=0)
account = Account.objects.get(email=generate.EMAIL)
viewer = viewers.for_staff(account.pk)
session = import_module(settings.SESSION_ENGINE).SessionStore()
session[SESSION_KEY], session[BACKEND_SESSION_KEY] = str(account.pk), settings.AUTHENTICATION_BACKENDS[0]
session[HASH_SESSION_KEY], session[SESSION_ENTERPRISE] = account.get_session_auth_hash(), str(viewer.enterprise_id)
session.save()
with tenancy(viewer):
    _key, key = services.issue_api_key(viewer=viewer, name="bench", scopes=sorted(RIGHTS))
    busy = list(Profile.objects.order_by("-last_seen_at").values_list("pk", flat=True)[:100])
    others = list(Profile.objects.order_by("pk").values_list("pk", flat=True)[:300:3])
    store = Store.objects.order_by("pk").first().pk
print(json.dumps({"session": session.session_key, "key": key, "store": str(store),
"customers": [str(one) for one in busy + others]}))
"""


def _quoted(text: str) -> str:
    return "".join(f"%{byte:02X}" for byte in text.encode())


def _free_port() -> int:
    import socket  # noqa: PLC0415

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
