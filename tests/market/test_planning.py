"""A plan: everybody of the segment stands in it, the arms are alike, and chance is on record beforehand."""

import random

import pytest
from django.db import DatabaseError, connection, transaction

from guanxi.market.campaigns import planning, running, services
from guanxi.market.models import Portion, Recipient
from guanxi.trials import drawing, holdout
from guanxi.trials.models import Decision, HoldOut


def recipients(made):
    return Recipient.objects.filter(round_id=made.pk)


def test_sql_and_python_draw_the_same_number(db):
    texts = ["", "a", "holdout:x:2026H2:y", "许可:闸", *(f"action:{n}" for n in range(200))]
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {drawing.share_in_sql('word')} FROM unnest(%s::text[]) WITH ORDINALITY AS t (word, n) ORDER BY n",
            [texts],
        )
        drawn = [row[0] for row in cursor.fetchall()]
    assert drawn == [drawing.share(text) for text in texts]


def test_the_plan_draws_whom_the_trials_draw(market):
    segment = market.segment()
    market.customers(120, segments=[segment])
    campaign = market.campaign(segment, control_share=0.3)
    rows = recipients(market.planned(campaign))
    period = holdout.period_of(market.viewer.now)
    for row in rows:
        tenant = market.viewer.tenant
        held_out = holdout.held_out(tenant, row.customer_id, period)
        control = holdout.held_out_of_action(tenant, row.customer_id, planning.action_of(campaign), 0.3)
        assert (row.reason == "hold_out") == held_out
        assert row.arm == ("" if held_out else "control" if control else "contact")


@pytest.mark.parametrize("seed", range(4))
def test_the_counts_add_up_to_the_segment_in_any_world(market, seed):
    chance = random.Random(seed)
    segment, other = market.segment(), market.segment("Readers")
    expected = 0
    for _group in range(5):
        count = chance.randrange(0, 12)
        expected += count
        ids = market.customers(
            count,
            segments=[segment, other][: chance.randrange(1, 3)],
            strength=chance.choice([None, 0, 1, 2, 3, 5]),
        )
        if chance.random() < 0.5:
            market.permit(ids, strength=0, channel="sms") if ids else None
    if chance.random() < 0.6:
        market.running(other, "Books")
    campaign = market.campaign(
        segment, channels=("sms", "email"), contact_cost=1, budget=chance.choice([None, 5]),
        overlap=chance.choice(["exclude", "allow"]), control_share=chance.choice([0.05, 0.25, 0.5]),
    )  # fmt: skip
    made = market.planned(campaign)
    assert made.size == sum(made.tally.values()) == recipients(made).count() == expected
    assert not recipients(made).filter(standing="out", reason="").exists()
    assert not recipients(made).filter(arm="").exclude(standing="out").exists()


def test_whoever_may_not_be_contacted_stands_under_the_gates_reason(market):
    segment = market.segment()
    market.customers(20, segments=[segment], strength=None, purpose="news")
    market.customers(20, segments=[segment], strength=1)
    tally = market.planned(market.campaign(segment)).tally
    assert set(tally) <= {"::out:", ":out:no_permission", ":out:strength_too_low", ":out:hold_out"}
    assert tally[":out:no_permission"] + tally[":out:strength_too_low"] + tally.get(":out:hold_out", 0) == 40


def test_each_gets_the_first_channel_that_is_open(market):
    segment = market.segment()
    both = market.customers(10, segments=[segment])
    no_sms = market.customers(10, segments=[segment])
    market.permit(no_sms, strength=0, channel="sms")
    made = market.planned(market.campaign(segment, channels=("sms", "email")))
    channels = dict(recipients(made).exclude(arm="").values_list("customer_id", "channel"))
    assert {channels[one] for one in both if one in channels} == {"sms"}
    assert {channels[one] for one in no_sms if one in channels} == {"email"}


