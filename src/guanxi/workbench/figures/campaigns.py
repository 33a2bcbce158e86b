"""Charts of the campaign pages."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from guanxi.core import formats
from guanxi.core.viewer import Viewer
from guanxi.market.campaigns.overview import Bar, LeftAlone, Row


def over_days(row: Row | None, effects: Iterable[Any], currency: str) -> dict[str, Any] | None:
    """The effect of 100 customers day by day, with its range; None where no day has one."""
    if row is None:
        return None
    seen = [one for one in effects if one.measure == row.measure.name and one.low is not None]
    if not seen:
        return None
    money = row.measure.kind == "money"
    return {
        "id": "effect", "type": "line", "format": "money" if money else "number", "currency": currency,
        "x": [formats.day(one.day) for one in seen], "x_label": _("Day"),
        "series": [
            {
                "name": _("Difference of 100 customers"),
                "values": [round(one.estimate * 100, 4) for one in seen],
                "band": [[round(one.low * 100, 4), round(one.high * 100, 4)] for one in seen],
            },
            {"name": _("No difference"), "values": [0 for _one in seen], "dash": True},
        ],
    }  # fmt: skip


def calendar(bars: Sequence[Bar], now: datetime) -> list[dict[str, Any]]:
    """Where each campaign lies within the time from the first to the last, in hundredths."""
    if not bars:
        return []
    first = min(bar.begins for bar in bars)
    span = max(max(bar.ends for bar in bars) - first, timedelta(days=1))

    def place(moment: datetime) -> float:
        return round(100 * ((moment - first) / span), 2)

    return [
        {
            "bar": bar, "from": place(bar.begins), "to": place(bar.ends),
            "now": min(max(place(now), place(bar.begins)), place(bar.ends)),
            "text": f"{formats.day(bar.begins)} – {formats.day(bar.ends)}",
        }
        for bar in bars
    ]  # fmt: skip


def past(report: Mapping[str, Any], viewer: Viewer, label: Any) -> dict[str, Any]:
    """A simulation in words."""
    if not report:
        return {}
    return {
        **report,
        "refused": [
            (label(code), n) for code, n in report["counts"].items() if code not in ("allow", "defer")
        ],
        "mean": formats.money(report["mean"] * 100, viewer.currency),
        "visible": formats.money(report["visible"] * 100, viewer.currency),
        "rate": formats.percent(report["rate"], 1),
        "visible_rate": formats.number(report["visible_rate"] * 100, 2),
    }


def left_alone(seen: LeftAlone, viewer: Viewer) -> dict[str, Any]:
    """Both groups in figures."""
    found = seen.range
    return {
        "seen": seen, "state": seen.state,
        "held_rate": formats.percent(seen.held_buyers / seen.held, 1) if seen.held else "–",
        "other_rate": formats.percent(seen.other_buyers / seen.others, 1) if seen.others else "–",
        "held_mean": formats.money(seen.held_total / seen.held, viewer.currency) if seen.held else "–",
        "other_mean": formats.money(seen.other_total / seen.others, viewer.currency) if seen.others else "–",
        "low": formats.number(found.low * 100, 1) if found else "",
        "high": formats.number(found.high * 100, 1) if found else "",
    }  # fmt: skip
