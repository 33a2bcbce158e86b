"""Reads of campaigns."""

from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from guanxi.core.errors import NotFound
from guanxi.core.viewer import Viewer
from guanxi.market.campaigns import errors
from guanxi.market.models.campaigns import Campaign, Effect, Move, Portion, Recipient, Round
from guanxi.market.models.segments import Segment


def campaigns_for(viewer: Viewer, *, state: str = "", text: str = "") -> QuerySet[Campaign]:
    """The campaigns of the viewer's enterprise."""
    viewer.require("campaigns.read")
    found = Campaign.objects.filter(enterprise_id=viewer.tenant).select_related("segment")
    found = found.filter(state=state) if state else found
    return found.filter(name__icontains=text) if text else found


CAMPAIGNS_ORDER = ("-created_at", "-id")


def campaign_for(viewer: Viewer, campaign_id: UUID) -> Campaign:
    """One campaign.

    Raises:
        NotFound: There is none.
    """
    found = campaigns_for(viewer).filter(pk=campaign_id).first()
    if found is None:
        raise NotFound(field="campaign")
    return found


def campaign_named(viewer: Viewer, name: str) -> Campaign | None:
    """The campaign of this name or id, if there is one."""
    found = campaigns_for(viewer)
    return found.filter(name=name).first() or next((one for one in found if str(one.pk) == name), None)


def segments_for(viewer: Viewer) -> QuerySet[Segment]:
    """The segments that a campaign may be for."""
    return Segment.objects.filter(enterprise_id=viewer.tenant, retired_at=None).order_by("name")


def segment_for(viewer: Viewer, segment_id: UUID) -> Segment:
    """One segment.

    Raises:
        NotFound: There is none.
    """
    found = segments_for(viewer).filter(pk=segment_id).first()
    if found is None:
        raise NotFound(field="segment")
    return found


def refuse_taken_name(viewer: Viewer, name: str, *, besides: UUID | None = None) -> None:
    """Raises:
    BadCampaign: Another campaign is called so.
    """
    taken = Campaign.objects.filter(enterprise_id=viewer.tenant, name=name)
    taken = taken.exclude(pk=besides) if besides else taken
    if taken.exists():
        raise errors.BadCampaign(field="name", what=_("another campaign is called so"))


def rounds_for(viewer: Viewer, campaign: Campaign) -> list[Round]:
    """The rounds of a campaign, in their order."""
    found = Round.objects.filter(enterprise_id=viewer.tenant, campaign=campaign)
    return list(found.order_by("number"))


def round_for(viewer: Viewer, campaign_id: UUID) -> Round:
    """The latest round of a campaign.

    Raises:
        NotFound: It has none yet.
    """
    rounds = rounds_for(viewer, campaign_for(viewer, campaign_id))
    if not rounds:
        raise NotFound(field="campaign")
    return rounds[-1]


def is_planned(viewer: Viewer, campaign: Campaign) -> bool:
    """Whether there is a plan of what the campaign says now."""
    return Round.objects.filter(enterprise_id=viewer.tenant, campaign=campaign, stale=False).exists()


def moves_for(viewer: Viewer, campaign: Campaign) -> list[Move]:
    """What was decided about a campaign, newest first."""
    found = Move.objects.filter(enterprise_id=viewer.tenant, campaign=campaign)
    return list(found.order_by("-recorded_at", "-pk"))


def portions_for(viewer: Viewer, campaign: Campaign) -> QuerySet[Portion]:
    """What was handed over, newest first."""
    return Portion.objects.filter(enterprise_id=viewer.tenant, campaign=campaign).order_by(
        "-handed_at", "-pk"
    )


def recipients_for(
    viewer: Viewer, round_id: UUID, *, arm: str = "", standing: str = "", reason: str = ""
) -> QuerySet[Recipient]:
    """The customers of a round, all of them or those who stand so."""
    viewer.require("campaigns.read")
    found = Recipient.objects.filter(enterprise_id=viewer.tenant, round_id=round_id)
    for name, wanted in (("arm", arm), ("standing", standing), ("reason", reason)):
        found = found.filter(**{name: wanted}) if wanted else found
    return found


def effects_for(viewer: Viewer, campaign: Campaign) -> list[Effect]:
    """What a campaign did, day by day and measure by measure."""
    found = Effect.objects.filter(enterprise_id=viewer.tenant, campaign=campaign)
    return list(found.order_by("day", "measure"))
