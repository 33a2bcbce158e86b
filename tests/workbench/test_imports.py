"""A file goes through the pages: uploaded, explained, tried, brought in, taken back."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from guanxi.core.importing import running
from guanxi.core.importing.models import Import, State
from guanxi.core.models import Store
from guanxi.core.tenancy import tenancy

STORES = "store id,store name\nn1,North\nn2,\n,Nameless\n"


def upload(client, text=STORES, name="stores.csv", **data):
    file = SimpleUploadedFile(name, text if isinstance(text, bytes) else text.encode())
    return client.post(reverse("desk:imports"), {"file": file, "target": "", **data})


def the_import(viewer):
    with tenancy(viewer):
        return Import.objects.latest("created_at", "id")


def columns(run, **changes):
    layout = run.layout
    data = {
        "target": run.target,
        "encoding": layout["encoding"],
        "delimiter": layout["delimiter"],
        "reading": f"{run.target}|{layout['encoding']}|{layout['delimiter']}|",
        "heading": run.headings,
        "field": [run.mapping.get(heading, "") for heading in run.headings],
        "match": run.match,
        **run.habits,
    }
    return data | changes


@pytest.fixture
def desk(signed_in, chen):
    return signed_in(chen)


@pytest.fixture
def uploaded(desk, chen):
    upload(desk)
    return the_import(chen)


def configure(desk, run, **changes):
    return desk.post(reverse("desk:import-configure", args=[run.pk]), columns(run, **changes))


def act(desk, run, deed):
    return desk.post(reverse("desk:import-act", args=[run.pk, deed]))


def test_the_list_says_what_to_do_when_it_is_empty(desk):
    assert "Drop a list of customers" in desk.get(reverse("desk:imports")).content.decode()


def test_an_uploaded_file_shows_its_columns_with_samples(desk, uploaded):
    page = desk.get(reverse("desk:import", args=[uploaded.pk])).content.decode()
    assert "store id" in page
    assert "North" in page
    assert '<option value="code" selected>' in page


def test_the_list_shows_the_file(desk, uploaded):
    assert "stores.csv" in desk.get(reverse("desk:imports")).content.decode()


@pytest.mark.parametrize(
    ("content", "why"),
    [(b"", "empty"), (b"\xd0\xcf\x11\xe0" + b"\0" * 64, "old kind"), (b"%PDF-1.4", "not a table")],
)
def test_a_file_that_is_no_table_is_refused_on_the_form(desk, chen, content, why):
    answer = upload(desk, content, "x.bin")
    assert answer.status_code == 200
    assert why in answer.content.decode()
    with tenancy(chen):
        assert not Import.objects.exists()


def test_a_dry_run_shows_counts_and_reasons(desk, chen, uploaded):
    configure(desk, uploaded, deed="check")
    running.execute(chen, uploaded.pk)
    page = desk.get(reverse("desk:import", args=[uploaded.pk])).content.decode()
    assert "If you import it now:" in page
    assert "Code: is missing" in page
    assert "Import now" in page


def test_a_run_brings_the_rows_in_and_says_what_is_stored(desk, chen, uploaded):
    configure(desk, uploaded, deed="run")
    running.execute(chen, uploaded.pk)
    page = desk.get(reverse("desk:import", args=[uploaded.pk])).content.decode()
    assert "2 rows are in the database" in page
    assert "Take back 2 new and 0 changed rows" in page


def test_a_run_at_work_shows_how_far_it_is(desk, uploaded):
    configure(desk, uploaded, deed="run")
    page = desk.get(reverse("desk:import", args=[uploaded.pk])).content.decode()
    assert "Bringing the rows in" in page
    assert "data-live" in page


def test_a_mapping_that_cannot_work_says_why_and_keeps_what_was_chosen(desk, uploaded):
    answer = configure(desk, uploaded, field=["", "name"], match=[], deed="check")
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "No column fills: Code." in page
    assert '<option value="name" selected>' in page


def test_another_target_reads_the_columns_anew(desk, chen, uploaded):
    configure(desk, uploaded, target="sales.product", deed="read")
    assert the_import(chen).target == "sales.product"


def test_an_import_is_stopped_and_goes_on(desk, chen, uploaded):
    configure(desk, uploaded, deed="run")
    act(desk, uploaded, "stop")
    assert the_import(chen).state == State.STOPPED
    act(desk, uploaded, "resume")
    assert running.execute(chen, uploaded.pk).stored == 2


def test_an_import_is_taken_back(desk, chen, uploaded):
    configure(desk, uploaded, deed="run")
    running.execute(chen, uploaded.pk)
    act(desk, uploaded, "undo")
    running.execute(chen, uploaded.pk)
    with tenancy(chen):
        assert not Store.objects.filter(code="n1").exists()
    assert "2 rows were taken back" in desk.get(reverse("desk:import", args=[uploaded.pk])).content.decode()


def test_outcome_and_mending_files_are_downloaded(desk, chen, uploaded):
    configure(desk, uploaded, deed="run")
    running.execute(chen, uploaded.pk)
    outcome = b"".join(
        desk.get(reverse("desk:import-outcomes", args=[uploaded.pk])).streaming_content
    ).decode()
    mending = b"".join(
        desk.get(reverse("desk:import-mending", args=[uploaded.pk])).streaming_content
    ).decode()
    assert "4,reject,,Code: is missing" in outcome
    assert ",Nameless,4,Code: is missing" in mending


def test_a_file_that_has_written_nothing_is_deleted(desk, chen, uploaded):
    desk.post(reverse("desk:import-discard", args=[uploaded.pk]))
    with tenancy(chen):
        assert not Import.objects.exists()


def test_another_enterprise_sees_nothing_of_it(signed_in, bea, uploaded):
    other = signed_in(bea)
    assert other.get(reverse("desk:import", args=[uploaded.pk])).status_code == 404
    assert other.get(reverse("desk:import-outcomes", args=[uploaded.pk])).status_code == 404
    assert act(other, uploaded, "stop").status_code == 404


def test_a_role_without_the_right_is_refused(signed_in, mei):
    assert signed_in(mei).get(reverse("desk:imports")).status_code == 403


def test_the_pages_speak_chinese(desk, uploaded):
    desk.cookies["django_language"] = "zh-hans"
    page = desk.get(
        reverse("desk:import", args=[uploaded.pk]), headers={"accept-language": "zh-hans"}
    ).content.decode()
    assert "试运行" in page
