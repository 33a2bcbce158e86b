"""Campaigns: the list, one campaign from draft to effect, the calendar, and who is left alone."""

from datetime import datetime, time
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from guanxi.core import paging
from guanxi.core.errors import DomainError
from guanxi.core.listing import Column, Listing
from guanxi.core.pages import render_part
from guanxi.core.requests import DoorRequest
from guanxi.market.campaigns import overview, queries, services
from guanxi.people import queries as people
from guanxi.workbench.figures import campaigns as figures
from guanxi.workbench.forms.campaigns import CampaignForm, PastForm

COLUMNS = (
    Column("name", gettext_lazy("Campaign"), always=True),
    Column("state", gettext_lazy("State")),
    Column("segment", gettext_lazy("Segment")),
    Column("size", gettext_lazy("Customers"), numeric=True),
    Column("contacted", gettext_lazy("Contacted"), numeric=True),
    Column("effect", gettext_lazy("Effect so far")),
)
RECIPIENT_COLUMNS = (
    Column("customer", gettext_lazy("Customer"), always=True),
    Column("arm", gettext_lazy("Group")),
    Column("reason", gettext_lazy("How they stand")),
    Column("channel", gettext_lazy("Channel")),
    Column("reached", gettext_lazy("Their turn")),
)
STATES = (
    ("draft", gettext_lazy("Draft")), ("approved", gettext_lazy("Approved")), ("running", gettext_lazy("Running")),
    ("paused", gettext_lazy("Paused")), ("drained", gettext_lazy("Sends no more")), ("ended", gettext_lazy("Ended")),
)  # fmt: skip
DEEDS = {
    "plan": (services.ask_for_plan, gettext_lazy("The plan is being made; this page shows it in a moment.")),
    "approve": (services.approve, gettext_lazy("Approved.")),
    "reopen": (services.reopen, gettext_lazy("A draft again.")),
    "run": (services.start, gettext_lazy("It runs.")),
    "pause": (services.pause, gettext_lazy("Paused: nothing more is handed over.")),
    "drain": (services.drain, gettext_lazy("It sends no more; what is queued is finished.")),
    "end": (services.end, gettext_lazy("Ended for good.")),
}


def campaigns(request: DoorRequest) -> HttpResponse:
    """The campaigns, newest first, with what they did so far."""
    listing = Listing.of(request.GET, COLUMNS, name="campaigns")
    state = request.GET.get("state", "")
    found = queries.campaigns_for(request.viewer, state=state, text=listing.query)
    page = paging.page(found, order=queries.CAMPAIGNS_ORDER, cursor=listing.cursor)
    context = {
        "listing": listing, "page": page, "items": overview.listed_for(request.viewer, page.items), "states": STATES,
        "state": state, "total": paging.total(found), "may_write": request.viewer.may("campaigns.write"),
    }  # fmt: skip
    return render_part(request, "workbench/campaigns/campaigns.html", context, part="rows")


def create(request: DoorRequest) -> HttpResponse:
    """Write a campaign."""
    request.viewer.require("campaigns.write")
    form = CampaignForm(request.viewer, request.POST or None)
    if request.method == "POST" and form.is_valid():
        made = _said(form, lambda: services.create(viewer=request.viewer, brief=form.brief))
        if made:
            services.ask_for_plan(viewer=request.viewer, campaign_id=made.pk)
            return redirect("desk:campaign", made.pk)
    context = {"form": form, "campaign": None}
    return render(request, "workbench/campaigns/form.html", context, status=422 if form.errors else 200)


