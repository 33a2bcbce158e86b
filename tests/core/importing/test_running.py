"""A run counts what is stored, goes on after a kill, sets bad rows aside and can be undone."""

import csv
from contextlib import suppress

import pytest

from guanxi.core import jobs
from guanxi.core.errors import DomainError, NotAllowed, NotFound
from guanxi.core.importing import queries, running, services, shelf, targets
from guanxi.core.importing.models import Import, ImportBatch, State
from guanxi.core.models import Store
from guanxi.core.tenancy import tenancy
from guanxi.settings import configuration


@pytest.fixture(autouse=True)
def own_shelf(tmp_path, monkeypatch):
    """A folder of the test's own: files are swept away here, and other workers have theirs on the common shelf."""
    monkeypatch.setattr(shelf, "folder", lambda: tmp_path)


STORES = """store id,store name,timezone
n1,North,Asia/Shanghai
n2,South,
n3,West,Nowhere/City
,No code,
nanjing,Nanjing Road,
"""


def receive(viewer, text, **options):
    with tenancy(viewer):
        return services.receive(viewer, name="stores.csv", chunks=[text.encode()], **options)


def run(viewer, import_id, *, dry=False, **options):
    with tenancy(viewer):
        services.begin(viewer, import_id, dry=dry, defer=False)
    return running.execute(viewer, import_id, **options)


def codes(viewer):
    with tenancy(viewer):
        return set(Store.objects.values_list("code", flat=True))


def lines(viewer, found):
    text = "".join(queries.outcome_lines(viewer, found)).removeprefix("\ufeff")
    return list(csv.reader(text.splitlines()))


def counts(found):
    return found.creates, found.updates, found.unchanged, found.conflicts, found.rejects


@pytest.fixture
def received(chen):
    return receive(chen, STORES)


def test_a_file_proposes_its_target_and_mapping(received):
    assert received.target == "core.store"
    assert received.mapping == {"store id": "code", "store name": "name", "timezone": "zone"}
    assert received.match == ["code"]


def test_a_dry_run_counts_and_writes_nothing(chen, received):
    before = codes(chen)
    checked = run(chen, received.pk, dry=True)
    assert (checked.state, counts(checked)) == (State.CHECKED, (2, 0, 1, 0, 2))
    assert codes(chen) == before


def test_a_run_stores_what_it_counts(chen, received):
    done = run(chen, received.pk)
    assert (done.state, counts(done)) == (State.DONE, (2, 0, 1, 0, 2))
    assert done.stored == done.creates + done.updates + done.unchanged
    assert {"n1", "n2"} <= codes(chen)


def test_a_dry_run_may_be_followed_by_the_run(chen, received):
    run(chen, received.pk, dry=True)
    assert counts(run(chen, received.pk)) == (2, 0, 1, 0, 2)


def test_the_outcome_file_has_one_line_a_row(chen, received):
    found = lines(chen, run(chen, received.pk))
    assert [(line[0], line[1]) for line in found[1:]] == [
        ("2", "create"), ("3", "create"), ("4", "reject"), ("5", "reject"), ("6", "unchanged"),
    ]  # fmt: skip
    assert found[3][3] == "There is no time zone of this name."
    assert found[4][3] == "Code: is missing"


def test_bad_rows_come_back_for_mending_and_go_in_mended(chen, received):
    done = run(chen, received.pk)
    with tenancy(chen):
        text = "".join(queries.mending_lines(chen, done))
    mended = receive(chen, text.replace("Nowhere/City", "Asia/Shanghai").replace(",No code", "n4,No code"))
    assert mended.mapping == received.mapping
    assert counts(run(chen, mended.pk)) == (2, 0, 0, 0, 0)


def test_reasons_are_counted(chen, received):
    assert run(chen, received.pk).reasons == {"There is no time zone of this name.": 1, "Code: is missing": 1}


def test_the_same_file_again_changes_nothing(chen, received):
    run(chen, received.pk)
    assert counts(run(chen, receive(chen, STORES).pk)) == (0, 0, 3, 0, 2)


def many(count):
    return "code,name\n" + "".join(f"m{number},Store {number}\n" for number in range(count))


