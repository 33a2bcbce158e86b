"""Panels of Today that look across domains: who was here, what stands aside, what came in, what it means."""

from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from guanxi.core import slots
from guanxi.core.importing import queries as importing
from guanxi.core.viewer import Viewer
from guanxi.mining import queries as mining
from guanxi.people import listing
from guanxi.touch import queries as touch

Panel = Mapping[str, Any]


def _here(viewer: Viewer, subject: object) -> Panel | None:
    """The customers who were here last."""
    listed = listing.page_for(viewer, listing.Criteria(), size=6)
    seen = [row for row in listed.items if row.tally.last_seen_at]
    return {"title": _("Here last"), "href": reverse("desk:customers"), "rows": seen} if seen else None


def _meaning(viewer: Viewer, subject: object) -> Panel | None:
    """What the last run of the measures found."""
    run = mining.last_good_run(viewer) if viewer.may("mining.read") else None
    if run is None:
        return None
    return {
        "title": _("What the records mean"),
        "href": reverse("desk:mining"),
        "link": _("more"),
        "run": run,
    }


def _aside(viewer: Viewer, subject: object) -> Panel | None:
    """Messages that wait to be mended."""
    waiting = touch.waiting_aside_for(viewer) if viewer.may("sources.manage") else {}
    count = sum(waiting.values())
    if not count:
        return None
    return {"title": _("Set aside"), "count": count, "href": reverse("desk:quarantine"), "waiting": waiting}


def _imports(viewer: Viewer, subject: object) -> Panel | None:
    """The latest imports."""
    if not viewer.may("imports.run"):
        return None
    runs = importing.latest_imports_for(viewer, size=4).rows
    return {"title": _("Imports"), "href": reverse("desk:imports"), "runs": runs} if runs else None


def register() -> None:
    """Fill Today."""
    for name, query, order in (
        ("here", _here, 30),
        ("meaning", _meaning, 20),
        ("aside", _aside, 5),
        ("imports", _imports, 60),
    ):
        template = f"workbench/today/_{name}.html"
        slots.register("today.panel", name=f"workbench.{name}", query=query, template=template, order=order)
