"""Import: the whole retailer, and a file of a million customers, through the engine that pages, API and command use.

Each trial runs in a process of its own with a database of its own, as `guanxi import` does, and that one starts another
that reads for it: memory is the greatest resident size of both, added, and processor time that of both. The retailer's
time holds receiving, converting, storing, the events of every order and the check of what is stored; turning the
package's Parquet into import files is not in it.
"""

import csv
import json
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from itertools import islice
from pathlib import Path
from typing import Any

from bench.figures import Figure
from bench.generate import FAMILIES, FIRST, GIVEN, LAST

ROOT = Path(__file__).resolve().parent.parent
CUSTOMERS = 1_000_000
SEED = 7


def run(scale: float) -> list[Figure]:
    """The figures of the two bars."""
    retailer = trial("retailer", scale)
    customers = trial("customers", scale)
    lines = f"{retailer['rows']:,} rows in {len(retailer['parts'])} files"
    people = f"{customers['rows']:,} customers with name, e-mail, telephone and store"
    parts = ", ".join(f"{name} {seconds:.0f} s" for name, seconds in retailer["parts"].items())
    return [
        Figure(
            "Import of the whole retailer, with checks", retailer["seconds"], "s", 90, "less", parts, lines
        ),
        Figure(
            "of it, processor time of the importing processes",
            retailer["processor"],
            "s",
            better="less",
            note=lines,
        ),
        Figure("Import of customers from CSV", customers["seconds"], "s", 180, "less", note=people),
        Figure(
            "of it, processor time of the importing processes",
            customers["processor"],
            "s",
            better="less",
            note=people,
        ),
        Figure("Memory of the importing processes", customers["memory"], "MB", 600, "less", note=people),
        Figure("Rows a second", customers["rows"] / customers["seconds"], "rows/s", note=people),
    ]


def trial(name: str, scale: float) -> dict[str, Any]:
    """One trial in a fresh data folder."""
    folder = Path(tempfile.mkdtemp(prefix="gx-"))
    environment = os.environ | {"GUANXI_DATA": str(folder), "DJANGO_SETTINGS_MODULE": "guanxi.settings"}
    command = [sys.executable, "-m", "bench.imports", name, str(scale)]
    try:
        said = subprocess.run(
            command, env=environment, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True
        )
        found: dict[str, Any] = json.loads(said.stdout.splitlines()[-1])
        return found
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main(name: str, scale: float) -> None:
    """Inside the trial's process: make ready, time, tell."""
    from guanxi import settings  # noqa: PLC0415  the trial's settings stand only now
    from guanxi.cli import ground  # noqa: PLC0415
    from guanxi.core import database  # noqa: PLC0415

    ground.set_up_with_database()
    try:
        from guanxi.core import migrating  # noqa: PLC0415  needs Django

        migrating.migrate(verbosity=0)
        told = retailer(scale) if name == "retailer" else customers(scale)
        whose = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
        told["memory"] = sum(resource.getrusage(each).ru_maxrss for each in whose) / 1000
        print(json.dumps(told))
    finally:
        database.cluster_in(settings.configuration.data).stop()


def retailer(scale: float) -> dict[str, Any]:
    """Every file of the demonstration's retailer."""
    from demo import loading, staff  # noqa: PLC0415
    from demo import retailer as files  # noqa: PLC0415
    from guanxi.core import foundation, viewers  # noqa: PLC0415
    from guanxi.settings import configuration  # noqa: PLC0415

    made = foundation.found(
        slug=staff.SLUG, name=loading.NAME, currency="USD", zone="America/New_York", clock=loading.CLOCK
    )
    viewer = viewers.for_process(made.pk, "bench")
    loading.define_fields(viewer)
    paths = files.write(configuration.data / "demonstration")
    if scale < 1:
        shorten(paths["order-lines"], scale)
    parts: dict[str, float] = {}
    rows, processor = 0, _processor()
    for part in files.PARTS:
        started = time.monotonic()
        done = loading.bring_in(viewer, part, paths[part.name])
        parts[part.name] = time.monotonic() - started
        rows += done.stored or 0
    return {
        "rows": rows,
        "seconds": sum(parts.values()),
        "parts": parts,
        "processor": _processor() - processor,
    }


def _processor() -> float:
    """Seconds of this process and of those it has seen the end of."""
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


def customers(scale: float) -> dict[str, Any]:
    """A file of invented customers."""
    from guanxi.core import foundation, viewers  # noqa: PLC0415
    from guanxi.core.importing import running, services, shelf  # noqa: PLC0415
    from guanxi.core.tenancy import tenancy  # noqa: PLC0415
    from guanxi.settings import configuration  # noqa: PLC0415

    count = round(CUSTOMERS * scale)
    made = foundation.found(slug="bench", name="Bench", currency="CNY", zone="Asia/Shanghai", country="CN")
    for number in range(20):
        foundation.open_store(enterprise_id=made.pk, code=f"s{number}", name=f"Store {number}")
    viewer = viewers.for_process(made.pk, "bench")
    path = configuration.data / "customers.csv"
    write_customers(path, count)
    started, processor = time.monotonic(), _processor()
    with tenancy(viewer):
        received = services.receive(
            viewer, name=path.name, chunks=shelf.chunks_of(path), target="people.customer"
        )
        services.begin(viewer, received.pk, dry=False, defer=False)
    done = running.execute(viewer, received.pk)
    seconds = time.monotonic() - started
    if done.stored != count:
        raise RuntimeError(
            f"{done.stored} of {count} customers are stored: {done.state}, {done.error or done.reasons}"
        )
    return {"rows": count, "seconds": seconds, "processor": _processor() - processor}


def write_customers(path: Path, count: int) -> None:
    """The file: the same one each time."""
    chance = random.Random(SEED)
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["Customer ID", "Name", "E-mail", "Mobile", "Store", "Known since"])
        for number in range(count):
            name = (
                chance.choice(FAMILIES) + chance.choice(GIVEN) + chance.choice(GIVEN)
                if chance.random() < 0.7
                else f"{chance.choice(FIRST)} {chance.choice(LAST)}"
            )
            day = f"20{chance.randint(10, 25)}-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}"
            writer.writerow(
                [
                    f"c-{number}",
                    name,
                    f"c{number}@mail.example",
                    f"138{number:08}",
                    f"s{chance.randint(0, 19)}",
                    day,
                ]
            )


def shorten(path: Path, scale: float) -> None:
    """Keep the first part of a file."""
    with path.open() as file:
        total = sum(1 for _line in file)
        file.seek(0)
        kept = list(islice(file, 1 + round(total * scale)))
    path.write_text("".join(kept))


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]))
