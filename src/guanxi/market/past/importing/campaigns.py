"""Import of past campaigns: name, kind, first and last day."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from guanxi.core.identity import id_of
from guanxi.core.importing.targets import Outcome, Row
from guanxi.core.viewer import Viewer
from guanxi.market.past.importing import arrivals

KIND = arrivals.Kind(
    "market_pastcampaign",
    {"source_key": "text", "name": "text", "kind": "text", "starts_on": "date", "ends_on": "date"},
    "stored.source_key = staged.source_key",
)
_NEEDED = """EXISTS (SELECT 1 FROM market_addressee AS a WHERE a.enterprise_id = stored.enterprise_id
AND a.campaign_id = stored.id) OR EXISTS (SELECT 1 FROM market_pastcoupon AS p
WHERE p.enterprise_id = stored.enterprise_id AND p.campaign_id = stored.id)"""


def apply(viewer: Viewer, rows: Sequence[Row], *, run_id: UUID, dry: bool) -> list[Outcome]:
    """Store one batch of rows as past campaigns; one that is stored already stays as it is."""

    def read(row: Row) -> tuple[UUID, tuple[Any, ...]] | str:
        facts = row.values
        first, last = facts["starts_on"], facts["ends_on"]
        if last < first:
            return _("The last day lies before the first.")
        key = facts["source_key"]
        name = facts.get("name") or key
        return id_of(viewer.tenant, "past-campaign", key), (key, name, facts.get("kind", ""), first, last)

    return arrivals.store(viewer, KIND, rows, read=read, dry=dry)


def undo(viewer: Viewer, outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Take campaigns back, except those that somebody or something still belongs to."""
    return arrivals.take_back(viewer, KIND, outcomes, unless=_NEEDED)