def change(request: DoorRequest, campaign_id: UUID) -> HttpResponse:
    """Say anew what a draft is to be."""
    request.viewer.require("campaigns.write")
    found = queries.campaign_for(request.viewer, campaign_id)
    initial = CampaignForm.initial_of(found, request.viewer)
    form = CampaignForm(request.viewer, request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        deed: dict[str, Any] = {"viewer": request.viewer, "campaign_id": campaign_id}
        if _said(form, lambda: services.change(**deed, brief=form.brief)):
            services.ask_for_plan(**deed)
            return redirect("desk:campaign", campaign_id)
    context = {"form": form, "campaign": found}
    return render(request, "workbench/campaigns/form.html", context, status=422 if form.errors else 200)


def _said(form: CampaignForm, deed: Any) -> Any:
    """Do it, or write what is wrong beside its field."""
    try:
        return deed()
    except DomainError as error:
        form.add_error(error.field if error.field in form.fields else None, str(error))
        return None


def campaign(request: DoorRequest, campaign_id: UUID) -> HttpResponse:
    """One campaign: its plan, its deeds, what was decided, what it did."""
    whole = overview.whole_for(request.viewer, campaign_id)
    context = {
        "whole": whole, "campaign": whole.campaign, "past": PastForm(),
        "simulations": [
            (one, figures.past(one.report, request.viewer, overview.reason_label)) for one in whole.simulations
        ],
        "may_write": request.viewer.may("campaigns.write"), "may_approve": request.viewer.may("campaigns.approve"),
    }  # fmt: skip
    return render_part(request, "workbench/campaigns/campaign.html", context, part="plan")


def act(request: DoorRequest, campaign_id: UUID, deed: str) -> HttpResponse:
    """One of the deeds of a campaign."""
    queries.campaign_for(request.viewer, campaign_id)
    if request.method != "POST" or deed not in DEEDS:
        raise Http404
    service, words = DEEDS[deed]
    why = {} if deed == "plan" else {"why": request.POST.get("why", "")}
    try:
        service(viewer=request.viewer, campaign_id=campaign_id, **why)  # type: ignore[operator]
    except DomainError as error:
        messages.error(request, f"{error} {error.help}".strip())
    else:
        messages.success(request, str(words))
    return redirect("desk:campaign", campaign_id)


def recipients(request: DoorRequest, campaign_id: UUID) -> HttpResponse:
    """The customers of a campaign, all of them or those who stand so."""
    listing = Listing.of(request.GET, RECIPIENT_COLUMNS, name="campaign-customers")
    whole = overview.whole_for(request.viewer, campaign_id)
    if whole.round is None:
        raise Http404
    asked = {name: request.GET.get(name, "") for name in ("arm", "standing", "reason")}
    found = queries.recipients_for(request.viewer, whole.round.pk, **asked)
    page = paging.page(found, order=("turn",), cursor=listing.cursor)
    context = {
        "whole": whole, "campaign": whole.campaign, "listing": listing, "page": page, "total": paging.total(found),
        "items": [(one, overview.standing_label(one)) for one in page.items], "asked": asked,
        "titles": people.titles_for(request.viewer, [one.customer_id for one in page.items]),
    }  # fmt: skip
    return render_part(request, "workbench/campaigns/customers.html", context, part="rows")


def effect(request: DoorRequest, campaign_id: UUID) -> HttpResponse:
    """What a campaign did: day by day, on both sides."""
    whole = overview.whole_for(request.viewer, campaign_id)
    wanted = request.GET.get("measure") or whole.campaign.success
    row = next((one for one in whole.rows if one.measure.name == wanted), None)
    chart = figures.over_days(row, whole.effects, request.viewer.currency)
    context = {"whole": whole, "campaign": whole.campaign, "row": row, "chart": chart}
    return render(request, "workbench/campaigns/effect.html", context)


def past(request: DoorRequest, campaign_id: UUID) -> HttpResponse:
    """Ask what the campaign would have been on a past day."""
    queries.campaign_for(request.viewer, campaign_id)
    form = PastForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        at = datetime.combine(form.cleaned_data["day"], time(9), tzinfo=request.viewer.timezone)
        try:
            services.ask_for_simulation(viewer=request.viewer, campaign_id=campaign_id, at=at)
        except DomainError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, _("It is being worked out; this page shows it in a moment."))
    return redirect("desk:campaign", campaign_id)


def calendar(request: DoorRequest) -> HttpResponse:
    """Which campaigns run when, and who is in several."""
    bars = figures.calendar(overview.calendar_for(request.viewer), request.viewer.now)
    return render(request, "workbench/campaigns/calendar.html", {"bars": bars})


def left_alone(request: DoorRequest) -> HttpResponse:
    """How those who get no unasked offer are doing against all others."""
    seen = figures.left_alone(overview.left_alone_for(request.viewer), request.viewer)
    return render(request, "workbench/campaigns/left_alone.html", seen)
