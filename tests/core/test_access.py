"""Who read a record is written down by the one place that opens it, and told to whom it belongs."""

from dataclasses import replace

import pytest
from django.db import ProgrammingError
from django.urls import reverse

from guanxi.core import access, sealing, viewers
from guanxi.core.errors import NotAllowed
from guanxi.core.models import Access, Read
from guanxi.core.tenancy import tenancy
from guanxi.people import queries
from guanxi.people import services as people


@pytest.fixture
def hers(chen, ana):
    """Ana's record at Shanhang, which she has claimed."""
    with tenancy(chen):
        key = people.create(
            viewer=chen, change=people.Change(name="Ana Silva"), identifiers=[("email", "ana@example.org")]
        )
    with tenancy(ana):
        people.claim(viewer=ana, kind="email", value="ana@example.org", proved_by="sign-in")
    return key


def told(ana, record):
    with tenancy(ana):
        found = access.own_readings(ana, [(record.enterprise, record.key)])
        return [(one.reader, one.role, one.way, one.purpose) for one in found.order_by("id")]


@pytest.fixture
def record(chen, hers):
    class Pair:
        enterprise, key = chen.tenant, hers

    return Pair


def test_opening_a_customer_is_told_once_an_hour(chen, ana, record):
    with tenancy(chen):
        for _ in range(3):
            queries.whole_for(chen, record.key)
        assert Read.objects.count() == 3
    assert told(ana, record) == [(f"staff:{chen.staff_id}", "owner", "page", "service")]


def test_each_reader_and_each_purpose_is_a_line_of_its_own(chen, gao, ana, record):
    for viewer in (chen, gao):
        with tenancy(viewer):
            queries.whole_for(viewer, record.key)
    with tenancy(chen):
        queries.everything_for(chen, record.key, taken=True)
    assert [line[1:3] for line in told(ana, record)] == [
        ("owner", "page"),
        ("analyst", "page"),
        ("owner", "export"),
    ]


def test_a_name_in_a_list_is_in_the_audit_and_no_line_of_its_own(chen, ana, record):
    with tenancy(chen):
        queries.titles_for(chen, [record.key])
        assert Read.objects.count() == 1
    assert told(ana, record) == []


def test_a_program_is_named_also_where_it_lists(chen, ana, record):
    program = replace(chen, scopes=frozenset({"customers.read"}))
    with tenancy(program):
        queries.titles_for(program, [record.key])
    assert [line[2] for line in told(ana, record)] == ["api"]


def test_what_a_person_reads_themself_is_no_news(ana, record):
    with tenancy(ana):
        queries.whole_for(ana, record.key)
    assert told(ana, record) == []


def test_a_process_that_goes_through_everybody_is_one_line(chen, ana, record, monkeypatch):
    monkeypatch.setattr(sealing, "MANY", 0)
    process = viewers.for_process(chen.tenant, "people.find_duplicates")
    with tenancy(process):
        queries.wholes_after(process, None, size=100)
        assert list(Access.objects.values_list("subject_id", flat=True)) == [None]
    assert [line[0] for line in told(ana, record)] == ["process:people.find_duplicates"]


def test_nobody_else_reads_the_log(chen, tom, gao, bea, record):
    with tenancy(chen):
        queries.whole_for(chen, record.key)
    with tenancy(tom):
        assert not Access.objects.exists()
    with tenancy(bea):
        assert not Access.objects.exists()
    with tenancy(gao), pytest.raises(NotAllowed):
        access.readings_of(gao, gao.tenant, [record.key])


def test_a_reading_can_be_neither_changed_nor_taken_away(chen, record):
    with tenancy(chen):
        queries.whole_for(chen, record.key)
    with pytest.raises(ProgrammingError), tenancy(chen):
        Access.objects.update(purpose="orders")
    with pytest.raises(ProgrammingError), tenancy(chen):
        Access.objects.all().delete()


def test_the_person_and_the_owner_see_it_on_their_pages(chen, gao, ana, record, signed_in):
    signed_in(chen).get(reverse("desk:customer", args=[record.key]))
    page = signed_in(ana).get("/me/readings/").content.decode()
    assert "Shanhang Outdoor" in page
    assert "staff: Owner" in page
    assert "Chen Wei" not in page
    address = reverse("desk:customer-readings", args=[record.key])
    assert "Chen Wei" in signed_in(chen).get(address).content.decode()
    assert signed_in(gao).get(address).status_code == 403
