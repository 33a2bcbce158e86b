"""What segments tell the event log, and how it reads on a timeline."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from guanxi.core.schemas import EventSchema

ENTERED, LEFT = "segment.entered", "segment.left"


def _named(payload: Mapping[str, Any]) -> str:
    return str(payload.get("name", ""))


SCHEMAS = (
    EventSchema(ENTERED, _("Came into a segment"), private=(), line=_named, icon="s5"),
    EventSchema(LEFT, _("Left a segment"), private=(), line=_named, icon="s5"),
)
