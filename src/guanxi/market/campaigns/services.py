"""Writes of campaigns: the draft, and its moves."""

import secrets
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Choices
from django.utils.translation import gettext as _

from guanxi.consent.words import Channel, Purpose, Strength
from guanxi.core import events, jobs
from guanxi.core import queries as core
from guanxi.core.viewer import RIGHTS, Viewer
from guanxi.market.campaigns import errors, queries, sending
from guanxi.market.models.campaigns import (
    Campaign,
    Move,
    Overlap,
    Round,
    Simulation,
    State,
    StopRule,
    Success,
)

LARGEST_PACE = 10_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """What a campaign is to be.

    Attributes:
        channels: In order of preference.
        templates: The message template of each channel.
        control_share: The part of those who could be contacted that is left for comparison, 0.05 to 0.5.
        window_days: Outcomes count for so many days from when a customer's turn came.
        contact_cost: Money for one contact.
        again_after_days: A new round after so many days; None for once.
        tolerance: How many more opt-outs and complaints of 100 customers are borne before it stops by itself.
    """

    name: str
    segment_id: UUID
    goal: str = ""
    purpose: str = Purpose.OFFERS
    needs: int = Strength.INFORMED
    channels: tuple[str, ...] = (Channel.EMAIL,)
    templates: dict[str, str] = field(default_factory=dict)
    offer_id: UUID | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    pace_hour: int = 1_000
    pace_day: int = 10_000
    control_share: float = 0.1
    window_days: int = 14
    contact_cost: Decimal = Decimal(0)
    budget: Decimal | None = None
    success: str = Success.TURNOVER
    again_after_days: int | None = None
    overlap: str = Overlap.EXCLUDE
    stop_rule: str = StopRule.WORSE
    tolerance: Decimal = Decimal(1)

    def check(self) -> None:
        """Raises:
        BadCampaign: It contradicts itself, or leaves what is possible.
        """
        for name, holds, what in (
            ("name", self.name.strip(), _("a campaign needs a name")),
            ("channels", self.channels and set(self.channels) <= set(Channel.values), _("choose at least one channel")),
            ("control_share", 0.05 <= self.control_share <= 0.5, _("the control group is 5 to 50 per cent")),
            ("pace_hour", 0 < self.pace_hour <= LARGEST_PACE, _("the pace is at least one an hour")),
            ("pace_day", 0 < self.pace_day <= LARGEST_PACE, _("the pace is at least one a day")),
            ("window_days", 1 <= self.window_days <= 365, _("outcomes count for 1 to 365 days")),
            ("contact_cost", self.contact_cost >= 0, _("a cost is not below zero")),
            ("budget", self.budget is None or self.budget > 0, _("a budget is above zero")),
            (
                "ends_at", not (self.starts_at and self.ends_at) or self.ends_at > self.starts_at,
                _("the end lies after the beginning"),
            ),
            (
                "again_after_days", self.again_after_days is None or self.again_after_days >= self.window_days,
                _("a new round begins only after the days that count"),
            ),
            ("tolerance", 0 <= self.tolerance <= 100, _("of 100 customers at most 100 can be harmed")),
        ):  # fmt: skip
            if not holds:
                raise errors.BadCampaign(field=name, what=what)


_FIELDS = tuple(each.name for each in fields(Brief))


def _facts(brief: Brief) -> dict[str, Any]:
    facts = {name: _plain(getattr(brief, name)) for name in _FIELDS}
    channels = [_plain(channel) for channel in dict.fromkeys(brief.channels)]
    return {**facts, "name": brief.name.strip(), "channels": channels}


def _plain(value: Any) -> Any:
    """A choice as the database gives it back."""
    return value.value if isinstance(value, Choices) else value


@transaction.atomic
def create(*, viewer: Viewer, brief: Brief) -> Campaign:
    """Write a campaign as a draft.

    Raises:
        BadCampaign: It contradicts itself.
        NotFound: There is no such segment.
    """
    viewer.require("campaigns.write")
    brief.check()
    queries.segment_for(viewer, brief.segment_id)
    queries.refuse_taken_name(viewer, brief.name.strip())
    return Campaign.objects.create(
        enterprise_id=viewer.tenant,
        **_facts(brief),
        state_at=viewer.now,
        seed=secrets.randbits(62),
        created_by_id=viewer.staff_id,
        created_at=viewer.now,
        changed_at=viewer.now,
    )


@transaction.atomic
def change(*, viewer: Viewer, campaign_id: UUID, brief: Brief) -> Campaign:
    """Say anew what a draft is to be; its plan is void.

    Raises:
        NotADraft: It is approved already, or further.
    """
    viewer.require("campaigns.write")
    brief.check()
    queries.segment_for(viewer, brief.segment_id)
    queries.refuse_taken_name(viewer, brief.name.strip(), besides=campaign_id)
    campaign = _locked(viewer, campaign_id)
    refuse_unless_draft(campaign)
    Round.objects.filter(enterprise_id=viewer.tenant, campaign=campaign, recorded_at__isnull=True).update(
        stale=True
    )
    Campaign.objects.filter(pk=campaign.pk).update(**_facts(brief), changed_at=viewer.now)
    return queries.campaign_for(viewer, campaign_id)


@transaction.atomic
def ask_for_plan(*, viewer: Viewer, campaign_id: UUID) -> None:
    """Have a draft planned in the background: the segment, the control group, the gate.

    Raises:
        NotADraft: It is approved already, or further.
    """
    viewer.require("campaigns.write")
    campaign = queries.campaign_for(viewer, campaign_id)
    refuse_unless_draft(campaign)
    jobs.defer(
        "campaigns.plan", lock=f"campaign:{campaign.pk}", enterprise_id=viewer.tenant, campaign_id=campaign.pk,
        asked_by=viewer.actor,
    )  # fmt: skip


