"""Past campaigns and the loop at the desk: what is known, how far to trust it, and what is not known."""

from datetime import date

import pytest

from guanxi.core.tenancy import tenancy
from guanxi.market.models import Faith, Hindsight, Measurable, PastCampaign

ONE = {"effect": 6.4, "low": 0.6, "high": 12.3, "base": 80.0, "hidden": 1.2}
REPORT = {
    "addressed": 166, "compared": 166, "weeks_before": 12.0, "weeks_after": 5.0, "others": 2300, "support": 0.98,
    "effective": 590.0, "outcomes": {"turnover": ONE, "orders": ONE, "saved": ONE}, "placebo": None, "richer": ONE,
    "gaps": [["spent", 1.3, 0.01], ["during:Type B", 0.5, 0.0]], "weeks": [[-1, 80.0, 79.0], [0, 86.0, 80.0]],
    "against": ["unchecked"], "also": {"names": ["Summer"], "customers": 78},
}  # fmt: skip


@pytest.fixture
def spring(chen):
    with tenancy(chen):
        campaign = PastCampaign.objects.create(
            enterprise_id=chen.tenant, source_key="5", name="Spring", kind="Type B", starts_on=date(2026, 3, 1),
            ends_on=date(2026, 4, 1), recorded_at=chen.now,
        )  # fmt: skip
        Hindsight.objects.create(
            enterprise_id=chen.tenant, campaign=campaign, standing=Measurable.MEASURED, trust=Faith.LITTLE, effect=6.4,
            low=0.6, high=12.3, report=REPORT, as_of=chen.now,
        )  # fmt: skip
    return campaign


def test_the_list_says_effect_range_and_trust(signed_in, chen, spring):
    text = signed_in(chen).get("/desk/past/").content.decode()
    assert "Spring" in text
    assert "Trust it little: there are too few weeks before it for a check." in text


def test_one_campaign_shows_checks_and_assumptions(signed_in, chen, spring):
    text = signed_in(chen).get(f"/desk/past/{spring.pk}/").content.decode()
    assert "more than customers like them" in text
    assert "78 of those addressed were in other campaigns at the same time (Summer)" in text
    assert "Weeks in other campaigns at the same time (Type B)" in text
    assert "could explain the whole difference" in text


def test_who_may_not_read_measures_does_not_see_the_past(signed_in, mei, spring):
    assert signed_in(mei).get("/desk/past/").status_code == 403


def test_a_new_measurement_is_asked_for(signed_in, chen, spring):
    assert signed_in(chen).post("/desk/past/measure/").status_code == 302


def test_an_analyst_reads_and_measures_and_sales_only_reads(signed_in, gao, ding, spring):
    assert signed_in(gao).post("/desk/past/measure/").status_code == 302
    assert signed_in(ding).post("/desk/past/measure/").status_code == 403


def test_the_loop_is_one_page(signed_in, chen, spring):
    text = signed_in(chen).get("/desk/loop/").content.decode()
    assert "What to try next, and how many people are needed to know" in text
    assert "The gate was not asked within 90 days." in text
    assert signed_in(chen).get("/desk/loop/2001-01-01/").status_code == 404
