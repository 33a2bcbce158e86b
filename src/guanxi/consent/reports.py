"""What the gate did and what lies on people, for pages of both sides and the API."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, QuerySet, Sum
from django.db.models.functions import TruncWeek

from guanxi.consent import pressure
from guanxi.consent.judging import Policy
from guanxi.consent.models import Contact, LegalBasis, Pressure, Verdict
from guanxi.consent.models import Policy as PolicyRow
from guanxi.consent.policies import InForce
from guanxi.consent.words import Channel, Outcome, Purpose, Reason
from guanxi.core.viewer import Viewer
from guanxi.people.models import Customer

WEEKS = 13
STEPS = (0.25, 0.5, 0.75, 1.0)


@dataclass(frozen=True, slots=True)
class Refused:
    """How often the gate gave a reason, week by week, oldest first."""

    reason: Reason
    outcome: str
    weeks: tuple[int, ...]
    customers: int

    @property
    def total(self) -> int:
        """In all weeks."""
        return sum(self.weeks)


@dataclass(frozen=True, slots=True)
class Answers:
    """What the gate answered in the last weeks."""

    weeks: tuple[datetime, ...]
    refused: tuple[Refused, ...]
    outcomes: Mapping[str, int]


def policy_for(viewer: Viewer) -> Policy:
    """What the viewer's enterprise allows itself, and the bases it stands on."""
    return InForce(viewer.tenant, viewer.now).policy


def answers_for(viewer: Viewer) -> Answers:
    """Refusals of the last 13 weeks by reason and week, the most frequent first."""
    viewer.require("gate.read")
    asked = _asked(viewer)
    counted = asked.annotate(week=TruncWeek("asked_at", tzinfo=viewer.timezone))
    rows = list(counted.values("reason", "outcome", "week").annotate(many=Count("pk")).order_by())
    people = (
        asked.exclude(outcome=Outcome.ALLOW)
        .values("reason")
        .annotate(many=Count("customer_id", distinct=True))
    )
    customers = {row["reason"]: row["many"] for row in people.order_by()}
    last = _monday(viewer)
    weeks = tuple(last - timedelta(weeks=back) for back in reversed(range(WEEKS)))
    found: dict[tuple[str, str], dict[Any, int]] = {}
    outcomes = dict.fromkeys(Outcome.values, 0)
    for row in rows:
        outcomes[row["outcome"]] += row["many"]
        if row["outcome"] != Outcome.ALLOW:
            found.setdefault((row["reason"], row["outcome"]), {})[row["week"].date()] = row["many"]
    refused = [
        Refused(
            Reason(reason),
            outcome,
            tuple(by_week.get(week.date(), 0) for week in weeks),
            customers.get(reason, 0),
        )
        for (reason, outcome), by_week in found.items()
    ]
    return Answers(weeks, tuple(sorted(refused, key=lambda one: -one.total)), outcomes)


def refused_for(viewer: Viewer, reason: str = "") -> QuerySet[Verdict]:
    """The refusals of the last 13 weeks, of one reason or of all; page them by `-asked_at`."""
    viewer.require("gate.read")
    found = _asked(viewer).exclude(outcome=Outcome.ALLOW)
    return found.filter(reason=reason) if reason else found


def _asked(viewer: Viewer) -> QuerySet[Verdict]:
    since = _monday(viewer) - timedelta(weeks=WEEKS - 1)
    return Verdict.objects.filter(
        enterprise_id=viewer.tenant, kind=Verdict.Kind.CONTACT, asked_at__gte=since, asked_at__lte=viewer.now
    )


def _monday(viewer: Viewer) -> datetime:
    local = viewer.now.astimezone(viewer.timezone)
    return (local - timedelta(days=local.weekday())).replace(hour=0, minute=0, second=0, microsecond=0)


@dataclass(frozen=True, slots=True)
class Pressed:
    """How contact pressure lies on the customers of an enterprise.

    Attributes:
        steps: How many customers have a load up to each step, in parts of what the most patient bear (limit + 1).
        parts: Load by channel and purpose, the heaviest first.
        causes: Load by what the contacts were about, the heaviest first.
        heaviest: The customers with the highest load, whole by whole.
    """

    policy: Policy
    customers: int
    steps: tuple[tuple[float, int], ...]
    near: int
    over: int
    parts: tuple[tuple[str, str, int, float], ...]
    causes: tuple[tuple[str, int, float], ...]
    heaviest: tuple[tuple[UUID, float], ...]


