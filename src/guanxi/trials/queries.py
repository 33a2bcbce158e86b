"""Reads of trials."""

from uuid import UUID

from guanxi.core.viewer import Viewer
from guanxi.trials import holdout
from guanxi.trials.models import Decision, HoldOut


def decisions_for(viewer: Viewer, customer_ids: list[UUID], *, limit: int = 20) -> list[Decision]:
    """The newest decisions about these records of a customer."""
    found = Decision.objects.filter(enterprise_id=viewer.tenant, customer_id__in=customer_ids)
    return list(found.order_by("-decided_at", "-pk")[:limit])


def left_alone(viewer: Viewer, root_id: UUID) -> bool:
    """Whether a customer is in the hold-out of the viewer's half-year; asks, and writes nothing."""
    return holdout.held_out(viewer.tenant, root_id, holdout.period_of(viewer.now))


def hold_outs_for(viewer: Viewer, period: str) -> int:
    """How many customers were asked about and left alone in a half-year."""
    return HoldOut.objects.filter(enterprise_id=viewer.tenant, period=period).count()
