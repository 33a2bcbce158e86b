"""What pages, API and command show of a campaign: one definition of each figure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from guanxi.consent.words import Channel
from guanxi.core import formats
from guanxi.core import queries as core
from guanxi.core.viewer import Viewer
from guanxi.estimators import rates
from guanxi.estimators.rates import Share
from guanxi.market.campaigns import queries, running
from guanxi.market.campaigns.measures import MEASURES, Measure
from guanxi.market.models.campaigns import (
    LIVE,
    REASONS,
    Campaign,
    Effect,
    Move,
    Recipient,
    Refusal,
    Round,
    Simulation,
    State,
)
from guanxi.trials import holdout

CONTACTED, WAITING, CONTROL = (
    gettext_lazy("Contacted"),
    gettext_lazy("Waiting for their turn"),
    gettext_lazy("Control group"),
)


@dataclass(frozen=True, slots=True)
class Step:
    """A part of the segment: how many stand so, and how to list them."""

    label: Any
    count: int
    share: float
    query: str
    kind: str


@dataclass(frozen=True, slots=True)
class Row:
    """One measure of both arms, for 100 customers; money in the viewer's currency."""

    measure: Measure
    effect: Effect
    currency: str

    @property
    def treated(self) -> str:
        """What 100 contacted customers brought."""
        return self._mean(float(self.effect.treated_total), self.effect.treated)

    @property
    def control(self) -> str:
        """What 100 customers of the control group brought."""
        return self._mean(float(self.effect.control_total), self.effect.control)

    @property
    def estimate(self) -> str:
        """The difference."""
        return "–" if self.effect.estimate is None else self.said(self.effect.estimate, signed=True)

    @property
    def span(self) -> str:
        """Where the difference lies, however often one looks."""
        if self.effect.low is None or self.effect.high is None:
            return ""
        low, high = self.said(self.effect.low, signed=True), self.said(self.effect.high, signed=True)
        return _("{low} to {high}").format(low=low, high=high)

    @property
    def state(self) -> str:
        """Improved, worse, or none: no proof yet."""
        if self.effect.low is None or self.effect.high is None:
            return "none"
        better = self.effect.low > 0 if self.measure.good else self.effect.high < 0
        worse = self.effect.high < 0 if self.measure.good else self.effect.low > 0
        return "improved" if better else "worse" if worse else "none"

    def said(self, value: float, *, signed: bool = False) -> str:
        """A value of one customer as that of a hundred."""
        whole = value * 100
        text = (
            formats.money(abs(whole), self.currency)
            if self.measure.kind == "money"
            else formats.number(abs(whole), 2)
        )
        sign = "−" if whole < 0 else "+" if signed and whole > 0 else ""
        return f"{sign}{text}"

    def _mean(self, total: float, n: int) -> str:
        return self.said(total / n) if n else "–"


@dataclass(frozen=True, slots=True)
class Listed:
    """A campaign in the list."""

    campaign: Campaign
    size: int
    contacted: int
    waiting: int
    row: Row | None


@dataclass(frozen=True, slots=True)
class Whole:
    """A campaign with all that its page shows."""

    campaign: Campaign
    rounds: Sequence[Round]
    round: Round | None
    steps: Sequence[Step]
    # Each with who moved it, in words.
    moves: Sequence[tuple[Move, str]]
    effects: Sequence[Effect]
    rows: Sequence[Row]
    overlaps: Sequence[tuple[str, int]]
    simulations: Sequence[Simulation]
    spent: Any

    @property
    def sentence(self) -> str:
        """What it did by the measure it is judged by, in one sentence."""
        row = next((one for one in self.rows if one.measure.name == self.campaign.success), None)
        return sentence(row, self.campaign.window_days)

    @property
    def channels(self) -> list[Any]:
        """The channels in their order, in words."""
        return [Channel(channel).label for channel in self.campaign.channels]

    @property
    def eligible(self) -> int:
        """How many can be compared."""
        return sum(step.count for step in self.steps if step.kind in ("contact", "waiting", "control"))

    @property
    def sides(self) -> list[tuple[Any, list[Row]]]:
        """The measures by whom they concern."""
        groups = ((_("For the customer"), "customer"), (_("For us"), "enterprise"))
        return [(label, [row for row in self.rows if row.measure.side == side]) for label, side in groups]


