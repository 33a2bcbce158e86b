"""Machines define segments, count conditions, read members and ask why."""

import pytest

from guanxi.core.tenancy import tenancy
from guanxi.market.segments import refreshing
from tests.market import world

OFTEN = 'events("order.placed", days(30)) >= 2'


@pytest.fixture
def buyer(chen):
    """A customer who has bought twice, and one who has not."""
    with tenancy(chen):
        one, _other = world.customer(chen, 1), world.customer(chen, 2)
        for days_ago in (1, 2):
            world.happened(chen, one, "order.placed", days_ago=days_ago)
        refreshing.refresh(chen)
    return one


def test_a_segment_is_defined_counted_and_read(till, chen, buyer):
    made = till.post("segments", {"name": "Often", "condition": OFTEN})
    assert (made.status_code, made.said["size"]) == (201, None)
    with tenancy(chen):
        refreshing.refresh(chen)
    address = f"segments/{made.said['id']}"
    assert till.get(address).said["size"] == 1
    assert [one["customer_id"] for one in till.get(f"{address}/members").said["items"]] == [str(buyer)]
    assert till.get(f"{address}/why/{buyer}").said["value"] is True


def test_a_condition_is_counted_with_what_is_unknown(till, buyer):
    said = till.post("segments/count", {"condition": f"{OFTEN} || value.amount > 5.0"}).said
    assert (said["size"], said["base"]) == (1, 2)
    assert [part["unknown"] for part in said["parts"]] == [0, 2]


def test_a_fault_is_said_with_its_place(till, buyer):
    refused = till.post("segments", {"name": "Wrong", "condition": "orders.coutn > 3"})
    assert (refused.status_code, refused.said["code"]) == (422, "condition.unknown_name")
    assert ("position 0" in refused.said["detail"], "orders.count" in refused.said["detail"]) == (True, True)


def test_a_segment_that_others_name_stays(till, buyer):
    often = till.post("segments", {"name": "Often", "condition": OFTEN}).said["id"]
    till.post("segments", {"name": "Rest", "condition": '!in_segment("Often")'})
    refused = till.ask("DELETE", f"segments/{often}")
    assert (refused.status_code, refused.json()["code"]) == (409, "segment.in_use")
    circle = till.ask("PATCH", f"segments/{often}", {"condition": 'in_segment("Rest")'})
    assert (circle.status_code, circle.json()["code"]) == (422, "segment.circle")
