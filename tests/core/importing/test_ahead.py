"""A long file is read in a process of its own: it ends with the run, and when it dies the run says so and can go on."""

import os
import signal
import time
from contextlib import closing
from pathlib import Path

import pytest

from guanxi.core.importing import ahead, plan, reading, running, services, shelf, targets, values
from guanxi.core.importing.models import Import, State
from guanxi.core.tenancy import tenancy

pytestmark = pytest.mark.slow
ROWS = 24_000
SIZE = 2_000


@pytest.fixture(autouse=True)
def every_file_is_long(tmp_path, monkeypatch):
    monkeypatch.setattr(ahead, "LONG", 0)
    monkeypatch.setattr(shelf, "folder", lambda: tmp_path)


@pytest.fixture
def begun(chen):
    """An import of many stores, one of them without a code."""
    lines = "".join(f"m{number},Store {number} {'x' * 60}\n" for number in range(ROWS - 1))
    with tenancy(chen):
        run = services.receive(chen, name="s.csv", chunks=[f"code,name\n{lines},No code\n".encode()])
        return services.begin(chen, run.pk, dry=False, defer=False)


def children():
    """The processes that this one has started and that still run."""
    return [
        int(each)
        for task in Path("/proc/self/task").iterdir()
        for each in (task / "children").read_text().split()
        if b"guanxi.core.importing.child" in Path(f"/proc/{each}/cmdline").read_bytes()
    ]


def test_a_long_file_comes_in_as_a_short_one_does(chen, begun):
    seen = set()
    done = running.execute(chen, begun.pk, size=SIZE, report=lambda _run: seen.update(children()))
    assert (done.state, done.creates, done.rejects, done.stored) == (State.DONE, ROWS - 1, 1, ROWS - 1)
    assert (len(seen), children()) == (1, [])


def test_a_process_that_dies_fails_the_run_and_the_run_goes_on_without_loss_or_double(chen, begun):
    def kill(_run):
        for child in children():
            os.kill(child, signal.SIGKILL)

    with pytest.raises(ahead.Lost):
        running.execute(chen, begun.pk, size=SIZE, report=kill)
    with tenancy(chen):
        failed = Import.objects.get(pk=begun.pk)
        services.resume(chen, begun.pk, defer=False)
    assert (failed.state, "Resume" in failed.error) == (State.FAILED, True)
    assert SIZE <= failed.creates < ROWS - 1
    done = running.execute(chen, begun.pk, size=SIZE)
    assert (done.state, done.creates, done.rejects, done.stored) == (State.DONE, ROWS - 1, 1, ROWS - 1)


def test_a_run_that_is_stopped_leaves_no_process(chen, begun):
    def stop(_run):
        with tenancy(chen):
            services.stop(chen, begun.pk)

    stopped = running.execute(chen, begun.pk, size=SIZE, report=stop)
    assert (stopped.state, stopped.creates, children()) == (State.STOPPED, SIZE, [])


def task(path, **layout):
    return ahead.Task(
        path=path,
        layout=reading.Layout(**layout),
        mapping={"code": "code"},
        fields={"code": targets.TargetField("code")},
        habits=values.Habits(),
        match=(),
        after=0,
        size=SIZE,
        prepare=None,
    )


def test_what_is_wrong_with_the_file_is_told_in_the_words_of_the_reader(tmp_path):
    path = tmp_path / "damaged.parquet"
    path.write_bytes(b"PAR1 and nothing after it")
    with pytest.raises(reading.Unreadable, match="This Parquet file is damaged"):
        next(ahead.batches(task(path, format="parquet")))
    assert children() == []


def test_a_fault_of_ours_is_an_error_and_no_end_of_the_file(tmp_path, monkeypatch):
    monkeypatch.setattr(ahead, "HEAD_START", 0)
    path = tmp_path / "fine.csv"
    path.write_text("code\na\n")
    with pytest.raises(ahead.Lost, match="LookupError"):
        next(ahead.batches(task(path, encoding="klingon")))


def test_a_short_file_starts_no_process(tmp_path, monkeypatch):
    monkeypatch.setattr(ahead, "LONG", 1_000)
    path = tmp_path / "short.csv"
    path.write_text("code\na\n")
    with closing(ahead.batches(task(path))) as batches:
        first = next(batches)
        assert (first.numbers, children()) == ([2], [])


def test_a_batch_that_nobody_fetches_keeps_the_process_waiting_and_not_running_on(tmp_path, monkeypatch):
    monkeypatch.setattr(ahead, "HEAD_START", 0)
    path = tmp_path / "long.csv"
    path.write_text("code\n" + f"{'x' * 50}\n" * 200_000)
    with closing(ahead.batches(task(path))) as batches:
        first = next(batches)
        time.sleep(1)
        (child,) = children()
        before = Path(f"/proc/{child}/stat").read_text().split()[13]
        time.sleep(0.5)
        after = Path(f"/proc/{child}/stat").read_text().split()[13]
    assert (type(first), before) == (plan.Batch, after)
    assert children() == []