def sentence(row: Row | None, days: int) -> str:
    """An effect in plain words."""
    if row is None or not row.effect.treated or not row.effect.control:
        return _("Nothing can be said yet: no customer's {days} days are over.").format(days=days)
    words = {
        "what": str(row.measure.label), "treated": row.treated, "control": row.control, "span": row.span,
        "n": formats.number(row.effect.treated, 0), "m": formats.number(row.effect.control, 0),
    }  # fmt: skip
    if row.effect.low is None:
        return _(
            "Too few yet to say anything. {what} of 100 customers: {treated} with the campaign, {control} without; "
            "seen on {n} and {m} customers."
        ).format(**words)
    match row.state:
        case "improved":
            text = _(
                "It works. {what} of 100 customers: {treated} instead of {control}; the difference is {span}."
            )
        case "worse":
            text = _(
                "It does harm. {what} of 100 customers: {treated} instead of {control}; the difference is {span}."
            )
        case _none:
            text = _(
                "No proof yet. {what} of 100 customers: {treated} with the campaign, {control} without; the difference "
                "may lie anywhere from {span}."
            )
    return text.format(**words)


def steps_of(tally: Mapping[str, int]) -> list[Step]:
    """The segment in parts that add up to it: who is contacted, who is compared, and each reason why not."""
    size = sum(tally.values()) or 1
    found: dict[tuple[str, Any, str], int] = {}
    for key, count in tally.items():
        arm, standing, reason = key.split(":")
        part = _part(arm, standing, reason)
        found[part] = found.get(part, 0) + count
    order = ("contact", "waiting", "control", "out")
    rows = [Step(label, count, count / size, query, kind) for (kind, label, query), count in found.items()]
    return sorted(rows, key=lambda step: (order.index(step.kind), -step.count))


def _part(arm: str, standing: str, reason: str) -> tuple[str, Any, str]:
    if arm == "control":
        return "control", CONTROL, "arm=control"
    if standing == "sent":
        return "contact", CONTACTED, "standing=sent"
    if standing == "waiting":
        return "waiting", WAITING, "arm=contact&standing=waiting"
    return "out", reason_label(reason), f"reason={reason}"


def reason_label(reason: str) -> Any:
    """A reason in words."""
    return REASONS.get(reason, reason)


def standing_label(row: Recipient) -> Any:
    """How a customer stands in a campaign, in words."""
    return _part(row.arm, row.standing, row.reason)[1]


def whole_for(viewer: Viewer, campaign_id: UUID) -> Whole:
    """One campaign with all that its page shows."""
    campaign = queries.campaign_for(viewer, campaign_id)
    rounds = queries.rounds_for(viewer, campaign)
    now = rounds[-1] if rounds else None
    effects = queries.effects_for(viewer, campaign)
    simulations = Simulation.objects.filter(enterprise_id=viewer.tenant, campaign=campaign).order_by("-at")
    contacted = queries.portions_for(viewer, campaign).aggregate(total=Sum("contacts"))["total"] or 0
    return Whole(
        campaign, rounds, now, steps_of(now.tally) if now else [], _decided(viewer, campaign), effects,
        rows_of(viewer, effects), _named(viewer, now.overlaps if now else []), list(simulations[:5]),
        campaign.contact_cost * contacted,
    )  # fmt: skip


def _decided(viewer: Viewer, campaign: Campaign) -> list[tuple[Move, str]]:
    names = {f"staff:{one.pk}": one.name for one in core.staff_for(viewer)}
    return [(move, names.get(move.moved_by, _("by itself"))) for move in queries.moves_for(viewer, campaign)]


