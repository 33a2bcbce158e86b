"""What segments tell the event log, and how it reads on a timeline."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from guanxi.core.schemas import EventSchema

ENTERED, LEFT = "segment.entered", "segment.left"


def _came(payload: Mapping[str, Any]) -> str:
    return gettext("Came into the segment “{name}”").format(name=payload.get("name", ""))


def _left(payload: Mapping[str, Any]) -> str:
    return gettext("Left the segment “{name}”").format(name=payload.get("name", ""))


SCHEMAS = (
    EventSchema(ENTERED, _("Came into a segment"), private=(), line=_came, icon="s5"),
    EventSchema(LEFT, _("Left a segment"), private=(), line=_left, icon="s5"),
)
