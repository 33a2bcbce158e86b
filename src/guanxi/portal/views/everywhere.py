"""What I permit, for all enterprises at once."""

from datetime import datetime, time
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from guanxi.consent import everywhere, queries
from guanxi.consent.words import Purpose
from guanxi.core.requests import DoorRequest
from guanxi.portal.forms import everywhere as forms


def permissions(request: DoorRequest) -> HttpResponse:
    """Purpose by purpose what each enterprise may do, and what can be said to all of them."""
    return _page(request)


@require_POST
def lower(request: DoorRequest) -> HttpResponse:
    """At most this, everywhere."""
    form = forms.LowerForm(request.POST)
    if not form.is_valid():
        return _page(request, lowering=form, status=422)
    changed = everywhere.lower(
        viewer=request.viewer, purposes=form.purposes, at_most=form.cleaned_data["at_most"]
    )
    return _told(request, changed)


@require_POST
def pause(request: DoorRequest) -> HttpResponse:
    """A pause from everybody; without a day it ends."""
    form = forms.PauseForm(request.POST)
    if not form.is_valid():
        return _page(request, pausing=form, status=422)
    day = form.cleaned_data["until"]
    until = datetime.combine(day, time(), tzinfo=request.viewer.timezone) if day else None
    return _told(request, everywhere.pause(viewer=request.viewer, until=until))


@require_POST
def quiet(request: DoorRequest) -> HttpResponse:
    """The same quiet hours for everybody."""
    form = forms.QuietForm(request.POST)
    if not form.is_valid():
        return _page(request, hushing=form, status=422)
    return _told(request, everywhere.be_quiet(viewer=request.viewer, **form.cleaned_data))


@require_POST
def close(request: DoorRequest) -> HttpResponse:
    """Channels that nobody may use any more."""
    form = forms.CloseForm(request.POST)
    if not form.is_valid():
        return _page(request, closing=form, status=422)
    return _told(request, everywhere.close(viewer=request.viewer, channels=form.cleaned_data["channels"]))


def _told(request: DoorRequest, changed: int) -> HttpResponse:
    if changed:
        text = ngettext(
            "Kept. %(n)s enterprise knows it from now on.",
            "Kept. %(n)s enterprises know it from now on.",
            changed,
        )
        messages.success(request, text % {"n": changed})
    else:
        messages.info(request, _("Nothing had to change."))
    return redirect("me:permissions")


def _page(request: DoorRequest, status: int = 200, **forms_given: Any) -> HttpResponse:
    relations = queries.relations_for(request.viewer)
    context = {
        "relations": relations,
        "purposes": [
            (purpose, [(relation.enterprise, relation.of(purpose)) for relation in relations])
            for purpose in Purpose
        ],
        "signals": everywhere.signals_for(request.viewer),
        "lowering": forms.LowerForm(initial={"purpose": Purpose.OFFERS, "at_most": 2}),
        "pausing": forms.PauseForm(),
        "hushing": forms.QuietForm(),
        "closing": forms.CloseForm(),
        **forms_given,
    }
    return render(request, "portal/permissions.html", context, status=status)
