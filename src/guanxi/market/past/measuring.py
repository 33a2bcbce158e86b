"""What each past campaign did, measured and stored: by the analysing process, from the lake, by dotted name.

A measurement replaces the former in one transaction; one that fails leaves it.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
from django.conf import settings

from guanxi.core import extracts, viewers
from guanxi.core.tenancy import tenancy
from guanxi.core.viewer import Viewer
from guanxi.estimators import trust
from guanxi.estimators.matched import Comparison, Matched, Matching
from guanxi.market.models import Hindsight, Measurable
from guanxi.market.past import reading, windows
from guanxi.market.past.reading import Campaign, Flags, Past
from guanxi.market.past.windows import LEAST_AFTER, LEAST_BEFORE, OUTCOMES, Span
from guanxi.mining import lake
from guanxi.mining.engine import opened
from guanxi.mining.performing import Tables, as_of_day, tables


@dataclass(slots=True)
class Measured:
    """What was found of one campaign, not yet stored."""

    campaign: Campaign
    standing: Measurable
    trust: str = ""
    main: Comparison | None = None
    report: dict[str, Any] = field(default_factory=dict)


def perform(*, enterprise_id: UUID) -> int:
    """Measure the past campaigns of an enterprise anew; returns how many could be measured."""
    viewer = viewers.for_process(enterprise_id, "market.past")
    found = find(viewer, data=settings.CONFIGURATION.data, address=settings.CONFIGURATION.engine)
    with tenancy(viewer):
        store(viewer, found)
    return sum(one.standing == Measurable.MEASURED for one in found)


def find(viewer: Viewer, *, data: Path, address: str) -> list[Measured]:
    """Bring the lake up to date and measure, without storing anything."""
    for extract in extracts.registered().values():
        lake.take(viewer, extract, data / "lake")
    with opened(address, data / "scratch") as engine:
        return measure(viewer, tables(viewer, engine, data / "lake"))


def measure(viewer: Viewer, source: Tables) -> list[Measured]:
    """Every past campaign against the tables of a lake."""
    with tenancy(viewer), source.engine.kept(reading.counted(source, as_of_day(viewer))) as bought:
        past = reading.past(viewer, source, bought)
        return [_one(viewer, source, bought, past, campaign) for campaign in past.campaigns]


def store(viewer: Viewer, found: list[Measured]) -> None:
    """Put the measurement in place of the former."""
    Hindsight.objects.filter(enterprise_id=viewer.tenant).delete()
    Hindsight.objects.bulk_create(
        Hindsight(
            enterprise_id=viewer.tenant, campaign_id=one.campaign.id, standing=one.standing, trust=one.trust,
            **({} if one.main is None else {"effect": one.main.effect, "low": one.main.low, "high": one.main.high}),
            report=one.report, as_of=viewer.now,
        )
        for one in found
    )  # fmt: skip


def _one(viewer: Viewer, source: Tables, bought: Any, past: Past, campaign: Campaign) -> Measured:
    true, pretended = windows.spans(campaign, past)
    base = past.first < true.start
    facts = {
        "addressed": campaign.addressed_in_all, "compared": int((campaign.addressed & base).sum()),
        "weeks_before": round(true.weeks_before, 1), "weeks_after": round(true.weeks_after, 1),
        "also": _also(campaign, past, true),
    }  # fmt: skip
    if true.weeks_before < LEAST_BEFORE:
        return Measured(campaign, Measurable.NO_BEFORE, report=facts)
    if true.weeks_after < LEAST_AFTER:
        return Measured(campaign, Measurable.NO_AFTER, report=facts)
    if not facts["compared"] or not (base & ~campaign.addressed).any():
        return Measured(campaign, Measurable.NOBODY, report=facts)
    first = (pretended or true).first
    rows = reading.purchases(source, bought, past, first, true.end)
    own = reading.on_its_products(viewer, source, past, campaign, first, true.start)

    def fitted(span: Span, squares: bool) -> tuple[Matched, tuple[str, ...], Flags]:
        members = past.first < span.start
        looked, names = windows.window(campaign, past, rows, own, span, members)
        return Matching(squares=squares).fit(looked, campaign.addressed[members]), names, members

    found, names, members = fitted(true, False)
    richer, _names, _members = fitted(true, True)
    placebo = (
        fitted(pretended, False)[0]
        if pretended and campaign.addressed[past.first < pretended.start].any()
        else None
    )
    judged = trust.judge(found, placebo, richer)
    facts |= {
        "others": found.others, "support": found.support, "effective": found.effective,
        "outcomes": {name: _facts(one) for name, one in zip(OUTCOMES, found.outcomes, strict=True)},
        "placebo": _facts(placebo.outcomes[0]) if placebo else None, "richer": _facts(richer.outcomes[0]),
        "gaps": [list(each) for each in zip(names, found.gap_before, found.gap_after, strict=True)],
        "weeks": _weeks(rows, pretended or true, true, found, members), "against": list(judged.against),
    }  # fmt: skip
    return Measured(campaign, Measurable.MEASURED, judged.level, found.outcomes[0], facts)


def _weeks(rows: reading.Bought, wide: Span, true: Span, found: Matched, members: Flags) -> list[list[float]]:
    """Week, mean turnover of those addressed, of the others as weighted."""
    kept, others = np.zeros(len(members)), np.zeros(len(members))
    kept[members] = found.kept / found.kept.sum()
    others[members] = found.weights
    span = Span(max(wide.first, true.first), true.start, true.end)
    return [
        [week, *(round(one, 2) for one in means)]
        for week, means in windows.weekly_means(rows, span, (kept, others))
    ]


def _also(campaign: Campaign, past: Past, span: Span) -> dict[str, Any]:
    """Other campaigns at the same time, and how many of those addressed were in one."""
    others = [
        one for one in past.campaigns
        if one.id != campaign.id and one.start < span.end and one.end >= span.start
        and (one.addressed & campaign.addressed).any()
    ]  # fmt: skip
    both = np.zeros(len(campaign.addressed), dtype=bool)
    for one in others:
        both |= one.addressed
    return {"names": [one.name for one in others], "customers": int((both & campaign.addressed).sum())}


def _facts(one: Comparison) -> dict[str, float]:
    return {
        "effect": one.effect, "low": one.low, "high": one.high, "base": one.control_mean, "hidden": one.hidden,
    }  # fmt: skip
