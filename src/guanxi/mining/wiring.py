"""What the mining centre plugs into the house: attributes of conditions, navigation, panels, filters and
columns of the list of customers, jobs."""

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from guanxi.core import catalogue, extract, extracts, slots
from guanxi.core.catalogue import Attribute, ValueType
from guanxi.core.viewer import Viewer
from guanxi.mining import cells, jobs, queries
from guanxi.people import extract as people_extract
from guanxi.sales import extract as sales_extract

__all__ = ["jobs"]

extracts.register(*extract.EXTRACTS, *people_extract.EXTRACTS, *sales_extract.EXTRACTS)

_BEHAVIOUR = "mining_behaviour"
for attribute in (
    Attribute("value.amount", ValueType.DOUBLE, _("Customer value"), "mining_score.value", low=-1e12, high=1e12),
    Attribute("orders.gap_days", ValueType.DOUBLE, _("Days between purchases"), f"{_BEHAVIOUR}.gap", low=0, high=1e5),
    Attribute("orders.recency", ValueType.INT, _("Recency (fifth)"), f"{_BEHAVIOUR}.recency", low=1, high=5),
    Attribute("orders.frequency", ValueType.INT, _("Frequency (fifth)"), f"{_BEHAVIOUR}.frequency", low=1, high=5),
    Attribute("orders.money", ValueType.INT, _("Money (fifth)"), f"{_BEHAVIOUR}.money", low=1, high=5),
    Attribute("orders.department", ValueType.STRING, _("Department bought most"), f"{_BEHAVIOUR}.department"),
):  # fmt: skip
    catalogue.attribute(attribute)


def _measures(viewer: Viewer, subject: Any) -> Mapping[str, Any] | None:
    if not viewer.may("mining.read"):
        return None
    root_id = getattr(subject, "root_id", None) or getattr(subject, "id", subject)
    measures, behaviour = queries.panel_of(viewer, root_id)
    return {"title": _("What it means"), "column": "means", "measures": measures, "behaviour": behaviour}


def _cell(viewer: Viewer, parameters: Mapping[str, str]) -> Mapping[str, Any] | None:
    found = queries.chosen(viewer, parameters)
    return {"roots": found.roots, "label": found.label} if found else None


def _values(viewer: Viewer, root_ids: Collection[UUID]) -> Mapping[str, Any]:
    return queries.values_of(viewer, root_ids)  # type: ignore[return-value]  # by id of the customer, as the slot wants


slots.register(
    "customer.panel", name="mining.measures", query=_measures, template="workbench/mining/_panel.html",
    order=10, column="means",
)  # fmt: skip
slots.register("customers.filter", name="mining.cell", query=_cell, parameters=cells.PARAMETERS)
slots.register("customers.column", name="mining.value", query=_values, label=_("Value"), order=50)
