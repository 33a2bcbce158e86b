"""What a campaign did: both arms over the same days, both sides, and harm that stops it."""

import pytest

from guanxi.core.models import Event
from guanxi.market.campaigns import guarding, measuring, queries, running, services
from guanxi.market.models import Campaign, Effect, Move, Recipient
from guanxi.trials.models import Outcome

_ORDERS = """
INSERT INTO sales_order (id, enterprise_id, customer_id, source_key, placed_at, recorded_at, currency, total, discount,
  extra, refunded, cost, line_count, state, simulated)
SELECT gen_random_uuid(), %(enterprise)s, id, gen_random_uuid()::text, %(now)s::timestamptz + %(after)s, %(now)s, 'CNY',
  %(total)s, %(discount)s, 0, 0, %(cost)s, 1, 'completed', false FROM unnest(%(ids)s::uuid[]) AS id
"""
_LOWERED = """
INSERT INTO consent_change (id, enterprise_id, giver_kind, giver_id, receiver_kind, receiver_id, purpose, channel,
  strength, former_strength, zone, words, proof, changed_by, happened_at, recorded_at)
SELECT gen_random_uuid(), %(enterprise)s, 'customer', id, 'enterprise', %(enterprise)s, 'offers', '', 0, 3, 'UTC', '',
  'x', 'x', %(now)s::timestamptz + interval '1 hour', %(now)s::timestamptz + interval '1 hour'
FROM unnest(%(ids)s::uuid[]) AS id
"""


def arm(name):
    return list(Recipient.objects.filter(arm=name).order_by("turn").values_list("customer_id", flat=True))


def bought(market, ids, *, after="2 days", total=100, cost=60, discount=0):
    market.run(_ORDERS, ids=ids, after=after, total=total, cost=cost, discount=discount)


@pytest.fixture
def reached(market):
    """A campaign whose every contact was made at the enterprise's now."""
    segment = market.segment()
    market.customers(300, segments=[segment])
    campaign = market.running(segment, contact_cost=1)
    while running.hand_over_portion(viewer=market.viewer, campaign_id=campaign.pk):
        pass
    return campaign


def effects(viewer, campaign):
    measuring.measure(viewer=viewer, campaign=campaign)
    return guarding.latest(queries.effects_for(viewer, campaign))


def test_both_arms_are_counted_over_the_same_days(market, later, reached):
    treated, control = arm("contact"), arm("control")
    bought(market, treated[:20], total=100, discount=10)
    bought(market, control[:5], total=50)
    bought(market, treated[:3], after="-1 days", total=1000)
    bought(market, treated[:3], after="15 days", total=1000)
    found = effects(later(days=14), reached)
    turnover = found["turnover"]
    assert (turnover.treated, turnover.control) == (len(treated), len(control))
    assert (turnover.treated_total, turnover.control_total) == (2000, 250)
    assert (found["saved"].treated_total, found["orders"].treated_total) == (200, 20)
    assert found["gain"].treated_total == 20 * 40 - len(treated)


def test_a_customer_counts_once_their_days_are_over(market, later, reached):
    bought(market, arm("contact")[:5])
    early = effects(later(days=3), reached)["turnover"]
    assert (early.treated, early.treated_total) == (0, 0)
    assert effects(later(days=14), reached)["turnover"].treated_total == 500


def test_looking_again_counts_nothing_twice_and_writes_nothing_that_is_zero(market, later, reached):
    bought(market, arm("contact")[:5])
    effects(later(days=14), reached)
    rows = Outcome.objects.count()
    effects(later(days=14), reached)
    assert Outcome.objects.count() == rows
    assert not Outcome.objects.filter(value=0).exists()
    assert Outcome.objects.filter(measure="turnover").count() == 5
    assert Effect.objects.filter(measure="turnover").count() == 1


def test_what_came_late_is_joined(market, later, reached):
    effects(later(days=14), reached)
    bought(market, arm("contact")[:5])
    assert effects(later(days=15), reached)["turnover"].treated_total == 500


def test_a_campaign_proved_worse_for_customers_stops_by_itself_and_says_why(market, later, reached):
    market.run(_LOWERED, ids=arm("contact")[:90])
    viewer = later(days=7)
    effects(viewer, reached)
    why = guarding.guard(viewer=viewer, campaign=reached)
    assert "90" in why
    assert Campaign.objects.get().state == "drained"
    move = Move.objects.latest("recorded_at")
    assert (move.state, move.why) == ("drained", why)
    assert Event.objects.filter(type="campaign.stopped").count() == 1


def test_a_few_who_leave_in_both_arms_do_not_stop_it(market, later, reached):
    market.run(_LOWERED, ids=[*arm("contact")[:6], *arm("control")[:6]])
    viewer = later(days=7)
    effects(viewer, reached)
    assert guarding.guard(viewer=viewer, campaign=reached) == ""
    assert Campaign.objects.get().state == "running"


def test_a_campaign_without_effect_shows_none_however_often_one_looks(market, later, reached):
    everybody = arm("contact") + arm("control")
    for day in range(14):
        bought(market, everybody[day::7], after=f"{day} days 1 hour", total=50 + 7 * day)
    for day in (7, 14, 15, 18, 21):
        viewer = later(days=day)
        for effect in effects(viewer, reached).values():
            if effect.measure not in ("gain", "contacts") and effect.low is not None:
                assert effect.low <= 0 <= effect.high, (day, effect.measure)
        assert guarding.guard(viewer=viewer, campaign=reached) == ""


def test_a_drained_campaign_ends_when_the_days_of_its_last_customers_are_over(market, later, reached):
    services.drain(viewer=market.viewer, campaign_id=reached.pk)
    campaign = queries.campaign_for(market.viewer, reached.pk)
    assert guarding.guard(viewer=later(days=14), campaign=campaign) == ""
    assert guarding.guard(viewer=later(days=15), campaign=campaign)
    assert Campaign.objects.get().state == "ended"
