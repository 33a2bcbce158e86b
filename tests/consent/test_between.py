"""The same ladder between individuals, under their own row security."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction

from guanxi.consent import between, gate
from guanxi.consent.models import Permission, VerdictBetween
from guanxi.consent.services import Statement
from guanxi.core.errors import NotAllowed
from guanxi.core.tenancy import tenancy


def grant(giver, receiver, **facts):
    said = [Statement(**{"purpose": "community", "strength": 3, **facts})]
    with tenancy(giver):
        return between.grant(
            viewer=giver, receiver_kind="person", receiver_id=receiver.person_id, statements=said
        )


def ask(sender, giver, **facts):
    with tenancy(sender):
        return gate.ask_between(
            sender, giver.person_id, receiver_kind="person", receiver_id=sender.person_id,
            **{"purpose": "community", "channel": "messenger", "needs": 2, "about": "Come along on Sunday", **facts},
        )  # fmt: skip


def test_a_friend_may_write_only_where_it_was_granted(ana, tom):
    assert ask(tom, ana).reason == "no_permission"
    grant(ana, tom)
    assert ask(tom, ana).outcome == "allow"
    assert ask(tom, ana, purpose="offers").reason == "no_permission"
    assert ask(tom, ana, needs=4).reason == "strength_too_low"


def test_what_one_grants_the_other_does_not_get_back(ana, tom):
    grant(ana, tom)
    assert ask(ana, tom).outcome == "deny"


def test_a_forward_is_no_notice_of_law(ana, tom):
    grant(ana, tom, purpose="service", strength=0)
    assert ask(tom, ana, purpose="service", needs=0).outcome == "deny"


def test_hours_channels_and_numbers_hold_between_friends(ana, tom):
    grant(ana, tom, weekly_cap=1)
    grant(ana, tom, channel="phone", strength=0)
    assert ask(tom, ana, channel="phone").reason == "channel_not_permitted"
    assert [ask(tom, ana).reason for _again in range(2)] == ["permitted", "weekly_cap"]
    later = replace(tom, now=tom.now + timedelta(days=8))
    assert ask(later, ana).outcome == "allow"


def test_withdrawing_closes_at_once_and_the_history_stays(ana, tom):
    grant(ana, tom)
    with tenancy(ana):
        assert between.withdraw(viewer=ana, receiver_kind="person", receiver_id=tom.person_id) == 1
        assert [change.strength for change in between.history_for(ana)] == [0, 3]
    assert ask(tom, ana).outcome == "deny"


def test_both_read_the_answer_and_nobody_else(ana, tom, bea, at_desk):
    grant(ana, tom)
    with tenancy(bea):
        # No enterprise sees what individuals permit each other.
        assert Permission.objects.count() == 0
    ask(tom, ana)
    for viewer in (ana, tom):
        with tenancy(viewer):
            assert [one.about for one in between.answers_for(viewer)] == ["Come along on Sunday"]
    with tenancy(tom):
        assert Permission.objects.count() == 0
    with tenancy(at_desk), pytest.raises(DatabaseError), transaction.atomic():
        VerdictBetween.objects.count()


def test_nobody_asks_or_looks_in_anothers_name(ana, tom):
    grant(ana, tom)
    stranger = uuid4()
    with tenancy(tom), pytest.raises(NotAllowed):
        gate.ask_between(
            tom, ana.person_id, receiver_kind="person", receiver_id=stranger, purpose="community"
        )
    with tenancy(ana), connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM consent_between(%s, 'person', %s, 'community', '', now())",
            [ana.person_id, tom.person_id],
        )
        assert cursor.fetchone() == (0,)
    with tenancy(tom), pytest.raises(DatabaseError), transaction.atomic():
        VerdictBetween.objects.create(
            giver_id=ana.person_id, receiver_kind="person", receiver_id=stranger, asked_by_id=stranger,
            purpose="community", needs=2, outcome="allow", reason="permitted", asked_at=tom.now,
        )  # fmt: skip


def test_a_circle_is_a_receiver_like_any_other(ana, tom):
    circle = uuid4()
    with tenancy(ana):
        said = [Statement(purpose="community", strength=2)]
        between.grant(viewer=ana, receiver_kind="circle", receiver_id=circle, statements=said)
    with tenancy(tom):
        wish = {"receiver_kind": "circle", "receiver_id": circle, "purpose": "community"}
        assert gate.ask_between(tom, ana.person_id, **wish).outcome == "allow"