def pressed_for(viewer: Viewer) -> Pressed:
    """Contact pressure over the customers of an enterprise: its own contacts alone."""
    viewer.require("gate.read")
    policy = policy_for(viewer)
    rows = Pressure.objects.filter(enterprise_id=viewer.tenant, load__gt=0.001)
    loads: dict[UUID, float] = {}
    for row in rows.values_list("customer_id", "load", "as_of").iterator(chunk_size=10_000):
        left = pressure.decayed(row[1], viewer.now - row[2], policy.half_life)
        loads[row[0]] = loads.get(row[0], 0.0) + left
    loads = _by_root(viewer, loads)
    most = policy.limit + 1
    steps = [(step, sum(1 for load in loads.values() if load <= step * most)) for step in STEPS]
    counts = [(step, many - (steps[n - 1][1] if n else 0)) for n, (step, many) in enumerate(steps)]
    heaviest = sorted(loads.items(), key=lambda one: -one[1])[:20]
    return Pressed(
        policy=policy,
        customers=len(loads),
        steps=(*counts, (0.0, sum(1 for load in loads.values() if load > most))),
        near=sum(1 for load in loads.values() if policy.limit < load <= most),
        over=sum(1 for load in loads.values() if load > most),
        parts=_parts(viewer, policy),
        causes=_causes(viewer, policy),
        heaviest=tuple(heaviest),
    )


def _by_root(viewer: Viewer, loads: Mapping[UUID, float]) -> dict[UUID, float]:
    whole: dict[UUID, float] = {}
    records = Customer.objects.filter(enterprise_id=viewer.tenant, pk__among=list(loads))
    for key, root_id in records.values_list("pk", "root_id").iterator(chunk_size=10_000):
        whole[root_id] = whole.get(root_id, 0.0) + loads[key]
    return whole


def _recent(viewer: Viewer, policy: Policy) -> QuerySet[Contact]:
    since = viewer.now - timedelta(days=4 * policy.half_life)
    found = Contact.objects.filter(enterprise_id=viewer.tenant, direction=Contact.Direction.OUT, load__gt=0)
    return found.filter(happened_at__gt=since, happened_at__lte=viewer.now)


def _parts(viewer: Viewer, policy: Policy) -> tuple[tuple[str, str, int, float], ...]:
    rows = _recent(viewer, policy).values("channel", "purpose").annotate(many=Count("pk"), load=Sum("load"))
    found = [
        (str(Channel(row["channel"]).label), str(Purpose(row["purpose"]).label), row["many"], row["load"])
        for row in rows.order_by("-load")
    ]
    return tuple(found)


def _causes(viewer: Viewer, policy: Policy) -> tuple[tuple[str, int, float], ...]:
    rows = _recent(viewer, policy).values("about").annotate(many=Count("pk"), load=Sum("load"))
    return tuple((row["about"], row["many"], row["load"]) for row in rows.order_by("-load")[:20])


@dataclass(frozen=True, slots=True)
class Load:
    """How much contact lies on an individual from one enterprise, or from all (then `enterprise` is None)."""

    enterprise: Any
    load: float
    contacts: int
    limit: float

    @property
    def share(self) -> int:
        """In hundredths of what the most patient bear, at most 100."""
        return min(100, round(100 * self.load / (self.limit + 1)))


def pressure_for(viewer: Viewer) -> tuple[Load, list[Load]]:
    """What lies on an individual at the front door: over all enterprises, and by enterprise, the heaviest first.

    Each enterprise is read at its own clock's time, as its gate does.
    """
    rows = list(Pressure.objects.select_related("enterprise"))
    policies = {row.enterprise_id: row for row in PolicyRow.objects.all()}
    by_enterprise: dict[UUID, Load] = {}
    for row in rows:
        policy = policies.get(row.enterprise_id)
        now = row.enterprise.clock or viewer.now
        half_life = policy.half_life_days if policy else pressure.HALF_LIFE
        limit = policy.pressure_limit if policy else pressure.LIMIT
        left = pressure.decayed(row.load, now - row.as_of, half_life)
        known = by_enterprise.get(row.enterprise_id, Load(row.enterprise, 0.0, 0, limit))
        by_enterprise[row.enterprise_id] = replace(
            known, load=known.load + left, contacts=known.contacts + row.contacts
        )
    loads = sorted(by_enterprise.values(), key=lambda one: -one.load)
    whole = Load(None, sum(one.load for one in loads), sum(one.contacts for one in loads), pressure.LIMIT)
    return whole, loads


def load_of(viewer: Viewer, record_ids: Sequence[UUID]) -> Load:
    """What an enterprise's own contacts have laid on one customer, for the 360 page."""
    policy = policy_for(viewer)
    rows = Pressure.objects.filter(enterprise_id=viewer.tenant, customer_id__in=list(record_ids))
    found = [
        (pressure.decayed(row.load, viewer.now - row.as_of, policy.half_life), row.contacts) for row in rows
    ]
    return Load(None, sum(load for load, _many in found), sum(many for _load, many in found), policy.limit)


def bases_for(viewer: Viewer, enterprise_id: UUID | None = None) -> list[LegalBasis]:
    """The bases other than permission that stand: of the viewer's own enterprise, or of one a person has to do with."""
    found = LegalBasis.objects.filter(ended_at__isnull=True).order_by("purpose")
    return list(found.filter(enterprise_id=enterprise_id or viewer.tenant))
