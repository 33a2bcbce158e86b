"""Reads of the mining centre. Scores of a customer are seen by whoever sees the customer."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from guanxi.core import formats, visibility
from guanxi.core.compiled import compiled
from guanxi.core.errors import NotFound
from guanxi.core.viewer import Reach, Viewer
from guanxi.mining import cells, chances, reasons
from guanxi.mining.models import Behaviour, Run, Score, State
from guanxi.people.models import Customer
from guanxi.sales.models import Order

RUNS_ORDER = ("-asked_at", "-id")
SCORES_ORDER = ("-value", "-customer_id")
CONSTRUCTS: Mapping[str, Any] = {
    "value": gettext_lazy("Customer value"),
    "consumption": gettext_lazy("Purchases a month"),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A measure of one customer as a page shows it: figure, interval on a scale and in words (`span`), evidence,
    reasons in words."""

    construct: str
    label: str
    value: float
    lo: float
    hi: float
    text: str
    span: str
    top: float
    level: str
    level_label: str
    evidence: int
    reasons: tuple[str, ...]
    as_of: datetime
    model_version: str


class Figure(NamedTuple):
    """A value in a list, and the interval behind it."""

    text: str
    span: str


@dataclass(frozen=True, slots=True)
class Chosen:
    """Customers that a cell of a chart counted: a query of their ids, and what they have in common."""

    roots: QuerySet[Any]
    label: str


def runs_for(viewer: Viewer) -> QuerySet[Run]:
    """Runs; in the order `RUNS_ORDER` the newest comes first."""
    viewer.require("mining.read")
    return Run.objects.filter(enterprise_id=viewer.tenant)


def run_for(viewer: Viewer, run_id: UUID) -> Run:
    """One run.

    Raises:
        NotFound: There is none of this id here.
    """
    run = runs_for(viewer).filter(pk=run_id).first()
    if run is None:
        raise NotFound
    return run


def last_good_run(viewer: Viewer) -> Run | None:
    """The run whose scores are in place."""
    return _good_runs(viewer).first


@compiled
def _good_runs(viewer: Viewer) -> QuerySet[Run]:
    return runs_for(viewer).filter(state=State.DONE).order_by(*RUNS_ORDER)[:1]


def run_under_way(viewer: Viewer) -> Run | None:
    """The run that waits or runs now."""
    return runs_for(viewer).filter(state__in=(State.WAITING, State.RUNNING)).first()


def scores_for(viewer: Viewer, construct: str) -> QuerySet[Score]:
    """Scores of a construct of the customers the viewer sees; in the order `SCORES_ORDER` the highest comes first."""
    viewer.require("mining.read")
    rows = Score.objects.filter(enterprise_id=viewer.tenant, construct=construct)
    if viewer.reach == Reach.ALL:
        return rows
    return rows.filter(customer_id__in=visibility.visible(viewer, Customer.objects.all()).values("pk"))


def scores_of(viewer: Viewer, root_id: UUID) -> list[Score]:
    """All scores of one customer (a whole).

    Raises:
        NotFound: There is no such customer, or the viewer does not see it.
    """
    viewer.require("mining.read")
    record = visibility.visible(viewer, Customer.objects.filter(pk=root_id)).first()
    if record is None:
        raise NotFound
    return _scores(viewer, record.root_id)


def measures_of(viewer: Viewer, root_id: UUID) -> list[Shown]:
    """The measures of one customer (a whole) with their reasons in words."""
    return _measures(viewer, scores_of(viewer, root_id))


def own_measures(
    viewer: Viewer, record_ids: Collection[UUID], currency: str
) -> tuple[list[Shown], Behaviour | None]:
    """What is computed about an individual at one enterprise, and how they buy: for themselves, at the front door."""
    scores = Score.objects.filter(customer_id__in=list(record_ids), construct__in=CONSTRUCTS).order_by(
        "-construct"
    )
    behaviour = Behaviour.objects.filter(customer_id__in=list(record_ids)).order_by("-orders").first()
    return [shown(score, currency) for score in scores], behaviour


def panel_of(viewer: Viewer, root_id: UUID) -> tuple[list[Shown], Behaviour | None]:
    """The measures of one customer and how they buy. The caller has asked for the customer."""
    viewer.require("mining.read")
    behaviours = _behaviours(viewer, root_id)
    measures = _measures(viewer, _scores(viewer, root_id))
    return measures, behaviours.first if measures else None


@compiled
def _behaviours(viewer: Viewer, root_id: UUID) -> QuerySet[Behaviour]:
    return Behaviour.objects.filter(enterprise_id=viewer.tenant, customer_id=root_id)


def _scores(viewer: Viewer, root_id: UUID) -> list[Score]:
    return sorted(_scores_of(viewer, root_id).rows, key=lambda row: row.construct, reverse=True)


@compiled
def _scores_of(viewer: Viewer, root_id: UUID) -> QuerySet[Score]:
    return Score.objects.filter(enterprise_id=viewer.tenant, customer_id=root_id)


