"""My data: take it away, put it right, have it erased, with proof."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from guanxi.consent import queries
from guanxi.core.errors import Invalid
from guanxi.core.requests import DoorRequest
from guanxi.people import disputes, erasing, services
from guanxi.people import queries as people
from guanxi.portal import takeaway


def data(request: DoorRequest) -> HttpResponse:
    """Each enterprise that holds something, what I said is wrong, and the certificates of what was erased."""
    said = list(disputes.disputes_for(request.viewer).order_by("-raised_at", "-pk")[:100])
    context = {
        "relations": queries.relations_for(request.viewer),
        "disputes": disputes.read(request.viewer, said),
        "erasures": erasing.erasures_for(request.viewer),
    }
    return render(request, "portal/data.html", context)


def download(request: DoorRequest, enterprise_id: UUID, kind: str) -> HttpResponse:
    """Everything that an enterprise holds about me, as JSON or for a spreadsheet."""
    held = people.everything_own(request.viewer, enterprise_id)
    if kind == "csv":
        answer = HttpResponse(takeaway.as_csv(held), content_type="text/csv; charset=utf-8")
    else:
        answer = JsonResponse(held, json_dumps_params={"ensure_ascii": False, "indent": 1})
    answer["Content-Disposition"] = f'attachment; filename="my-data-{enterprise_id}.{kind}"'
    return answer


@require_POST
def correct(request: DoorRequest, enterprise_id: UUID) -> HttpResponse:
    """Say what a fact should be; somebody of the enterprise answers."""
    given = request.POST
    disputes.contest(
        viewer=request.viewer, enterprise_id=enterprise_id, kind=disputes.FACT, field=given.get("field", ""),
        proposed=given.get("proposed", ""), words=given.get("words", ""),
    )  # fmt: skip
    messages.success(request, _("Said. You read the answer under “My data”."))
    return redirect("me:held", enterprise_id)


@require_POST
def erase(request: DoorRequest, enterprise_id: UUID) -> HttpResponse:
    """Make what they hold unreadable for ever, once I have typed the word for it."""
    if request.POST.get("word", "").strip().lower() != _("erase"):
        raise Invalid(_("Type the word to confirm; nothing was erased."), field="word")
    services.erase_own(viewer=request.viewer, enterprise_id=enterprise_id)
    messages.success(request, _("Erased. Keep the certificate: it is your proof."))
    return redirect("me:data")


def certificate(request: DoorRequest, erasure_id: UUID) -> HttpResponse:
    """The signed proof that it was done."""
    erasure = erasing.erasure_for(request.viewer, erasure_id)
    answer = JsonResponse(
        erasure.document,
        json_dumps_params={"ensure_ascii": False, "indent": 1},
        content_type="application/ld+json",
    )
    answer["Content-Disposition"] = f'attachment; filename="erasure-{erasure_id}.json"'
    return answer
