"""What persons say is wrong about them: accept or refuse in words, told to the person. And the code for claiming."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from guanxi.core import paging
from guanxi.core.requests import DoorRequest
from guanxi.people import disputes as own
from guanxi.people import queries, services


def disputes(request: DoorRequest) -> HttpResponse:
    """What waits for an answer, then what was answered; newest first."""
    viewer, state = request.viewer, request.GET.get("state", "open")
    found = own.disputes_for(viewer)
    found = found.filter(state="open") if state == "open" else found.exclude(state="open")
    page = paging.page(found, order=("-raised_at", "-id"), cursor=request.GET.get("cursor"), size=20)
    titles = queries.titles_for(viewer, {row.customer_id for row in page.items})
    context = {
        "lines": [(one, titles.get(one.dispute.customer_id, "")) for one in own.read(viewer, page.items)],
        "page": page,
        "state": state,
        "may_answer": viewer.may("customers.write"),
    }
    return render(request, "workbench/customers/disputes.html", context)


@require_POST
def settle(request: DoorRequest, dispute_id: UUID) -> HttpResponse:
    """Answer one."""
    accept = request.POST.get("deed") == "accept"
    own.settle(
        viewer=request.viewer, dispute_id=dispute_id, accept=accept, answer=request.POST.get("answer", "")
    )
    messages.success(request, _("Answered. The person reads it at their own door."))
    return redirect("desk:disputes")


@require_POST
def claim_code(request: DoorRequest, customer_id: UUID) -> HttpResponse:
    """A code with which the customer claims these records at the front door; shown once."""
    code = services.give_claim_code(viewer=request.viewer, customer_id=customer_id)
    text = _("Code for the customer: %(code)s. It is good once, for %(days)s days, and is not shown again.")
    messages.success(request, text % {"code": code, "days": services.CODE_DAYS})
    return redirect("desk:customer-permissions", customer_id)
