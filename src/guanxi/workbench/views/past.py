"""Past campaigns: what they did, as far as a matched comparison can tell."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from guanxi.core.requests import DoorRequest
from guanxi.market.past import queries, services
from guanxi.workbench.figures import past as figures


def campaigns(request: DoorRequest) -> HttpResponse:
    """All past campaigns with effect, range and trust."""
    shown = queries.campaigns_for(request.viewer)
    context = {
        "campaigns": shown,
        "scale": figures.scale(shown),
        "tally": figures.tally(shown),
        "may_run": request.viewer.may("mining.run"),
    }
    return render(request, "workbench/past/campaigns.html", context)


def campaign(request: DoorRequest, campaign_id: UUID) -> HttpResponse:
    """One past campaign: effect, what was compared, balance, placebo, assumptions."""
    shown = queries.campaign_for(request.viewer, campaign_id)
    context = {"shown": shown, **figures.whole(shown, request.viewer.currency)}
    return render(request, "workbench/past/campaign.html", context)


@require_POST
def measure(request: DoorRequest) -> HttpResponse:
    """Ask for a new measurement."""
    services.measure(viewer=request.viewer)
    messages.success(request, _("The past is measured anew; the figures here change when that is done."))
    return redirect("desk:past")
