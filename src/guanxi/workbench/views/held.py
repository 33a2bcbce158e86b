"""Everything that is held about one customer: see it, give it out, erase what is private."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from guanxi.core.errors import Invalid
from guanxi.core.requests import DoorRequest
from guanxi.people import queries, services


def overview(request: DoorRequest, customer_id: UUID) -> HttpResponse:
    """What is held, table by table, with the way to take it away."""
    whole = queries.whole_for(request.viewer, customer_id)
    held = queries.everything_for(request.viewer, customer_id)
    context = {
        "whole": whole,
        "held": [(table, len(rows)) for table, rows in held.items()],
        "may_erase": request.viewer.may("customers.erase"),
    }
    return render(request, "workbench/customers/held.html", context)


def download(request: DoorRequest, customer_id: UUID) -> HttpResponse:
    """All of it as one JSON file."""
    held = queries.everything_for(request.viewer, customer_id, taken=True)
    answer = JsonResponse(held, json_dumps_params={"ensure_ascii": False, "indent": 1})
    answer["Content-Disposition"] = f'attachment; filename="customer-{customer_id}.json"'
    return answer


@require_POST
def erase(request: DoorRequest, customer_id: UUID) -> HttpResponse:
    """Make what is private unreadable for ever, once somebody has typed the word for it."""
    if request.POST.get("word", "").strip().lower() != _("erase"):
        raise Invalid(_("Type the word to confirm; nothing was erased."), field="word")
    services.erase(viewer=request.viewer, customer_id=customer_id)
    messages.success(
        request, _("What was private is unreadable now, in the log, the lake and the backups too.")
    )
    return redirect("desk:customer", customer_id)
