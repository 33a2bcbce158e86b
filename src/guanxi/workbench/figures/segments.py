"""Charts of the segment pages."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from guanxi.core import formats


def sizes(days: Sequence[tuple[date, int]]) -> dict[str, Any] | None:
    """The size day by day; a line wants two days at least."""
    if len(days) < 2:
        return None
    return {
        "id": "segment-size",
        "type": "line",
        "format": "number",
        "x": [formats.day(day) for day, _size in days],
        "series": [{"name": _("Customers"), "values": [size for _day, size in days]}],
    }
