"""Messages over the API."""

import pytest

from guanxi.core.tenancy import tenancy
from guanxi.people import services as people


@pytest.fixture
def customer(chen):
    with tenancy(chen):
        return people.create(
            viewer=chen, change=people.Change(label="Ana"), identifiers=[("email", "ana@mail.example")]
        )


TEMPLATE = {
    "name": "Ready",
    "en": {"subject": "Ready", "body": "Hello {{ name | you }}, your order is ready."},
}


def test_a_message_is_posted_once_read_and_taken_back(till, customer):
    template = till.post("templates", TEMPLATE).said
    given = {
        "template_id": template["id"], "customer_id": str(customer), "channel": "email", "purpose": "orders",
        "needs": 0, "occasion": "order 7",
    }  # fmt: skip
    assert till.post("messages", given).said == {"outcome": "queued", "reason": ""}
    assert till.post("messages", given).said["outcome"] == "known"
    (message,) = till.get("messages").said["items"]
    assert (message["state"], message["occasion"]) == ("queued", "order 7")
    assert till.post(f"messages/{message['id']}/cancel").said["state"] == "stopped"


def test_the_gate_says_why_not(till, customer):
    template = till.post("templates", TEMPLATE).said
    given = {
        "template_id": template["id"], "customer_id": str(customer), "channel": "email", "purpose": "offers",
        "needs": 3, "occasion": "autumn", "asked_for": True,
    }  # fmt: skip
    assert till.post("messages", given).said == {"outcome": "refused", "reason": "no_permission"}
