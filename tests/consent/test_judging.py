"""The gate's thinking, case by case."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from guanxi.consent import judging
from guanxi.consent.judging import Quiet, Situation, Terms, Wish
from guanxi.consent.words import Outcome, Purpose, Reason

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)  # 17:00 in Shanghai, a Friday
NIGHT = Quiet(time(21), time(9), "Asia/Shanghai")
OFFER = Wish("offers", "email", needs=3)
FREE = Situation()


@pytest.mark.parametrize(
    ("wish", "terms", "situation", "outcome", "reason"),
    [
        (OFFER, Terms(), FREE, "deny", Reason.NO_PERMISSION),
        (OFFER, Terms(strength=2), FREE, "deny", Reason.TOO_LOW),
        (OFFER, Terms(strength=3), FREE, "allow", Reason.PERMITTED),
        (OFFER, Terms(strength=3, limits={"phone": 0}), FREE, "allow", Reason.PERMITTED),
        (OFFER, Terms(strength=3, limits={"email": 0}), FREE, "deny", Reason.CHANNEL),
        (OFFER, Terms(strength=3, limits={"email": 2}), FREE, "deny", Reason.CHANNEL),
        (OFFER, Terms(strength=3, ends_at=NOW), FREE, "deny", Reason.ENDED),
        (OFFER, Terms(strength=3, ends_at=NOW + timedelta(1)), FREE, "allow", Reason.PERMITTED),
        (OFFER, Terms(strength=3), Situation(hold="complaint"), "deny", Reason.HOLD),
        (OFFER, Terms(strength=3), Situation(left_alone=True), "deny", Reason.LEFT_ALONE),
        (Wish("offers", "email", 3, asked_for=True), Terms(strength=3), Situation(left_alone=True), "allow",
         Reason.PERMITTED),
        (OFFER, Terms(strength=3, paused_until=NOW + timedelta(2)), FREE, "defer", Reason.PAUSED),
        (OFFER, Terms(strength=3, paused_until=NOW - timedelta(2)), FREE, "allow", Reason.PERMITTED),
        (OFFER, Terms(strength=3, weekly_cap=0), FREE, "defer", Reason.CAP),
        (OFFER, Terms(strength=3, weekly_cap=1), Situation(contacted_at=(NOW - timedelta(1),)), "defer", Reason.CAP),
        (OFFER, Terms(strength=3, quiets=(Quiet(time(16), time(18), "Asia/Shanghai"),)), FREE, "defer", Reason.QUIET),
        (OFFER, Terms(strength=3, quiets=(NIGHT,)), FREE, "allow", Reason.PERMITTED),
        (Wish("service", "phone", 1), Terms(), FREE, "deny", Reason.NO_MATTER),
        (Wish("service", "phone", 1), Terms(), Situation(matter_open=True), "allow", Reason.PERMITTED),
        (Wish("service", "phone", 1), Terms(strength=0), Situation(matter_open=True), "deny", Reason.TOO_LOW),
        (Wish("service", "phone", 1), Terms(), Situation(matter_open=True, hold="x"), "allow", Reason.PERMITTED),
        (Wish("orders", "email", 0), Terms(strength=0), Situation(hold="x", left_alone=True), "allow", Reason.NOTICE),
    ],
)  # fmt: skip
def test_may_we_contact(wish, terms, situation, outcome, reason):
    judgement = judging.may_contact(wish, terms, situation, NOW)
    assert (judgement.outcome, judgement.reason) == (outcome, reason)


@pytest.mark.parametrize(
    ("local", "until"),
    [
        ("2026-11-20T20:59", None),
        ("2026-11-20T21:00", "2026-11-21T09:00"),
        ("2026-11-21T03:00", "2026-11-21T09:00"),
        ("2026-11-21T09:00", None),
    ],
)
def test_quiet_hours_cross_midnight_on_the_persons_clock(local, until):
    zone = ZoneInfo("Asia/Shanghai")
    moment = datetime.fromisoformat(local).replace(tzinfo=zone).astimezone(UTC)
    expected = until and datetime.fromisoformat(until).replace(tzinfo=zone)
    assert NIGHT.until(moment) == expected


def test_a_pause_that_ends_at_night_waits_for_the_morning():
    terms = Terms(strength=3, paused_until=datetime(2026, 11, 21, 15, tzinfo=UTC), quiets=(NIGHT,))
    judgement = judging.may_contact(OFFER, terms, FREE, NOW)
    assert (judgement.reason, judgement.until) == (Reason.PAUSED, datetime(2026, 11, 22, 1, tzinfo=UTC))


def test_the_weekly_number_opens_again_when_the_oldest_contact_has_left_the_week():
    contacts = (NOW - timedelta(days=6), NOW - timedelta(days=2))
    judgement = judging.may_contact(
        OFFER, Terms(strength=3, weekly_cap=2), Situation(contacted_at=contacts), NOW
    )
    assert judgement.until == NOW + timedelta(days=1)
    assert (judgement.facts["cap"], judgement.facts["used"]) == (2, 2)


def test_reading_for_service_needs_no_permission_and_for_offers_a_personal_one():
    service, offers = Wish("service", needs=3), Wish("offers", needs=3)
    assert judging.may_read(service, Terms(), NOW).outcome == Outcome.ALLOW
    assert judging.may_read(offers, Terms(strength=2), NOW).outcome == Outcome.DENY
    assert judging.may_read(offers, Terms(strength=3), NOW).outcome == Outcome.ALLOW


_strengths = st.none() | st.integers(0, 5)
_terms = st.builds(
    Terms,
    strength=_strengths,
    limits=st.dictionaries(st.sampled_from(["email", "phone"]), st.integers(0, 5)),
    weekly_cap=st.none() | st.integers(0, 3),
    paused_until=st.none() | st.sampled_from([NOW - timedelta(1), NOW + timedelta(1)]),
    ends_at=st.none() | st.sampled_from([NOW - timedelta(1), NOW + timedelta(1)]),
)
_wishes = st.builds(
    Wish, st.sampled_from(Purpose.values), st.sampled_from(["email", "phone"]), st.integers(1, 5)
)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(_wishes, st.lists(_terms, min_size=1, max_size=4))
def test_together_they_permit_no_more_than_each_alone(wish, statements):
    together = judging.may_contact(wish, judging.strictest(statements), FREE, NOW)
    alone = [
        judging.may_contact(wish, terms, FREE, NOW) for terms in statements if terms.strength is not None
    ]
    assert together.outcome != "allow" or all(judgement.outcome == "allow" for judgement in alone)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(_wishes, _terms, st.integers(0, 5))
def test_lowering_a_permission_never_opens_the_gate(wish, terms, strength):
    said = Terms(
        strength=5, limits=terms.limits, weekly_cap=terms.weekly_cap, paused_until=terms.paused_until
    )
    lower = Terms(
        strength=strength, limits=terms.limits, weekly_cap=terms.weekly_cap, paused_until=terms.paused_until
    )
    before, after = (judging.may_contact(wish, each, FREE, NOW) for each in (said, lower))
    assert after.outcome != "allow" or before.outcome == "allow"
