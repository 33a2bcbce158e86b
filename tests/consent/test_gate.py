"""The gate with its tables: what is asked is answered from what was said, and written down."""

import pytest
from django.db import DatabaseError, transaction

from guanxi.consent import gate, queries, services
from guanxi.consent.models import Change, Contact, Permission, Verdict
from guanxi.consent.services import Statement
from guanxi.core import visibility
from guanxi.core.errors import NotAllowed, NotFound
from guanxi.core.tenancy import tenancy
from guanxi.people import services as people
from guanxi.people.models import Customer
from guanxi.trials import holdout

PROOF = "Form at the till, 2026-11-01"


def make(viewer, label="Household 7", **identifiers):
    """A customer who is not in the hold-out."""
    for number in range(20):
        key = people.create(
            viewer=viewer, change=people.Change(label=f"{label}-{number}"),
            identifiers=list(identifiers.items()) if number == 0 else [],
        )  # fmt: skip
        if identifiers or not holdout.held_out(viewer.tenant, key, holdout.period_of(viewer.now)):
            return key
    raise AssertionError("twenty customers in the hold-out")


def note(viewer, customer, **facts):
    return services.note(viewer=viewer, customer_id=customer, statements=[Statement(**facts)], proof=PROOF)


@pytest.fixture
def customer(at_desk):
    return make(at_desk)


def offer(viewer, customer, **facts):
    return gate.ask(
        viewer, customer, purpose="offers", channel="email", needs=3, about="Autumn trails", **facts
    )


def test_nothing_said_means_no(at_desk, customer):
    verdict = offer(at_desk, customer)
    assert (verdict.outcome, verdict.reason) == ("deny", "no_permission")


def test_what_was_permitted_is_allowed_and_the_facts_are_kept(at_desk, customer):
    note(at_desk, customer, purpose="offers", strength=3)
    verdict = Verdict.objects.get(pk=offer(at_desk, customer).pk)
    permission = Permission.objects.get()
    assert (verdict.outcome, verdict.facts["has"]) == ("allow", 3)
    assert verdict.facts["permissions"] == [str(permission.pk)]
    assert permission.proof == PROOF


def test_a_channel_that_is_not_wanted_is_closed_and_the_others_stay_open(at_desk, customer):
    note(at_desk, customer, purpose="offers", strength=3)
    note(at_desk, customer, purpose="offers", strength=0, channel="phone")
    call = gate.ask(at_desk, customer, purpose="offers", channel="phone", needs=3)
    assert (call.reason, offer(at_desk, customer).outcome) == ("channel_not_permitted", "allow")


def test_the_same_statement_twice_is_one_change(at_desk, customer):
    assert note(at_desk, customer, purpose="offers", strength=3)
    assert not note(at_desk, customer, purpose="offers", strength=3)
    note(at_desk, customer, purpose="offers", strength=1)
    assert list(Change.objects.order_by("pk").values_list("former_strength", "strength")) == [
        (None, 3),
        (3, 1),
    ]


def test_a_permission_without_proof_is_refused_and_nothing_is_stored(at_desk, customer):
    with pytest.raises(services.ProofMissing):
        services.note(
            viewer=at_desk,
            customer_id=customer,
            statements=[Statement(purpose="offers", strength=3)],
            proof=" ",
        )
    assert not Permission.objects.exists()


def test_an_analyst_may_not_write_permissions(gao, at_desk, customer):
    with pytest.raises(NotAllowed):
        note(gao, customer, purpose="offers", strength=3)


def test_merging_keeps_the_stricter_and_undoing_brings_the_other_back(at_desk):
    first, second = make(at_desk, "first"), make(at_desk, "second")
    note(at_desk, first, purpose="offers", strength=3)
    note(at_desk, second, purpose="offers", strength=1)
    merge = people.merge(viewer=at_desk, kept_id=first, absorbed_id=second, reason="same")
    assert offer(at_desk, first, asked_for=True).reason == "strength_too_low"
    people.undo(viewer=at_desk, merge_id=getattr(merge, "pk", merge))
    assert offer(at_desk, first, asked_for=True).outcome == "allow"


def test_a_contact_needs_its_allowing_verdict_and_counts_against_the_week(at_desk, customer):
    note(at_desk, customer, purpose="offers", strength=3, weekly_cap=1)
    verdict = offer(at_desk, customer)
    services.record_contact(viewer=at_desk, verdict=verdict)
    assert offer(at_desk, customer).reason == "weekly_cap"
    with pytest.raises(services.NotPermitted):
        services.record_contact(viewer=at_desk, verdict=verdict)
    assert Contact.objects.count() == 1


def test_a_refused_contact_cannot_be_recorded(at_desk, customer):
    with pytest.raises(services.NotPermitted):
        services.record_contact(viewer=at_desk, verdict=offer(at_desk, customer))
    assert not Contact.objects.exists()


def test_a_complaint_holds_offers_back_and_lifting_it_lets_them_pass(at_desk, customer):
    note(at_desk, customer, purpose="offers", strength=3)
    hold = services.place_hold(viewer=at_desk, customer_id=customer, purposes=["offers"], why="Complaint 12")
    assert offer(at_desk, customer).facts["hold"] == "Complaint 12"
    assert services.lift_hold(viewer=at_desk, hold=hold)
    assert offer(at_desk, customer).outcome == "allow"


