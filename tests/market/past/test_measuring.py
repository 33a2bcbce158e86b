"""A past campaign is measured from the lake: what it did is found, what cannot be known is said."""

import random
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from guanxi.core import viewers
from guanxi.core.identity import id_of
from guanxi.core.tenancy import tenancy
from guanxi.market.models import Addressee, Hindsight, Measurable, PastCampaign
from guanxi.market.past import measuring
from guanxi.people.models import Customer
from guanxi.sales.models import Order

pytestmark = pytest.mark.slow
CUSTOMERS, LIFT = 400, 12.0
STARTS = date(2026, 6, 1)
AT = datetime(2026, 1, 5, 12, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.fixture
def process(shanhang, db):
    return viewers.for_process(shanhang, "market.past")


@pytest.fixture
def data(tmp_path, settings):
    settings.CONFIGURATION = settings.CONFIGURATION.model_copy(update={"data": tmp_path, "engine": "duckdb"})
    return tmp_path


def campaign(viewer, key, first, last, addressed):
    made = PastCampaign.objects.create(
        enterprise_id=viewer.tenant, source_key=key, name=key, kind="A", starts_on=first, ends_on=last,
        recorded_at=viewer.now,
    )  # fmt: skip
    Addressee.objects.bulk_create(
        Addressee(enterprise_id=viewer.tenant, campaign=made, customer_id=one, recorded_at=viewer.now)
        for one in addressed
    )
    return made


@pytest.fixture
def shop(process):
    """Everybody comes once a week; the campaign of June went to those who spend more, and they spend 12 more a week."""
    draw = random.Random(3)
    people, orders, addressed = [], [], []
    for number in range(CUSTOMERS):
        key = id_of(process.tenant, "customer", f"past-{number}")
        people.append(
            Customer(
                id=key, enterprise_id=process.tenant, root_id=key, label=f"{number}", source_key=f"past-{number}",
                created_at=AT,
            )
        )  # fmt: skip
        habit = 20 + draw.gammavariate(2, 10)
        reached = draw.random() < (0.6 if habit > 40 else 0.25)
        if reached:
            addressed.append(key)
        for week in range(30):
            when = AT + timedelta(days=7 * week + draw.random() * 6)
            lift = LIFT if reached and STARTS <= when.date() <= STARTS + timedelta(days=27) else 0
            orders.append(
                Order(
                    enterprise_id=process.tenant, customer_id=key, source_key=f"past-{number}-{week}", placed_at=when,
                    recorded_at=when, currency="CNY", line_count=1,
                    total=round(max(habit + lift + draw.gauss(0, 8), 1), 2),
                )
            )  # fmt: skip
    with tenancy(process):
        Customer.objects.bulk_create(people)
        Order.objects.bulk_create(orders)
        campaign(process, "June", STARTS, STARTS + timedelta(days=27), addressed)
        campaign(process, "Before the books", date(2025, 12, 1), date(2026, 1, 20), addressed)
        campaign(process, "Yesterday", date(2026, 7, 28), date(2026, 8, 28), addressed)
        campaign(process, "To nobody", STARTS, STARTS + timedelta(days=27), [])


def test_what_a_past_campaign_did_is_found_and_stored_once(process, shop, data):
    assert measuring.perform(enterprise_id=process.tenant) == 1
    assert measuring.perform(enterprise_id=process.tenant) == 1
    with tenancy(process):
        found = {one.campaign.name: one for one in Hindsight.objects.select_related("campaign")}
    june = found.pop("June")
    assert {name: one.standing for name, one in found.items()} == {
        "Before the books": Measurable.NO_BEFORE, "Yesterday": Measurable.NO_AFTER, "To nobody": Measurable.NOBODY,
    }  # fmt: skip
    assert june.low < LIFT < june.high
    assert june.low > 8
    assert june.trust == "fair"
    assert june.report["placebo"]["low"] < 0 < june.report["placebo"]["high"]
    assert max(abs(after) for _name, _before, after in june.report["gaps"]) < 0.1
    weeks = {week: (addressed, others) for week, addressed, others in june.report["weeks"]}
    assert weeks[-1][0] == pytest.approx(weeks[-1][1], abs=4)
    assert weeks[1][0] - weeks[1][1] == pytest.approx(LIFT, abs=4)
