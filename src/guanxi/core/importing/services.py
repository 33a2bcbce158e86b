"""What is done with a file: receive, configure, begin, stop, undo. Short; the long part is `running`."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, replace
from pathlib import Path
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from guanxi.core import jobs
from guanxi.core.errors import DomainError, Invalid, NotFound
from guanxi.core.identity import new_id
from guanxi.core.importing import guessing, reading, shelf, targets, values
from guanxi.core.importing.models import BUSY, Import, ImportBatch, State
from guanxi.core.viewer import Viewer


class Busy(DomainError):
    """Something is being done with this import already."""

    code = "import.busy"
    summary = _("This import is at work. Stop it first, or wait until it is done.")


class FileGone(DomainError):
    """The uploaded file was deleted after its days."""

    code = "import.file_gone"
    summary = _("The uploaded file was deleted after its days. Upload it again.")


class BadMapping(DomainError):
    """The mapping names columns or fields that are not there, or leaves out what must be filled."""

    code = "import.mapping"
    status = 422
    help = _("Choose a field for each column that should come in.")


class NothingToUndo(DomainError):
    """Only a run that has written something can be undone."""

    code = "import.nothing_to_undo"
    summary = _("There is nothing to undo: only an import that has written rows can be undone, once.")


def receive(
    viewer: Viewer,
    *,
    name: str,
    chunks: Iterable[bytes],
    target: str = "",
    layout: Mapping[str, str] | None = None,
    origin: str = "page",
    language: str = "en",
) -> Import:
    """Keep a file, find out how it is written, and propose what its columns mean."""
    viewer.require("imports.run")
    if target:
        targets.get(target)
    import_id = new_id()
    path = shelf.place(viewer.tenant, import_id)
    try:
        size, digest = shelf.keep(path, chunks)
        run = Import(
            id=import_id,
            enterprise_id=viewer.tenant,
            target=target,
            file_name=_storable(Path(name).name)[:200] or "file",
            size=size,
            digest=digest,
            origin=origin,
            language=language,
            started_by_id=viewer.staff_id,
            created_at=viewer.now,
        )
        propose(viewer, run, reading.with_changes(reading.detect(path), dict(layout or {})))
        run.save(force_insert=True)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return run


def propose(viewer: Viewer, run: Import, layout: reading.Layout) -> list[guessing.Column]:
    """Read the first rows in this layout and fill the run with a proposal: target, mapping, habits, match keys."""
    columns = columns_of(viewer, run, layout)
    offered = [(each, each.fields_for(viewer)) for each in targets.every() if viewer.may(each.right)]
    target = targets.get(run.target) if run.target else guessing.guess_target(columns, offered)
    if target is None:
        raise targets.UnknownTarget(field="target", name="", near="")
    guess = guessing.guess(columns, target.fields_for(viewer), zone=viewer.zone)
    run.target = target.name
    run.layout = asdict(layout)
    run.headings = [column.heading for column in columns]
    run.mapping = guess.mapping
    run.habits = asdict(guess.habits)
    run.match = [key for key in target.match_keys if key in guess.mapping.values()]
    return columns


def columns_of(viewer: Viewer, run: Import, layout: reading.Layout | None = None) -> list[guessing.Column]:
    """The columns of an import's file with samples; read anew each time, for samples may be private."""
    path = file_of(run)
    with closing(reading.read(path, layout or reading.Layout(**run.layout))) as reader:
        return guessing.look(reader.headings, reader)


def file_of(run: Import) -> Path:
    """The uploaded file of an import."""
    path = shelf.place(run.enterprise_id, run.pk)
    if not path.exists():
        raise FileGone
    return path


def configure(
    viewer: Viewer,
    import_id: UUID,
    *,
    target: str | None = None,
    layout: Mapping[str, str] | None = None,
    mapping: Mapping[str, str] | None = None,
    match: Sequence[str] | None = None,
    habits: Mapping[str, str] | None = None,
) -> Import:
    """Change how an import will be read; what is left out stays. A new target or layout makes a new proposal first."""
    run = _held(viewer, import_id)
    if run.state not in (State.RECEIVED, State.CHECKED):
        raise Busy(_("This import has run. Upload the file again to import it otherwise."))
    wanted = reading.with_changes(reading.Layout(**run.layout), dict(layout or {}))
    if (target or run.target) != run.target or asdict(wanted) != run.layout:
        run.target = targets.get(target or run.target).name
        propose(viewer, run, wanted)
    if mapping is not None:
        run.mapping = {heading: name for heading, name in mapping.items() if name}
    if match is not None:
        run.match = list(match)
    if habits:
        run.habits = asdict(_habits(run.habits | dict(habits)))
    if mapping is not None or match is not None:
        # A mere proposal may be incomplete: it is checked when something begins.
        check(viewer, run)
    run.state = State.RECEIVED
    run.save()
    return run


