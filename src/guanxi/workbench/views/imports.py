"""Imports: upload, say what the columns mean, try, bring in, look at what became of each row, take back."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, QueryDict, StreamingHttpResponse
from django.shortcuts import redirect
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from guanxi.core import paging
from guanxi.core.errors import DomainError, NotFound
from guanxi.core.importing import queries, services
from guanxi.core.listing import Column, Listing
from guanxi.core.pages import render_part
from guanxi.core.requests import DoorRequest
from guanxi.workbench.figures import imports as figures
from guanxi.workbench.forms.imports import UploadForm

COLUMNS = (
    Column("file", gettext_lazy("File"), always=True),
    Column("target", gettext_lazy("Became")),
    Column("state", gettext_lazy("State")),
    Column("rows", gettext_lazy("Rows"), numeric=True),
    Column("aside", gettext_lazy("Set aside"), numeric=True),
    Column("seconds", gettext_lazy("Duration"), numeric=True, shown=False),
)
DEEDS = {
    "stop": services.stop,
    "resume": services.resume,
    "undo": services.begin_undo,
}


def imports(request: DoorRequest) -> HttpResponse:
    """The imports of the enterprise, and a place to drop the next file."""
    form = UploadForm(request.viewer, request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            run = _receive(request, form.cleaned_data)
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else "file", f"{error} {error.help}")
        else:
            return redirect("desk:import", run.pk)
    listing = Listing.of(request.GET, COLUMNS, name="imports")
    page = paging.page(queries.imports_for(request.viewer), order=("-id",), cursor=listing.cursor)
    context = {"form": form, "listing": listing, "page": page, "targets": figures.labels(request.viewer)}
    return render_part(request, "workbench/imports/imports.html", context)


def one(request: DoorRequest, import_id: UUID) -> HttpResponse:
    """One import: what its columns mean, how far it is, what became of its rows."""
    return _page(request, import_id)


@require_POST
def configure(request: DoorRequest, import_id: UUID) -> HttpResponse:
    """Take over what the columns mean, and begin what was asked for."""
    try:
        services.configure(request.viewer, import_id, **figures.configuration(request.POST))
        if request.POST.get("deed") in ("check", "run"):
            services.begin(request.viewer, import_id, dry=request.POST["deed"] == "check")
    except DomainError as error:
        if error.status == NotFound.status:
            raise
        return _page(request, import_id, fault=error, given=request.POST)
    return redirect("desk:import", import_id)


@require_POST
def act(request: DoorRequest, import_id: UUID, deed: str) -> HttpResponse:
    """Stop it, go on with it, or take it back."""
    if deed not in DEEDS:
        raise NotFound
    DEEDS[deed](request.viewer, import_id)
    return redirect("desk:import", import_id)


@require_POST
def discard(request: DoorRequest, import_id: UUID) -> HttpResponse:
    """Forget a file that has written nothing."""
    services.discard(request.viewer, import_id)
    messages.success(request, _("The file is deleted. Nothing of it was written."))
    return redirect("desk:imports")


def outcomes(request: DoorRequest, import_id: UUID) -> StreamingHttpResponse:
    """The outcome file: one line for each row."""
    run = queries.import_for(request.viewer, import_id)
    return _download(queries.outcome_lines(request.viewer, run), f"outcome-{import_id}.csv")


def mending(request: DoorRequest, import_id: UUID) -> StreamingHttpResponse:
    """The rows that were set aside, to be mended and imported again."""
    run = queries.import_for(request.viewer, import_id)
    return _download(queries.mending_lines(request.viewer, run), f"mend-{import_id}.csv")


def _receive(request: DoorRequest, given: dict[str, Any]) -> Any:
    return services.receive(
        request.viewer,
        name=given["file"].name,
        chunks=given["file"].chunks(),
        target=given["target"],
        language=get_language() or "en",
    )


def _page(
    request: DoorRequest, import_id: UUID, *, fault: DomainError | None = None, given: QueryDict | None = None
) -> HttpResponse:
    run = queries.import_for(request.viewer, import_id)
    context = figures.page(request.viewer, run, given) | {"run": run, "fault": fault}
    status = fault.status if fault else 200
    return render_part(request, "workbench/imports/import.html", context, part="work", status=status)


def _download(lines: Any, name: str) -> StreamingHttpResponse:
    answer = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
