"""The gate's thinking, without a table in sight: terms, what is going on, and the verdict that follows. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from guanxi.consent.words import CONTRACTUAL, DEFAULTS, Outcome, Reason, Strength

WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Quiet:
    """Hours in which somebody wants no contact, on their own clock; they may cross midnight."""

    start: time
    end: time
    zone: str

    def until(self, moment: datetime) -> datetime | None:
        """When the quiet ends that holds at this moment; None where none does."""
        local = moment.astimezone(ZoneInfo(self.zone))
        clock = local.time()
        crossing = self.end <= self.start
        inside = (clock >= self.start or clock < self.end) if crossing else self.start <= clock < self.end
        if not inside or self.start == self.end:
            return None
        day = local.date() + timedelta(days=1 if crossing and clock >= self.start else 0)
        return datetime.combine(day, self.end, tzinfo=ZoneInfo(self.zone)).astimezone(moment.tzinfo)


@dataclass(frozen=True, slots=True)
class Terms:
    """What was permitted for one purpose, by one statement or by the strictest of several.

    Attributes:
        strength: None where nothing was said.
        limits: The strength of single channels where it differs; 0 for a channel that is not wanted.
    """

    strength: int | None = None
    limits: Mapping[str, int] = field(default_factory=dict)
    quiets: tuple[Quiet, ...] = ()
    weekly_cap: int | None = None
    paused_until: datetime | None = None
    ends_at: datetime | None = None
    permission_ids: tuple[str, ...] = ()

    def on(self, channel: str) -> int | None:
        """The strength on a channel."""
        if self.strength is None:
            return None
        return min(self.strength, self.limits.get(channel, self.strength))


def strictest(statements: Iterable[Terms]) -> Terms:
    """What remains where several records of one human say different things: the stricter of each."""
    given = [terms for terms in statements if terms.strength is not None]
    limits: dict[str, int] = {}
    for terms in given:
        for channel, limit in terms.limits.items():
            limits[channel] = min(limit, limits.get(channel, limit))
    return Terms(
        strength=min((terms.strength for terms in given if terms.strength is not None), default=None),
        limits=limits,
        quiets=tuple(dict.fromkeys(quiet for terms in given for quiet in terms.quiets)),
        weekly_cap=min((terms.weekly_cap for terms in given if terms.weekly_cap is not None), default=None),
        paused_until=max((terms.paused_until for terms in given if terms.paused_until), default=None),
        ends_at=min((terms.ends_at for terms in given if terms.ends_at), default=None),
        permission_ids=tuple(id_ for terms in given for id_ in terms.permission_ids),
    )


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked of the gate.

    Attributes:
        needs: The strength that the contact or the reading needs; 0 for a notice that law or contract demands.
        asked_for: Whether the customer asked for it; then the hold-out does not apply.
    """

    purpose: str
    channel: str = ""
    needs: int = Strength.INFORMED
    asked_for: bool = False


@dataclass(frozen=True, slots=True)
class Situation:
    """What is going on with a customer.

    Attributes:
        contacted_at: When they were contacted for this purpose within the last week, oldest first.
        hold: Why contact for this purpose is held back; empty where it is not.
    """

    matter_open: bool = False
    hold: str = ""
    left_alone: bool = False
    contacted_at: tuple[datetime, ...] = ()


@dataclass(frozen=True, slots=True)
class Judgement:
    """The answer, its reason and the facts that were used."""

    outcome: Outcome
    reason: Reason
    until: datetime | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


