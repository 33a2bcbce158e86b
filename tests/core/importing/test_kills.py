"""The importing process is killed with signal 9 and nothing is lost or doubled."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from guanxi.core import viewers
from guanxi.core.identity import id_of
from guanxi.core.importing import plan, running, services
from guanxi.core.importing.models import Import, ImportBatch
from guanxi.core.models import Store
from guanxi.core.tenancy import tenancy

pytestmark = [pytest.mark.slow, pytest.mark.kills]
ROWS = 40_000
# So long that the file is read in a process of its own.
PADDING = " " + "x" * 60


def children(process):
    return [int(each) for each in Path(f"/proc/{process}/task/{process}/children").read_text().split()]


def runs(process):
    status = Path(f"/proc/{process}/stat")
    return status.exists() and ") Z " not in status.read_text()


def checkpoint(viewer):
    with tenancy(viewer):
        run = Import.objects.order_by("-id").first()
        return run.checkpoint if run else 0


def test_a_killed_import_goes_on_without_loss_or_double(fresh_database, tmp_path):
    viewer = viewers.for_process(id_of("enterprise", "shanhang"), "test")
    with tenancy(viewer):
        before = Store.objects.count()
    file = tmp_path / "stores.csv"
    file.write_text("code,name\n" + "".join(f"k{number},Store {number}{PADDING}\n" for number in range(ROWS)))
    addresses = {
        "GUANXI_DATABASE_URL": fresh_database,
        "GUANXI_OWNER_DATABASE_URL": fresh_database.replace("guanxi_app", "guanxi_owner"),
    }
    command = [
        sys.executable,
        "-m",
        "guanxi.cli",
        "import",
        str(file),
        "-e",
        "shanhang",
        "--target",
        "core.store",
        "--yes",
    ]
    process = subprocess.Popen(command, env=os.environ | addresses, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 120
    while not checkpoint(viewer) and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    readers = children(process.pid)
    process.send_signal(signal.SIGKILL)
    process.wait()
    with tenancy(viewer):
        run = Import.objects.order_by("-id").first()
        halfway = run.checkpoint
        services.resume(viewer, run.pk, defer=False)
    done = running.execute(viewer, run.pk)
    # Nobody fetches what the reader of the killed process has made, so it has ended too.
    assert len(readers) == 1
    assert not any(map(runs, readers))
    with tenancy(viewer):
        assert 0 < halfway < ROWS
        assert (done.creates, done.stored) == (ROWS, ROWS)
        assert Store.objects.count() == before + ROWS
        assert ImportBatch.objects.filter(run=run).count() == ROWS / plan.BATCH
