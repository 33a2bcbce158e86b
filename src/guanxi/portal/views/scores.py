"""What is computed about me, in plain words, with a way to say that it is wrong."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from guanxi.consent import queries
from guanxi.core.requests import DoorRequest
from guanxi.mining import queries as mining
from guanxi.people import disputes


def scores(request: DoorRequest) -> HttpResponse:
    """Enterprise by enterprise: each figure, what it was computed from, and whether I have objected."""
    viewer, found = request.viewer, []
    for relation in queries.relations_for(viewer):
        measures, behaviour = mining.own_measures(viewer, relation.record_ids, relation.enterprise.currency)
        contested = disputes.contested_of(viewer, relation.enterprise.pk)
        lines = [(measure, contested.get(measure.construct)) for measure in measures]
        found.append({"relation": relation, "lines": lines, "behaviour": behaviour})
    return render(request, "portal/scores.html", {"relations": found})


@require_POST
def contest(request: DoorRequest, enterprise_id: UUID) -> HttpResponse:
    """Say that a figure is wrong; somebody of the enterprise answers."""
    disputes.contest(
        viewer=request.viewer, enterprise_id=enterprise_id, kind=disputes.SCORE,
        field=request.POST.get("construct", ""), words=request.POST.get("words", ""),
    )  # fmt: skip
    messages.success(request, _("Said. The figure is shown as contested until you have an answer."))
    return redirect("me:scores")
