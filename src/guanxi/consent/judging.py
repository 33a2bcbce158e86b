"""The gate's thinking, without a table in sight: terms, what is going on, and the verdict that follows. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from guanxi.consent import pressure
from guanxi.consent.pressure import NO_PAST, Past
from guanxi.consent.words import CONTRACTUAL, DEFAULTS, REASONS_OF_BASES, Outcome, Reason, Strength

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

    @property
    def notice(self) -> bool:
        """Whether law or contract demands it; nothing does for a purpose of marketing."""
        return self.needs == Strength.NONE and self.purpose in CONTRACTUAL

    @property
    def answers(self) -> bool:
        """Whether it answers a matter that the customer opened."""
        return self.needs <= Strength.SITUATION

    @property
    def unasked(self) -> bool:
        """Whether the enterprise's own policy and the contact pressure apply."""
        return self.purpose not in CONTRACTUAL and not self.asked_for and not self.answers


@dataclass(frozen=True, slots=True)
class Situation:
    """What is going on with a customer.

    Attributes:
        contacted_at: When they were contacted for this purpose within the last week, oldest first.
        hold: Why contact for this purpose is held back; None where it is not.
        load: The contact pressure at this moment, over everybody who contacts them.
    """

    matter_open: bool = False
    hold: str | None = None
    left_alone: bool = False
    contacted_at: tuple[datetime, ...] = ()
    load: float = 0.0
    past: Past = NO_PAST


@dataclass(frozen=True, slots=True)
class Policy:
    """What an enterprise allows itself beyond what its customers permit, and the law's bases it stands on.

    Attributes:
        least: By purpose, the strength below which no unasked contact goes out.
        bases: By purpose, the basis other than permission; only purposes that serve the customer have one.
    """

    limit: float = pressure.LIMIT
    half_life: float = pressure.HALF_LIFE
    weights: Mapping[str, float] = field(default_factory=dict)
    weekly_cap: int | None = None
    quiet: Quiet | None = None
    least: Mapping[str, int] = field(default_factory=dict)
    bases: Mapping[str, str] = field(default_factory=dict)


HOUSE = Policy()


@dataclass(frozen=True, slots=True)
class Judgement:
    """The answer, its reason and the facts that were used."""

    outcome: Outcome
    reason: Reason
    until: datetime | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


def may_contact(
    wish: Wish, terms: Terms, situation: Situation, now: datetime, policy: Policy = HOUSE
) -> Judgement:
    """May we contact? The first thing that forbids it is the reason; what only delays it is added up."""
    basis = REASONS_OF_BASES.get(policy.bases.get(wish.purpose, "")) if wish.purpose in CONTRACTUAL else None
    if wish.notice:
        return Judgement(Outcome.ALLOW, basis or Reason.NOTICE)
    has, ended = _strength(wish, terms, now)
    case = _Case(wish, terms, situation, now, policy, has, ended)
    if basis and case.lacks_permission and case.basis_reaches:
        case, permitted = replace(case, has=max(has, int(Strength.INFORMED)), basis=basis), basis
    else:
        permitted = Reason.PERMITTED
    facts = case.facts()
    if refusal := case.refusal():
        return Judgement(Outcome.DENY, refusal, facts={**facts, **_why(refusal, case)})
    delays = list(case.delays())
    if not delays:
        return Judgement(Outcome.ALLOW, permitted, facts=facts)
    reason, until = max(delays, key=lambda delay: delay[1])
    if others := sorted({other for other, _until in delays} - {reason}):
        facts["also"] = others
    return Judgement(Outcome.DEFER, reason, case.awake(until), {**facts, **_why(reason, case)})


def may_read(wish: Wish, terms: Terms, now: datetime) -> Judgement:
    """May private data be read for this purpose?"""
    has, ended = _strength(wish, terms, now)
    facts = {"has": has, "needs": int(wish.needs), "permissions": list(terms.permission_ids)}
    if wish.purpose in CONTRACTUAL:
        return Judgement(Outcome.ALLOW, Reason.NOTICE, facts=facts)
    if has >= wish.needs:
        return Judgement(Outcome.ALLOW, Reason.PERMITTED, facts=facts)
    return Judgement(Outcome.DENY, _too_weak(terms, ended), facts=facts)


def _strength(wish: Wish, terms: Terms, now: datetime) -> tuple[int, bool]:
    """The strength that counts, and whether the permission has ended."""
    ended = terms.ends_at is not None and terms.ends_at <= now
    said = None if ended else terms.on(wish.channel)
    return (int(DEFAULTS.get(wish.purpose, Strength.NONE)) if said is None else said), ended


def _too_weak(terms: Terms, ended: bool) -> Reason:
    if ended:
        return Reason.ENDED
    return Reason.NO_PERMISSION if terms.strength is None else Reason.TOO_LOW


