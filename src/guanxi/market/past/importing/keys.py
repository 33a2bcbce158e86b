"""Keys of past campaigns to their ids; one query for a batch."""

from collections.abc import Sequence
from uuid import UUID

from guanxi.core.importing.targets import Row
from guanxi.core.viewer import Viewer
from guanxi.market.models import PastCampaign


def campaigns_of(viewer: Viewer, rows: Sequence[Row]) -> dict[str, UUID]:
    """The past campaigns that these rows name; a key nobody has is left out."""
    wanted = {row.values["campaign_key"] for row in rows}
    known = PastCampaign.objects.filter(enterprise_id=viewer.tenant, source_key__in=wanted)
    return dict(known.values_list("source_key", "id"))
