"""What consent plugs into the house: events, sight, deeds; the panel of the 360 page."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from guanxi.consent import jobs as own_jobs
from guanxi.consent import queries, reports, sight
from guanxi.consent.event_schemas import SCHEMAS
from guanxi.consent.words import Channel, Purpose
from guanxi.core import catalogue, jobs, schemas, slots, visibility
from guanxi.core.catalogue import Deed, ValueType
from guanxi.core.viewer import Viewer

for schema in SCHEMAS:
    schemas.register(schema)

visibility.contribute("people.Customer", predicate=sight.permitted)
visibility.contribute("people.Profile", predicate=sight.permitted)

for deed in (
    Deed(
        "consent.place_hold", _("Let contact wait"), "guanxi.consent.services:place_hold",
        {"why": ValueType.STRING, "purposes": ValueType.STRINGS},
    ),
    Deed(
        "consent.open_matter", _("Open a matter"), "guanxi.consent.services:open_matter",
        {"kind": ValueType.STRING, "about": ValueType.STRING},
    ),
):  # fmt: skip
    catalogue.deed(deed)


def _permits(viewer: Viewer, subject: Any) -> Mapping[str, Any] | None:
    """What a customer permits, for the column *who*; `subject` is the whole that the page shows."""
    if not viewer.may("permissions.read"):
        return None
    permitted = queries.permitted_for(viewer, subject.record_ids)
    return {
        "title": _("What they permit"),
        "permitted": [one for one in permitted if one.said or one.strength],
        "strength": max((one.strength for one in permitted), default=0),
        "closed": next((one.closed_channels for one in permitted if one.purpose == Purpose.OFFERS), []),
        "customer_id": subject.id,
        "may_ask": viewer.may("customers.write"),
        "channels": list(Channel),
        "load": reports.load_of(viewer, subject.record_ids),
    }


slots.register(
    "customer.panel", name="consent.permits", query=_permits, template="workbench/consent/_permits.html", order=5,
    column="who",
)  # fmt: skip

jobs.schedule(own_jobs.ISSUE_RECEIPTS_EVERYWHERE, cron="*/5 * * * *")
jobs.schedule(own_jobs.COUNT_STANDING, cron="10 * * * *")
