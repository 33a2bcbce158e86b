"""The catalogue of components at /ui/: each with what it needs, drawn in both moods."""
# ruff: noqa: E501  # invented content reads best in one line

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from guanxi.core.listing import Column, Listing
from guanxi.core.paging import Page

FOLDER = Path(__file__).resolve().parent.parent / "templates" / "ui"
# Pieces of other components rather than components of their own.
PIECES = frozenset({"more", "toasts", "fields", "mood", "sample"})


class Sample(forms.Form):
    """One field of each kind."""

    name = forms.CharField(label=_("Name"), help_text=_("As it stands on the card."))
    email = forms.EmailField(label=_("E-mail"), required=False)
    store = forms.ChoiceField(label=_("Store"), choices=[("1", "Nanjing Road"), ("2", "Hongqiao")])
    note = forms.CharField(label=_("Note"), widget=forms.Textarea(attrs={"rows": 2}), required=False)
    strength = forms.ChoiceField(
        label=_("Strength"), widget=forms.RadioSelect, choices=[("1", _("situation")), ("3", _("personal"))]
    )
    agreed = forms.BooleanField(label=_("Shown before it is sent"), required=False)
    file = forms.FileField(
        label=_("File"), required=False, widget=forms.FileInput(attrs={"accept": ".csv,.xlsx"})
    )


@dataclass(frozen=True, slots=True)
class Household:
    """A made-up row."""

    id: int
    label: str
    strength: int
    orders: int
    spent: float
    seen: datetime


_NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
_COLUMNS = (
    Column("customer", _("Customer"), always=True),
    Column("orders", _("Orders"), sort="-orders", numeric=True),
    Column("spent", _("Spent"), sort="-spent", numeric=True),
    Column("seen", _("Last seen"), sort="-seen"),
)
_ROWS = [
    Household(1, "林悦", 3, 41, 9420.0, _NOW - timedelta(hours=2)),
    Household(2, "Household 1204", 5, 126, 184_220.5, _NOW - timedelta(days=3)),
    Household(3, "Alexandrina Konstantinopoulou-Featherstonehaugh", 0, 2, 18.0, _NOW - timedelta(days=90)),
]


def _charts() -> dict[str, dict[str, Any]]:
    months = [f"2017-{month:02}" for month in range(1, 13)]
    return {
        "bars": {
            "id": "bars", "type": "bar", "x": ["0–10", "10–20", "20–50", "50–100", "100–200", "> 200"], "x_label": "¥",
            "series": [{"name": _("Customers"), "values": [120, 340, 610, 480, 220, 71], "links": ["/ui/?bar=1"] * 6}],
        },
        "lines": {
            "id": "lines", "type": "line", "x": months, "format": "money", "currency": "CNY",
            "series": [
                {"name": _("Measured"), "values": [31, 33, 36, 35, 39, 41, 40, 43, 47, 46, 52, 58]},
                {"name": _("Expected"), "dash": True, "values": [30, 33, 35, 36, 38, 40, 42, 43, 45, 47, 50, 54],
                 "band": [[value - 4, value + 4] for value in (30, 33, 35, 36, 38, 40, 42, 43, 45, 47, 50, 54)]},
            ],
        },
        "area": {
            "id": "area", "type": "area", "x_format": "percent", "format": "percent", "x_label": _("share of customers"),
            "series": [
                {"name": _("Share of value"), "points": [[step / 10, (step / 10) ** 2.4] for step in range(11)]},
                {"name": _("If all were equal"), "dash": True, "points": [[0, 0], [1, 1]]},
            ],
        },
        "heat": {
            "id": "heat", "type": "heat", "x": ["F1", "F2", "F3", "F4", "F5"], "y": ["R5", "R4", "R3", "R2", "R1"],
            "cells": [[x, y, (x + 1) * (5 - y) * 7, f"/ui/?r={5 - y}&f={x + 1}"] for x in range(5) for y in range(5)],
        },
    }  # fmt: skip


def catalogue(request: HttpRequest) -> HttpResponse:
    """Every component of `templates/ui/`."""
    wrong = Sample({"email": "ana@", "store": "1"})
    context = {
        "variables": {path.stem: _comment(path) for path in sorted(FOLDER.glob("*.html")) if path.stem not in PIECES},
        "form": Sample(),
        "wrong": wrong,
        "listing": Listing.of(request.GET, _COLUMNS, name="ui", sort="-orders", bulk=True),
        "page": Page(_ROWS, None, None),
        "total": {"count": 3, "exact": True},
        "views": [{"label": _("All"), "href": "?", "current": True}, {"label": _("Quiet for 90 days"), "href": "?seen=90", "count": 412}],
        "bulk": [{"label": _("Export")}],
        "charts": _charts(),
        "now": _NOW,
        "lines": _lines(),
        "facts": _facts(),
        "shares": [(_("Questions answered within a week"), {"good": 118, "cases": 131}), (_("Complaints mended within two weeks"), {"good": 9, "cases": 14})],
        "parts": [(_("Own purchases"), 6310, "6,310"), (_("Room to grow"), 2240, "2,240"), (_("Brought by circles"), 1660, "1,660"), (_("Cost to serve"), -790, "− 790")],
        "strengths": range(6),
    }  # fmt: skip
    return render(request, "catalogue.html", context)


def _comment(path: Path) -> str:
    """What the component's first line says of its variables."""
    first = path.read_text().partition("\n")[0]
    return first.removeprefix("{#").removesuffix("#}").strip()


def _lines() -> list[dict[str, Any]]:
    return [
        {"time": _NOW - timedelta(hours=1), "kind": "service", "title": "Survey card, Nanjing Road", "detail": "2 of 5", "quote": "“Waited 25 minutes, nobody at the repair desk.”"},
        {"time": _NOW - timedelta(hours=2), "kind": "order", "title": "Order 40 118", "detail": "¥ 618.00 · 3 items", "href": "/ui/"},
        {"time": _NOW - timedelta(days=3), "kind": "message", "title": "Campaign “Autumn trails”", "detail": "held back as control", "why": "/ui/", "simulated": True},
    ]  # fmt: skip


def _facts() -> list[dict[str, Any]]:
    return [
        {"label": _("Phone"), "value": "+86 138 •••• 2041", "source": "till, Nanjing Road", "at": _NOW},
        {"label": _("E-mail"), "sealed": True, "source": "web form", "at": _NOW},
        {"label": _("Income band"), "value": "50–74K", "source": "survey", "simulated": True},
    ]
