"""Reads of consent: what a customer permits, what the gate answered, who was contacted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from guanxi.consent import judging
from guanxi.consent.judging import Quiet, Terms
from guanxi.consent.models import Change, Contact, Giver, Permission, Receiver, Verdict
from guanxi.consent.words import DEFAULTS, REASONS_FOR_PERSON, RUNGS, Channel, Outcome, Purpose, Strength
from guanxi.core.compiled import Asked, compiled
from guanxi.core.errors import NotFound
from guanxi.core.viewer import Viewer
from guanxi.people import queries as people
from guanxi.people import relations
from guanxi.people.models import Claim


@dataclass(frozen=True, slots=True)
class Permitted:
    """What one purpose allows, as pages show it."""

    purpose: Purpose
    terms: Terms
    said: bool

    @property
    def strength(self) -> int:
        """The strength that counts; the purpose's default where nothing was said."""
        return (
            int(DEFAULTS.get(self.purpose, Strength.NONE))
            if self.terms.strength is None
            else self.terms.strength
        )

    @property
    def rung(self) -> Any:
        """The strength in the person's words."""
        return RUNGS[Strength(self.strength)][0]

    @property
    def open_channels(self) -> list[Channel]:
        """The channels that are wanted."""
        return [channel for channel, wanted in self.channels if wanted]

    @property
    def closed_channels(self) -> list[Channel]:
        """The channels that are not wanted."""
        return [channel for channel, wanted in self.channels if not wanted]

    @property
    def channels(self) -> list[tuple[Channel, bool]]:
        """Each channel, and whether it is wanted."""
        return [
            (channel, self.terms.limits.get(channel, Strength.DELEGATE) > Strength.NONE)
            for channel in Channel
        ]


def terms_of(enterprise_id: UUID, record_ids: Sequence[UUID], now: datetime) -> dict[str, Terms]:
    """For each purpose the strictest of what the records of a whole, and the persons behind them, have said."""
    return saying(enterprise_id, record_ids).by_purpose()


class Saying:
    """What was said for the records of a whole, asked for and not yet waited for."""

    __slots__ = ("_asked",)

    def __init__(self, asked: Asked[Permission]) -> None:
        self._asked = asked

    def by_purpose(self) -> dict[str, Terms]:
        """The strictest for each purpose for which something was said."""
        return _strictest(self._asked.rows)

    def terms(self, purpose: str) -> Terms:
        """The strictest for a purpose."""
        return self.by_purpose().get(purpose, Terms())


def saying(enterprise_id: UUID, record_ids: Sequence[UUID]) -> Saying:
    """Ask for what the records of a whole, and the persons behind them, have said."""
    return Saying(_statements(enterprise_id, list(record_ids)))


def _strictest(rows: Sequence[Permission]) -> dict[str, Terms]:
    statements: dict[tuple[str, UUID], list[Permission]] = {}
    for row in rows:
        statements.setdefault((row.purpose, row.giver_id), []).append(row)
    by_purpose: dict[str, list[Terms]] = {}
    for (purpose, _giver), said in statements.items():
        by_purpose.setdefault(purpose, []).append(_terms(said))
    return {purpose: judging.strictest(said) for purpose, said in by_purpose.items()}


@compiled
def _statements(enterprise_id: UUID, record_ids: list[UUID]) -> QuerySet[Permission]:
    return Permission.objects.filter(
        _givers(enterprise_id, record_ids),
        enterprise_id=enterprise_id,
        receiver_kind=Receiver.ENTERPRISE,
        receiver_id=enterprise_id,
    )


def _givers(enterprise_id: UUID, record_ids: Sequence[UUID]) -> Q:
    persons = Claim.objects.filter(enterprise_id=enterprise_id, customer_id__among=record_ids).values(
        "person_id"
    )
    return Q(giver_kind=Giver.CUSTOMER, giver_id__among=record_ids) | Q(
        giver_kind=Giver.PERSON, giver_id__in=persons
    )


def _terms(said: Sequence[Permission]) -> Terms:
    """One giver's rows for one purpose: the row without a channel carries the terms, the others limit theirs."""
    base = next((row for row in said if not row.channel), None)
    limits = {row.channel: row.strength for row in said if row.channel}
    if base is None:
        return Terms(limits=limits)
    return Terms(
        strength=base.strength,
        limits=limits,
        quiets=(Quiet(base.quiet_from, base.quiet_to, base.zone),)
        if base.quiet_from and base.quiet_to
        else (),
        weekly_cap=base.weekly_cap,
        paused_until=base.paused_until,
        ends_at=base.ends_at,
        permission_ids=(str(base.pk),),
    )


