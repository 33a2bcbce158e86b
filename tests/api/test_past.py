"""Machines read what past campaigns did, and the loop report."""

from datetime import date

import pytest

from guanxi.core.tenancy import tenancy
from guanxi.market.models import Faith, Hindsight, Measurable, PastCampaign
from tests.machine import Machine


@pytest.fixture
def spring(chen):
    with tenancy(chen):
        campaign = PastCampaign.objects.create(
            enterprise_id=chen.tenant, source_key="5", name="Spring", starts_on=date(2026, 3, 1),
            ends_on=date(2026, 4, 1), recorded_at=chen.now,
        )  # fmt: skip
        Hindsight.objects.create(
            enterprise_id=chen.tenant, campaign=campaign, standing=Measurable.MEASURED, trust=Faith.FAIR, effect=6.4,
            low=0.6, high=12.3, report={"others": 2300, "against": ["unchecked"]}, as_of=chen.now,
        )  # fmt: skip
    return campaign


def test_machines_read_what_the_past_did(till: Machine, spring) -> None:
    (listed,) = till.get("past/campaigns").said
    assert (listed["name"], listed["trust"], listed["effect"]) == ("Spring", "fair", 6.4)
    assert till.get(f"past/campaigns/{spring.pk}").said["report"]["others"] == 2300
    assert till.get("past/campaigns/00000000-0000-0000-0000-000000000000").status_code == 404


def test_machines_read_the_loop(till: Machine, spring) -> None:
    said = till.get("loop").said
    assert [part["name"] for part in said["parts"]][-1] == "next"
    assert (
        next(line for part in said["parts"] for line in part["lines"] if line["name"] == "campaign:5")[
            "figure"
        ]
        == 6.4
    )
