"""What the ledger tells the event log: what time alone changed. Whoever asked for anything else knows it already."""

from collections.abc import Sequence
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from guanxi.core import events, schemas
from guanxi.core.identity import id_of
from guanxi.core.viewer import Viewer

EXPIRED = "ledger.expired"
SCHEMAS = (schemas.EventSchema(EXPIRED, _("Expired in the ledger"), private=(), icon="s8"),)


def tell_expired(viewer: Viewer, booked: Sequence[tuple[str, UUID]]) -> None:
    """Write one event for each unit; `holders` are those whose lots expired."""
    by_unit: dict[str, list[str]] = {}
    for unit, holder_id in booked:
        by_unit.setdefault(unit, []).append(str(holder_id))
    drafts = [
        events.Draft(EXPIRED, viewer.now, {"unit": unit, "holders": holders})
        for unit, holders in by_unit.items()
    ]
    if drafts:
        events.write(drafts, source_id=id_of(viewer.tenant, "source", "guanxi"))