def rows_of(viewer: Viewer, effects: Iterable[Effect]) -> list[Row]:
    """The newest look, measure by measure, as far as the viewer may see it."""
    newest = {effect.measure: effect for effect in effects}
    hidden = () if viewer.may("orders.margin") else ("margin", "gain")
    return [
        Row(measure, newest[measure.name], viewer.currency)
        for measure in MEASURES
        if measure.name in newest and measure.name not in hidden
    ]


def _named(viewer: Viewer, overlaps: Sequence[Mapping[str, Any]]) -> list[tuple[str, int]]:
    ids = [one["campaign"] for one in overlaps]
    names = dict(queries.campaigns_for(viewer).filter(pk__in=ids).values_list("pk", "name"))
    return [(names.get(UUID(one["campaign"]), "–"), one["customers"]) for one in overlaps]


def listed_for(viewer: Viewer, campaigns: Sequence[Campaign]) -> list[Listed]:
    """Campaigns with their size and what they did so far."""
    ids = [campaign.pk for campaign in campaigns]
    rounds: dict[UUID, Round] = {}
    for one in Round.objects.filter(enterprise_id=viewer.tenant, campaign_id__in=ids).order_by("number"):
        rounds[one.campaign_id] = one
    effects: dict[UUID, list[Effect]] = {}
    for effect in Effect.objects.filter(enterprise_id=viewer.tenant, campaign_id__in=ids).order_by("day"):
        effects.setdefault(effect.campaign_id, []).append(effect)
    return [_listed(viewer, one, rounds.get(one.pk), effects.get(one.pk, [])) for one in campaigns]


def _listed(viewer: Viewer, campaign: Campaign, round_: Round | None, effects: Sequence[Effect]) -> Listed:
    counts = {"contact": 0, "waiting": 0}
    for step in steps_of(round_.tally) if round_ else []:
        counts[step.kind] = counts.get(step.kind, 0) + step.count
    row = next((one for one in rows_of(viewer, effects) if one.measure.name == campaign.success), None)
    return Listed(campaign, round_.size if round_ else 0, counts["contact"], counts["waiting"], row)


@dataclass(frozen=True, slots=True)
class Part:
    """A campaign that a customer was in."""

    campaign: Campaign
    arm: str
    words: Any
    at: datetime | None


def of_customer(viewer: Viewer, record_ids: Sequence[UUID], *, limit: int = 10) -> list[Part]:
    """The campaigns that a customer was in, in which arm, and why not contacted."""
    rows = Recipient.objects.filter(enterprise_id=viewer.tenant, customer_id__in=list(record_ids))
    rounds = {one.round_id: one for one in rows}
    found = Round.objects.filter(enterprise_id=viewer.tenant, pk__in=rounds, stale=False).select_related(
        "campaign"
    )
    parts = [_of_customer(one, rounds[one.pk]) for one in found.order_by("-planned_at", "-pk")[:limit]]
    return [part for part in parts if part.campaign.state != State.DRAFT]


def _of_customer(round_: Round, row: Recipient) -> Part:
    if row.arm == "contact" and row.standing != "refused":
        words: Any = CONTACTED if row.standing == "sent" else WAITING
    else:
        words = REASONS.get(row.reason or Refusal.CONTROL, row.reason)
    return Part(round_.campaign, row.arm, words, row.reached_at or round_.planned_at)


def stopped_by_themselves(viewer: Viewer, *, days: int = 7) -> list[Move]:
    """What the guard stopped within the last days, newest first."""
    found = Move.objects.filter(
        enterprise_id=viewer.tenant, state=State.DRAINED, moved_by__startswith="process:campaigns.look",
        moved_at__gt=viewer.now - timedelta(days=days),
    )  # fmt: skip
    return list(found.select_related("campaign").order_by("-moved_at", "-pk")[:5])


