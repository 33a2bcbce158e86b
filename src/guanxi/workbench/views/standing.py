"""The enterprise's own standing, and the domains from which it writes."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from guanxi.consent import own, relays, standing
from guanxi.core.requests import DoorRequest


def overview(request: DoorRequest) -> HttpResponse:
    """What every individual sees of us, and what it is counted from."""
    viewer = request.viewer
    viewer.require("permissions.read")
    counts = own.counts_for(viewer)
    figure = standing.standing(counts)
    context = {
        "figure": figure,
        "shares": own.shares_of(figure),
        "counts": counts,
        "surcharge": standing.surcharge(counts),
        "senders": own.senders_for(viewer),
        "may_change": viewer.may("settings.manage"),
    }
    return render(request, "workbench/consent/standing.html", context)


@require_POST
def name_sender(request: DoorRequest) -> HttpResponse:
    """Name a domain from which we write."""
    relays.name_sender(viewer=request.viewer, domain=request.POST.get("domain", ""))
    messages.success(request, _("Kept. What comes from there is passed on."))
    return redirect("desk:standing")


@require_POST
def drop_sender(request: DoorRequest, sender_id: UUID) -> HttpResponse:
    """We do not write from this domain any more."""
    relays.drop_sender(viewer=request.viewer, sender_id=sender_id)
    return redirect("desk:standing")
