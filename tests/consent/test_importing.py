"""Permissions by file: never without proof, never above it, never against what was said since."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from guanxi.consent import gate, importing, services
from guanxi.consent.models import Change, Permission
from guanxi.consent.services import Statement
from guanxi.consent.words import CARRIES
from guanxi.core.importing import targets
from guanxi.core.importing.targets import Row
from guanxi.core.tenancy import tenancy
from guanxi.people import services as people

MAY = datetime(2026, 5, 1, 10, tzinfo=UTC)


@pytest.fixture
def customer(at_desk):
    change = people.Change(label="Household 7", source_key="H7")
    return people.create(viewer=at_desk, change=change, identifiers=[("email", "ana@example.org")])


def bring(viewer, *rows, dry=False):
    given = [
        Row(number, {"customer_key": "H7", "purpose": "offers", "strength": 3, "proof_kind": "checkbox",
                     "proof": "web shop, order 12", "said_at": MAY, **values})
        for number, values in enumerate(rows, start=2)
    ]  # fmt: skip
    return importing.apply(viewer, given, run_id=uuid4(), dry=dry)


def test_the_target_is_offered():
    assert {one.name for one in targets.get("consent.permission").fields} >= {
        "proof_kind",
        "said_at",
        "words",
    }


def test_a_row_with_proof_becomes_a_permission_with_its_history(at_desk, customer):
    (outcome,) = bring(
        at_desk, {"words": "Yes, tell me about offers", "quiet_from": "21:00", "quiet_to": "8:00"}
    )
    permission = Permission.objects.get()
    assert (outcome.action, permission.strength, permission.words) == (
        "create",
        3,
        "Yes, tell me about offers",
    )
    assert permission.happened_at == MAY
    assert permission.quiet_to.hour == 8
    assert Change.objects.get().changed_by == at_desk.actor
    assert (
        gate.ask(at_desk, customer, purpose="offers", channel="email", needs=3, asked_for=True).outcome
        == "allow"
    )


@pytest.mark.parametrize(("kind", "most"), sorted((str(kind), int(most)) for kind, most in CARRIES.items()))
def test_no_permission_is_stronger_than_its_proof(at_desk, customer, kind, most):
    bring(at_desk, {"strength": 5, "proof_kind": kind})
    assert Permission.objects.get().strength == most


@pytest.mark.parametrize(
    "lacking",
    [{"proof": ""}, {"proof_kind": None}, {"said_at": None}, {"said_at": datetime(2027, 1, 1, tzinfo=UTC)}],
)
def test_a_row_without_proof_is_set_aside_and_nothing_is_stored(at_desk, customer, lacking):
    (outcome,) = bring(at_desk, lacking)
    assert outcome.action == "reject"
    assert outcome.reason
    assert not Permission.objects.exists()


def test_the_same_file_twice_changes_nothing(at_desk, customer):
    bring(at_desk, {})
    assert [one.action for one in bring(at_desk, {})] == ["unchanged"]
    assert Change.objects.count() == 1


def test_what_was_lowered_since_is_not_raised_by_a_later_file(at_desk, customer):
    bring(at_desk, {})
    services.note(
        viewer=at_desk,
        customer_id=customer,
        statements=[Statement(purpose="offers", strength=1)],
        proof="by phone",
    )
    (outcome,) = bring(at_desk, {"said_at": at_desk.now, "strength": 3})
    assert (outcome.action, Permission.objects.get().strength) == ("unchanged", 1)


def test_a_person_who_speaks_for_themself_is_left_alone(at_desk, customer, ana):
    with tenancy(ana):
        people.claim(viewer=ana, kind="email", value="ana@example.org", proved_by="email")
        services.say(
            viewer=ana, enterprise_id=at_desk.tenant, statements=[Statement(purpose="offers", strength=5)]
        )
    assert [one.action for one in bring(at_desk, {"strength": 1})] == ["unchanged"]
    assert not Permission.objects.filter(giver_kind="customer").exists()


def test_a_dry_run_writes_nothing_and_an_unknown_customer_is_set_aside(at_desk, customer):
    outcomes = bring(at_desk, {}, {"customer_key": "H8"}, dry=True)
    assert [one.action for one in outcomes] == ["create", "reject"]
    assert not Permission.objects.exists()


def test_undoing_puts_back_what_stood(at_desk, customer):
    bring(at_desk, {})
    second = bring(at_desk, {"strength": 2, "said_at": at_desk.now})
    assert [one.action for one in importing.undo(at_desk, second)] == ["undone"]
    assert Permission.objects.get().strength == 3
    assert [one.action for one in importing.undo(at_desk, second)] == ["refused"]
