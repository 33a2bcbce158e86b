"""Charts of the gate and of contact pressure."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from guanxi.consent.reports import Answers, Pressed
from guanxi.core import formats


def refusals(answers: Answers) -> dict[str, Any]:
    """Refusals by reason and week; a bar leads to those customers."""
    return {
        "id": "gate-refusals", "type": "bar", "format": "number", "stack": True,
        "x": [formats.day(week) for week in answers.weeks],
        "x_label": _("Week"),
        "series": [
            {
                "name": str(one.reason.label),
                "values": list(one.weeks),
                "links": [f"{reverse('desk:gate-refused')}?reason={one.reason}"] * len(one.weeks),
            }
            for one in answers.refused[:8]
        ],
    }  # fmt: skip


def loads(pressed: Pressed) -> dict[str, Any]:
    """Customers by their load, in parts of what the most patient bear."""
    most = pressed.policy.limit + 1
    edges = [round(step * most, 2) for step, _many in pressed.steps[:-1]]
    names = [f"{low:g} – {high:g}" for low, high in zip([0, *edges[:-1]], edges, strict=True)]
    return {
        "id": "pressure-loads", "type": "bar", "format": "number",
        "x": [*names, _("above {load}").format(load=f"{edges[-1]:g}")],
        "x_label": _("Contact pressure"),
        "series": [{"name": _("Customers"), "values": [many for _step, many in pressed.steps]}],
    }  # fmt: skip
