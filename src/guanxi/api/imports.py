"""Imports over the API: send a file, say what its columns mean, try it, bring it in, read what became of each row."""

from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from pydantic import Field

from guanxi.api.shell import ApiRequest, File, In, Out, Page, Paging, Query, Router, UploadedFile, page
from guanxi.api.types import NO_NUL, Flag, Id, Moment, QueryInt, Text
from guanxi.core.importing import queries, services

router = Router(reads="imports.run", tags=["Imports"])

Heading = Annotated[str, Field(max_length=1000, pattern=NO_NUL)]
FieldName = Annotated[str, Field(max_length=100, pattern=NO_NUL)]
State = Literal[
    "received", "checking", "checked", "running", "stopped", "failed", "done", "undoing", "undone"
]
Action = Literal["create", "update", "unchanged", "conflict", "reject"]


class UploadQuery(In):
    """What the rows of the file become; guessed from its columns where it is left out."""

    target: Annotated[str, Field(max_length=60, pattern=NO_NUL, description="As in `/import-targets`.")] = ""


class Layout(In):
    """How the file is written; what is left out stays as it was detected."""

    encoding: Annotated[str, Field(max_length=40, pattern=NO_NUL)] = ""
    delimiter: Annotated[str, Field(max_length=1, pattern=NO_NUL)] = ""
    sheet: Annotated[str, Field(max_length=100, pattern=NO_NUL)] = ""


class Habits(In):
    """How the file writes dates and numbers, and the zone of its times."""

    date_order: Literal["", "YMD", "DMY", "MDY"] = ""
    decimal_sign: Literal["", ".", ","] = ""
    zone: Annotated[str, Field(max_length=64, pattern=NO_NUL)] = ""


class ConfigurationIn(In):
    """How an import is read; what is left out stays. Another target or layout proposes the mapping anew."""

    target: Text | None = None
    layout: Layout = Layout()
    mapping: Annotated[
        dict[Heading, FieldName] | None, Field(description="Column: field.", max_length=2000)
    ] = None
    match: Annotated[
        list[FieldName] | None, Field(description="Fields by which a row is known.", max_length=20)
    ] = None
    habits: Habits = Habits()


class BeginIn(In):
    """`dry` counts what would happen and writes nothing."""

    dry: Flag = True


class ImportOut(Out):
    """An import. `stored` is how many of its rows were found in the database after the run."""

    id: Id
    target: str
    state: State
    file_name: str
    size: int
    digest: str
    headings: list[str]
    layout: dict[str, str]
    mapping: dict[str, str]
    match: list[str]
    habits: dict[str, str]
    dry: bool
    creates: int
    updates: int
    unchanged: int
    conflicts: int
    rejects: int
    stored: int | None
    undone: int
    refused: int
    reasons: dict[str, int]
    progress: float
    seconds: float
    error: str
    created_at: Moment
    started_at: Moment | None
    ended_at: Moment | None


class FieldOut(Out):
    """A field that a column may fill."""

    name: str
    label: str
    type: str
    required: bool
    private: bool
    choices: list[str]


class TargetOut(Out):
    """Something that rows can become."""

    name: str
    label: str
    match_keys: list[str]
    fields: list[FieldOut]


class OutcomeOut(Out):
    """What became of one row; `row` counts as a spreadsheet does."""

    row: int
    action: Action
    id: Id | None
    reason: str
    undone: Literal["undone", "refused"] | None


class OutcomeQuery(In):
    """Which outcomes."""

    after: Annotated[QueryInt, Field(ge=0, le=2**31 - 1, description="The last row read before.")] = 0
    limit: Annotated[QueryInt, Field(ge=1, le=1000)] = 200


@router.get("/import-targets", response=list[TargetOut])
def list_import_targets(request: ApiRequest) -> object:
    """List what can be imported, with its fields."""
    return [
        {
            "name": each.name,
            "label": str(each.label),
            "match_keys": list(each.match_keys),
            "fields": [_field(field) for field in each.fields_for(request.viewer)],
        }
        for each in queries.targets_for(request.viewer)
    ]


