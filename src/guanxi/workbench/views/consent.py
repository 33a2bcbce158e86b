"""May we contact? The gate on the 360 page, what a customer permits, and what the gate answered."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from guanxi.consent import gate, queries, services
from guanxi.core import paging
from guanxi.core.requests import DoorRequest
from guanxi.people import queries as people
from guanxi.people import relations
from guanxi.workbench.forms.consent import AskForm, NoteForm


def permissions(request: DoorRequest, customer_id: UUID) -> HttpResponse:
    """What one customer permits, purpose by purpose, and the answers of the gate about them."""
    return _page(request, customer_id, AskForm(), NoteForm())


@require_POST
def ask(request: DoorRequest, customer_id: UUID) -> HttpResponse:
    """Ask the gate; the answer is written down and the customer can read it."""
    request.viewer.require("customers.write")
    form = AskForm(request.POST)
    if not form.is_valid():
        return _page(request, customer_id, form, NoteForm(), status=422)
    verdict = gate.ask(request.viewer, customer_id, **form.cleaned_data)
    words = {"outcome": verdict.get_outcome_display(), "reason": verdict.get_reason_display()}
    tell = messages.success if verdict.outcome == "allow" else messages.warning
    tell(request, _("%(outcome)s: %(reason)s") % words)
    return redirect("desk:customer-permissions", customer_id)


@require_POST
def note(request: DoorRequest, customer_id: UUID) -> HttpResponse:
    """Write down what the customer said."""
    form = NoteForm(request.POST)
    if not form.is_valid():
        return _page(request, customer_id, AskForm(), form, status=422)
    said = services.Statement(purpose=form.cleaned_data["purpose"], strength=form.cleaned_data["strength"])
    services.note(
        viewer=request.viewer, customer_id=customer_id, statements=[said], proof=form.cleaned_data["proof"]
    )
    messages.success(request, _("Noted."))
    return redirect("desk:customer-permissions", customer_id)


@require_POST
def contacted(request: DoorRequest, customer_id: UUID, verdict_id: UUID) -> HttpResponse:
    """The contact that the gate allowed has been made."""
    request.viewer.require("customers.write")
    verdict = queries.verdict_for(request.viewer, customer_id, verdict_id)
    services.record_contact(viewer=request.viewer, verdict=verdict)
    messages.success(request, _("In the contact book."))
    return redirect("desk:customer-permissions", customer_id)


def _page(
    request: DoorRequest, customer_id: UUID, asking: AskForm, noting: NoteForm, status: int = 200
) -> HttpResponse:
    root_id, record_ids = people.whole_rows_for(request.viewer, customer_id)
    found = queries.verdicts_for(request.viewer, root_id)
    permitted = queries.permitted_for(request.viewer, record_ids)
    page = paging.page(found, order=("-asked_at", "-id"), cursor=request.GET.get("cursor"), size=20)
    context = {
        "customer_id": root_id,
        "title": people.titles_for(request.viewer, [root_id])[root_id],
        "permitted": permitted,
        "strength": max(one.strength for one in permitted),
        "claimed": relations.claimed_of(request.viewer, record_ids),
        "page": page,
        "open": queries.unused_of(request.viewer, page.items),
        "asking": asking,
        "noting": noting,
        "may_ask": request.viewer.may("customers.write"),
        "may_note": request.viewer.may("permissions.write"),
    }
    return render(request, "workbench/consent/permissions.html", context, status=status)