class Killed(BaseException):
    """Like a kill: nothing of ours catches it."""


def killed_after(batches):
    seen = []

    def report(found):
        seen.append(found.checkpoint)
        if len(seen) == batches:
            raise Killed

    return report


def test_a_killed_run_goes_on_without_loss_or_double(chen):
    received = receive(chen, many(100))
    with pytest.raises(Killed):
        run(chen, received.pk, size=10, report=killed_after(4))
    with tenancy(chen):
        halfway = Import.objects.get(pk=received.pk)
        services.resume(chen, received.pk, defer=False)
    assert (halfway.state, halfway.checkpoint, halfway.creates) == (State.RUNNING, 41, 40)
    done = running.execute(chen, received.pk, size=10)
    assert (done.state, counts(done), done.stored) == (State.DONE, (100, 0, 0, 0, 0), 100)
    assert [line[0] for line in lines(chen, done)[1:]] == [str(number) for number in range(2, 102)]


def test_a_kill_inside_a_batch_leaves_nothing_of_it(chen):
    received = receive(chen, many(20))
    target = targets.get("core.store")
    with tenancy(chen):
        services.begin(chen, received.pk, dry=False, defer=False)
    with pytest.raises(Killed):
        running.execute(chen, received.pk, size=10, report=killed_after(1))
    with suppress(Killed), tenancy(chen):
        found = Import.objects.get(pk=received.pk)
        target.apply_batch(chen, [targets.Row(12, {"code": "x"})], run_id=found.pk, dry=False)
        Import.objects.filter(pk=found.pk).update(checkpoint=12)
        raise Killed
    assert running.execute(chen, received.pk, size=10).creates == 20
    assert "x" not in codes(chen)


def test_two_processes_cannot_run_the_same_import(chen):
    received = receive(chen, many(30))
    with tenancy(chen):
        services.begin(chen, received.pk, dry=False, defer=False)
    rivals = []

    def rival(found):
        if not rivals:
            rivals.append(running.execute(chen, received.pk, size=10))

    running.execute(chen, received.pk, size=10, report=rival)
    assert (rivals[0].state, counts(rivals[0])) == (State.DONE, (30, 0, 0, 0, 0))
    with tenancy(chen):
        assert ImportBatch.objects.filter(run=received).count() == 3
        assert Import.objects.get(pk=received.pk).creates == 30


def test_a_stopped_run_keeps_what_it_wrote_and_goes_on(chen):
    received = receive(chen, many(30))

    def stop(found):
        if found.checkpoint == 11:
            with tenancy(chen):
                services.stop(chen, received.pk)

    stopped = run(chen, received.pk, size=10, report=stop)
    assert (stopped.state, stopped.creates) == (State.STOPPED, 10)
    with tenancy(chen):
        services.resume(chen, received.pk, defer=False)
    assert running.execute(chen, received.pk, size=10).stored == 30


def test_a_repeated_row_counts_once_in_a_dry_run(chen):
    received = receive(chen, "code,name\n" + "a,A\n" * 25)
    assert counts(run(chen, received.pk, dry=True, size=10))[0] == 1


def test_undo_takes_back_what_was_created_and_restores_what_was_changed(chen, received):
    before = codes(chen)
    run(chen, received.pk)
    renamed = receive(chen, "code,name\nnanjing,Renamed\n")
    run(chen, renamed.pk)
    for import_id in (renamed.pk, received.pk):
        with tenancy(chen):
            services.begin_undo(chen, import_id, defer=False)
        undone = running.execute(chen, import_id)
        assert (undone.state, undone.refused) == (State.UNDONE, 0)
    assert codes(chen) == before
    with tenancy(chen):
        assert Store.objects.get(code="nanjing").name == "Nanjing Road"


def test_undo_leaves_rows_that_changed_since_and_says_which(chen, received):
    run(chen, received.pk)
    with tenancy(chen):
        Store.objects.filter(code="n1").update(name="Changed by hand")
        services.begin_undo(chen, received.pk, defer=False)
    undone = running.execute(chen, received.pk)
    assert (undone.undone, undone.refused) == (1, 1)
    assert {"n1"} == codes(chen) & {"n1", "n2"}
    assert lines(chen, undone)[1][4:] == ["refused", "changed since the import"]


