"""The lines of the rail that belong to no domain."""

from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from guanxi.core import slots
from guanxi.core.viewer import Viewer
from guanxi.people import listing
from guanxi.people import queries as people
from guanxi.workbench import today


def _today(viewer: Viewer, subject: object) -> Mapping[str, Any]:
    return {"label": _("Today"), "href": reverse("desk:today"), "key": "t", "exact": True}


def _settings(viewer: Viewer, subject: object) -> Mapping[str, Any]:
    return {"label": _("Settings"), "href": reverse("desk:settings"), "group": "Places", "key": "s"}


slots.register("desk.navigation", name="workbench.today", query=_today, order=0)


def _customers(viewer: Viewer, subject: object) -> Mapping[str, Any]:
    return {"label": _("Customers"), "href": reverse("desk:customers"), "key": "c"}


def _duplicates(viewer: Viewer, subject: object) -> Mapping[str, Any]:
    return {"label": _("Duplicates"), "href": reverse("desk:duplicates"), "key": "d"}


def _found_customers(viewer: Viewer, text: str) -> Mapping[str, Any] | None:
    """Customers for the command palette."""
    if len(text.strip()) < 1:
        return None
    found = listing.page_for(viewer, listing.Criteria(text=text), size=8)
    entries = [{"label": one.title, "href": reverse("desk:customer", args=[one.id])} for one in found.items]
    return {"title": _("Customers"), "entries": entries}


def _open_pairs(viewer: Viewer, subject: object) -> Mapping[str, Any] | None:
    """What waits for a steward."""
    if not viewer.may("customers.merge"):
        return None
    pairs = people.best_pairs_for(viewer, size=5).rows
    return (
        {"title": _("Doubtful pairs"), "href": reverse("desk:duplicates"), "pairs": pairs} if pairs else None
    )


slots.register("desk.navigation", name="people.customers", query=_customers, order=10)
slots.register("desk.navigation", name="people.duplicates", query=_duplicates, order=60)
slots.register("palette", name="people.customers", query=_found_customers, order=10)
slots.register(
    "today.panel",
    name="people.pairs",
    query=_open_pairs,
    template="workbench/duplicates/_today.html",
    order=40,
)


def _events(viewer: Viewer, subject: object) -> Mapping[str, Any]:
    return {"label": _("Events"), "href": reverse("desk:events"), "group": "Places", "key": "e"}


def _sources(viewer: Viewer, subject: object) -> Mapping[str, Any]:
    return {"label": _("Sources"), "href": reverse("desk:sources"), "group": "Places"}


slots.register("desk.navigation", name="touch.events", query=_events, order=700)
slots.register("desk.navigation", name="touch.sources", query=_sources, order=710)
slots.register("desk.navigation", name="workbench.settings", query=_settings, order=900)


def _mining(viewer: Viewer, subject: object) -> Mapping[str, Any] | None:
    if not viewer.may("mining.read"):
        return None
    return {"label": _("Mining"), "href": reverse("desk:mining"), "group": "Understand", "key": "m"}


def _past(viewer: Viewer, subject: object) -> Mapping[str, Any] | None:
    if not viewer.may("mining.read"):
        return None
    return {"label": _("Past campaigns"), "href": reverse("desk:past"), "group": "Understand"}


def _loop(viewer: Viewer, subject: object) -> Mapping[str, Any] | None:
    if not viewer.may("mining.read"):
        return None
    return {"label": _("The loop"), "href": reverse("desk:loop"), "group": "Understand", "key": "l"}


slots.register("desk.navigation", name="market.loop", query=_loop, order=390)
slots.register("desk.navigation", name="mining.home", query=_mining, order=400)
slots.register("desk.navigation", name="market.past", query=_past, order=420)


def _imports(viewer: Viewer, subject: object) -> Mapping[str, Any] | None:
    if not viewer.may("imports.run"):
        return None
    return {"label": _("Import"), "href": reverse("desk:imports"), "group": "Places", "key": "i"}


slots.register("desk.navigation", name="core.imports", query=_imports, order=720)
today.register()
