"""Reads of the past: the campaigns of before, and what a matched comparison says they did."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from guanxi.core.errors import NotFound
from guanxi.core.viewer import Viewer
from guanxi.market.models import Hindsight, Measurable, PastCampaign
from guanxi.market.past import wording

ORDER = ("starts_on", "source_key")
#: How many weeks of the report are drawn at most; the rest of a longer one would not be readable.
DRAWN = 24


@dataclass(frozen=True, slots=True)
class Shown:
    """A past campaign with what is known of its effect, in figures and in words."""

    campaign: PastCampaign
    hindsight: Hindsight | None
    says: str
    trusts: str
    effect: str = ""
    range: str = ""

    @property
    def report(self) -> dict[str, Any]:
        """What the last measurement found."""
        return self.hindsight.report if self.hindsight else {}

    @property
    def measured(self) -> bool:
        """Whether there is an effect to show."""
        return self.hindsight is not None and self.hindsight.standing == Measurable.MEASURED

    @property
    def verdict(self) -> str:
        """`up`, `down` or `open`, as far as the range tells; never proof."""
        seen = self.hindsight
        if seen is None or seen.low is None or seen.high is None:
            return ""
        return "up" if seen.low > 0 else "down" if seen.high < 0 else "open"


def campaigns_for(viewer: Viewer) -> list[Shown]:
    """All past campaigns, the oldest first, each with its last measurement: two queries."""
    found = {one.campaign_id: one for one in hindsights_for(viewer)}
    return [_shown(viewer, one, found.get(one.pk)) for one in _campaigns(viewer).order_by(*ORDER)]


def campaign_for(viewer: Viewer, campaign_id: UUID) -> Shown:
    """One past campaign.

    Raises:
        NotFound: There is none of this id here.
    """
    campaign = _campaigns(viewer).filter(pk=campaign_id).first()
    if campaign is None:
        raise NotFound
    return _shown(viewer, campaign, hindsights_for(viewer).filter(campaign=campaign).first())


def hindsights_for(viewer: Viewer) -> QuerySet[Hindsight]:
    """The last measurement of each past campaign."""
    viewer.require("mining.read")
    return Hindsight.objects.filter(enterprise_id=viewer.tenant)


def _campaigns(viewer: Viewer) -> QuerySet[PastCampaign]:
    viewer.require("mining.read")
    return PastCampaign.objects.filter(enterprise_id=viewer.tenant)


def _shown(viewer: Viewer, campaign: PastCampaign, hindsight: Hindsight | None) -> Shown:
    if hindsight is None:
        return Shown(campaign, None, wording.not_yet(), "")
    return Shown(
        campaign, hindsight, wording.effect(hindsight, viewer.currency),
        wording.trust(hindsight.trust, hindsight.report), *wording.figures(hindsight, viewer.currency),
    )  # fmt: skip
