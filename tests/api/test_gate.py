"""Machines read what the gate refused, try a policy before it stands, and state a legal basis."""

import pytest

from guanxi.core.tenancy import tenancy
from guanxi.core.viewer import Viewer
from guanxi.people import services as people
from guanxi.trials import holdout
from tests.machine import Machine


@pytest.fixture
def customer(chen: Viewer, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(holdout, "WITHHELD", frozenset())
    with tenancy(chen):
        return str(people.create(viewer=chen, change=people.Change(label="Household 7")))


def test_a_policy_is_tried_and_then_stands(till: Machine, customer: str) -> None:
    till.post("permissions", {"customer_id": customer, "purpose": "offers", "strength": 3, "proof": "Form"})
    wish = {"customer_id": customer, "purpose": "offers", "channel": "email", "needs": 3}
    assert till.post("gate/ask", wish).said["outcome"] == "allow"
    tried = till.post("gate/policy/try", {"least": {"offers": 4}}).said
    assert tried["shifts"] == [{"before": "allow", "after": "deny", "contacts": 1, "customers": 1}]
    assert till.get("gate/policy").said["least"] == {}
    assert till.ask("PATCH", "gate/policy", {"least": {"offers": 4}}).status_code == 200
    assert till.get("gate/policy").said["least"] == {"offers": 4}
    assert till.post("gate/ask", wish).said["reason"] == "strength_too_low"


def test_refusals_are_counted_and_listed(till: Machine, customer: str) -> None:
    till.post("gate/ask", {"customer_id": customer, "purpose": "offers", "channel": "email", "needs": 3})
    (reason,) = till.get("gate/refusals").said["items"]
    assert (reason["reason"], reason["total"], reason["customers"], len(reason["weeks"])) == (
        "no_permission",
        1,
        1,
        13,
    )
    (one,) = till.get("gate/refused?reason=no_permission").said["items"]
    assert one["customer_id"] == customer
    assert till.get("gate/refused?reason=on_hold").said["items"] == []
    assert till.get("gate/pressure").said["customers"] == 0


def test_an_order_message_stands_on_the_contract_and_an_offer_never_does(
    till: Machine, customer: str
) -> None:
    wish = {"customer_id": customer, "purpose": "orders", "channel": "email", "needs": 2}
    assert till.post("gate/ask", wish).said["outcome"] == "deny"
    stated = till.post("gate/bases", {"purpose": "orders", "basis": "contract", "words": "Terms of sale, §4"})
    assert stated.status_code == 201
    allowed = till.post("gate/ask", wish).said
    assert (allowed["outcome"], allowed["reason"]) == ("allow", "legal_contract")
    assert till.post("gate/ask", {**wish, "needs": 3}).said["outcome"] == "deny"
    assert till.post("gate/bases", {"purpose": "offers", "basis": "duty", "words": "x"}).status_code == 422
    assert till.post("gate/bases/orders/end").said["items"] == []
    assert till.post("gate/ask", wish).said["outcome"] == "deny"
