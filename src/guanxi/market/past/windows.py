"""What was known of each customer before a start, and what they did before and after it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from guanxi.estimators.matched import Window
from guanxi.market.past.reading import Bought, Campaign, Flags, Numbers, Past, Whole

WEEK = 7
BEFORE_WEEKS, LEAST_BEFORE = 12, 4
AFTER_WEEKS, LEAST_AFTER = 8, 3
# The placebo pretends that the campaign began so many weeks earlier, and looks at just these weeks.
PLACEBO_WEEKS = 4
OUTCOMES = ("turnover", "orders", "saved")


@dataclass(frozen=True, slots=True)
class Span:
    """A true or pretended start: days from `first` to before `start` are known, from there to before `end` counted."""

    first: int
    start: int
    end: int

    @property
    def weeks_before(self) -> float:
        """How long is known."""
        return (self.start - self.first) / WEEK

    @property
    def weeks_after(self) -> float:
        """How long is counted."""
        return (self.end - self.start) / WEEK


def spans(campaign: Campaign, past: Past) -> tuple[Span, Span | None]:
    """The span of a campaign, and that of its placebo where there are weeks enough before."""
    end = min(campaign.end + 1, campaign.start + AFTER_WEEKS * WEEK, past.closes)
    true = Span(
        max(past.opens, campaign.start - BEFORE_WEEKS * WEEK), campaign.start, max(end, campaign.start)
    )
    earlier = campaign.start - PLACEBO_WEEKS * WEEK
    first = max(past.opens, earlier - BEFORE_WEEKS * WEEK)
    if earlier - first < LEAST_BEFORE * WEEK:
        return true, None
    return true, Span(first, earlier, campaign.start)


def window(
    campaign: Campaign, past: Past, bought: Bought, own: tuple[Whole, Whole, Numbers], span: Span, base: Flags
) -> tuple[Window, tuple[str, ...]]:
    """The window of a span for the customers of the base, and the names of what was known."""
    traits = dict(_habits(past, bought, own, span)) | dict(_other_campaigns(campaign, past, span))
    varied = {name: column[base] for name, column in traits.items() if np.ptp(column[base]) > 0}
    values = (bought.spent / 100, bought.orders, bought.saved / 100)
    before, after = (
        np.column_stack([_weekly(bought, one, *days, len(past.number))[base] for one in values])
        for days in ((span.first, span.start), (span.start, span.end))
    )
    return Window(np.column_stack(list(varied.values())), before, after), tuple(varied)


def weekly_means(bought: Bought, span: Span, weights: Sequence[Numbers]) -> list[tuple[int, list[float]]]:
    """Mean turnover of each week round the start, under each of these weights of customers."""
    rows = []
    for week in range(-int(span.weeks_before), int(span.weeks_after)):
        first = span.start + week * WEEK
        spent = _weekly(bought, bought.spent / 100, first, first + WEEK, len(weights[0]))
        rows.append((week, [float(each @ spent) for each in weights]))
    return rows


def _habits(
    past: Past, bought: Bought, own: tuple[Whole, Whole, Numbers], span: Span
) -> list[tuple[str, Numbers]]:
    count = len(past.number)
    edges = [span.start, *(max(span.first, span.start - each * 4 * WEEK) for each in (1, 2)), span.first]
    parts = [(late, early) for late, early in pairwise(edges) if early < late]
    found = []
    for number, (late, early) in enumerate(parts, 1):
        found.append((f"spent_{number}", np.log1p(_weekly(bought, bought.spent / 100, early, late, count))))
        found.append((f"orders_{number}", np.log1p(_weekly(bought, bought.orders, early, late, count))))
    spent = _weekly(bought, bought.spent / 100, span.first, span.start, count)
    saved = _weekly(bought, bought.saved / 100, span.first, span.start, count)
    who, day, amount = own
    inside = (day >= span.first) & (day < span.start)
    on_them = np.bincount(who[inside], amount[inside] / 100, count) / span.weeks_before
    last = np.full(count, span.first - 1)
    earlier = bought.day < span.start
    np.maximum.at(last, bought.who[earlier], bought.day[earlier])
    coupons, days = past.redeemed
    redeemed = np.bincount(coupons[days < span.start], minlength=count).astype(np.float64)
    return [
        *found, ("spent", spent), ("recency", np.log1p(span.start - last)), ("coupons", np.log1p(redeemed)),
        ("discount", saved / np.maximum(spent + saved, 1.0)), ("own", on_them / np.maximum(spent, 1.0)),
        ("facts", past.known),
    ]  # fmt: skip


def _other_campaigns(campaign: Campaign, past: Past, span: Span) -> list[tuple[str, Numbers]]:
    """Weeks under other campaigns of each kind: before the start, and while this one ran."""
    found: dict[str, Numbers] = {}
    for other in past.campaigns:
        if other.id == campaign.id:
            continue
        for name, first, end in (
            ("before", span.start - 12 * WEEK, span.start),
            ("during", span.start, span.end),
        ):
            days = min(other.end + 1, end) - max(other.start, first)
            if days > 0:
                column = found.setdefault(f"{name}:{other.kind}", np.zeros(len(past.number)))
                column += other.addressed * days / WEEK
    return sorted(found.items())


def _weekly(bought: Bought, values: Numbers, first: int, end: int, count: int) -> Numbers:
    inside = (bought.day >= first) & (bought.day < end)
    total = np.bincount(bought.who[inside], values[inside].astype(np.float64), count).astype(np.float64)
    return total * WEEK / max(end - first, 1)