def may_contact(wish: Wish, terms: Terms, situation: Situation, now: datetime) -> Judgement:
    """May we contact? The first thing that forbids it is the reason; what only delays it is added up."""
    if wish.needs == Strength.NONE:
        return Judgement(Outcome.ALLOW, Reason.NOTICE)
    has, ended = _strength(wish, terms, now)
    facts: dict[str, Any] = {"has": has, "needs": int(wish.needs), "permissions": list(terms.permission_ids)}
    refusal = _refusal(wish, terms, situation, has=has, ended=ended)
    if refusal:
        return Judgement(Outcome.DENY, refusal, facts={**facts, **_why(refusal, terms, situation)})
    delays = list(_delays(wish, terms, situation, now))
    if not delays:
        return Judgement(Outcome.ALLOW, Reason.PERMITTED, facts=facts)
    reason, until = max(delays, key=lambda delay: delay[1])
    # What opens again in quiet hours waits for their end.
    ends = [end for quiet in terms.quiets if (end := quiet.until(until))]
    return Judgement(Outcome.DEFER, reason, max([until, *ends]), {**facts, **_why(reason, terms, situation)})


def may_read(wish: Wish, terms: Terms, now: datetime) -> Judgement:
    """May private data be read for this purpose?"""
    has, ended = _strength(wish, terms, now)
    facts = {"has": has, "needs": int(wish.needs), "permissions": list(terms.permission_ids)}
    if wish.purpose in CONTRACTUAL or wish.needs == Strength.NONE:
        return Judgement(Outcome.ALLOW, Reason.NOTICE, facts=facts)
    if has >= wish.needs:
        return Judgement(Outcome.ALLOW, Reason.PERMITTED, facts=facts)
    return Judgement(Outcome.DENY, _too_weak(terms, ended), facts=facts)


def _strength(wish: Wish, terms: Terms, now: datetime) -> tuple[int, bool]:
    """The strength that counts, and whether the permission has ended."""
    ended = terms.ends_at is not None and terms.ends_at <= now
    said = None if ended else terms.on(wish.channel)
    return (int(DEFAULTS.get(wish.purpose, Strength.NONE)) if said is None else said), ended


def _refusal(wish: Wish, terms: Terms, situation: Situation, *, has: int, ended: bool) -> Reason | None:
    if has < wish.needs:
        enough_elsewhere = not ended and (terms.strength or 0) >= wish.needs
        return Reason.CHANNEL if enough_elsewhere else _too_weak(terms, ended)
    if wish.needs == Strength.SITUATION and not situation.matter_open:
        return Reason.NO_MATTER
    # An answer to the customer's own matter is what a hold waits for.
    if situation.hold and not (wish.needs == Strength.SITUATION or wish.asked_for):
        return Reason.HOLD
    return Reason.LEFT_ALONE if situation.left_alone and not wish.asked_for else None


def _too_weak(terms: Terms, ended: bool) -> Reason:
    if ended:
        return Reason.ENDED
    return Reason.NO_PERMISSION if terms.strength is None else Reason.TOO_LOW


def _delays(
    wish: Wish, terms: Terms, situation: Situation, now: datetime
) -> Iterable[tuple[Reason, datetime]]:
    if terms.paused_until and terms.paused_until > now:
        yield Reason.PAUSED, terms.paused_until
    if terms.weekly_cap is not None and len(situation.contacted_at) >= terms.weekly_cap:
        # The contact that must leave the week so that one more fits into it.
        oldest = situation.contacted_at[-terms.weekly_cap] if terms.weekly_cap else now
        yield Reason.CAP, oldest + WEEK
    for quiet in terms.quiets:
        if end := quiet.until(now):
            yield Reason.QUIET, end


def _why(reason: Reason, terms: Terms, situation: Situation) -> dict[str, Any]:
    """The facts behind a reason, as JSON can hold them."""
    if reason is Reason.HOLD:
        return {"hold": situation.hold}
    if reason is Reason.CAP:
        return {"cap": terms.weekly_cap, "used": len(situation.contacted_at)}
    if reason is Reason.QUIET:
        return {"quiet": [[f"{q.start:%H:%M}", f"{q.end:%H:%M}", q.zone] for q in terms.quiets]}
    if reason is Reason.ENDED and terms.ends_at:
        return {"ended": terms.ends_at.isoformat()}
    return {}
