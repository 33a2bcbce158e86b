"""Mining: what the last run found, and the runs themselves."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from guanxi.core import paging
from guanxi.core.listing import Column, Listing
from guanxi.core.pages import render_part
from guanxi.core.requests import DoorRequest
from guanxi.mining import queries, services
from guanxi.mining.errors import AlreadyRunning
from guanxi.workbench.figures import mining as figures

COLUMNS = (
    Column("asked", gettext_lazy("Asked for"), always=True),
    Column("state", gettext_lazy("State")),
    Column("duration", gettext_lazy("Duration"), numeric=True),
    Column("customers", gettext_lazy("Customers"), numeric=True),
    Column("orders", gettext_lazy("Orders"), numeric=True),
    Column("engine", gettext_lazy("Engine"), shown=False),
)


def mining(request: DoorRequest) -> HttpResponse:
    """What is known of the customers, as of the last run that ended well."""
    viewer = request.viewer
    run = queries.last_good_run(viewer)
    context = {
        "run": run,
        "under_way": queries.run_under_way(viewer),
        "report": run.report if run else {},
        "held_out": figures.held_out(run.report) if run else {},
        "charts": figures.charts(run.report) if run else {},
        "may_run": viewer.may("mining.run"),
        "latest": paging.page(queries.runs_for(viewer), order=queries.RUNS_ORDER, size=5).items,
    }
    return render_part(request, "workbench/mining/mining.html", context, part="status")


def runs(request: DoorRequest) -> HttpResponse:
    """All runs, newest first."""
    listing = Listing.of(request.GET, COLUMNS, name="mining-runs")
    page = paging.page(
        queries.runs_for(request.viewer), order=queries.RUNS_ORDER, cursor=listing.cursor, size=50
    )
    return render_part(request, "workbench/mining/runs.html", {"listing": listing, "page": page})


def run(request: DoorRequest, run_id: UUID) -> HttpResponse:
    """One run: how far it is, how long each step took, what it saw, what went wrong."""
    found = queries.run_for(request.viewer, run_id)
    context = {"run": found, "steps": figures.steps(found), "counts": figures.counts(found)}
    return render_part(request, "workbench/mining/run.html", context, part="progress")


@require_POST
def start(request: DoorRequest) -> HttpResponse:
    """Ask for a run."""
    try:
        asked = services.start(request.viewer)
    except AlreadyRunning as error:
        messages.info(request, str(error))
        return redirect("desk:mining")
    messages.success(request, _("The run is on its way; this page shows how far it is."))
    return redirect("desk:mining-run", asked.pk)


def why(request: DoorRequest, customer_id: UUID) -> HttpResponse:
    """The reasons of a customer's measures."""
    measures = queries.measures_of(request.viewer, customer_id)
    return render(request, "workbench/mining/why.html", {"measures": measures})
