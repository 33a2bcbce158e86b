"""Charts of the mining page; each bar and cell leads to the list of exactly the customers it counted."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from guanxi.core import formats
from guanxi.mining import cells

# A heat map stays readable within two years; the note says so when there is more.
COHORTS_SHOWN = 24
STEPS: Mapping[str, str] = {
    "lake": gettext_noop("Lake"), "features": gettext_noop("Features"), "measures": gettext_noop("Measures"),
    "backtest": gettext_noop("Back-test"), "store": gettext_noop("Storing"),
}  # fmt: skip


def charts(report: Mapping[str, Any]) -> dict[str, Any]:
    """Every chart of a report by name; what the report does not have is left out."""
    made: dict[str, Any] = {}
    if value := report.get("value"):
        made |= {"distribution": distribution(value["bars"]), "concentration": concentration(value)}
    if consumption := report.get("consumption"):
        made["grid"] = grid(consumption["grid"])
    if report.get("cohorts"):
        made["cohorts"] = cohorts(report["cohorts"])
    if tested := report.get("backtest"):
        made |= {"tracking": tracking(tested["weeks"]), "groups": groups(tested["groups"])}
    return made


def held_out(report: Mapping[str, Any]) -> dict[str, Any]:
    """How many customers of the hold-out ended inside their interval, and a tone where that is too few."""
    tested = report.get("backtest")
    if not tested:
        return {}
    customers, promised = tested["customers"], tested["promised"]
    # Twice what chance alone would do, and two points where there are so many that chance does nothing.
    doubt = max(0.02, 2 * (promised * (1 - promised) / max(customers, 1)) ** 0.5)
    return {
        "inside": round(customers * tested["coverage"]),
        "outside": 1 - tested["coverage"],
        "promised_outside": 1 - promised,
        "tone": "amber" if tested["coverage"] < promised - doubt else "",
    }


def distribution(bars: Sequence[Mapping[str, float]]) -> dict[str, Any]:
    """Customers by value."""
    return {
        "id": "value-distribution", "type": "bar", "format": "number",
        "x": [_range(bar) for bar in bars],
        "x_label": _("Expected value in three years"),
        "series": [
            {
                "name": _("Customers"),
                "values": [bar["customers"] for bar in bars],
                "links": [_customers(value_min=f"{bar['from']:g}", value_max=f"{bar['to']:g}") for bar in bars],
            }
        ],
    }  # fmt: skip


def concentration(value: Mapping[str, Any]) -> dict[str, Any]:
    """Lorenz and whale curve beside the line of equality."""
    return {
        "id": "concentration", "type": "line", "format": "percent", "x_format": "percent",
        "x_label": _("Share of customers"),
        "series": [
            {"name": _("Lorenz: expected value, lowest first"), "points": value["lorenz"]},
            {"name": _("Whale: value so far, highest first"), "points": value["whale"]},
            {"name": _("All alike"), "points": [[0, 0], [1, 1]], "dash": True},
        ],
    }  # fmt: skip


def grid(rows: Sequence[Sequence[int]]) -> dict[str, Any]:
    """Customers by fifths of recency and frequency."""
    return {
        "id": "rfm-grid", "type": "heat", "format": "number",
        "x": [str(fifth) for fifth in range(1, 6)], "y": [str(fifth) for fifth in range(5, 0, -1)],
        "x_label": _("Frequency (5: most often)"), "y_label": _("Recency (5: latest)"),
        "cells": [
            [
                frequency - 1, 5 - recency, customers,
                _customers(rfm=cells.rfm(recency, frequency)) if customers else None,
            ]
            for recency, frequency, customers, _money in rows
        ],
    }  # fmt: skip


def cohorts(rows: Sequence[Sequence[int]]) -> dict[str, Any]:
    """Share of those who first bought in a month that bought in each month after."""
    size = {cohort: number for cohort, month, number in rows if cohort == month}
    months = sorted({month for _cohort, month, _number in rows})[-COHORTS_SHOWN:]
    known = sorted(cohort for cohort in size if cohort >= months[0])
    shown = [row for row in rows if row[0] in known and row[1] in months]
    return {
        "id": "cohorts", "type": "heat", "format": "percent",
        "x": [cells.month_text(month) for month in months], "y": [cells.month_text(cohort) for cohort in known],
        "x_label": _("Bought in"), "y_label": _("First bought in"),
        "cells": [
            [
                months.index(month), known.index(cohort), number / size[cohort],
                _customers(cohort=cells.month_text(cohort), active=cells.month_text(month)),
            ]
            for cohort, month, number in shown
        ],
    }  # fmt: skip


def tracking(weeks: Sequence[Sequence[float]]) -> dict[str, Any]:
    """Purchases of the hold-out, added up week by week: predicted and actual."""
    return {
        "id": "tracking", "type": "line", "format": "number", "x": [str(int(week)) for week, _p, _a in weeks],
        "x_label": _("Weeks after the cut"),
        "series": [
            {"name": _("What happened"), "values": [actual for _week, _predicted, actual in weeks]},
            {"name": _("What was predicted"), "values": [round(one) for _week, one, _a in weeks], "dash": True},
        ],
    }  # fmt: skip


def groups(rows: Sequence[Mapping[str, float]]) -> dict[str, Any]:
    """Mean purchases in the hold-out by how often customers had bought before."""
    return {
        "id": "calibration", "type": "bar", "format": "number", "x": [_group(row) for row in rows],
        "x_label": _("Days of purchase after the first, before the cut"),
        "series": [
            {"name": _("What happened"), "values": [round(row["actual"], 2) for row in rows]},
            {"name": _("What was predicted"), "values": [round(row["predicted"], 2) for row in rows]},
        ],
    }  # fmt: skip


def steps(run: Any) -> list[dict[str, Any]]:
    """How long each step of a run took, as facts."""
    return [
        {"label": _(label), "value": _("%(seconds)s s") % {"seconds": formats.number(run.seconds[step], 2)}}
        for step, label in STEPS.items()
        if step in run.seconds
    ]


def counts(run: Any) -> list[dict[str, Any]]:
    """How many rows a run saw and wrote, as facts."""
    return [{"label": name, "value": formats.number(number, 0)} for name, number in run.rows.items()]


def _customers(**parameters: str) -> str:
    return f"{reverse('desk:customers')}?{urlencode(parameters)}"


def _range(bar: Mapping[str, float]) -> str:
    low, high = formats.compact(bar["from"]), formats.compact(bar["to"])
    return f"{low}–{high}"


def _group(row: Mapping[str, float]) -> str:
    if row["to"] == row["from"]:
        return str(row["from"])
    return f"{row['from']}+" if row["to"] > 10**6 else f"{row['from']}–{row['to']}"