def test_an_answer_is_allowed_while_the_matter_is_open(at_desk, customer):
    ask = {"purpose": "service", "channel": "phone", "needs": 1}
    matter = services.open_matter(viewer=at_desk, customer_id=customer, kind="question", about="Tent poles")
    assert gate.ask(at_desk, customer, **ask).outcome == "allow"
    services.close_matter(viewer=at_desk, matter=matter)
    assert gate.ask(at_desk, customer, **ask).reason == "no_open_matter"


def test_the_hold_out_gets_no_unasked_offer_and_every_service(at_desk):
    period = holdout.period_of(at_desk.now)
    keys = (people.create(viewer=at_desk, change=people.Change(label=str(number))) for number in range(300))
    left = next(key for key in keys if holdout.held_out(at_desk.tenant, key, period))
    note(at_desk, left, purpose="offers", strength=3)
    note(at_desk, left, purpose="service", strength=3)
    assert offer(at_desk, left).reason == "left_alone"
    assert offer(at_desk, left, asked_for=True).outcome == "allow"
    assert gate.ask(at_desk, left, purpose="service", channel="email", needs=2).outcome == "allow"


def test_history_verdicts_and_contacts_cannot_be_altered(at_desk, customer):
    offer(at_desk, customer)
    with pytest.raises(DatabaseError), transaction.atomic():
        Verdict.objects.update(outcome="allow")
    with pytest.raises(DatabaseError), transaction.atomic():
        Change.objects.update(strength=5)


def test_a_customer_of_another_enterprise_is_not_there(at_desk, customer, bea):
    with tenancy(bea), pytest.raises(NotFound):
        offer(bea, customer)


def test_reading_for_offers_shows_only_those_who_permit_it(at_desk):
    open_one, shut, silent = make(at_desk, "open"), make(at_desk, "shut"), make(at_desk, "silent")
    note(at_desk, open_one, purpose="offers", strength=3)
    note(at_desk, shut, purpose="offers", strength=2)
    seen = set(
        visibility.visible(at_desk.for_purpose("offers"), Customer.objects.all()).values_list("pk", flat=True)
    )
    assert open_one in seen
    assert not {shut, silent} & seen


def test_a_person_claims_says_and_is_told(at_desk, ana):
    customer = make(at_desk, email="ana@example.org")
    note(at_desk, customer, purpose="offers", strength=3)
    with tenancy(ana):
        people.claim(viewer=ana, kind="email", value="ana@example.org", proved_by="email")
        assert services.say(
            viewer=ana, enterprise_id=at_desk.tenant, statements=[Statement(purpose="offers", strength=1)]
        )
    verdict = offer(at_desk, customer)
    assert (verdict.outcome, verdict.reason) == ("deny", "strength_too_low")
    with tenancy(ana):
        (line,) = queries.told(ana)
        assert (line.about, line.reason, line.happened) == ("Autumn trails", "strength_too_low", False)


def test_staff_cannot_raise_what_a_person_said(at_desk, ana):
    customer = make(at_desk, email="ana@example.org")
    with tenancy(ana):
        people.claim(viewer=ana, kind="email", value="ana@example.org", proved_by="email")
        services.say(
            viewer=ana, enterprise_id=at_desk.tenant, statements=[Statement(purpose="offers", strength=2)]
        )
    with pytest.raises(services.OnlyThePerson):
        note(at_desk, customer, purpose="offers", strength=3)
    assert note(at_desk, customer, purpose="offers", strength=0)
    # The database itself keeps staff from writing in a person's name.
    assert Permission.objects.filter(giver_kind="person").update(strength=5) == 0


def test_a_person_may_raise_again_what_staff_had_noted(at_desk, ana):
    customer = make(at_desk, email="ana@example.org")
    note(at_desk, customer, purpose="offers", strength=1)
    with tenancy(ana):
        people.claim(viewer=ana, kind="email", value="ana@example.org", proved_by="email")
        services.say(
            viewer=ana, enterprise_id=at_desk.tenant, statements=[Statement(purpose="offers", strength=4)]
        )
    assert offer(at_desk, customer, asked_for=True).outcome == "allow"


def test_nobody_sees_or_says_anything_for_another_person(at_desk, ana, tom):
    customer = make(at_desk, email="ana@example.org")
    note(at_desk, customer, purpose="offers", strength=3)
    offer(at_desk, customer)
    with tenancy(ana):
        people.claim(viewer=ana, kind="email", value="ana@example.org", proved_by="email")
        services.say(
            viewer=ana, enterprise_id=at_desk.tenant, statements=[Statement(purpose="offers", strength=2)]
        )
    with tenancy(tom):
        assert [model.objects.count() for model in (Permission, Change, Verdict)] == [0, 0, 0]
        with pytest.raises(NotFound):
            services.say(
                viewer=tom, enterprise_id=at_desk.tenant, statements=[Statement(purpose="offers", strength=5)]
            )
        with pytest.raises(DatabaseError), transaction.atomic():
            Permission.objects.create(
                enterprise_id=at_desk.tenant, giver_kind="person", giver_id=ana.person_id,
                receiver_kind="enterprise", receiver_id=at_desk.tenant, purpose="offers", channel="", strength=5,
                happened_at=tom.now, recorded_at=tom.now,
            )  # fmt: skip
