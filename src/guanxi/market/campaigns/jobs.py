"""Background jobs of campaigns: plan, hand over portions, look at outcomes, guard."""

from datetime import datetime
from uuid import UUID

from guanxi.core import jobs, viewers
from guanxi.core.tenancy import tenancy
from guanxi.market.campaigns import guarding, measuring, planning, queries, running, services, simulating
from guanxi.market.models.campaigns import Round, State


@jobs.job("campaigns.plan", in_tenancy=False)
def plan(enterprise_id: UUID, campaign_id: UUID, asked_by: str = "") -> None:
    """Plan a draft."""
    with tenancy(viewers.for_process(enterprise_id, "campaigns.plan")) as viewer:
        campaign = queries.campaign_for(viewer, campaign_id)
        if campaign.state == State.DRAFT:
            planning.plan(viewer=viewer, campaign=campaign, asked_by=asked_by)


@jobs.job("campaigns.simulate", in_tenancy=False)
def simulate(enterprise_id: UUID, campaign_id: UUID, at: str) -> None:
    """Work out what a campaign would have been at a past date."""
    with tenancy(viewers.for_process(enterprise_id, "campaigns.simulate")) as viewer:
        campaign = queries.campaign_for(viewer, campaign_id)
        simulating.simulate(viewer=viewer, campaign=campaign, at=datetime.fromisoformat(at))


@jobs.job("campaigns.run", in_tenancy=False)
def run(enterprise_id: UUID, campaign_id: UUID) -> None:
    """Hand over what the pace allows in this minute; before the first portion the arms are written down."""
    advance(enterprise_id, campaign_id)


@jobs.job("campaigns.tick", in_tenancy=False)
def tick() -> None:
    """Each minute: every running campaign goes on."""
    for enterprise_id in viewers.enterprise_ids():
        with tenancy(viewers.for_process(enterprise_id, "campaigns.tick")) as viewer:
            due = list(queries.campaigns_for(viewer, state=State.RUNNING).values_list("pk", flat=True))
        for campaign_id in due:
            advance(enterprise_id, campaign_id)


@jobs.job("campaigns.look", in_tenancy=False)
def look() -> None:
    """Join what happened to both arms, measure, and stop what is proved worse for customers."""
    for enterprise_id in viewers.enterprise_ids():
        with tenancy(viewers.for_process(enterprise_id, "campaigns.look")) as viewer:
            due = list(measuring.campaigns_to_measure(viewer).values_list("pk", flat=True))
        for campaign_id in due:
            with tenancy(viewers.for_process(enterprise_id, "campaigns.look")) as viewer:
                campaign = queries.campaign_for(viewer, campaign_id)
                measuring.measure(viewer=viewer, campaign=campaign)
                guarding.guard(viewer=viewer, campaign=campaign)


def advance(enterprise_id: UUID, campaign_id: UUID, *, at_once: bool = False) -> int:
    """Take a running campaign one step further, each portion in a transaction of its own; how many were contacted."""
    _prepare(enterprise_id, campaign_id)
    contacted = 0
    while True:
        with tenancy(viewers.for_process(enterprise_id, "campaigns.run")) as viewer:
            campaign = queries.campaign_for(viewer, campaign_id)
            left = running.MOST_AT_ONCE if at_once else running.spread(campaign) - contacted
            portion = running.hand_over_portion(
                viewer=viewer, campaign_id=campaign_id, at_once=at_once, most=min(left, running.MOST_AT_ONCE)
            )
        if portion is None:
            return contacted
        contacted += portion.contacts


def _prepare(enterprise_id: UUID, campaign_id: UUID) -> None:
    """The next round where it is due, and the arms on record; a campaign whose time is over sends no more."""
    with tenancy(viewers.for_process(enterprise_id, "campaigns.run")) as viewer:
        campaign = queries.campaign_for(viewer, campaign_id)
        if campaign.state != State.RUNNING:
            return
        if campaign.ends_at and campaign.ends_at <= viewer.now:
            services.drain(viewer=viewer, campaign_id=campaign_id, why=str(guarding.OVER))
            return
        round_: Round | None = running.current_round(viewer, campaign)
        if round_ and round_.recorded_at and running.next_round_due(viewer, campaign, round_):
            round_ = planning.plan(viewer=viewer, campaign=campaign, number=round_.number + 1)
        if round_ and round_.recorded_at is None:
            planning.record(viewer=viewer, campaign=campaign, round_=round_)


jobs.schedule("campaigns.tick", cron="* * * * *")
jobs.schedule("campaigns.look", cron="25 * * * *")
