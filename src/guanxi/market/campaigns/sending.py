"""The one place where a campaign hands messages over to the outbox."""

from collections.abc import Mapping, Sequence
from typing import cast
from uuid import UUID

from guanxi.core.viewer import Viewer
from guanxi.market.models.campaigns import Campaign
from guanxi.market.offers import services as offers
from guanxi.touch.outgoing import queries, services


def templates_for(viewer: Viewer) -> list[tuple[str, str]]:
    """The messages that a campaign may send: id and name."""
    return [(str(one.pk), one.name) for one in queries.templates_for(viewer).order_by("name")]


def hand_over(
    viewer: Viewer, campaign: Campaign, *, channel: str, customer_ids: Sequence[UUID], occasion: str
) -> Mapping[UUID, str]:
    """Have these customers written to; the gate is asked again, and once more when the message leaves.

    Where the campaign brings an offer, each has a code of their own in the message: `{{ code }}`.

    Returns:
        Those who are not, with the reason.
    """

    def codes(root_ids: Sequence[UUID]) -> Mapping[UUID, Mapping[str, str]]:
        given = offers.grant(
            viewer=viewer, offer_id=cast("UUID", campaign.offer_id), customer_ids=root_ids, key=occasion
        )
        return {root_id: {"code": code} for root_id, code in given.items()}

    posted = services.post(
        viewer=viewer, template_id=UUID(campaign.templates[channel]), customer_ids=customer_ids, channel=channel,
        purpose=campaign.purpose, needs=campaign.needs, occasion=occasion, about=campaign.name,
        brings=codes if campaign.offer_id else None,
    )  # fmt: skip
    return posted.reasons


def hold_back(viewer: Viewer, campaign: Campaign) -> None:
    """Let rest what was handed over and has not left."""
    services.hold_back(viewer=viewer, occasion=f"{campaign.policy}:")


def go_on(viewer: Viewer, campaign: Campaign) -> None:
    """Let go what rests."""
    services.go_on(viewer=viewer, occasion=f"{campaign.policy}:")
