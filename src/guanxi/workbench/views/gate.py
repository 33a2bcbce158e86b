"""The gate as a whole: what it refused and why, what another policy would do, what lies on customers, legal bases."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from guanxi.consent import reports, services, whatif
from guanxi.consent.words import Reason
from guanxi.core import paging
from guanxi.core.listing import Column, Listing
from guanxi.core.pages import render_part
from guanxi.core.requests import DoorRequest
from guanxi.people import queries as people
from guanxi.workbench.figures import gate as figures
from guanxi.workbench.forms.gate import BasisForm, PolicyForm, initial_of

COLUMNS = (
    Column("customer", gettext_lazy("Customer"), always=True),
    Column("reason", gettext_lazy("Reason")),
    Column("purpose", gettext_lazy("What for")),
    Column("channel", gettext_lazy("Channel")),
    Column("about", gettext_lazy("About")),
    Column("until", gettext_lazy("Not before")),
    Column("asked", gettext_lazy("Asked")),
)


def gate(request: DoorRequest) -> HttpResponse:
    """Refusals by reason over time, and what another policy would have done."""
    request.viewer.require("gate.read")
    standing = reports.policy_for(request.viewer)
    trying = "limit" in request.GET
    form = PolicyForm(request.GET) if trying else PolicyForm(initial=initial_of(standing))
    tried = None
    if trying and form.is_valid():
        tried = whatif.what_if(request.viewer, form.policy(standing, request.viewer.zone), standing)
    answers = reports.answers_for(request.viewer)
    context = {
        "answers": answers,
        "chart": figures.refusals(answers),
        "form": form,
        "tried": tried,
        "may_change": request.viewer.may("gate.change"),
    }
    return render(request, "workbench/gate/gate.html", context)


def refused(request: DoorRequest) -> HttpResponse:
    """The single refusals behind a figure, with their customers."""
    listing = Listing.of(request.GET, COLUMNS, name="gate-refused")
    reason = request.GET.get("reason", "")
    found = reports.refused_for(request.viewer, reason if reason in Reason.values else "")
    page = paging.page(found, order=("-asked_at", "-id"), cursor=listing.cursor, size=50)
    titles = people.titles_for(request.viewer, {one.customer_id for one in page.items})
    context = {
        "listing": listing,
        "page": page,
        "rows": [(one, titles.get(one.customer_id, "–")) for one in page.items],
        "reasons": Reason.choices,
        "reason": reason,
    }
    return render_part(request, "workbench/gate/refused.html", context, part="rows")


@require_POST
def change(request: DoorRequest) -> HttpResponse:
    """Let what was tried stand."""
    standing = reports.policy_for(request.viewer)
    form = PolicyForm(request.POST)
    if not form.is_valid():
        messages.warning(request, _("Nothing was changed: look at the numbers again."))
        return redirect("desk:gate")
    services.set_policy(viewer=request.viewer, policy=form.policy(standing, request.viewer.zone))
    messages.success(request, _("This holds from the next contact on."))
    return redirect("desk:gate")


def pressure(request: DoorRequest) -> HttpResponse:
    """How much contact lies on customers, and which contacts made it."""
    pressed = reports.pressed_for(request.viewer)
    titles = people.titles_for(request.viewer, {key for key, _load in pressed.heaviest})
    context = {
        "pressed": pressed,
        "chart": figures.loads(pressed),
        "heaviest": [(key, titles[key], load) for key, load in pressed.heaviest if key in titles],
    }
    return render(request, "workbench/gate/pressure.html", context)


def bases(request: DoorRequest) -> HttpResponse:
    """The bases other than permission that contact stands on."""
    form = BasisForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        services.state_basis(viewer=request.viewer, **form.cleaned_data)
        messages.success(request, _("Stated. Your customers can read it."))
        return redirect("desk:gate-bases")
    context = {
        "form": form,
        "bases": reports.bases_for(request.viewer),
        "may_change": request.viewer.may("gate.change"),
    }
    return render(request, "workbench/gate/bases.html", context, status=422 if form.errors else 200)


@require_POST
def end_basis(request: DoorRequest, purpose: str) -> HttpResponse:
    """Contact for a purpose stands on permission again."""
    services.end_basis(viewer=request.viewer, purpose=purpose)
    messages.success(request, _("Ended. Only what customers permit holds."))
    return redirect("desk:gate-bases")
