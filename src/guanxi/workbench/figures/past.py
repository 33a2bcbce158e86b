"""Figures of past campaigns as pages draw them."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from guanxi.core import formats
from guanxi.market.past import wording
from guanxi.market.past.queries import Shown


def scale(shown: Sequence[Shown]) -> dict[str, float]:
    """The ends of the scale on which all ranges are drawn: those that are trusted at all must fit."""
    seen = [one.hindsight for one in shown if one.hindsight is not None and one.measured]
    reach = [abs(end) for one in seen if one.trust != "none" for end in (one.low or 0.0, one.high or 0.0)]
    most = max(reach, default=1.0)
    return {"low": -most, "high": most}


def tally(shown: Sequence[Shown]) -> dict[str, int]:
    """How many could be measured, how many of them can be trusted how far, how many ranges leave zero out."""
    measured = [one for one in shown if one.measured and one.hindsight]
    levels = {
        level: sum(one.hindsight is not None and one.hindsight.trust == level for one in measured)
        for level in ("fair", "little", "none")
    }
    sure = sum(
        one.verdict != "open" and one.hindsight is not None and one.hindsight.trust == "fair"
        for one in measured
    )
    return {"all": len(shown), "measured": len(measured), "sure": sure, **levels}


def whole(shown: Shown, currency: str) -> dict[str, Any]:
    """Everything that the page of one campaign draws."""
    report = shown.report
    if not shown.measured:
        return {"facts": _facts(report)}
    return {
        "facts": _facts(report),
        "outcomes": [_outcome(name, report["outcomes"][name], currency) for name in wording.OUTCOMES],
        "checks": _checks(report, currency),
        "gaps": gaps(report["gaps"]),
        "weeks": weeks(report["weeks"], currency),
        "assumptions": wording.assumptions(report),
        "hidden": wording.hidden(report["outcomes"]["turnover"]["hidden"]),
    }


def gaps(rows: Sequence[Sequence[Any]]) -> dict[str, Any]:
    """How far those addressed differed from the others in what was known, before and after weighting."""
    return {
        "id": "past-balance", "type": "bar", "format": "number", "horizontal": True,
        "x": [wording.trait(name) for name, _before, _after in rows],
        "x_label": _("Known before"),
        "series": [
            {"name": _("Before weighting"), "values": [round(before, 3) for _name, before, _after in rows]},
            {"name": _("After weighting"), "values": [round(after, 3) for _name, _before, after in rows]},
        ],
    }  # fmt: skip


def weeks(rows: Sequence[Sequence[float]], currency: str) -> dict[str, Any]:
    """Turnover of those addressed and of their like, week by week; week 0 is the first of the campaign."""
    return {
        "id": "past-weeks", "type": "line", "format": "money", "currency": currency,
        "x": [str(int(week)) for week, *_means in rows], "x_label": _("Weeks from the start"),
        "series": [
            {"name": _("Those addressed"), "values": [addressed for _week, addressed, _others in rows]},
            {"name": _("Customers like them"), "values": [others for _week, _addressed, others in rows], "dash": True},
        ],
    }  # fmt: skip


def _outcome(name: str, one: Mapping[str, float], currency: str) -> dict[str, str]:
    def written(value: float) -> str:
        return formats.number(value, 2) if name == "orders" else formats.money(value, currency)

    return {
        "label": str(wording.OUTCOMES[name]), "base": written(one["base"]), "effect": written(one["effect"]),
        "range": f"{written(one['low'])} – {written(one['high'])}",
    }  # fmt: skip


def _checks(report: Mapping[str, Any], currency: str) -> list[dict[str, str]]:
    """The checks with what they found."""

    def ranged(one: Mapping[str, float]) -> str:
        low, high = formats.money(one["low"], currency), formats.money(one["high"], currency)
        return _("%(effect)s a week (%(low)s – %(high)s)") % {
            "effect": formats.money(one["effect"], currency), "low": low, "high": high,
        }  # fmt: skip

    worst = max((abs(after) for _name, _before, after in report["gaps"]), default=0.0)
    placebo = report.get("placebo")
    return [
        {
            "label": _("Placebo: four weeks before it began"),
            "value": ranged(placebo) if placebo else _("not possible"),
        },
        {"label": _("With more made equal"), "value": ranged(report["richer"])},
        {"label": _("Greatest difference left"), "value": formats.number(worst, 3)},
        {"label": _("Have their like"), "value": formats.percent(report["support"])},
        {"label": _("Others count as much as"), "value": formats.number(report["effective"], 0)},
    ]


def _facts(report: Mapping[str, Any]) -> list[dict[str, str]]:
    facts = [
        ("addressed", _("Customers addressed")), ("compared", _("of them had bought before")),
        ("others", _("Others to compare with")),
    ]  # fmt: skip
    return [
        {"label": label, "value": formats.number(report[name], 0)} for name, label in facts if name in report
    ]
