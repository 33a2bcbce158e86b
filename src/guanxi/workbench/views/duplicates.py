"""Doubtful pairs: side by side, with the reasons in words; agreed to, refused, in bulk, and taken back."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from guanxi.core import jobs, paging
from guanxi.core.requests import DoorRequest
from guanxi.people import matching, queries, services
from guanxi.people.jobs import FIND_DUPLICATES

ORDER = ("-score", "-id")
STATES = ("open", "accepted", "rejected")
BULK_SCORES = (0.99, 0.95, 0.9)


def duplicates(request: DoorRequest) -> HttpResponse:
    """The queue, the surest first."""
    state = request.GET.get("state", "open")
    rows = queries.pairs_for(request.viewer, state=state if state in STATES else "open")
    page = paging.page(rows, order=ORDER, cursor=request.GET.get("cursor") or None, size=30)
    titles = queries.titles_for(
        request.viewer, {id_ for one in page.items for id_ in (one.left_id, one.right_id)}
    )
    context = {
        "state": state,
        "page": page,
        "pairs": [
            {"pair": one, "left": titles.get(one.left_id), "right": titles.get(one.right_id),
             "word": matching.strength(one.score), "reasons": matching.sentences(one.reasons)}
            for one in page.items
        ],
        "bulk": [{"score": score, "count": queries.pairs_for(request.viewer,
        least=score).count()} for score in BULK_SCORES]
        if state == "open" else [],
        "may": request.viewer.may("customers.merge"),
    }  # fmt: skip
    return render(request, "workbench/duplicates/duplicates.html", context)


def duplicate(request: DoorRequest, pair_id: UUID) -> HttpResponse:
    """One pair side by side."""
    pair = queries.pair_for(request.viewer, pair_id)
    context = {
        "pair": pair,
        "left": queries.whole_for(request.viewer, pair.left_id),
        "right": queries.whole_for(request.viewer, pair.right_id),
        "word": matching.strength(pair.score),
        "reasons": matching.sentences(pair.reasons),
        "may": request.viewer.may("customers.merge"),
    }
    return render(request, "workbench/duplicates/duplicate.html", context)


@require_POST
def decide(request: DoorRequest, pair_id: UUID) -> HttpResponse:
    """Agree or refuse; both can be taken back."""
    undo = f"undo:{reverse('desk:duplicate-reopen', args=[pair_id])}"
    if request.POST.get("decision") == "accept":
        kept = request.POST.get("kept")
        services.accept(viewer=request.viewer, pair_id=pair_id, kept_id=UUID(kept) if kept else None)
        messages.success(request, _("They are one customer now."), extra_tags=undo)
    else:
        services.reject(viewer=request.viewer, pair_id=pair_id)
        messages.success(request, _("They stay two customers."), extra_tags=undo)
    return redirect("desk:duplicates")


@require_POST
def reopen(request: DoorRequest, pair_id: UUID) -> HttpResponse:
    """Take a decision back."""
    services.reopen(viewer=request.viewer, pair_id=pair_id)
    messages.success(request, _("The pair is open again."))
    return redirect("desk:duplicate", pair_id)


@require_POST
def accept_above(request: DoorRequest) -> HttpResponse:
    """Agree to everything at or above a score."""
    score = min(1.0, max(0.5, float(request.POST.get("score", "0.99"))))
    made = services.accept_above(viewer=request.viewer, score=score)
    said = ngettext("%(count)d pair was merged.", "%(count)d pairs were merged.", len(made))
    messages.success(request, said % {"count": len(made)})
    return redirect(f"{reverse('desk:duplicates')}?state=accepted")


@require_POST
def look(request: DoorRequest) -> HttpResponse:
    """Look for duplicates now; the analysing worker does it."""
    request.viewer.require("customers.merge")
    jobs.defer(
        FIND_DUPLICATES,
        enterprise_id=request.viewer.tenant,
        lock=f"{FIND_DUPLICATES}:{request.viewer.tenant}",
    )
    messages.success(request, _("The search for duplicates is on its way; new pairs show up here."))
    return redirect("desk:duplicates")
