"""The pages of campaigns: from the draft to what it did, without script."""

from dataclasses import replace
from datetime import timedelta

import pytest

from guanxi.core.tenancy import tenancy
from guanxi.market.campaigns import errors, jobs, measuring, running, services
from guanxi.market.models import Campaign, Recipient, Simulation
from tests.market.campaigning import Market


@pytest.fixture
def segment(chen):
    with tenancy(chen):
        market = Market(chen)
        made = market.segment()
        market.template()
        market.customers(40, segments=[made])
    return made


@pytest.fixture
def campaign(chen, segment):
    """A campaign that has come to everybody's turn."""
    with tenancy(chen):
        made = Market(chen).running(segment)
        while running.hand_over_portion(viewer=chen, campaign_id=made.pk):
            pass
    return made


@pytest.fixture
def desk(chen, signed_in):
    return signed_in(chen)


def seen(client, address):
    answer = client.get(f"/desk/{address}")
    assert answer.status_code == 200, address
    return answer.content.decode()


def count(viewer, **facts):
    with tenancy(viewer):
        return Recipient.objects.filter(**facts).count()


def said(desk, segment, **facts):
    page = seen(desk, "campaigns/new/")
    template = page.split('name="template_1"')[1].split('value="')[1].split('"')[0]
    return {
        "name": "Autumn trails", "goal": "More walks", "success": "turnover", "segment": str(segment.pk),
        "purpose": "offers", "needs": "2", "overlap": "exclude", "channel_1": "sms", "channel_2": "email",
        "channel_3": "", "template_1": template, "pace_hour": "60", "pace_day": "600", "control": "20",
        "window_days": "14", "contact_cost": "0.05", "stop_rule": "worse", "tolerance": "1",
        "starts_on": "2026-11-21", **facts,
    }  # fmt: skip


def test_a_draft_is_written_planned_approved_and_started_by_forms_alone(chen, desk, segment):
    answer = desk.post("/desk/campaigns/new/", said(desk, segment), follow=True)
    with tenancy(chen):
        made = Campaign.objects.get()
    assert answer.redirect_chain[-1][0] == f"/desk/campaigns/{made.pk}/"
    assert (made.channels, made.control_share, made.goal) == (["sms", "email"], 0.2, "More walks")
    jobs.plan(chen.tenant, made.pk)
    page = seen(desk, f"campaigns/{made.pk}/")
    assert "The whole segment" in page
    assert "Control group" in page
    states = []
    for deed in ("approve", "run", "pause", "drain", "end"):
        desk.post(f"/desk/campaigns/{made.pk}/{deed}/", {"why": "so"})
        with tenancy(chen):
            states.append(Campaign.objects.get().state)
    assert states == ["approved", "running", "paused", "drained", "ended"]


def test_what_is_wrong_stands_beside_its_field_and_nothing_is_stored(chen, desk, segment):
    answer = desk.post("/desk/campaigns/new/", said(desk, segment, control="3"))
    assert answer.status_code == 422
    with tenancy(chen):
        assert not Campaign.objects.exists()


def test_a_draft_can_be_changed_and_is_planned_again(chen, desk, segment):
    desk.post("/desk/campaigns/new/", said(desk, segment))
    with tenancy(chen):
        made = Campaign.objects.get()
    assert "Autumn trails" in seen(desk, f"campaigns/{made.pk}/change/")
    desk.post(f"/desk/campaigns/{made.pk}/change/", said(desk, segment, name="Winter", control="30"))
    with tenancy(chen):
        changed = Campaign.objects.get()
    assert (changed.name, changed.control_share) == ("Winter", 0.3)


def test_each_number_of_the_plan_opens_the_list_of_its_customers(chen, desk, campaign):
    page = seen(desk, f"campaigns/{campaign.pk}/customers/?arm=control")
    assert page.count("<tr data-row") == count(chen, arm="control") > 0


def test_the_effect_page_says_it_in_a_sentence_and_shows_both_sides(chen, desk, campaign):
    with tenancy(chen):
        measuring.measure(viewer=replace(chen, now=chen.now + timedelta(days=15)), campaign=campaign)
    page = seen(desk, f"campaigns/{campaign.pk}/effect/")
    assert "For the customer" in page
    assert "Too few yet" in page


def test_a_customers_page_says_in_which_campaigns_they_were_and_why(chen, desk, campaign):
    with tenancy(chen):
        one = Recipient.objects.filter(arm="control")[0]
    page = seen(desk, f"customers/{one.customer_id}/")
    assert "Autumn trails" in page
    assert "In the control group of this campaign" in page


@pytest.mark.parametrize("address", ["", "calendar/", "left-alone/", "new/", "?state=running", "?q=nothing"])
def test_the_pages_open(desk, campaign, address):
    assert "Campaigns" in seen(desk, f"campaigns/{address}")


@pytest.mark.parametrize("address", ["", "calendar/", "left-alone/", "new/"])
def test_the_pages_open_where_there_is_nothing(desk, address):
    assert "Campaigns" in seen(desk, f"campaigns/{address}")


def test_the_list_asks_for_a_fixed_number_of_queries(desk, campaign, django_assert_max_num_queries):
    with django_assert_max_num_queries(20):
        desk.get("/desk/campaigns/")


def test_a_past_day_is_worked_out_and_marked_as_simulated(chen, desk, campaign):
    with tenancy(chen):
        earlier = "UPDATE market_membership SET entered_at = entered_at - interval '200 days'"
        Market(chen).run(earlier)
    desk.post(f"/desk/campaigns/{campaign.pk}/past/", {"day": "2026-10-01"})
    with tenancy(chen):
        one = Simulation.objects.get()
    jobs.simulate(chen.tenant, campaign.pk, one.at.isoformat())
    with tenancy(chen):
        one.refresh_from_db()
    assert sum(one.report["counts"].values()) == 40
    assert "simulated" in seen(desk, f"campaigns/{campaign.pk}/")


def test_a_day_whose_following_days_are_not_over_cannot_be_simulated(chen, campaign):
    with tenancy(chen):
        at = chen.now - timedelta(days=3)
        with pytest.raises(errors.BadCampaign):
            services.ask_for_simulation(viewer=chen, campaign_id=campaign.pk, at=at)
        assert not Simulation.objects.exists()


def test_who_only_reads_gets_no_deeds(gao, signed_in, campaign):
    assert "Send no more" not in seen(signed_in(gao), f"campaigns/{campaign.pk}/")