def test_an_import_is_undone_once(chen, received):
    run(chen, received.pk)
    with tenancy(chen):
        services.begin_undo(chen, received.pk, defer=False)
    running.execute(chen, received.pk)
    with tenancy(chen), pytest.raises(services.NothingToUndo):
        services.begin_undo(chen, received.pk, defer=False)


def test_the_database_refuses_one_row_and_keeps_the_others(chen, monkeypatch):
    received = receive(chen, many(9) + "bad,Bad\n")
    careful = targets.get("core.store")
    with tenancy(chen):
        rows = [
            targets.Row(number, {"code": f"k{number}", "name": "K" * (300 if number == 7 else 3)})
            for number in range(2, 12)
        ]
        numbers = [row.number for row in rows]
        outcomes = running.apply_carefully(chen, careful, rows, numbers, run_id=received.pk, dry=False)
    assert [one.number for one in outcomes if one.action == "reject"] == [7]
    assert "k8" in codes(chen)
    assert "k7" not in codes(chen)


def test_an_import_is_seen_by_its_own_enterprise_only(chen, bea, received):
    with tenancy(bea), pytest.raises(NotFound):
        queries.import_for(bea, received.pk)


def test_a_role_without_the_right_is_refused_and_nothing_is_kept(mei):
    with tenancy(mei), pytest.raises(NotAllowed):
        services.receive(mei, name="x.csv", chunks=[b"code\n1\n"])
    with tenancy(mei):
        assert not Import.objects.exists()


def test_a_file_that_cannot_be_read_is_not_kept(chen):
    before = list(shelf.folder().glob("*/*"))
    with pytest.raises(DomainError):
        receive(chen, "")
    assert list(shelf.folder().glob("*/*")) == before


def test_uploads_are_readable_by_the_installation_alone(chen, received):
    path = services.file_of(received)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o077 == 0


def test_old_uploads_are_deleted(chen, received):
    assert shelf.sweep(configuration.upload_days) == 0
    assert shelf.sweep(-1) >= 1
    with tenancy(chen), pytest.raises(services.FileGone):
        services.begin(chen, received.pk, dry=True, defer=False)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"mapping": {"store id": "nothing"}}, "no field"),
        ({"mapping": {"colour": "code"}}, "no column"),
        ({"mapping": {"store name": "name"}}, "Code"),
        ({"mapping": {"store id": "code", "store name": "code"}}, "Two columns"),
        ({"mapping": {}}, "Code"),
        ({"match": ["zone"]}, "Cannot match"),
        ({"habits": {"date_order": "DYM"}}, "YMD"),
        ({"habits": {"zone": "Mars/Base"}}, "time zone"),
        ({"target": "core.moon"}, "core.store"),
        ({"layout": {"encoding": "klingon"}}, "klingon"),
    ],
)
def test_a_configuration_that_cannot_work_is_refused_with_the_reason(chen, received, changes, why):
    with tenancy(chen), pytest.raises(DomainError, match=why):
        services.configure(chen, received.pk, **changes)


def test_another_layout_makes_a_new_proposal(chen):
    received = receive(chen, "code;name\na;A\n", layout={"delimiter": ","}, target="core.store")
    with tenancy(chen):
        again = services.configure(chen, received.pk, layout={"delimiter": ";"})
    assert again.mapping == {"code": "code", "name": "name"}


def test_an_import_begins_as_a_job_of_the_worker(chen, received):
    with tenancy(chen):
        services.begin(chen, received.pk, dry=True)
    jobs.run("core.import", tenant_id=str(chen.enterprise_id), import_id=str(received.pk))
    with tenancy(chen):
        assert Import.objects.get(pk=received.pk).state == State.CHECKED


def test_only_what_wrote_nothing_can_be_discarded(chen, received):
    with tenancy(chen):
        services.discard(chen, received.pk)
        assert not Import.objects.filter(pk=received.pk).exists()
    done = receive(chen, STORES)
    run(chen, done.pk)
    with tenancy(chen), pytest.raises(services.Busy):
        services.discard(chen, done.pk)
