"""Segments: the list, one segment, its editor, why somebody is in it, lists put together by hand."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from guanxi.core.conditions import Condition, ConditionError
from guanxi.core.errors import DomainError
from guanxi.core.pages import render_part
from guanxi.core.requests import DoorRequest
from guanxi.core.viewer import Viewer
from guanxi.market.segments import queries, reach, services, vocabulary
from guanxi.people import queries as people
from guanxi.workbench.figures import segments as figures
from guanxi.workbench.forms import segments as forms


def segments(request: DoorRequest) -> HttpResponse:
    """The segments with their size and the week's coming and going."""
    retired = "retired" in request.GET
    context = {
        "segments": queries.segments_for(request.viewer, retired=retired),
        "retired": retired,
        "may_write": request.viewer.may("segments.write"),
    }
    return render_part(request, "workbench/segments/segments.html", context)


def create(request: DoorRequest) -> HttpResponse:
    """Make a segment: clicked together or written, with a count while one works."""
    return _edit(request, None)


def change(request: DoorRequest, segment_id: UUID) -> HttpResponse:
    """Change what a segment says."""
    return _edit(request, segment_id)


def _edit(request: DoorRequest, segment_id: UUID | None) -> HttpResponse:
    viewer = request.viewer
    viewer.require("segments.write")
    segment = queries.segment_for(viewer, segment_id) if segment_id else None
    words = vocabulary.vocabulary_for(viewer, vocabulary.names_for(viewer))
    if request.method == "POST":
        editor = forms.sent(request.POST, words, _parsed(viewer, request.POST.get("condition", "")))
    else:
        text = segment.condition if segment else request.GET.get("condition", "")
        name, note = (segment.name, segment.note) if segment else ("", "")
        editor = forms.stored(name, note, text, words, _parsed(viewer, text))
    context: dict[str, Any] = {"segment": segment, "editor": editor, **_counted(viewer, editor.text)}
    if request.POST.get("do") == "save":
        try:
            return redirect("desk:segment", _saved(viewer, segment_id, editor))
        except DomainError as error:
            context["error"] = error
    return render_part(request, "workbench/segments/edit.html", context, part="editor")


def _saved(viewer: Viewer, segment_id: UUID | None, editor: forms.Editor) -> UUID:
    given = {"name": editor.name, "note": editor.note, "condition": editor.text}
    if segment_id:
        return services.change(viewer=viewer, segment_id=segment_id, **given).pk
    return services.create(viewer=viewer, **given).pk


def _parsed(viewer: Viewer, text: str) -> Condition | None:
    try:
        return vocabulary.parse(viewer, text) if text.strip() else None
    except ConditionError:
        return None


def _counted(viewer: Viewer, text: str) -> dict[str, Any]:
    """How many a text selects, or what is wrong with it and where."""
    if not text.strip():
        return {}
    try:
        return {"counted": queries.count_for(viewer, text)}
    except ConditionError as error:
        return {
            "error": error,
            "marked": (text[: error.start], text[error.start : error.end], text[error.end :]),
        }


def segment(request: DoorRequest, segment_id: UUID) -> HttpResponse:
    """One segment: who, how many may be contacted, coming and going, what it said before."""
    viewer = request.viewer
    found = queries.segment_for(viewer, segment_id)
    context = {
        "segment": found,
        "listed": queries.listed_for(viewer, segment_id),
        "chart": figures.sizes(queries.days_for(viewer, segment_id)),
        "movements": queries.movements_for(viewer, segment_id),
        "versions": queries.versions_for(viewer, segment_id),
        "users": queries.users_of(viewer, found),
        "may_write": viewer.may("segments.write"),
    }
    return render_part(request, "workbench/segments/segment.html", context, part="size")


def reachable(request: DoorRequest) -> HttpResponse:
    """How many customers of a condition may be contacted now, by channel."""
    if not request.GET.get("condition"):
        return redirect("desk:segments")
    context = {"reach": reach.reach_for(request.viewer, request.GET.get("condition", ""))}
    return render_part(request, "workbench/segments/reach.html", context, part="reach")


def why(request: DoorRequest, segment_id: UUID) -> HttpResponse:
    """Why a customer is in a segment or is not."""
    viewer, asked = request.viewer, request.GET.get("customer", "").strip()
    ids = people.search(viewer, asked, limit=8).ids if asked else ()
    context: dict[str, Any] = {"segment": queries.segment_for(viewer, segment_id), "asked": asked}
    if len(ids) == 1 or request.GET.get("id"):
        customer_id = UUID(request.GET["id"]) if request.GET.get("id") else ids[0]
        root_id, _records = people.whole_rows_for(viewer, customer_id)
        context |= {"customer_id": root_id, "title": people.titles_for(viewer, [root_id])[root_id]}
        context["finding"] = queries.why_for(viewer, segment_id, root_id)
    elif ids:
        context["found"] = people.titles_for(viewer, ids)
    return render(request, "workbench/segments/why.html", context)


@require_POST
def snapshot(request: DoorRequest, segment_id: UUID) -> HttpResponse:
    """Freeze who is in a segment as a list."""
    made = services.snapshot(viewer=request.viewer, segment_id=segment_id)
    messages.success(
        request, _("The list “{name}” is there; it does not change any more.").format(name=made.name)
    )
    return redirect("desk:segment-lists")


@require_POST
def retire(request: DoorRequest, segment_id: UUID) -> HttpResponse:
    """Put a segment out of use."""
    try:
        services.retire(viewer=request.viewer, segment_id=segment_id)
    except services.InUse as error:
        messages.error(request, str(error))
    return redirect("desk:segment", segment_id)


@require_POST
def restore(request: DoorRequest, segment_id: UUID) -> HttpResponse:
    """Take a segment into use again."""
    services.restore(viewer=request.viewer, segment_id=segment_id)
    return redirect("desk:segment", segment_id)


def lists(request: DoorRequest) -> HttpResponse:
    """Lists put together by hand or frozen from segments, and one more."""
    viewer, context = request.viewer, dict[str, Any]()
    if request.method == "POST":
        try:
            made, unknown = services.create_list(
                viewer=viewer, name=request.POST.get("name", ""), keys=request.POST.get("keys", "")
            )
            context = {"made": made, "unknown": unknown}
        except DomainError as error:
            context = {"error": error, "given": request.POST}
    context["lists"] = [(one, queries.entries_of(viewer, one.pk)) for one in queries.lists_for(viewer)]
    context["may_write"] = viewer.may("segments.write")
    return render(request, "workbench/segments/lists.html", context)