def _measures(viewer: Viewer, scores: Iterable[Score]) -> list[Shown]:
    return [shown(row, viewer.currency) for row in scores if row.construct in CONSTRUCTS]


def values_of(viewer: Viewer, root_ids: Collection[UUID]) -> dict[UUID, Figure]:
    """The value of each of these customers, for a column of a list that is visible already."""
    if not viewer.may("mining.read"):
        return {}
    rows = _values_of(viewer, list(root_ids)).rows
    money = formats.money_writer(viewer.currency, whole=True)
    return {root_id: Figure(money(value), f"{money(lo)} – {money(hi)}") for root_id, value, lo, hi in rows}


@compiled
def _values_of(viewer: Viewer, root_ids: list[UUID]) -> QuerySet[Score, tuple[UUID, float, float, float]]:
    rows = Score.objects.filter(enterprise_id=viewer.tenant, construct="value", customer_id__among=root_ids)
    return rows.values_list("customer_id", "value", "lo", "hi")


def chosen(viewer: Viewer, parameters: Mapping[str, str]) -> Chosen | None:
    """The customers of the cell that an address names, or None where it names none."""
    cell = cells.read(parameters)
    if cell is None or not viewer.may("mining.read"):
        return None
    rows = Behaviour.objects.filter(enterprise_id=viewer.tenant, **_behaviour(cell))
    if cell.of_score:
        scores = Score.objects.filter(enterprise_id=viewer.tenant, construct="value", **_score(cell))
        rows = rows.filter(customer_id__in=scores.values("customer_id"))
    if cell.active is not None:
        rows = rows.filter(customer_id__in=_active(viewer, cell.active))
    return Chosen(rows.values("customer_id"), describe(cell, viewer.currency))


def describe(cell: cells.Cell, currency: str) -> str:
    """A cell in words."""
    parts = []
    if cell.value_min is not None or cell.value_max is not None:
        low, high = (
            formats.money(one, currency, whole=True) for one in (cell.value_min or 0, cell.value_max)
        )
        parts.append(_("Value from %(low)s to %(high)s") % {"low": low, "high": high})
    if cell.level:
        parts.append(_("Evidence %(level)s") % {"level": cell.level})
    for name, fifth in (
        (_("Recency"), cell.recency), (_("Frequency"), cell.frequency), (_("Money"), cell.money)
    ):  # fmt: skip
        if fifth is not None:
            parts.append(f"{name} {fifth}/5")
    if cell.cohort is not None:
        parts.append(_("First bought in %(month)s") % {"month": cells.month_text(cell.cohort)})
    if cell.active is not None:
        parts.append(_("Bought in %(month)s") % {"month": cells.month_text(cell.active)})
    if cell.department:
        parts.append(_("Mostly %(department)s") % {"department": cell.department})
    return " · ".join(parts)


def shown(score: Score, currency: str) -> Shown:
    """A score as a page shows it."""
    money = score.construct == "value"
    text, nothing, low, high = (
        formats.money(one, currency, whole=True) if money else formats.number(one, 1)
        for one in (score.value, 0.0, score.lo, score.hi)
    )
    span = chances.sentence(
        score.value, score.lo, score.hi, days=score.horizon_days, texts=(nothing, low, high)
    )
    return Shown(
        score.construct, str(CONSTRUCTS[score.construct]), score.value, score.lo, score.hi, text, span,
        max(score.hi * 1.15, 1e-9), score.level, str(score.get_level_display()), score.evidence,
        tuple(reasons.texts(score.reasons, currency)), score.as_of, score.model_version,
    )  # fmt: skip


def _behaviour(cell: cells.Cell) -> dict[str, Any]:
    asked = {
        "recency": cell.recency, "frequency": cell.frequency, "money": cell.money, "cohort": cell.cohort,
        "department": cell.department,
    }  # fmt: skip
    return {name: value for name, value in asked.items() if value is not None}


def _score(cell: cells.Cell) -> dict[str, Any]:
    # A bar holds its lower edge and not its upper one, so that bars add up to everybody.
    asked = {"value__gte": cell.value_min, "value__lt": cell.value_max, "level": cell.level}
    return {name: value for name, value in asked.items() if value is not None}


def _active(viewer: Viewer, month: int) -> QuerySet[Any]:
    """Roots that bought in a month of the enterprise's zone."""
    zone = viewer.timezone
    first = datetime(month // 12, month % 12 + 1, 1, tzinfo=zone).astimezone(UTC)
    after = datetime((month + 1) // 12, (month + 1) % 12 + 1, 1, tzinfo=zone).astimezone(UTC)
    records = Order.objects.filter(
        enterprise_id=viewer.tenant, placed_at__gte=first, placed_at__lt=after, customer__isnull=False
    ).exclude(state="cancelled").values("customer_id")  # fmt: skip
    return Customer.objects.filter(pk__in=records).values("root_id")