@dataclass(frozen=True, slots=True)
class Bar:
    """A campaign on the calendar: where it begins and ends, in hundredths of the days shown."""

    campaign: Campaign
    begins: datetime
    ends: datetime
    customers: int
    shared: Sequence[tuple[str, int]]


def calendar_for(viewer: Viewer, *, days: int = 90) -> list[Bar]:
    """The campaigns under way, to come or just over, by their beginning; with those they share customers with."""
    since = viewer.now - timedelta(days=days)
    found = queries.campaigns_for(viewer).filter(state__in=(*LIVE, State.ENDED), state_at__gte=since)
    bars = []
    for campaign in found:
        round_ = running.current_round(viewer, campaign)
        begins = campaign.starts_at or (round_.recorded_at if round_ else None) or campaign.state_at
        last = campaign.state_at if campaign.state in (State.ENDED, State.DRAINED) else viewer.now
        ends = campaign.ends_at or max(last, begins) + timedelta(days=campaign.window_days)
        shared = _named(viewer, round_.overlaps if round_ else [])
        bars.append(Bar(campaign, begins, max(begins, ends), round_.size if round_ else 0, shared))
    return sorted(bars, key=lambda bar: bar.begins)


@dataclass(frozen=True, slots=True)
class LeftAlone:
    """Customers who get no unasked offer this half-year against all others."""

    period: str
    since: datetime
    held: int
    others: int
    held_buyers: int
    other_buyers: int
    held_total: float
    other_total: float

    @property
    def range(self) -> rates.Range | None:
        """How much larger the share of buyers is among the others; None where there is nobody to compare."""
        if not self.held or not self.others:
            return None
        return rates.difference(Share(self.other_buyers, self.others), Share(self.held_buyers, self.held))

    @property
    def state(self) -> str:
        """Improved, worse, or none: no proof yet."""
        found = self.range
        if found is None:
            return "none"
        return "improved" if found.low > 0 else "worse" if found.high < 0 else "none"


_LEFT_ALONE = """
SELECT held, count(*), count(*) FILTER (WHERE total IS NOT NULL), coalesce(sum(total), 0)::float8
FROM (
  SELECT root.id, {held_out} AS held, bought.total
  FROM people_customer AS root LEFT JOIN (
    SELECT record.root_id, sum(o.total) AS total FROM sales_order AS o
      JOIN people_customer AS record ON record.enterprise_id = o.enterprise_id AND record.id = o.customer_id
    WHERE o.enterprise_id = %(enterprise)s AND o.placed_at >= %(since)s AND o.placed_at <= %(now)s
      AND o.state <> 'cancelled' GROUP BY record.root_id
  ) AS bought ON bought.root_id = root.id
  WHERE root.enterprise_id = %(enterprise)s AND root.root_id = root.id AND root.identified
    AND root.created_at < %(since)s
) AS customer GROUP BY held
"""


def left_alone_for(viewer: Viewer) -> LeftAlone:
    """How those who are left alone are doing against all others, since the half-year began."""
    viewer.require("campaigns.read")
    month = 1 if viewer.now.month <= 6 else 7
    since = viewer.now.replace(month=month, day=1, hour=0, minute=0, second=0, microsecond=0)
    period = holdout.period_of(viewer.now)
    held_out = holdout.held_out_in_sql("%(enterprise)s::text", "root.id::text", "%(period)s::text")
    with connection.cursor() as cursor:
        cursor.execute(
            _LEFT_ALONE.format(held_out=held_out),
            {"enterprise": viewer.tenant, "period": period, "since": since, "now": viewer.now},
        )
        by_group = {held: rest for held, *rest in cursor.fetchall()}
    held, others = by_group.get(True, [0, 0, 0.0]), by_group.get(False, [0, 0, 0.0])
    return LeftAlone(period, since, held[0], others[0], held[1], others[1], held[2], others[2])
