"""A campaign on its way: its pace, its pauses, and nobody twice or lost, whatever is killed."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from guanxi.consent.models import Permission
from guanxi.market.campaigns import jobs, planning, running, services
from guanxi.market.models import Coupon, Portion, Recipient, Round
from guanxi.touch.models import Message, Outbox
from tests.market import shop


class KilledError(Exception):
    """The process is gone."""


def hand_over(market, campaign, **facts):
    return running.hand_over_portion(viewer=market.viewer, campaign_id=campaign.pk, **facts)


@transaction.atomic
def hand_over_and_die(market, campaign):
    assert hand_over(market, campaign, most=5)
    raise KilledError


def tally(market, campaign):
    return running.current_round(market.viewer, campaign).tally


def contacted():
    """Whom the outbox was to write to, or is to wait for."""
    return list(Message.objects.values_list("customer_id", flat=True))


def test_every_contact_goes_out_once_and_the_control_group_gets_nothing(market):
    segment = market.segment()
    market.customers(50, segments=[segment])
    campaign = market.running(segment)
    while hand_over(market, campaign, most=7):
        pass
    rows = Recipient.objects.all()
    assert sorted(contacted()) == sorted(rows.filter(arm="contact").values_list("customer_id", flat=True))
    assert not rows.filter(arm="control").exclude(standing="left", reason="control").exists()
    assert not rows.filter(standing="waiting").exists()


def test_with_two_campaigns_running_neithers_control_group_is_contacted(market):
    segment = market.segment()
    market.customers(60, segments=[segment])
    campaigns = [market.running(segment, name) for name in ("First", "Second")]
    for campaign in campaigns:
        while hand_over(market, campaign):
            pass
    left_alone = set(Recipient.objects.filter(arm="control").values_list("customer_id", flat=True))
    assert left_alone
    assert not left_alone & set(contacted())


def test_a_portion_that_was_killed_is_neither_lost_nor_doubled(market):
    segment = market.segment()
    market.customers(40, segments=[segment])
    campaign = market.running(segment)
    hand_over(market, campaign, most=5)
    before = sorted(contacted()), tally(market, campaign)
    for _kill in range(3):
        with pytest.raises(KilledError):
            hand_over_and_die(market, campaign)
        assert (sorted(contacted()), tally(market, campaign)) == before
    while hand_over(market, campaign, most=5):
        pass
    assert len(contacted()) == len(set(contacted())) == Recipient.objects.filter(arm="contact").count()
    assert Portion.objects.count() >= 3


def test_the_tally_is_what_the_recipients_say(market):
    segment = market.segment()
    market.customers(40, segments=[segment])
    campaign = market.running(segment)
    hand_over(market, campaign, most=6)
    round_ = running.current_round(market.viewer, campaign)
    assert round_.tally == planning.tally_of(market.viewer, round_.pk)
    assert sum(round_.tally.values()) == round_.size


def test_who_withdraws_after_the_plan_is_refused_at_sending_and_counted(market):
    segment = market.segment()
    ids = market.customers(30, segments=[segment])
    campaign = market.running(segment)
    Permission.objects.filter(giver_id__in=ids).update(strength=0)
    hand_over(market, campaign)
    treated = Recipient.objects.filter(arm="contact")
    assert contacted() == []
    assert set(treated.values_list("standing", "reason")) == {("refused", "strength_too_low")}
    assert tally(market, campaign)["contact:refused:strength_too_low"] == treated.count()


def test_the_pace_holds_within_the_hour_and_the_day(market, later):
    segment = market.segment()
    market.customers(80, segments=[segment])
    campaign = market.running(segment, pace_hour=5, pace_day=8)
    given = []
    for hours in (0, 0.5, 1.5, 3, 26):
        portion = running.hand_over_portion(viewer=later(hours=hours), campaign_id=campaign.pk)
        given.append(portion.contacts if portion else 0)
    assert given == [5, 0, 3, 0, 5]


def test_who_is_put_off_waits_until_their_time(market, later):
    segment = market.segment()
    ids = market.customers(20, segments=[segment])
    Permission.objects.filter(giver_id__in=ids).update(paused_until=market.viewer.now + timedelta(days=2))
    campaign = market.running(segment)
    assert hand_over(market, campaign) is None
    portion = running.hand_over_portion(viewer=later(days=2, seconds=1), campaign_id=campaign.pk)
    assert portion.contacts == Recipient.objects.filter(arm="contact", standing="sent").count() > 0


def test_a_pause_stops_at_once_and_going_on_loses_nobody(market):
    segment = market.segment()
    market.customers(40, segments=[segment])
    campaign = market.running(segment)
    hand_over(market, campaign, most=5)
    services.pause(viewer=market.viewer, campaign_id=campaign.pk, why="A wrong price")
    assert hand_over(market, campaign) is None
    assert Outbox.objects.filter(due_at__lte=timezone.now()).count() == 0 < Outbox.objects.count()
    services.start(viewer=market.viewer, campaign_id=campaign.pk)
    assert not Outbox.objects.filter(due_at__gt=timezone.now()).exists()
    while hand_over(market, campaign):
        pass
    assert not Recipient.objects.filter(standing="waiting").exists()


def test_before_its_beginning_nothing_goes_out(market, later):
    segment = market.segment()
    market.customers(20, segments=[segment])
    campaign = market.running(segment, starts_at=market.viewer.now + timedelta(days=1))
    assert hand_over(market, campaign) is None
    assert running.hand_over_portion(viewer=later(days=1), campaign_id=campaign.pk)


def test_a_new_round_comes_after_its_days_and_keeps_the_control_group(market, later):
    segment = market.segment()
    market.customers(40, segments=[segment])
    campaign = market.running(segment, again_after_days=20, window_days=10)
    while hand_over(market, campaign):
        pass
    first = running.current_round(market.viewer, campaign)
    assert not running.next_round_due(later(days=19), campaign, first)
    assert running.next_round_due(later(days=20), campaign, first)
    second = planning.plan(viewer=later(days=20), campaign=campaign, number=2)

    def control(made):
        rows = Recipient.objects.filter(round_id=made.pk, arm="control")
        return set(rows.values_list("customer_id", flat=True))

    assert control(first) == control(second)


def test_the_job_records_hands_over_and_ends_what_is_over(market):
    segment = market.segment()
    market.customers(30, segments=[segment])
    campaign = market.campaign(segment, ends_at=market.viewer.now + timedelta(days=1), pace_hour=600)
    jobs.plan(market.viewer.tenant, campaign.pk)
    services.approve(viewer=market.viewer, campaign_id=campaign.pk)
    services.start(viewer=market.viewer, campaign_id=campaign.pk)
    assert jobs.advance(market.viewer.tenant, campaign.pk) == 10
    assert Round.objects.get().recorded_at
    assert jobs.advance(market.viewer.tenant, campaign.pk, at_once=True) > 0


def test_what_a_campaign_brings_is_a_code_for_each_who_is_written_to_and_for_nobody_else(market):
    segment = market.segment()
    market.customers(30, segments=[segment])
    offer = shop.make(market.viewer)
    campaign = market.running(segment, offer_id=offer.pk)
    while hand_over(market, campaign):
        pass
    given = set(Coupon.objects.values_list("customer_id", flat=True))
    assert given == set(contacted())
    assert not given & set(Recipient.objects.filter(arm="control").values_list("customer_id", flat=True))
