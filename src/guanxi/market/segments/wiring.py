"""What segments plug into the house."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from guanxi.core import bus, schemas, slots, visibility
from guanxi.core.viewer import Viewer
from guanxi.market.segments import event_schemas, marking, queries
from guanxi.people import sight

for schema in event_schemas.SCHEMAS:
    schemas.register(schema)
bus.fold("*", marking.mark)
visibility.contribute("market.Membership", predicate=lambda viewer: sight.reach(viewer, "customer__"))


def _segments(viewer: Viewer, subject: object) -> Mapping[str, Any] | None:
    if not viewer.may("segments.read"):
        return None
    return {"label": _("Segments"), "href": reverse("desk:segments"), "key": "g"}


def _found_segments(viewer: Viewer, text: str) -> Mapping[str, Any] | None:
    """Segments by a part of their name, for the command palette."""
    wanted = text.strip().casefold()
    if len(wanted) < 2 or not viewer.may("segments.read"):
        return None
    found = queries.named_like(viewer, wanted)
    entries = [{"label": name, "href": reverse("desk:segment", args=[id_])} for id_, name in found]
    return {"title": _("Segments"), "entries": entries}


def _of_customer(viewer: Viewer, whole: Any) -> Mapping[str, Any] | None:
    """The segments in which a customer is, on its page."""
    found = queries.segments_of(viewer, whole.id) if viewer.may("segments.read") else []
    return {"title": _("Segments"), "segments": found, "customer_id": whole.id} if found else None


def _members(viewer: Viewer, parameters: Mapping[str, str]) -> Mapping[str, Any] | None:
    """The list of customers limited to a segment."""
    try:
        segment_id = UUID(parameters.get("segment", ""))
    except ValueError:
        return None
    segment = queries.segment_for(viewer, segment_id)
    return {"roots": queries.members_for(viewer, segment_id), "label": segment.name}


slots.register("desk.navigation", name="market.segments", query=_segments, order=30)
slots.register("palette", name="market.segments", query=_found_segments, order=30)
slots.register(
    "customer.panel", name="market.segments", query=_of_customer, template="workbench/segments/_panel.html",
    order=30, column="means",
)  # fmt: skip
slots.register("customers.filter", name="market.segments", query=_members, parameters=("segment",))
