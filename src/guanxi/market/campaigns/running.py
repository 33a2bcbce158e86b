"""A campaign on its way: portions of both arms, at its pace. A portion is one transaction: whole or not at all.

The campaign's row is held while a portion is handed over, so that two workers never hand over the same one and a pause
takes hold at once. Control customers come at their turn like the others and are left alone: both arms are counted from
the same moments.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet, Sum

from guanxi.core.viewer import Viewer
from guanxi.market.campaigns import planning, sending
from guanxi.market.models.campaigns import Arm, Campaign, Portion, Recipient, Round, Standing, State

MOST_AT_ONCE = 2_000
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@transaction.atomic
def hand_over_portion(
    *, viewer: Viewer, campaign_id: UUID, at_once: bool = False, most: int = MOST_AT_ONCE
) -> Portion | None:
    """Hand the next portion over to the outbox; None where nothing is to be done now.

    Args:
        at_once: Whatever the pace says.
        most: The largest number of contacts.
    """
    campaign = Campaign.objects.select_for_update().get(enterprise_id=viewer.tenant, pk=campaign_id)
    if campaign.state != State.RUNNING or (campaign.starts_at and campaign.starts_at > viewer.now):
        return None
    round_ = current_round(viewer, campaign)
    size = most if at_once else min(most, allowed_now(viewer, campaign))
    if round_ is None or round_.recorded_at is None or size <= 0:
        return None
    chosen = _next(viewer, round_, size)
    if not chosen:
        return None
    refused = _hand_over(viewer, campaign, round_, chosen)
    _keep(viewer, round_, chosen, refused)
    return Portion.objects.create(
        enterprise_id=viewer.tenant, campaign=campaign, round=round_, handed_at=viewer.now,
        contacts=sum(one.arm == Arm.CONTACT for one in chosen),
        controls=sum(one.arm == Arm.CONTROL for one in chosen), refused=dict(Counter(refused.values())),
    )  # fmt: skip


def current_round(viewer: Viewer, campaign: Campaign) -> Round | None:
    """The round that a campaign is in: its latest plan that still stands."""
    found = Round.objects.filter(enterprise_id=viewer.tenant, campaign=campaign, stale=False)
    return found.order_by("-number").first()


def next_round_due(viewer: Viewer, campaign: Campaign, last: Round) -> bool:
    """Whether the segment is to be gone through again."""
    if campaign.again_after_days is None or last.recorded_at is None:
        return False
    due = last.recorded_at + campaign.again_after_days * DAY
    # One round after the other: nobody waits in two.
    waiting = sum(count for key, count in last.tally.items() if ":waiting:" in key)
    return due <= viewer.now and not waiting


def allowed_now(viewer: Viewer, campaign: Campaign) -> int:
    """How many contacts the pace allows at this moment."""
    hour = campaign.pace_hour - _handed_since(viewer, campaign, viewer.now - HOUR)
    day = campaign.pace_day - _handed_since(viewer, campaign, viewer.now - DAY)
    return max(0, min(hour, day))


def spread(campaign: Campaign) -> int:
    """How many contacts a minute make the pace even over its hour."""
    return math.ceil(campaign.pace_hour / 60)


def _handed_since(viewer: Viewer, campaign: Campaign, since: datetime) -> int:
    portions = Portion.objects.filter(enterprise_id=viewer.tenant, campaign=campaign, handed_at__gt=since)
    return portions.aggregate(total=Sum("contacts"))["total"] or 0


def _next(viewer: Viewer, round_: Round, size: int) -> list[Recipient]:
    """Both arms in their turn, up to so many contacts; those who were put off and whose time has come go first."""
    waiting = Recipient.objects.filter(
        enterprise_id=viewer.tenant, round_id=round_.pk, standing=Standing.WAITING
    )
    due = _up_to(waiting.filter(due_at__lte=viewer.now).order_by("due_at", "turn"), size)
    left = size - sum(one.arm == Arm.CONTACT for one in due)
    fresh = waiting.filter(due_at__isnull=True, turn__gt=round_.passed).order_by("turn")
    return due + (_up_to(fresh, left) if left > 0 else [])


def _up_to(recipients: QuerySet[Recipient], size: int) -> list[Recipient]:
    # At most half of them are control: twice as many are surely enough.
    chosen: list[Recipient] = []
    contacts = 0
    for one in recipients[: 2 * size + 20]:
        contacts += one.arm == Arm.CONTACT
        if contacts > size:
            break
        chosen.append(one)
    return chosen


def _hand_over(
    viewer: Viewer, campaign: Campaign, round_: Round, chosen: Sequence[Recipient]
) -> dict[UUID, str]:
    by_channel: dict[str, list[UUID]] = {}
    for one in chosen:
        if one.arm == Arm.CONTACT:
            by_channel.setdefault(one.channel, []).append(one.customer_id)
    refused: dict[UUID, str] = {}
    for channel, customer_ids in by_channel.items():
        refused |= sending.hand_over(
            viewer, campaign, channel=channel, customer_ids=customer_ids,
            occasion=planning.occasion_of(campaign, round_),
        )  # fmt: skip
    return refused


def _keep(viewer: Viewer, round_: Round, chosen: Sequence[Recipient], refused: Mapping[UUID, str]) -> None:
    """Write down how each of them stands now, and count it."""
    outcomes: dict[tuple[str, str], list[UUID]] = {}
    for one in chosen:
        outcomes.setdefault(_standing_of(one, refused), []).append(one.customer_id)
    tally = Counter(round_.tally)
    for (standing, reason), customer_ids in outcomes.items():
        rows = Recipient.objects.filter(
            enterprise_id=viewer.tenant, round_id=round_.pk, customer_id__in=customer_ids
        )
        rows.update(standing=standing, reason=reason, reached_at=viewer.now)
        arm = Arm.CONTROL if standing == Standing.LEFT else Arm.CONTACT
        tally[f"{arm}:waiting:"] -= len(customer_ids)
        tally[f"{arm}:{standing}:{reason}"] += len(customer_ids)
    turns = [one.turn for one in chosen if one.due_at is None]
    Round.objects.filter(pk=round_.pk).update(
        tally=_without_zeros(tally.items()), passed=max([round_.passed, *turns])
    )


def _standing_of(one: Recipient, refused: Mapping[UUID, str]) -> tuple[str, str]:
    if one.arm == Arm.CONTROL:
        return Standing.LEFT, "control"
    reason = refused.get(one.customer_id)
    return (Standing.REFUSED, reason) if reason else (Standing.SENT, "")


def _without_zeros(counts: Iterable[tuple[str, int]]) -> dict[str, int]:
    return {key: count for key, count in counts if count}
