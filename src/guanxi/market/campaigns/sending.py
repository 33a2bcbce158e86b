"""The one place where a campaign hands messages over to the outbox."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from guanxi.consent import gate
from guanxi.consent import services as consent
from guanxi.consent.words import Outcome
from guanxi.core.identity import id_of
from guanxi.core.viewer import Viewer
from guanxi.market.models.campaigns import Campaign


def templates_for(viewer: Viewer, channel: str) -> list[tuple[str, Any]]:
    """The messages that a campaign may send by a channel: id and name."""
    # Until the outbox has templates of its own: the campaign's name and goal, as they stand.
    return [(str(id_of(viewer.tenant, "campaign's own words", channel)), _("The campaign's own words"))]


def hand_over(
    viewer: Viewer, campaign: Campaign, *, channel: str, customer_ids: Sequence[UUID], occasion: str
) -> dict[UUID, str]:
    """Have these customers contacted by this channel; the gate is asked again. Gives those refused, with the reason."""
    # Stands in for `touch.outgoing.services.post` until that is there: the gate, and the contact book.
    refused: dict[UUID, str] = {}
    for customer_id in customer_ids:
        verdict = gate.ask(
            viewer, customer_id, purpose=campaign.purpose, channel=channel, needs=campaign.needs,
            about=campaign.name,
        )  # fmt: skip
        if verdict.outcome == Outcome.ALLOW:
            consent.record_contact(viewer=viewer, verdict=verdict)
        elif verdict.outcome == Outcome.DENY:
            refused[customer_id] = verdict.reason
    return refused