@router.get("/imports", response=Page[ImportOut])
def list_imports(request: ApiRequest, paging: Query[Paging]) -> object:
    """List imports, newest first."""
    return page(request, queries.imports_for(request.viewer), paging, order=("-id",))


@router.post("/imports", response={201: ImportOut})
def create_import(request: ApiRequest, wanted: Query[UploadQuery], file: File[UploadedFile]) -> object:
    """Send a file; the answer proposes what its columns mean. Nothing is written yet."""
    return services.receive(
        request.viewer,
        name=file.name or "file",
        chunks=file.chunks(),
        target=wanted.target,
        origin="api",
        language=request.viewer.language,
    )


@router.get("/imports/{import_id}", response=ImportOut)
def read_import(request: ApiRequest, import_id: Id) -> object:
    """One import: its state, counts and progress."""
    return queries.import_for(request.viewer, import_id)


@router.patch("/imports/{import_id}", response=ImportOut)
def configure_import(request: ApiRequest, import_id: Id, body: ConfigurationIn) -> object:
    """Say how the file is to be read."""
    return services.configure(
        request.viewer,
        import_id,
        target=body.target,
        layout=body.layout.model_dump(),
        mapping=body.mapping,
        match=body.match,
        habits=body.habits.model_dump(),
    )


@router.post("/imports/{import_id}/begin", response={202: ImportOut})
def begin_import(request: ApiRequest, import_id: Id, body: BeginIn) -> object:
    """Try it (dry), or bring it in."""
    return services.begin(request.viewer, import_id, dry=body.dry)


@router.post("/imports/{import_id}/stop", response={200: ImportOut})
def stop_import(request: ApiRequest, import_id: Id) -> object:
    """Stop after the batch that is under way."""
    return services.stop(request.viewer, import_id)


@router.post("/imports/{import_id}/resume", response={202: ImportOut})
def resume_import(request: ApiRequest, import_id: Id) -> object:
    """Go on after the last committed batch."""
    return services.resume(request.viewer, import_id)


@router.post("/imports/{import_id}/undo", response={202: ImportOut})
def undo_import(request: ApiRequest, import_id: Id) -> object:
    """Take back what it wrote, except rows that changed since."""
    return services.begin_undo(request.viewer, import_id)


@router.delete("/imports/{import_id}", response={204: None})
def delete_import(request: ApiRequest, import_id: Id) -> None:
    """Forget a file that has written nothing."""
    services.discard(request.viewer, import_id)


@router.get("/imports/{import_id}/outcomes", response=Page[OutcomeOut])
def list_import_outcomes(request: ApiRequest, import_id: Id, wanted: Query[OutcomeQuery]) -> object:
    """What became of each row, in the order of the file."""
    run = queries.import_for(request.viewer, import_id)
    found = queries.outcomes_after(request.viewer, run, wanted.after, limit=wanted.limit + 1)
    items = [_outcome(one, undone) for one, undone in found[: wanted.limit]]
    following = _following(request, items[-1]["row"], wanted.limit) if len(found) > wanted.limit else None
    return {"items": items, "next": following}


def _following(request: ApiRequest, after: int, limit: int) -> str:
    query = urlencode({"after": after, "limit": limit})
    return request.build_absolute_uri(f"{request.path}?{query}")


def _outcome(one: Any, undone: Any) -> dict[str, Any]:
    return {
        "row": one.number,
        "action": one.action,
        "id": one.target_id,
        "reason": one.reason,
        "undone": undone.action if undone else None,
    }


def _field(field: Any) -> dict[str, Any]:
    return {
        "name": field.name,
        "label": str(field.label or field.name),
        "type": field.type,
        "required": field.required,
        "private": field.private,
        "choices": list(field.choices),
    }