@transaction.atomic
def ask_for_simulation(*, viewer: Viewer, campaign_id: UUID, at: datetime) -> None:
    """Have worked out in the background what the campaign would have been at a past date.

    Raises:
        BadCampaign: The days that count after it are not over.
    """
    viewer.require("campaigns.write")
    campaign = queries.campaign_for(viewer, campaign_id)
    if at + timedelta(days=campaign.window_days) > viewer.now:
        raise errors.BadCampaign(field="at", what=_("choose a day whose following days are over"))
    Simulation.objects.update_or_create(
        enterprise_id=viewer.tenant, campaign=campaign, at=at, defaults={"made_at": viewer.now, "report": {}}
    )
    jobs.defer(
        "campaigns.simulate", lock=f"campaign:{campaign.pk}", enterprise_id=viewer.tenant, campaign_id=campaign.pk,
        at=at.isoformat(),
    )  # fmt: skip


@transaction.atomic
def approve(*, viewer: Viewer, campaign_id: UUID, why: str = "") -> Campaign:
    """Approve a planned draft. Where somebody else may approve too, whoever wrote it may not.

    Raises:
        SecondPerson: The viewer wrote it, and is not the only one with the right.
        NotPlanned: It has no plan of what it says now.
        WrongMove: It is no draft any more.
    """
    viewer.require("campaigns.approve")
    campaign = _locked(viewer, campaign_id)
    if campaign.created_by_id == viewer.staff_id and _others_may(viewer):
        raise errors.SecondPerson
    if campaign.state == State.DRAFT and not queries.is_planned(viewer, campaign):
        raise errors.NotPlanned
    known = dict(sending.templates_for(viewer))
    for channel in campaign.channels:
        if campaign.templates.get(channel) not in known:
            raise errors.MissingTemplate(field="templates", channel=Channel(channel).label)
    return _move(viewer, campaign, State.APPROVED, why, "campaign.approved")


@transaction.atomic
def reopen(*, viewer: Viewer, campaign_id: UUID, why: str = "") -> Campaign:
    """Take an approval back: the campaign is a draft again."""
    viewer.require("campaigns.write")
    return _move(viewer, _locked(viewer, campaign_id), State.DRAFT, why, "campaign.reopened")


@transaction.atomic
def start(*, viewer: Viewer, campaign_id: UUID, why: str = "") -> Campaign:
    """Let an approved campaign run, or a paused one go on."""
    viewer.require("campaigns.approve")
    campaign = _move(viewer, _locked(viewer, campaign_id), State.RUNNING, why, "campaign.started")
    sending.go_on(viewer, campaign)
    jobs.defer(
        "campaigns.run", lock=f"campaign:{campaign.pk}", enterprise_id=viewer.tenant, campaign_id=campaign.pk
    )
    return campaign


@transaction.atomic
def pause(*, viewer: Viewer, campaign_id: UUID, why: str = "") -> Campaign:
    """Stop at once: what is not handed over waits, what is queued rests. Whoever may write campaigns may stop one."""
    viewer.require("campaigns.write")
    campaign = _move(viewer, _locked(viewer, campaign_id), State.PAUSED, why, "campaign.paused")
    sending.hold_back(viewer, campaign)
    return campaign


@transaction.atomic
def drain(*, viewer: Viewer, campaign_id: UUID, why: str = "") -> Campaign:
    """Send no more, and let finish what is queued; outcomes go on counting."""
    viewer.require("campaigns.write")
    campaign = _move(viewer, _locked(viewer, campaign_id), State.DRAINED, why, "campaign.stopped")
    sending.go_on(viewer, campaign)
    return campaign


@transaction.atomic
def end(*, viewer: Viewer, campaign_id: UUID, why: str = "") -> Campaign:
    """End a campaign for good: from now on nothing of it changes."""
    viewer.require("campaigns.write")
    return _move(viewer, _locked(viewer, campaign_id), State.ENDED, why, "campaign.ended")


def refuse_unless_draft(campaign: Campaign) -> None:
    """Raises:
    NotADraft: It is approved already, or further.
    """
    if campaign.state != State.DRAFT:
        raise errors.NotADraft(state=campaign.get_state_display())


def _locked(viewer: Viewer, campaign_id: UUID) -> Campaign:
    """The campaign, held until the end of the transaction: a portion that is being handed over is waited for."""
    queries.campaign_for(viewer, campaign_id)
    return Campaign.objects.select_for_update().get(enterprise_id=viewer.tenant, pk=campaign_id)


def _others_may(viewer: Viewer) -> bool:
    roles = RIGHTS["campaigns.approve"]
    able = core.staff_for(viewer).filter(active=True, role__in=roles).values_list("pk", flat=True)
    return any(staff_id != viewer.staff_id for staff_id in able)


def _move(viewer: Viewer, campaign: Campaign, state: State, why: str, event: str) -> Campaign:
    former = campaign.state
    if state not in campaign.moves:
        raise errors.WrongMove(state=campaign.get_state_display(), wanted=state.label)
    Campaign.objects.filter(pk=campaign.pk, state=former).update(state=state, state_at=viewer.now)
    Move.objects.create(
        enterprise_id=viewer.tenant, campaign=campaign, former=former, state=state, why=why.strip()[:500],
        moved_by=viewer.actor, moved_at=viewer.now,
    )  # fmt: skip
    events.emit(
        event, payload={"campaign": str(campaign.pk), "name": campaign.name, "why": why.strip()[:500]}
    )
    campaign.state, campaign.state_at = state, viewer.now
    return campaign
