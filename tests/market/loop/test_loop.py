"""The loop report: every figure has its definition elsewhere, what is not known says so, and a day's report is kept."""

from datetime import date

import pytest

from guanxi.core import slots
from guanxi.core.errors import NotAllowed, NotFound
from guanxi.core.tenancy import tenancy
from guanxi.estimators.power import Trial
from guanxi.market.loop import outlook, queries, services
from guanxi.market.loop.lines import TITLES, Line
from guanxi.market.models import Faith, Hindsight, LoopReport, Measurable, PastCampaign
from guanxi.people import listing
from guanxi.people.listing import Criteria
from tests.mining.shop import open_shop


def part(report, name):
    return next(one for one in report.parts if one.name == name)


def lines(report, name):
    return {line.name: line for line in part(report, name).lines}


@pytest.fixture
def spring(at_desk):
    """A past campaign whose figure can be trusted."""
    campaign = PastCampaign.objects.create(
        enterprise_id=at_desk.tenant, source_key="5", name="Spring", starts_on=date(2026, 3, 1),
        ends_on=date(2026, 4, 1), recorded_at=at_desk.now,
    )  # fmt: skip
    Hindsight.objects.create(
        enterprise_id=at_desk.tenant, campaign=campaign, standing=Measurable.MEASURED, trust=Faith.FAIR, effect=6.4,
        low=0.6, high=12.3, report={"against": []}, as_of=at_desk.now,
    )  # fmt: skip
    return campaign


def test_an_empty_enterprise_is_told_what_is_not_known(bea):
    with tenancy(bea):
        report = queries.report_for(bea)
    assert [one.name for one in report.parts] == list(TITLES)
    grey = {name for name in TITLES if not any(line.known for line in part(report, name).lines)}
    assert {"worth", "slipping", "tried", "did", "refused"} <= grey


def test_figures_are_those_of_the_pages_they_come_from(at_desk):
    orders = open_shop(at_desk, customers=20)
    report = queries.report_for(at_desk)
    assert lines(report, "who")["customers"].figure == listing.count_for(at_desk, Criteria())
    assert 0 < lines(report, "came_in")["orders"].figure <= orders


def test_what_the_past_did_stands_in_plain_words(at_desk, spring):
    found = lines(queries.report_for(at_desk), "did")
    assert found["trust:fair"].figure == 1
    assert "more than customers like them" in found["campaign:5"].note
    assert found["campaign:5"].page == ("desk:past-campaign", str(spring.pk))
    assert not found["hold_out"].known


def test_the_people_needed_follow_from_what_the_customers_do(at_desk):
    open_shop(at_desk, customers=40)
    group = next(one for one in outlook.groups_for(at_desk) if one is not None)
    assert group.name == "everybody"
    assert group.needed > group.people
    # What all of them could show, they show with as many people as there are (but for the burn-in).
    assert Trial().smallest(group.needed, mean=group.mean, variance=1.0) < Trial().smallest(
        group.people, mean=group.mean, variance=1.0
    )
    assert group.smallest > outlook.LIFT


def test_running_campaigns_add_their_lines_through_the_slot(at_desk):
    def running(viewer, name):
        return {"lines": [Line("running", "A campaign is running")]} if name == "tried" else None

    slots.register("loop.lines", name="test.running", query=running)
    try:
        assert "running" in lines(queries.report_for(at_desk), "tried")
    finally:
        slots.register("loop.lines", name="test.running", query=lambda viewer, name: None)


def test_one_report_a_day_is_kept_and_read_again(at_desk, spring):
    services.keep(viewer=at_desk)
    made = services.keep(viewer=at_desk)
    (day,) = queries.kept_days_for(at_desk)
    assert LoopReport.objects.count() == 1
    assert queries.kept_for(at_desk, day.isoformat()) == made


@pytest.mark.parametrize("day", ["2001-01-01", "yesterday"])
def test_a_day_without_a_report_is_not_found(at_desk, day):
    with pytest.raises(NotFound):
        queries.kept_for(at_desk, day)


def test_service_does_not_read_it(mei):
    with tenancy(mei), pytest.raises(NotAllowed):
        queries.report_for(mei)