def statements_of(
    viewer: Viewer, record_ids: Sequence[UUID]
) -> tuple[set[tuple[UUID, str, str]], dict[tuple[UUID, str, str], Permission]]:
    """Of many records: for which purposes and channels a person speaks themself, and what was noted for each."""
    rows = Permission.objects.filter(
        enterprise_id=viewer.tenant, receiver_kind=Receiver.ENTERPRISE, receiver_id=viewer.tenant
    )
    noted = rows.filter(giver_kind=Giver.CUSTOMER, giver_id__among=list(record_ids))
    claims = Claim.objects.filter(enterprise_id=viewer.tenant, customer_id__among=list(record_ids))
    claimed: dict[UUID, list[UUID]] = {}
    for person_id, customer_id in claims.values_list("person_id", "customer_id"):
        claimed.setdefault(person_id, []).append(customer_id)
    said = rows.filter(giver_kind=Giver.PERSON, giver_id__among=list(claimed))
    spoken = {(one, row.purpose, row.channel) for row in said for one in claimed[row.giver_id]}
    return spoken, {(row.giver_id, row.purpose, row.channel): row for row in noted}


def permitted_for(
    viewer: Viewer, record_ids: Sequence[UUID], enterprise_id: UUID | None = None
) -> list[Permitted]:
    """What a customer permits an enterprise, purpose by purpose."""
    terms = terms_of(enterprise_id or viewer.tenant, record_ids, viewer.now)
    return [Permitted(purpose, terms.get(purpose, Terms()), purpose in terms) for purpose in Purpose]


def used_this_week(enterprise_id: UUID, record_ids: Sequence[UUID], now: datetime) -> dict[str, int]:
    """How often a customer was contacted within the last week, by purpose."""
    rows = Contact.objects.filter(
        enterprise_id=enterprise_id, record_ids__overlap=list(record_ids), direction=Contact.Direction.OUT,
        happened_at__gt=now - judging.WEEK,
    )  # fmt: skip
    counts: dict[str, int] = {}
    for purpose in rows.values_list("purpose", flat=True):
        counts[purpose] = counts.get(purpose, 0) + 1
    return counts


def verdicts_for(viewer: Viewer, customer_id: UUID | None = None) -> QuerySet[Verdict]:
    """Answers of the gate: about one customer, about everybody, or about oneself at the front door."""
    found = Verdict.objects.select_related("enterprise") if viewer.kind == "self" else Verdict.objects.all()
    if viewer.kind == "self":
        return found
    found = found.filter(enterprise_id=viewer.tenant)
    if customer_id is None:
        return found
    return found.filter(customer_id__in=people.record_ids_for(viewer, customer_id))


def verdict_for(viewer: Viewer, customer_id: UUID, verdict_id: UUID) -> Verdict:
    """One answer of the gate about a customer.

    Raises:
        NotFound: There is none, or the viewer may not see the customer.
    """
    verdict = verdicts_for(viewer, customer_id).filter(pk=verdict_id).first()
    if verdict is None:
        raise NotFound(field="verdict")
    return verdict


def unused_of(viewer: Viewer, verdicts: Sequence[Verdict]) -> set[UUID]:
    """Which of these verdicts allow a contact that was not made yet."""
    allowed = {
        verdict.pk for verdict in verdicts
        if verdict.outcome == Outcome.ALLOW and verdict.kind == Verdict.Kind.CONTACT and verdict.channel
    }  # fmt: skip
    used = Contact.objects.filter(enterprise_id=viewer.tenant, verdict_id__in=allowed).values_list(
        "verdict_id", flat=True
    )
    return allowed - set(used)


def contacts_for(viewer: Viewer) -> QuerySet[Contact]:
    """The contacts that a viewer may see; at the front door one's own."""
    found = Contact.objects.select_related("verdict")
    return (
        found.select_related("enterprise")
        if viewer.kind == "self"
        else found.filter(enterprise_id=viewer.tenant)
    )


def changes_for(viewer: Viewer, enterprise_id: UUID | None = None) -> QuerySet[Change]:
    """The history of permissions, newest first."""
    found = Change.objects.order_by("-recorded_at", "-pk")
    return found.filter(enterprise_id=enterprise_id or viewer.tenant)


