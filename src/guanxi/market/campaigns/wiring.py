"""What campaigns plug into the house."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from guanxi.core import formats, schemas, slots
from guanxi.core.viewer import Viewer
from guanxi.market.campaigns import jobs as _jobs  # noqa: F401  (registers the jobs)
from guanxi.market.campaigns import overview, queries
from guanxi.market.campaigns.event_schemas import SCHEMAS
from guanxi.market.campaigns.overview import Listed
from guanxi.market.loop.lines import Line
from guanxi.market.models.campaigns import State

#: Campaigns that have done something.
BEGUN = (State.RUNNING, State.PAUSED, State.DRAINED, State.ENDED)

for schema in SCHEMAS:
    schemas.register(schema)


def _in_report(viewer: Viewer, part: str) -> Mapping[str, Any] | None:
    """Campaigns that run or ran, as the loop report tells them: what was tried, and what it did."""
    if part not in ("tried", "did") or not viewer.may("campaigns.read"):
        return None
    begun = queries.campaigns_for(viewer).filter(state__in=BEGUN).order_by(*queries.CAMPAIGNS_ORDER)
    tell = _tried if part == "tried" else _did
    return {"lines": [tell(one) for one in overview.listed_for(viewer, list(begun))]}


def _tried(listed: Listed) -> Line:
    note = _("contacted, of {size} in the segment; {state}").format(
        size=formats.number(listed.size, 0), state=listed.campaign.get_state_display()
    )
    return Line(
        f"campaign:{listed.campaign.pk}", listed.campaign.name, formats.number(listed.contacted, 0),
        listed.contacted, note, page=("desk:campaign", str(listed.campaign.pk)),
    )  # fmt: skip


def _did(listed: Listed) -> Line:
    said = overview.sentence(listed.row, listed.campaign.window_days)
    known = listed.row is not None and listed.row.effect.low is not None
    return Line(
        f"effect:{listed.campaign.pk}", listed.campaign.name, note=said, known=known,
        page=("desk:campaign-effect", str(listed.campaign.pk)),
    )  # fmt: skip


slots.register("loop.lines", name="market.campaigns", query=_in_report, order=10)
