"""The pages of the gate: refusals, what-if, pressure, legal bases; without script."""

import pytest
from django.urls import reverse

from guanxi.consent import gate, services
from guanxi.consent.models import LegalBasis, Policy
from guanxi.consent.services import Statement
from guanxi.core.tenancy import tenancy
from guanxi.people import services as people
from guanxi.trials import holdout


@pytest.fixture
def customers(chen, monkeypatch):
    """Three who were contacted twice and one who permits nothing."""
    monkeypatch.setattr(holdout, "WITHHELD", frozenset())
    with tenancy(chen):
        made = [people.create(viewer=chen, change=people.Change(label=f"Household {n}")) for n in range(4)]
        for customer in made[:3]:
            said = [Statement(purpose="offers", strength=3)]
            services.note(viewer=chen, customer_id=customer, statements=said, proof="till")
            for _again in range(2):
                verdict = gate.ask(
                    chen, customer, purpose="offers", channel="email", needs=3, about="Autumn trails"
                )
                services.record_contact(viewer=chen, verdict=verdict)
        gate.ask(chen, made[3], purpose="offers", channel="email", needs=3, about="Autumn trails")
    return made


def test_the_gate_shows_its_refusals_and_leads_to_the_customers(signed_in, chen, customers):
    client = signed_in(chen)
    page = client.get(reverse("desk:gate")).content.decode()
    assert "Nothing was permitted for this purpose" in page
    listed = client.get(reverse("desk:gate-refused"), {"reason": "no_permission"}).content.decode()
    assert str(customers[3]) in listed
    assert str(customers[0]) not in listed


def tried(client, **values):
    page = client.get(reverse("desk:gate"))
    initial = {name: "" if value is None else value for name, value in page.context["form"].initial.items()}
    return client.get(reverse("desk:gate"), initial | values).context["tried"], initial | values


def test_a_lower_limit_would_have_put_off_the_second_contact(signed_in, chen, customers):
    client = signed_in(chen)
    answer, values = tried(client, limit="0", half_life="45")
    assert (answer.changed, answer.customers) == (0, 0)
    answer, values = tried(client, weekly_cap="1")
    assert {key: shift.contacts for key, shift in answer.shifts.items()} == {("allow", "defer"): 3}
    assert answer.customers == 3
    client.post(reverse("desk:gate-change"), values)
    with tenancy(chen):
        assert Policy.objects.get().weekly_cap == 1
        verdict = gate.ask(chen, customers[0], purpose="offers", channel="email", needs=3)
        assert verdict.reason == "enterprise_cap"


def test_a_higher_least_strength_would_have_refused_all(signed_in, chen, customers):
    answer, _values = tried(signed_in(chen), least_offers="4")
    assert {key: shift.contacts for key, shift in answer.shifts.items()} == {("allow", "deny"): 6}


def test_the_pressure_page_names_the_cause(signed_in, chen, customers):
    page = signed_in(chen).get(reverse("desk:pressure"))
    assert "Autumn trails" in page.content.decode()
    assert page.context["pressed"].customers == 3
    assert [round(load, 2) for _key, _title, load in page.context["heaviest"]] == [0.5, 0.5, 0.5]


def test_a_basis_is_stated_ended_and_only_for_what_serves(signed_in, chen, gao):
    client = signed_in(chen)
    client.post(
        reverse("desk:gate-bases"), {"purpose": "orders", "basis": "contract", "words": "Terms of sale, §4"}
    )
    with tenancy(chen):
        assert LegalBasis.objects.get().words == "Terms of sale, §4"
    assert "Terms of sale, §4" in client.get(reverse("desk:gate-bases")).content.decode()
    client.post(reverse("desk:gate-basis-end", args=["orders"]))
    refused = client.post(
        reverse("desk:gate-bases"), {"purpose": "offers", "basis": "contract", "words": "x"}
    )
    assert refused.status_code == 422
    with tenancy(chen):
        assert not LegalBasis.objects.filter(ended_at=None).exists()
    analyst = signed_in(gao).post(
        reverse("desk:gate-bases"), {"purpose": "orders", "basis": "duty", "words": "x"}
    )
    assert analyst.status_code == 403


def test_the_360_page_shows_the_pressure(signed_in, chen, customers):
    assert (
        "Contact pressure"
        in signed_in(chen).get(reverse("desk:customer", args=[customers[0]])).content.decode()
    )
