"""Staff ask the gate on a customer's page and note what customers tell them."""

import re

import pytest

from guanxi.consent.models import Contact, Permission, Verdict
from guanxi.core.tenancy import tenancy
from guanxi.people import services as people
from guanxi.trials import holdout


@pytest.fixture
def customer(chen, monkeypatch):
    monkeypatch.setattr(holdout, "WITHHELD", frozenset())
    with tenancy(chen):
        return people.create(viewer=chen, change=people.Change(name="林悦"))


def text(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def test_the_customers_page_shows_what_they_permit(chen, customer, signed_in):
    page = text(signed_in(chen).get(f"/desk/customers/{customer}/"))
    assert "What they permit" in page
    assert "May we contact?" in page


def test_the_gate_is_asked_and_its_answer_stands_on_the_page(chen, customer, signed_in):
    desk, address = signed_in(chen), f"/desk/customers/{customer}/permissions/"
    wish = {"purpose": "offers", "channel": "email", "needs": "3", "about": "Autumn trails"}
    assert "Nothing was permitted for this purpose" in text(desk.post(f"{address}ask/", wish, follow=True))
    said = {"purpose": "offers", "strength": "3", "proof": "By phone, 2026-11-19"}
    assert "Noted." in text(desk.post(f"{address}note/", said, follow=True))
    page = text(desk.post(f"{address}ask/", wish, follow=True))
    assert "Contact made" in page
    with tenancy(chen):
        allowed = Verdict.objects.get(outcome="allow")
    assert "In the contact book." in text(desk.post(f"{address}{allowed.pk}/contacted/", follow=True))
    with tenancy(chen):
        assert Contact.objects.get().verdict_id == allowed.pk


def test_a_note_without_proof_is_sent_back_and_nothing_is_kept(chen, customer, signed_in):
    address = f"/desk/customers/{customer}/permissions/note/"
    assert (
        signed_in(chen).post(address, {"purpose": "offers", "strength": "3", "proof": ""}).status_code == 422
    )
    with tenancy(chen):
        assert not Permission.objects.exists()


def test_an_analyst_sees_permissions_and_asks_nothing(gao, customer, signed_in):
    desk, address = signed_in(gao), f"/desk/customers/{customer}/permissions/"
    assert "Ask the gate" not in text(desk.get(address))
    wish = {"purpose": "offers", "channel": "email", "needs": "3", "about": "x"}
    assert desk.post(f"{address}ask/", wish).status_code == 403
    with tenancy(gao):
        assert not Verdict.objects.exists()


def test_a_customer_of_another_enterprise_is_not_found(bea, customer, signed_in):
    assert signed_in(bea).get(f"/desk/customers/{customer}/permissions/").status_code == 404