def check(viewer: Viewer, run: Import) -> dict[str, targets.TargetField]:
    """The fields that the mapping fills; refuses a mapping that cannot work, and says why."""
    target = targets.get(run.target)
    viewer.require(target.right)
    fields = {field.name: field for field in target.fields_for(viewer)}
    for heading, name in run.mapping.items():
        if heading not in run.headings:
            raise BadMapping(_("The file has no column “{heading}”."), field="mapping", heading=heading)
        if name not in fields:
            raise BadMapping(
                _("There is no field “{name}”. Fields: {fields}."),
                field="mapping", name=name, fields=", ".join(fields),
            )  # fmt: skip
    filled = list(run.mapping.values())
    for name in filled:
        if filled.count(name) > 1:
            raise BadMapping(_("Two columns fill “{name}”."), field="mapping", name=name)
    missing = [
        str(field.label or field.name)
        for field in fields.values()
        if field.required and field.name not in filled
    ]
    if missing:
        raise BadMapping(_("No column fills: {missing}."), field="mapping", missing=", ".join(missing))
    if not filled:
        raise BadMapping(_("No column fills any field."), field="mapping")
    unknown = [key for key in run.match if key not in target.match_keys or key not in filled]
    if unknown:
        raise BadMapping(
            _("Cannot match by {unknown}: choose among the filled of {keys}."),
            field="match", unknown=", ".join(unknown), keys=", ".join(target.match_keys),
        )  # fmt: skip
    return fields


@transaction.atomic
def begin(viewer: Viewer, import_id: UUID, *, dry: bool, defer: bool = True) -> Import:
    """Start a dry run or the run itself; what a former dry run found is forgotten."""
    run = _held(viewer, import_id)
    if run.state not in (State.RECEIVED, State.CHECKED):
        raise Busy
    check(viewer, run)
    _from_the_start(viewer, run, dry=dry)
    return _deferred(run) if defer else run


@transaction.atomic
def stop(viewer: Viewer, import_id: UUID) -> Import:
    """Stop after the batch that is under way; what was written stays, and the run can go on later."""
    run = _held(viewer, import_id)
    if run.state in (State.CHECKING, State.RUNNING):
        run.state = State.STOPPED
        run.save(update_fields=["state"])
    return run


@transaction.atomic
def resume(viewer: Viewer, import_id: UUID, *, defer: bool = True) -> Import:
    """Go on after the last committed batch of a run that was stopped, failed or was killed."""
    run = _held(viewer, import_id)
    if run.state not in (State.STOPPED, State.FAILED, *BUSY):
        raise Busy(_("Only an import that was stopped or failed can go on."))
    if run.dry:
        _from_the_start(viewer, run, dry=True)
    elif run.state != State.UNDOING:
        run.state, run.error = State.RUNNING, ""
        run.save(update_fields=["state", "error"])
    return _deferred(run) if defer else run


@transaction.atomic
def begin_undo(viewer: Viewer, import_id: UUID, *, defer: bool = True) -> Import:
    """Take back what a run created and changed, except rows that have changed since."""
    run = _held(viewer, import_id)
    if run.dry or run.state not in (State.DONE, State.STOPPED, State.FAILED) or not run.creates + run.updates:
        raise NothingToUndo
    run.state, run.progress, run.undone, run.refused = State.UNDOING, 0.0, 0, 0
    run.save()
    return _deferred(run) if defer else run


@transaction.atomic
def discard(viewer: Viewer, import_id: UUID) -> None:
    """Forget a file that has written nothing."""
    run = _held(viewer, import_id)
    if run.busy or not run.dry:
        raise Busy(_("An import that has written rows stays in the list."))
    ImportBatch.objects.filter(run=run).delete()
    run.delete()
    shelf.place(run.enterprise_id, import_id).unlink(missing_ok=True)


def _held(viewer: Viewer, import_id: UUID) -> Import:
    viewer.require("imports.run")
    try:
        return Import.objects.select_for_update().get(pk=import_id)
    except Import.DoesNotExist:
        raise NotFound from None


def _storable(name: str) -> str:
    """A name without what no database keeps."""
    return "".join(letter for letter in name if letter.isprintable())


def _from_the_start(viewer: Viewer, run: Import, *, dry: bool) -> None:
    file_of(run)
    ImportBatch.objects.filter(run=run).delete()
    run.state = State.CHECKING if dry else State.RUNNING
    run.dry, run.started_at, run.ended_at = dry, viewer.now, None
    run.creates = run.updates = run.unchanged = run.conflicts = run.rejects = run.checkpoint = 0
    run.progress, run.seconds, run.reasons, run.error, run.stored = 0.0, 0.0, {}, "", None
    run.save()


def _habits(wanted: Mapping[str, str]) -> values.Habits:
    habits = replace(values.Habits(), **{key: value for key, value in wanted.items() if value})  # type: ignore[arg-type]
    if habits.date_order not in values.DATE_ORDERS:
        raise Invalid(_("Write the order of dates as YMD, DMY or MDY."), field="date_order")
    if habits.decimal_sign not in values.DECIMAL_SIGNS:
        raise Invalid(_("The decimal sign is a point or a comma."), field="decimal_sign")
    if habits.zone not in values.zones():
        raise Invalid(_("There is no time zone “{zone}”."), field="zone", zone=habits.zone)
    return habits


def _deferred(run: Import) -> Import:
    jobs.defer("core.import", tenant_id=run.enterprise_id, import_id=run.pk)
    return run