@dataclass(frozen=True, slots=True)
class Told:
    """One line of *who contacted me and why*: a contact, or one that the gate refused."""

    at: datetime
    enterprise: Any
    purpose: str
    channel: str
    about: str
    outcome: str
    reason: str
    until: datetime | None
    facts: Mapping[str, Any]
    needs: int
    contact_id: UUID | None = None
    asked_by: str = ""

    @property
    def by_staff(self) -> bool:
        """Whether somebody of the staff asked for it, and not a rule or a campaign."""
        return self.asked_by.startswith("staff:")

    @property
    def personal(self) -> bool:
        """Whether it was chosen by the person's own data."""
        return self.needs >= Strength.PERSONAL

    @property
    def happened(self) -> bool:
        """Whether the contact took place."""
        return self.outcome == Outcome.ALLOW

    @property
    def waits(self) -> bool:
        """Whether it was put off, not refused."""
        return self.outcome == Outcome.DEFER

    @property
    def why(self) -> Any:
        """The reason in the person's words."""
        return REASONS_FOR_PERSON[self.reason]

    @property
    def wanted(self) -> Any:
        """What the contact asked for, as a rung of the ladder."""
        return RUNGS[Strength(self.needs)][0]

    @property
    def has(self) -> Any:
        """What was permitted then, as a rung of the ladder."""
        strength = self.facts.get("has")
        return None if strength is None else RUNGS[Strength(strength)][0]

    @property
    def purpose_label(self) -> Any:
        """The purpose in words."""
        return Purpose(self.purpose).label

    @property
    def channel_label(self) -> Any:
        """The channel in words."""
        return Channel(self.channel).label if self.channel else ""


def told(viewer: Viewer, *, enterprise_id: UUID | None = None, limit: int = 100) -> list[Told]:
    """Who contacted an individual and who was refused, newest first."""
    only = {"enterprise_id": enterprise_id} if enterprise_id else {}
    contacts = contacts_for(viewer).filter(direction=Contact.Direction.OUT, **only).order_by("-happened_at")
    refused = (
        verdicts_for(viewer)
        .filter(kind=Verdict.Kind.CONTACT, **only)
        .exclude(outcome=Outcome.ALLOW)
        .order_by("-asked_at")
    )
    lines = [
        _told(one.verdict, one.happened_at, one.enterprise, one.pk) for one in contacts[:limit] if one.verdict
    ]
    lines += [_told(verdict, verdict.asked_at, verdict.enterprise) for verdict in refused[:limit]]
    return sorted(lines, key=lambda line: line.at, reverse=True)[:limit]


def _told(verdict: Verdict, at: datetime, enterprise: Any, contact_id: UUID | None = None) -> Told:
    return Told(
        at, enterprise, verdict.purpose, verdict.channel, verdict.about, verdict.outcome, verdict.reason, verdict.until,
        verdict.facts, verdict.needs, contact_id, verdict.asked_by,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Relation:
    """An individual's tie to one enterprise: their records there and everything permitted on them."""

    enterprise: Any
    record_ids: tuple[UUID, ...]
    permitted: tuple[Permitted, ...]
    now: datetime

    @property
    def strength(self) -> int:
        """The strongest of what is permitted, as the ring shows it."""
        return max((one.strength for one in self.permitted), default=0)

    @property
    def given(self) -> list[Permitted]:
        """The purposes for which something is permitted, strongest first."""
        return sorted((one for one in self.permitted if one.strength), key=lambda one: -one.strength)

    def of(self, purpose: str) -> Permitted:
        """What one purpose allows."""
        return next(one for one in self.permitted if one.purpose == purpose)


def relations_for(viewer: Viewer) -> list[Relation]:
    """The relations of an individual, by the enterprise's name."""
    claimed = _claimed(viewer)
    found = [_relation(viewer, enterprise, record_ids) for enterprise, record_ids in claimed.values()]
    return sorted(found, key=lambda relation: relation.enterprise.name)


def relation_for(viewer: Viewer, enterprise_id: UUID) -> Relation:
    """One relation of an individual.

    Raises:
        NotFound: They have none with this enterprise.
    """
    claimed = _claimed(viewer)
    if enterprise_id not in claimed:
        raise NotFound(field="enterprise")
    return _relation(viewer, *claimed[enterprise_id])


def _claimed(viewer: Viewer) -> dict[UUID, tuple[Any, list[UUID]]]:
    """The enterprises that hold records of an individual, with those records."""
    claimed: dict[UUID, tuple[Any, list[UUID]]] = {}
    for claim in relations.claims_for(viewer):
        claimed.setdefault(claim.enterprise_id, (claim.enterprise, []))[1].append(claim.customer_id)
    return claimed


def _relation(viewer: Viewer, enterprise: Any, record_ids: Sequence[UUID]) -> Relation:
    # An enterprise's time is its own clock's: its contacts and this person's pauses meet there.
    there = replace(viewer, now=enterprise.clock or viewer.now)
    permitted = permitted_for(there, record_ids, enterprise.pk)
    return Relation(enterprise, tuple(record_ids), tuple(permitted), there.now)
