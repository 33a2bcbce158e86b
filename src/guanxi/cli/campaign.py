"""Campaigns: plan, approve, run, pause, drain, end, show."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import typer
from rich.console import Console
from rich.table import Table

from guanxi.core import foundation, viewers
from guanxi.core import queries as core
from guanxi.core.errors import NotFound
from guanxi.core.tenancy import tenancy
from guanxi.core.viewer import Viewer
from guanxi.market.campaigns import guarding, jobs, measuring, overview, planning, queries, services

needs = "database"
app = typer.Typer(no_args_is_help=True)
console = Console(highlight=False)

NAME = typer.Argument(help="The campaign's name, or its id.")
ENTERPRISE = typer.Option(..., "--enterprise", "-e", help="The enterprise's short name.")
BY = typer.Option(
    "", "--by", help="The address of the member of staff who decides; the machine's owner where left out."
)
WHY = typer.Option("", help="Why; written beside the move.")


@app.command("list")
def list_(enterprise: str = ENTERPRISE) -> None:
    """List the campaigns of an enterprise."""
    viewer = _viewer(enterprise)
    table = Table("Name", "State", "Segment", "Customers", "Contacted", "Effect so far")
    with tenancy(viewer):
        found = list(queries.campaigns_for(viewer).order_by(*queries.CAMPAIGNS_ORDER))
        for one in overview.listed_for(viewer, found):
            effect = f"{one.row.state} {one.row.span}".strip() if one.row else "–"
            campaign = one.campaign
            table.add_row(
                campaign.name,
                campaign.state,
                campaign.segment.name,
                f"{one.size:,}",
                f"{one.contacted:,}",
                effect,
            )
    console.print(table)


@app.command()
def plan(name: str = NAME, enterprise: str = ENTERPRISE) -> None:
    """Plan a draft now: the segment, the control group, the gate; and print whom it reaches."""
    viewer = _viewer(enterprise)
    with tenancy(viewer):
        campaign = _named(viewer, name)
        services.refuse_unless_draft(campaign)
        made = planning.plan(viewer=viewer, campaign=campaign)
    console.print(f"Planned in {made.seconds:.1f} s.")
    _print(viewer, campaign.pk)


@app.command()
def approve(name: str = NAME, enterprise: str = ENTERPRISE, by: str = BY, why: str = WHY) -> None:
    """Approve a planned draft."""
    _move(services.approve, name, enterprise, by, why)


@app.command()
def run(
    name: str = NAME,
    enterprise: str = ENTERPRISE,
    by: str = BY,
    why: str = WHY,
    at_once: bool = typer.Option(
        False, "--at-once", help="Hand everything over now, whatever the pace says."
    ),
) -> None:
    """Let an approved or paused campaign run; the worker hands over a portion each minute."""
    campaign_id = _move(services.start, name, enterprise, by, why)
    if at_once:
        contacted = jobs.advance(_viewer(enterprise).tenant, campaign_id, at_once=True)
        console.print(f"Handed over: {contacted:,}")


@app.command()
def pause(name: str = NAME, enterprise: str = ENTERPRISE, by: str = BY, why: str = WHY) -> None:
    """Stop at once; whoever waits keeps their turn."""
    _move(services.pause, name, enterprise, by, why)


@app.command()
def drain(name: str = NAME, enterprise: str = ENTERPRISE, by: str = BY, why: str = WHY) -> None:
    """Send no more and let finish what is queued."""
    _move(services.drain, name, enterprise, by, why)


@app.command()
def end(name: str = NAME, enterprise: str = ENTERPRISE, by: str = BY, why: str = WHY) -> None:
    """End a campaign for good."""
    _move(services.end, name, enterprise, by, why)


@app.command()
def measure(name: str = NAME, enterprise: str = ENTERPRISE) -> None:
    """Join what happened and measure now, as the worker does every hour; a campaign proved worse is stopped."""
    viewer = _viewer(enterprise)
    with tenancy(viewer):
        campaign = _named(viewer, name)
        if campaign.state != "ended":
            measuring.measure(viewer=viewer, campaign=campaign)
            stopped = guarding.guard(viewer=viewer, campaign=campaign)
            console.print(stopped or "It goes on.")
    _print(viewer, campaign.pk)


@app.command()
def show(name: str = NAME, enterprise: str = ENTERPRISE) -> None:
    """Show whom a campaign reaches, who was left for comparison, and what it did."""
    viewer = _viewer(enterprise)
    with tenancy(viewer):
        campaign = _named(viewer, name)
    _print(viewer, campaign.pk)


def _viewer(slug: str) -> Viewer:
    return viewers.for_process(foundation.enterprise_named(slug).pk, "guanxi campaign")


def _named(viewer: Viewer, name: str) -> Any:
    found = queries.campaign_named(viewer, name)
    if found is None:
        raise NotFound(f"There is no campaign called {name}. `guanxi campaign list` shows them.")
    return found


def _move(service: Callable[..., Any], name: str, enterprise: str, by: str, why: str) -> UUID:
    viewer = _viewer(enterprise)
    with tenancy(viewer):
        campaign_id: UUID = _named(viewer, name).pk
        if by:
            member = core.staff_for(viewer).filter(account__email=by.lower()).first()
            if member is None:
                raise NotFound(
                    f"Nobody with the address {by} works here. `guanxi staff list` shows who does."
                )
            viewer = viewers.for_staff(member.account_id, viewer.tenant)
    with tenancy(viewer):
        moved = service(viewer=viewer, campaign_id=campaign_id, why=why)
    console.print(f"{moved.name} is {moved.state} now.")
    return campaign_id


def _print(viewer: Viewer, campaign_id: UUID) -> None:
    with tenancy(viewer):
        whole = overview.whole_for(viewer, campaign_id)
        steps = Table(
            "How they stand", "Customers", "Share", title=f"{whole.campaign.name} ({whole.campaign.state})"
        )
        for step in whole.steps:
            steps.add_row(str(step.label), f"{step.count:,}", f"{step.share:.1%}")
        console.print(steps)
        for other, customers in whole.overlaps:
            console.print(f"{customers:,} of them are in {other}.")
        if whole.rows:
            effects = Table("Of 100 customers", "With it", "Control", "Difference", "lies in", "Proof")
            for row in whole.rows:
                effects.add_row(
                    str(row.measure.label), row.treated, row.control, row.estimate, row.span, row.state
                )
            console.print(effects)
        console.print(whole.sentence)