def test_a_customer_in_another_campaign_is_left_out_and_shown_before_launch(market):
    segment = market.segment()
    market.customers(40, segments=[segment])
    first = market.running(segment, "First")
    mine = recipients(running.current_round(market.viewer, first)).exclude(arm="").count()
    second = market.planned(market.campaign(segment, "Second"))
    assert second.tally.get(":out:elsewhere") == mine
    assert second.overlaps == [{"campaign": str(first.pk), "customers": mine}]


def test_where_overlap_is_allowed_both_arms_of_the_other_campaign_stay_alike(market):
    segment = market.segment()
    market.customers(40, segments=[segment])
    market.running(segment, "First")
    second = market.planned(market.campaign(segment, "Second", overlap="allow"))
    assert ":out:elsewhere" not in second.tally
    assert second.overlaps[0]["customers"] > 0


def test_of_two_planned_at_once_the_second_to_start_leaves_the_firsts_customers(market):
    segment = market.segment()
    market.customers(40, segments=[segment])
    one, two = market.campaign(segment, "One"), market.campaign(segment, "Two")
    plans = [market.planned(one), market.planned(two)]
    for campaign, made in zip((one, two), plans, strict=True):
        services.approve(viewer=market.viewer, campaign_id=campaign.pk)
        services.start(viewer=market.viewer, campaign_id=campaign.pk)
        planning.record(viewer=market.viewer, campaign=campaign, round_=made)
    assert recipients(plans[0]).exclude(arm="").exists()
    assert not recipients(plans[1]).exclude(arm="").exists()
    plans[1].refresh_from_db()
    assert sum(plans[1].tally.values()) == plans[1].size


def test_a_budget_cuts_both_arms_at_the_same_place(market):
    segment = market.segment()
    market.customers(120, segments=[segment])
    made = market.planned(market.campaign(segment, contact_cost=2, budget=20))
    rows = recipients(made)
    assert rows.filter(arm="contact").count() == 10
    last = rows.exclude(arm="").order_by("-turn").values_list("turn", flat=True)[0]
    assert rows.filter(reason="budget", turn__lt=last).count() == 0


def test_decisions_are_written_with_their_chances_before_anything_is_sent(market):
    segment = market.segment()
    market.customers(60, segments=[segment])
    campaign = market.campaign(segment, control_share=0.25)
    made = market.planned(campaign)
    assert not Decision.objects.exists()
    assert planning.record(viewer=market.viewer, campaign=campaign, round_=made)
    assert not planning.record(viewer=market.viewer, campaign=campaign, round_=made)
    decisions = {one.pk: one for one in Decision.objects.filter(policy=campaign.policy)}
    rows = list(recipients(made).exclude(arm=""))
    assert len(rows) == len(decisions)
    for row in rows:
        one = decisions[row.decision_id]
        chosen, chance = ("nothing", 0.25) if row.arm == "control" else ("contact", 0.75)
        assert (one.customer_id, one.chosen, one.chance, one.seed) == (
            row.customer_id,
            chosen,
            chance,
            campaign.seed,
        )
        assert {each["action"]: each["chance"] for each in one.eligible} == {"contact": 0.75, "nothing": 0.25}
    assert HoldOut.objects.count() == recipients(made).filter(reason="hold_out").count()


def test_the_database_refuses_a_portion_before_chance_is_on_record(market):
    segment = market.segment()
    market.customers(5, segments=[segment])
    campaign = market.campaign(segment)
    made = market.planned(campaign)
    with pytest.raises(DatabaseError, match="not on record"), transaction.atomic():
        Portion.objects.create(
            enterprise_id=market.viewer.tenant, campaign=campaign, round=made, handed_at=market.viewer.now,
            contacts=1, controls=0,
        )  # fmt: skip
    assert not Portion.objects.exists()


def test_planning_again_takes_the_place_of_the_former_plan(market):
    segment = market.segment()
    market.customers(10, segments=[segment])
    campaign = market.campaign(segment)
    first = market.planned(campaign)
    arms = dict(recipients(first).values_list("customer_id", "arm"))
    second = market.planned(campaign)
    assert dict(Recipient.objects.values_list("customer_id", "arm")) == arms
    assert set(Recipient.objects.values_list("round_id", flat=True)) == {second.pk}
