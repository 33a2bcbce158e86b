"""What is read of imports: the list, one run, its outcomes, and the rows to mend."""

import csv
import io
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from guanxi.core.compiled import compiled
from guanxi.core.errors import NotFound
from guanxi.core.importing import guessing, reading, services, targets
from guanxi.core.importing.models import Import, ImportBatch, unpack
from guanxi.core.importing.reading import Record
from guanxi.core.importing.targets import Action, Outcome, Target, TargetField
from guanxi.core.tenancy import tenancy
from guanxi.core.viewer import Viewer

MENDED = (Action.REJECT, Action.CONFLICT)


def imports_for(viewer: Viewer) -> QuerySet[Import]:
    """The enterprise's imports; the list puts the newest first."""
    viewer.require("imports.run")
    return Import.objects.all()


@compiled
def latest_imports_for(viewer: Viewer, *, size: int) -> QuerySet[Import]:
    """The imports that were begun last."""
    return imports_for(viewer).order_by("-created_at", "-id")[:size]


def import_for(viewer: Viewer, import_id: UUID) -> Import:
    """One import."""
    run = imports_for(viewer).filter(pk=import_id).first()
    if run is None:
        raise NotFound
    return run


def outcomes_for(viewer: Viewer, run: Import, *, after: int = -1) -> Iterator[tuple[Outcome, Outcome | None]]:
    """What became of each row, in the order of the file, and what became of it when the run was undone.

    Opens a tenancy for each batch: it is used by answers that are streamed after the view has ended.
    """
    row = after
    while True:
        with tenancy(viewer):
            batch = ImportBatch.objects.filter(run=run, last_row__gt=row).order_by("number").first()
        if batch is None:
            return
        row = batch.last_row
        undone = {one.number: one for one in unpack(batch.undo)} if batch.undo else {}
        for outcome in unpack(batch.outcomes):
            yield outcome, undone.get(outcome.number)


def outcomes_after(
    viewer: Viewer, run: Import, number: int, *, limit: int
) -> list[tuple[Outcome, Outcome | None]]:
    """The outcomes of the rows after this number, at most so many."""
    found = (pair for pair in outcomes_for(viewer, run, after=number) if pair[0].number > number)
    return list(islice(found, limit))


def outcome_lines(viewer: Viewer, run: Import) -> Iterator[str]:
    """The outcome file: CSV with one line for each row of the file."""
    heading = [_("Row"), _("Outcome"), _("Id"), _("Reason"), _("Undone"), _("Why not undone")]
    lines = (
        [
            one.number,
            one.action,
            one.target_id or "",
            one.reason,
            undone.action if undone else "",
            undone.reason if undone else "",
        ]
        for one, undone in outcomes_for(viewer, run)
    )
    return _csv(heading, lines)


def mending_lines(viewer: Viewer, run: Import) -> Iterator[str]:
    """The rows that were set aside, as they were, with the reason: mend them and import this file."""
    services.file_of(run)
    reasons = {one.number: one.reason for one, _undone in outcomes_for(viewer, run) if one.action in MENDED}
    return _csv([*run.headings, _("Row in the former file"), _("Reason")], _mending(run, reasons))


def _mending(run: Import, reasons: dict[int, str]) -> Iterator[list[Any]]:
    if not reasons:
        return
    width, last = len(run.headings), max(reasons)
    with closing(reading.read(services.file_of(run), reading.Layout(**run.layout))) as reader:
        for found in reader:
            if found.number in reasons:
                cells = found.cells if isinstance(found, Record) else []
                yield [*cells, *[""] * (width - len(cells)), found.number, reasons[found.number]]
            if found.number >= last:
                return


def _csv(heading: list[str], lines: Iterable[list[Any]]) -> Iterator[str]:
    """CSV in pieces of some thousand lines; the mark at the start makes spreadsheets read it as UTF-8."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    buffer.write("\ufeff")
    writer.writerow(heading)
    for place, line in enumerate(lines, start=1):
        writer.writerow(line)
        if place % 2000 == 0:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()


@dataclass(frozen=True, slots=True)
class MappedColumn:
    """A column with its samples and the field it fills."""

    place: int
    column: guessing.Column
    field: str


@dataclass(frozen=True, slots=True)
class Sketch:
    """What somebody needs to see to say how a file is to be read."""

    target: Target
    columns: list[MappedColumn]
    fields: tuple[TargetField, ...]
    targets: list[Target]


def sketch_for(viewer: Viewer, run: Import) -> Sketch:
    """The columns of a file with samples and fields; reads the first rows."""
    target = targets.get(run.target)
    columns = [
        MappedColumn(place, column, run.mapping.get(column.heading, ""))
        for place, column in enumerate(services.columns_of(viewer, run))
    ]
    return Sketch(target, columns, target.fields_for(viewer), targets_for(viewer))


def targets_for(viewer: Viewer) -> list[Target]:
    """What this viewer may import into."""
    return [each for each in targets.every() if viewer.may(each.right)]
