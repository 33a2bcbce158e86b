"""What the touch centre plugs into the house."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from guanxi.core import bus, schemas, slots, visibility
from guanxi.core.viewer import Viewer
from guanxi.touch import event_schemas, queries
from guanxi.touch import jobs as _jobs  # noqa: F401  (registers the jobs)
from guanxi.touch.outgoing import merging
from guanxi.touch.outgoing import queries as outgoing
from guanxi.touch.outgoing.event_schemas import SCHEMAS

event_schemas.register()
visibility.contribute("core.Event", predicate=queries.reach_of_events)
for schema in SCHEMAS:
    schemas.register(schema)
bus.fold("customer.merged", merging.stop_doubles)


def _messages(viewer: Viewer, subject: Any) -> Mapping[str, Any] | None:
    """The latest messages to a customer; `subject` is the whole that the page shows."""
    if not viewer.may("messages.read"):
        return None
    found = outgoing.messages_for(viewer, record_ids=subject.record_ids).order_by("-posted_at", "-pk")[:5]
    lines = outgoing.lines(viewer, list(found))
    return {"title": _("Messages"), "lines": lines} if lines else None


slots.register(
    "customer.panel", name="touch.messages", query=_messages, template="workbench/messages/_panel.html", order=60,
    column="means",
)  # fmt: skip
