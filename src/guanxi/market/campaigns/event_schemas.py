"""The events of campaigns, and how they read."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from guanxi.core.schemas import EventSchema


def _line(payload: Mapping[str, Any]) -> str:
    return " · ".join(filter(None, [str(payload.get("name", "")), str(payload.get("why", ""))]))


SCHEMAS = tuple(
    EventSchema(type_, label, private=(), line=_line, icon="s4")
    for type_, label in (
        ("campaign.planned", _("Campaign planned")),
        ("campaign.approved", _("Campaign approved")),
        ("campaign.reopened", _("Campaign made a draft again")),
        ("campaign.started", _("Campaign started")),
        ("campaign.paused", _("Campaign paused")),
        ("campaign.stopped", _("Campaign sends no more")),
        ("campaign.ended", _("Campaign ended")),
    )
)
