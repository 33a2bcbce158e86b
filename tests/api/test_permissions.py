"""Machines note permissions and ask the gate; what it answered stays."""

import pytest

from guanxi.core.tenancy import tenancy
from guanxi.core.viewer import Viewer
from guanxi.people import services as people
from guanxi.trials import holdout
from tests.machine import Machine

NOTE = {"purpose": "offers", "strength": 3, "proof": "Form at the till, 2026-11-01"}


@pytest.fixture
def customer(chen: Viewer, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(holdout, "WITHHELD", frozenset())
    with tenancy(chen):
        return str(people.create(viewer=chen, change=people.Change(label="Household 7")))


def test_what_is_noted_is_read_and_the_gate_follows_it(till: Machine, customer: str) -> None:
    wish = {
        "customer_id": customer,
        "purpose": "offers",
        "channel": "email",
        "needs": 3,
        "about": "Autumn trails",
    }
    refused = till.post("gate/ask", wish)
    assert (refused.status_code, refused.said["reason"]) == (201, "no_permission")
    noted = till.post(
        "permissions", {"customer_id": customer, **NOTE, "quiet_from": "21:00", "quiet_to": "22:00"}
    )
    assert noted.status_code == 200
    read = till.get(f"permissions?customer_id={customer}").said
    assert next(one for one in read["items"] if one["purpose"] == "offers")["strength"] == 3
    allowed = till.post("gate/ask", wish).said
    assert (allowed["outcome"], allowed["facts"]["has"]) == ("allow", 3)
    made = till.post(f"gate/verdicts/{customer}/{allowed['id']}/contacted")
    assert (made.status_code, made.said["about"]) == (201, "Autumn trails")
    assert till.post(f"gate/verdicts/{customer}/{allowed['id']}/contacted").status_code == 409
    outcomes = [
        verdict["outcome"] for verdict in till.get(f"gate/verdicts?customer_id={customer}").said["items"]
    ]
    assert outcomes == ["allow", "deny"]


def test_a_permission_without_proof_is_refused(till: Machine, customer: str) -> None:
    answer = till.post("permissions", {"customer_id": customer, **NOTE, "proof": " "})
    assert (answer.status_code, answer.said["code"]) == (422, "consent.proof_missing")


def test_half_of_the_quiet_hours_is_refused(till: Machine, customer: str) -> None:
    answer = till.post("permissions", {"customer_id": customer, **NOTE, "quiet_from": "21:00"})
    assert (answer.status_code, answer.said["code"]) == (422, "consent.bad_terms")


def test_a_customer_who_is_not_there_is_not_found(till: Machine) -> None:
    nobody = "018f7c1e-6f4b-7a3c-9a55-0d5a3e1f2b4c"
    assert till.post("gate/ask", {"customer_id": nobody, "purpose": "offers"}).status_code == 404
    assert till.get(f"permissions?customer_id={nobody}").status_code == 404