@dataclass(frozen=True, slots=True)
class _Case:
    """Everything that one answer is judged by."""

    wish: Wish
    terms: Terms
    situation: Situation
    now: datetime
    policy: Policy
    has: int
    ended: bool
    basis: Reason | None = None

    @property
    def needs(self) -> int:
        """The strength that is needed: what the act needs, or the enterprise's own least for the purpose."""
        least = self.policy.least.get(self.wish.purpose, 0) if self.wish.unasked else 0
        return max(int(self.wish.needs), least, int(Strength.SITUATION))

    @property
    def lacks_permission(self) -> bool:
        no_matter = self.needs == Strength.SITUATION and not self.situation.matter_open
        return self.has < self.needs or no_matter

    @property
    def basis_reaches(self) -> bool:
        """Law and contract allow general messages, not by a channel that the customer has closed."""
        limit = self.terms.limits.get(self.wish.channel, Strength.INFORMED)
        return self.needs <= Strength.INFORMED and limit >= self.needs

    @property
    def unit(self) -> float:
        return pressure.weight(self.wish.channel, self.wish.purpose, weights=self.policy.weights)

    @property
    def room(self) -> float:
        """The load below which this contact fits."""
        return pressure.tolerance(self.has, self.situation.past, self.policy.limit) - self.unit

    def facts(self) -> dict[str, Any]:
        facts: dict[str, Any] = {
            "has": self.has, "needs": self.needs, "permissions": list(self.terms.permission_ids),
        }  # fmt: skip
        if self.wish.unasked:
            facts |= {
                "load": round(self.situation.load, 4),
                "bears": round(self.room + self.unit, 4),
                "used": len(self.situation.contacted_at),
            }
        return facts

    def refusal(self) -> Reason | None:
        if self.has < self.needs:
            enough_elsewhere = not self.ended and (self.terms.strength or 0) >= self.needs
            return Reason.CHANNEL if enough_elsewhere else _too_weak(self.terms, self.ended)
        if self.needs == Strength.SITUATION and not self.situation.matter_open and not self.basis:
            return Reason.NO_MATTER
        # An answer to the customer's own matter is what a hold waits for.
        if self.situation.hold is not None and not (self.wish.answers or self.wish.asked_for):
            return Reason.HOLD
        if self.situation.left_alone and not self.wish.asked_for:
            return Reason.LEFT_ALONE
        return Reason.PRESSURE if self.wish.unasked and self.room <= 0 else None

    def delays(self) -> Iterable[tuple[Reason, datetime]]:
        if self.terms.paused_until and self.terms.paused_until > self.now:
            yield Reason.PAUSED, self.terms.paused_until
        if self.terms.weekly_cap is not None:
            yield from self._spent(self.terms.weekly_cap, Reason.CAP)
        for quiet in self.terms.quiets:
            if end := quiet.until(self.now):
                yield Reason.QUIET, end
        if self.wish.unasked:
            yield from self._own_delays()

    def _own_delays(self) -> Iterable[tuple[Reason, datetime]]:
        if self.terms.weekly_cap is None and self.policy.weekly_cap is not None:
            yield from self._spent(self.policy.weekly_cap, Reason.HOUSE_CAP)
        if self.policy.quiet and (end := self.policy.quiet.until(self.now)):
            yield Reason.HOUSE_QUIET, end
        if self.situation.load > self.room:
            fits = pressure.fits_at(self.situation.load, self.room, self.now, self.policy.half_life)
            if fits:
                yield Reason.PRESSURE, fits

    def _spent(self, cap: int, reason: Reason) -> Iterable[tuple[Reason, datetime]]:
        contacts = self.situation.contacted_at
        if len(contacts) >= cap:
            # The contact that must leave the week so that one more fits into it.
            yield reason, (contacts[-cap] if cap else self.now) + WEEK

    def awake(self, moment: datetime) -> datetime:
        """A moment that is in nobody's quiet hours: what opens again in some waits for their end."""
        quiets = [
            *self.terms.quiets,
            *([self.policy.quiet] if self.policy.quiet and self.wish.unasked else []),
        ]
        for _again in range(4):
            ends = [end for quiet in quiets if (end := quiet.until(moment))]
            if not ends:
                break
            moment = max(ends)
        return moment


def _why(reason: Reason, case: _Case) -> dict[str, Any]:
    """The facts behind a reason, as JSON can hold them."""
    terms, situation = case.terms, case.situation
    if reason is Reason.HOLD:
        return {"hold": situation.hold}
    if reason in (Reason.CAP, Reason.HOUSE_CAP):
        cap = terms.weekly_cap if reason is Reason.CAP else case.policy.weekly_cap
        return {"cap": cap, "used": len(situation.contacted_at)}
    if reason is Reason.QUIET:
        return {"quiet": [[f"{q.start:%H:%M}", f"{q.end:%H:%M}", q.zone] for q in terms.quiets]}
    if reason is Reason.ENDED and terms.ends_at:
        return {"ended": terms.ends_at.isoformat()}
    return {}
