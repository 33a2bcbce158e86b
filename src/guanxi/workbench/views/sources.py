"""Sources: what sends us events, with its key, its counts and how to connect it."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from guanxi.core import formats
from guanxi.core.pages import render_part
from guanxi.core.requests import DoorRequest
from guanxi.touch import queries, services
from guanxi.workbench.forms.sources import SourceForm

# Stands in the examples where the key itself is not known any more.
_SOME_KEY = "YOUR_WRITE_KEY"


def sources(request: DoorRequest) -> HttpResponse:
    """The sources, and one more; a new one shows its key once, on the page that made it."""
    form = SourceForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        made = services.create_source(viewer=request.viewer, **form.cleaned_data)
        return _page(request, made.source.pk, secret=made.text)
    context = {
        "sources": queries.sources_for(request.viewer),
        "form": form,
        "may_manage": request.viewer.may("sources.manage"),
        "waiting": queries.pressure_for(request.viewer).waiting,
        "aside": queries.waiting_aside_for(request.viewer),
    }
    return render_part(request, "workbench/sources/sources.html", context, part="counts")


def source(request: DoorRequest, source_id: UUID) -> HttpResponse:
    """One source."""
    return _page(request, source_id)


@require_POST
def rotate(request: DoorRequest, source_id: UUID) -> HttpResponse:
    """A new key; the former works for another day."""
    made = services.rotate_key(viewer=request.viewer, source_id=source_id)
    return _page(request, source_id, secret=made.text)


@require_POST
def revoke(request: DoorRequest, source_id: UUID) -> HttpResponse:
    """Make the former key worthless."""
    services.revoke_former_key(viewer=request.viewer, source_id=source_id)
    messages.success(request, _("The former key is worthless from now on."))
    return redirect("desk:source", source_id)


@require_POST
def close(request: DoorRequest, source_id: UUID) -> HttpResponse:
    """Take no more events from a source."""
    services.close_source(viewer=request.viewer, source_id=source_id)
    messages.success(request, _("The source is closed; what came from it stays."))
    return redirect("desk:source", source_id)


def _page(request: DoorRequest, source_id: UUID, *, secret: str = "") -> HttpResponse:
    context = {
        "line": queries.source_for(request.viewer, source_id),
        "secret": secret,
        "key": secret or _SOME_KEY,
        "address": settings.CONFIGURATION.address,
        "chart": _chart(request, source_id),
        "may_manage": request.viewer.may("sources.manage"),
    }
    return render_part(request, "workbench/sources/source.html", context, part="counts")


def _chart(request: DoorRequest, source_id: UUID) -> dict[str, Any] | None:
    hours = queries.hours_for(request.viewer, source_id)
    if not hours:
        return None
    events = f"{reverse('desk:events')}?source={source_id}"
    return {
        "id": "source-hours",
        "type": "bar",
        "x": [formats.exact(tally.hour) for tally in hours],
        "series": [
            {
                "name": _("Events"),
                "values": [tally.received for tally in hours],
                "links": [events for _hour in hours],
            },
            {"name": _("Set aside"), "values": [tally.refused + tally.aside for tally in hours]},
        ],
        "format": "number",
        "stack": True,
    }
