"""Contact pressure: what lies on somebody decays, answers lighten it, refusals add, and both sides read the same."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from guanxi.consent import gate, judging, pressure, reports, services
from guanxi.consent.judging import Situation, Terms, Wish
from guanxi.consent.models import Contact, Pressure, Verdict
from guanxi.consent.pressure import Past
from guanxi.consent.services import Statement
from guanxi.core.tenancy import tenancy
from guanxi.people import services as people

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
# The hold-out does not apply to research.
WISH = {"purpose": "research", "channel": "email", "needs": 2}


@pytest.fixture
def customer(at_desk):
    key = people.create(
        viewer=at_desk, change=people.Change(label="Ana"), identifiers=[("email", "ana@example.org")]
    )
    services.note(
        viewer=at_desk, customer_id=key, statements=[Statement(purpose="research", strength=2)], proof="x"
    )
    return key


def contact(viewer, customer, **wish):
    verdict = gate.ask(viewer, customer, **{**WISH, **wish})
    return services.record_contact(viewer=viewer, verdict=verdict)


def load(customer):
    return Pressure.objects.get(customer_id=customer).load


@pytest.mark.parametrize(("days", "left"), [(0, 1.0), (45, 0.5), (90, 0.25), (-5, 1.0)])
def test_a_load_falls_by_half_in_each_half_life(days, left):
    assert pressure.decayed(1.0, timedelta(days=days), 45.0) == pytest.approx(left)


def test_three_calls_four_messages_or_ten_letters_are_one_unit():
    assert 3 * pressure.weight("phone", "offers") == pytest.approx(1)
    assert 4 * pressure.weight("email", "news") == pytest.approx(1)
    assert 10 * pressure.weight("post", "offers") == pytest.approx(1)
    assert pressure.weight("email", "offers", asked_for=True) == 0.125
    assert pressure.weight("email", "service") == 0


def test_who_answers_bears_more_and_who_refuses_less():
    silent = pressure.tolerance(3, Past(4, 0, 0))
    assert pressure.tolerance(3, Past(4, 4, 0)) > silent > pressure.tolerance(3, Past(4, 0, 4))
    assert pressure.tolerance(5, Past()) == 1.5
    assert pressure.tolerance(0, Past()) == 0.5


def test_too_much_waits_until_it_fits():
    wish, terms = Wish("offers", "email", needs=3), Terms(strength=3)
    found = judging.may_contact(wish, terms, Situation(load=1.2), NOW)
    assert (found.outcome, found.reason) == ("defer", "contact_pressure")
    then = pressure.decayed(1.2, found.until - NOW, 45.0)
    assert judging.may_contact(wish, terms, Situation(load=then), found.until).outcome == "allow"
    before = pressure.decayed(1.2, found.until - NOW - timedelta(minutes=5), 45.0)
    assert judging.may_contact(wish, terms, Situation(load=before), NOW).outcome == "defer"


def test_the_gate_puts_the_fourth_message_off_and_service_passes(at_desk, customer):
    for _again in range(3):
        contact(at_desk, customer)
    verdict = gate.ask(at_desk, customer, **WISH)
    assert (verdict.reason, verdict.facts["load"]) == ("contact_pressure", 0.75)
    later = replace(at_desk, now=verdict.until)
    with tenancy(later):
        assert gate.ask(later, customer, **WISH).outcome == "allow"
    assert gate.ask(at_desk, customer, **WISH, asked_for=True).outcome == "allow"


def test_an_answer_takes_half_away_and_counts_once(at_desk, customer):
    made = contact(at_desk, customer)
    services.record_answer(viewer=at_desk, contact=made, channel="email")
    services.record_answer(viewer=at_desk, contact=made, channel="email")
    assert load(customer) == pytest.approx(0.125)
    assert Pressure.objects.get().answered == 1


def test_a_refusal_weighs_half_as_much_again(at_desk, customer):
    services.record_refusal(viewer=at_desk, contact=contact(at_desk, customer), channel="email")
    assert load(customer) == pytest.approx(0.375)
    assert Pressure.objects.get().refused == 1


def test_a_contact_needs_a_verdict_for_just_this(at_desk, customer):
    allowed = gate.ask(at_desk, customer, **WISH)
    refused = gate.ask(at_desk, customer, **{**WISH, "needs": 5})
    facts = {
        "enterprise_id": at_desk.tenant, "customer_id": customer, "record_ids": [customer], "direction": "out",
        "purpose": "research", "channel": "email", "happened_at": NOW,
    }  # fmt: skip
    other = people.create(viewer=at_desk, change=people.Change(label="Somebody else"))
    for wrong in (
        {"verdict": refused}, {"verdict": allowed, "channel": "phone"}, {"verdict": allowed, "purpose": "offers"},
        {"verdict": allowed, "customer_id": other},
    ):  # fmt: skip
        with pytest.raises(DatabaseError), transaction.atomic():
            Contact.objects.create(**{**facts, **wrong})
    assert not Contact.objects.exists()
    assert Contact.objects.create(**facts, verdict=allowed)


def test_contacts_are_recorded_many_at_once_and_each_once(at_desk, customer):
    verdicts = [Verdict.objects.get(pk=gate.ask(at_desk, customer, **WISH).pk) for _again in range(2)]
    assert len(services.record_contacts(viewer=at_desk, verdicts=verdicts)) == 2
    assert services.record_contacts(viewer=at_desk, verdicts=verdicts) == []
    assert load(customer) == pytest.approx(0.5)


def test_both_sides_read_the_same_and_a_person_over_all_enterprises(at_desk, bea, ana, customer):
    contact(at_desk, customer)
    with tenancy(bea):
        theirs = people.create(
            viewer=bea, change=people.Change(label="Ana"), identifiers=[("email", "ana@example.org")]
        )
        services.note(
            viewer=bea, customer_id=theirs, statements=[Statement(purpose="research", strength=2)], proof="x"
        )
        contact(bea, theirs, channel="post")
    with tenancy(ana):
        people.claim(viewer=ana, kind="email", value="ana@example.org", proved_by="email")
        whole, loads = reports.pressure_for(ana)
        assert whole.load == pytest.approx(0.35)
        assert [one.enterprise.slug for one in loads] == ["shanhang", "beilin"]
    assert reports.load_of(at_desk, [customer]).load == pytest.approx(0.25)
    assert reports.pressed_for(at_desk).customers == 1


def test_a_person_reads_the_bases_of_their_own_enterprises_alone(at_desk, ana, tom, customer):
    services.state_basis(viewer=at_desk, purpose="orders", basis="contract", words="Terms of sale, §4")
    with tenancy(ana):
        people.claim(viewer=ana, kind="email", value="ana@example.org", proved_by="email")
        assert [one.words for one in reports.bases_for(ana, at_desk.tenant)] == ["Terms of sale, §4"]
    with tenancy(tom):
        assert reports.bases_for(tom, at_desk.tenant) == []
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT * FROM consent_elsewhere(%s, now())", [[ana.person_id]])


def test_a_policy_that_contradicts_itself_is_refused_and_nothing_stands(at_desk):
    for wrong in ({"limit": -1}, {"half_life": 0}, {"weekly_cap": 101}, {"least": {"orders": 3}}):
        with pytest.raises(services.BadPolicy):
            services.set_policy(viewer=at_desk, policy=judging.Policy(**wrong))
    assert reports.policy_for(at_desk).limit == 0.5
