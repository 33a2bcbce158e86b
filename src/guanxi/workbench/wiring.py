"""The lines of the rail that belong to no domain."""

from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from guanxi.core import slots
from guanxi.core.viewer import Viewer
from guanxi.market.campaigns import overview as campaigns
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


def _messages(viewer: Viewer, subject: object) -> Mapping[str, Any] | None:
    if not viewer.may("messages.read"):
        return None
    return {"label": _("Messages"), "href": reverse("desk:messages")}


def _channels(viewer: Viewer, subject: object) -> Mapping[str, Any] | None:
    if not viewer.may("channels.manage"):
        return None
    return {"label": _("Channels"), "href": reverse("desk:channels"), "group": "Places"}


slots.register("desk.navigation", name="touch.messages", query=_messages, order=80)
slots.register("desk.navigation", name="touch.channels", query=_channels, order=705)
slots.register("desk.navigation", name="touch.events", query=_events, order=700)
slots.register("desk.navigation", name="touch.sources", query=_sources, order=710)
slots.register("desk.navigation", name="workbench.settings", query=_settings, order=900)


def _disputes(viewer: Viewer, subject: object) -> Mapping[str, Any]:
    return {"label": _("Objections"), "href": reverse("desk:disputes")}


slots.register("desk.navigation", name="people.disputes", query=_disputes, order=62)


def _standing(viewer: Viewer, subject: object) -> Mapping[str, Any]:
    return {"label": _("Standing"), "href": reverse("desk:standing"), "group": "Understand"}


slots.register("desk.navigation", name="consent.standing", query=_standing, order=460)


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


def _gate(viewer: Viewer, subject: object) -> Mapping[str, Any] | None:
    if not viewer.may("gate.read"):
        return None
    return {"label": _("Gate"), "href": reverse("desk:gate"), "group": "Understand"}


def _pressure(viewer: Viewer, subject: object) -> Mapping[str, Any] | None:
    if not viewer.may("gate.read"):
        return None
    return {"label": _("Contact pressure"), "href": reverse("desk:pressure"), "group": "Understand"}


slots.register("desk.navigation", name="consent.gate", query=_gate, order=410)
slots.register("desk.navigation", name="consent.pressure", query=_pressure, order=420)


def _campaigns(viewer: Viewer, subject: object) -> Mapping[str, Any] | None:
    if not viewer.may("campaigns.read"):
        return None
    return {"label": _("Campaigns"), "href": reverse("desk:campaigns"), "group": "Grow", "key": "a"}


def _in_campaigns(viewer: Viewer, whole: Any) -> Mapping[str, Any] | None:
    """The campaigns that a customer was in, and why not contacted."""
    parts = campaigns.of_customer(viewer, whole.record_ids) if viewer.may("campaigns.read") else []
    return {"title": _("Campaigns"), "parts": parts} if parts else None


def _stopped_campaigns(viewer: Viewer, subject: object) -> Mapping[str, Any] | None:
    """Campaigns that stopped by themselves within the last days: staff have to know."""
    moves = campaigns.stopped_by_themselves(viewer) if viewer.may("campaigns.write") else []
    return (
        {"title": _("Stopped by themselves"), "href": reverse("desk:campaigns"), "moves": moves}
        if moves
        else None
    )


slots.register("desk.navigation", name="market.campaigns", query=_campaigns, order=220)
slots.register(
    "customer.panel", name="market.campaigns", query=_in_campaigns, template="workbench/campaigns/_panel.html",
    order=40, column="means",
)  # fmt: skip
slots.register(
    "today.panel", name="market.campaigns", query=_stopped_campaigns, template="workbench/campaigns/_today.html",
    order=5,
)  # fmt: skip


def _imports(viewer: Viewer, subject: object) -> Mapping[str, Any] | None:
    if not viewer.may("imports.run"):
        return None
    return {"label": _("Import"), "href": reverse("desk:imports"), "group": "Places", "key": "i"}


slots.register("desk.navigation", name="core.imports", query=_imports, order=720)
today.register()
