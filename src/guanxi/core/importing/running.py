"""The long part of an import: batch after batch, each in a transaction of its own that also moves the checkpoint.

Killed at any moment, a run goes on after the last committed batch: rows, outcomes, counts and checkpoint are committed
together or not at all. Two processes cannot run the same import: the checkpoint moves by a conditional update.

A batch does not wait for the disk. If the server falls it may lose the last ones, whole and in order, and the run goes
on from before them; the end of the run waits, and with it everything that was done.
"""

import gc
import logging
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import DataError, IntegrityError, InterfaceError, OperationalError, connection, transaction
from django.utils import translation
from django.utils.translation import gettext as _

from guanxi.core import arrays, live
from guanxi.core.errors import DomainError
from guanxi.core.identity import new_id
from guanxi.core.importing import ahead, plan, reading, services, targets, values
from guanxi.core.importing.models import Import, ImportBatch, State, pack, records_of, unpack
from guanxi.core.importing.targets import Action, Outcome, Target
from guanxi.core.postgresql import line
from guanxi.core.postgresql.line import Answer, Statement
from guanxi.core.tenancy import tenancy
from guanxi.core.viewer import Viewer

logger = logging.getLogger(__name__)
Report = Callable[[Import], None]
_COUNTS = {
    Action.CREATE: "creates",
    Action.UPDATE: "updates",
    Action.UNCHANGED: "unchanged",
    Action.CONFLICT: "conflicts",
    Action.REJECT: "rejects",
}
_REASONS_KEPT = 50
_COLLECTED = 10  # batches between two looks for cycles
_COUNTED = 100  # batches whose rows are looked up together
_HASTE = Statement("SET LOCAL synchronous_commit TO off")
_CHECKED_NOW = Statement("SET CONSTRAINTS ALL IMMEDIATE")
_CHECKED_LATER = Statement("SET CONSTRAINTS ALL DEFERRED")
_KEEP = Statement(
    "INSERT INTO core_importbatch (id, enterprise_id, run_id, number, first_row, last_row, outcomes, stored_ids, "
    "stored_rows) VALUES ($1::uuid, $2::uuid, $3::uuid, $4::integer, $4::integer, $5::integer, $6::bytea, $7::uuid[], "
    "$8::integer[])"
)


class Overtaken(Exception):
    """Somebody stopped this import, or another process has taken it."""


def execute(
    viewer: Viewer, import_id: UUID, *, report: Report = lambda run: None, size: int = plan.BATCH
) -> Import:
    """Do what the import's state asks for, to its end; called by the job and the command line, outside tenancy."""
    with tenancy(viewer):
        run = Import.objects.get(pk=import_id)
    if not run.busy:
        return run
    with translation.override(run.language), _rarer_collection():
        try:
            if run.state == State.UNDOING:
                _undo(viewer, run, report)
            else:
                _bring_in(viewer, run, report, size)
        except Overtaken:
            logger.info("import %s goes on elsewhere or was stopped", import_id)
        except (OperationalError, InterfaceError):
            raise  # the database went away: the worker tries again and goes on at the checkpoint
        except DomainError as error:
            _fail(viewer, run, str(error))
        except Exception as error:  # the border of the job: recorded on the page, and told to the worker
            _fail(viewer, run, f"{type(error).__name__}: {error}"[:2000])
            raise
    with tenancy(viewer):
        run.refresh_from_db()
    report(run)
    return run


@contextmanager
def _rarer_collection() -> Iterator[None]:
    """Look for cycles between batches only: within one, some hundred thousand objects come and none may go.

    What the process holds already is set aside first, so that the look costs milliseconds.
    """
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.unfreeze()


def _bring_in(viewer: Viewer, run: Import, report: Report, size: int) -> None:
    target = targets.get(run.target)
    with tenancy(viewer):
        fields = services.check(viewer, run)
        prepare = target.preparing(viewer)
    repeats = Repeats() if run.dry and target.identity else None
    started = time.monotonic() - run.seconds
    task = ahead.Task(
        path=services.file_of(run),
        layout=reading.Layout(**run.layout),
        mapping=run.mapping,
        fields=fields,
        habits=values.Habits(**run.habits),
        match=tuple(run.match),
        after=run.checkpoint,
        size=size,
        prepare=prepare,
        alike=target.identity if run.dry else (),
        language=run.language,
    )
    with closing(ahead.batches(task)) as batches:
        for number, batch in enumerate(batches, start=1):
            run.seconds = time.monotonic() - started
            _commit(viewer, run, target, batch, repeats)
            if number % _COLLECTED == 0:
                gc.collect()
            report(run)
    _finish(viewer, run, target, started)


def _commit(
    viewer: Viewer, run: Import, target: Target, batch: plan.Batch, repeats: "Repeats | None"
) -> None:
    """One batch: rows, outcomes, counts and checkpoint in one transaction; where it cannot be had whole, in parts."""
    try:
        _store(viewer, run, target, batch, repeats, apply_whole)
    except (DataError, IntegrityError, DomainError):
        _store(viewer, run, target, batch, repeats, apply_carefully)
    run.checkpoint = batch.last


def _store(
    viewer: Viewer,
    run: Import,
    target: Target,
    batch: plan.Batch,
    repeats: "Repeats | None",
    apply: Callable[..., list[Outcome]],
) -> None:
    with tenancy(viewer):
        line.say(_HASTE)
        _move(run, batch)
        outcomes = apply(viewer, target, batch.rows, batch.numbers, run_id=run.pk, dry=run.dry)
        if repeats:
            outcomes = repeats.told(batch.alike, outcomes)
        if batch.rejected:
            outcomes = sorted([*outcomes, *batch.rejected], key=lambda one: one.number)
        # Packed while the server looks the keys up.
        _keep(run, batch, outcomes).count  # noqa: B018  to ask is to wait, and nothing is counted before
        _count(run, outcomes)
        run.progress = batch.done
        run.save(update_fields=[*_COUNTS.values(), "reasons", "progress", "seconds"])
        live.notify([live.topic("import", run.pk, viewer)])


def _keep(run: Import, batch: plan.Batch, outcomes: list[Outcome]) -> Answer:
    stored = {} if run.dry else records_of(outcomes)
    return line.say(
        _KEEP,
        new_id(),
        run.enterprise_id,
        run.pk,
        batch.first,
        batch.last,
        pack(outcomes),
        arrays.uuids(stored),
        arrays.integers(stored.values()),
    )


def _move(run: Import, batch: plan.Batch) -> None:
    """Move the checkpoint, and by that hold the row until the commit."""
    moved = Import.objects.filter(pk=run.pk, state=run.state, checkpoint=run.checkpoint).update(
        checkpoint=batch.last
    )
    if not moved:
        raise Overtaken


def apply_whole(
    viewer: Viewer, target: Target, rows: Sequence[Any], numbers: Sequence[int], *, run_id: UUID, dry: bool
) -> list[Outcome]:
    """Apply a batch; what the database has against it, it says at the next answer."""
    outcomes = target.apply_batch(viewer, rows, run_id=run_id, dry=dry) if rows else []
    if len(outcomes) != len(rows):
        raise RuntimeError(f"{target.apply} answered {len(outcomes)} outcomes for {len(rows)} rows.")
    # Keys that are checked at the commit are checked now, while the batch can still be halved.
    line.say(_CHECKED_NOW)
    line.say(_CHECKED_LATER)
    line.push()
    return outcomes


def apply_carefully(
    viewer: Viewer, target: Target, rows: Sequence[Any], numbers: Sequence[int], *, run_id: UUID, dry: bool
) -> list[Outcome]:
    """Apply a batch; where the database refuses it, halve it until the bad rows are alone and set those aside."""
    try:
        with transaction.atomic():
            return apply_whole(viewer, target, rows, numbers, run_id=run_id, dry=dry)
    except (DataError, IntegrityError, DomainError) as error:
        if len(rows) == 1:
            return [Outcome(numbers[0], Action.REJECT, None, _reason(error))]
        middle = len(rows) // 2
        return apply_carefully(
            viewer, target, rows[:middle], numbers[:middle], run_id=run_id, dry=dry
        ) + apply_carefully(viewer, target, rows[middle:], numbers[middle:], run_id=run_id, dry=dry)


def _reason(error: Exception) -> str:
    # The database's own words may repeat values, which may be private: its kind of refusal is enough.
    return (
        str(error)
        if isinstance(error, DomainError)
        else _("the database refuses it: {kind}").format(kind=type(error.__cause__ or error).__name__)
    )


def _count(run: Import, outcomes: Sequence[Outcome]) -> None:
    for action, number in Counter(one.action for one in outcomes).items():
        name = _COUNTS[Action(action)]
        setattr(run, name, getattr(run, name) + number)
    reasons = Counter(run.reasons)
    reasons.update(
        one.reason for one in outcomes if one.reason and one.action in (Action.REJECT, Action.CONFLICT)
    )
    run.reasons = dict(reasons.most_common(_REASONS_KEPT))


class Repeats:
    """In a dry run nothing is stored, so a row that repeats an earlier one of the file would count as new twice."""

    def __init__(self) -> None:
        self._seen: set[int] = set()

    def told(self, alike: Sequence[int], outcomes: Sequence[Outcome]) -> list[Outcome]:
        return [self._one(key, one) for key, one in zip(alike, outcomes, strict=True)]

    def _one(self, key: int, outcome: Outcome) -> Outcome:
        if outcome.action != Action.CREATE:
            return outcome
        if key in self._seen:
            return Outcome(
                outcome.number, Action.UPDATE, outcome.target_id, _("repeats an earlier row of the file")
            )
        self._seen.add(key)
        return outcome


def _finish(viewer: Viewer, run: Import, target: Target, started: float) -> None:
    stored = None if run.dry else _stored(viewer, run, target)
    with tenancy(viewer):
        Import.objects.filter(pk=run.pk, state=run.state).update(
            state=State.CHECKED if run.dry else State.DONE,
            progress=1.0,
            stored=stored,
            seconds=time.monotonic() - started,
            ended_at=viewer.now,
        )
        live.notify([live.topic("import", run.pk, viewer)])


def _stored(viewer: Viewer, run: Import, target: Target) -> int | None:
    """How many rows of the file are in the database now: looked up, not added up."""
    if not target.model:
        return None
    table = apps.get_model(target.model)._meta.db_table
    with tenancy(viewer):
        numbers = list(
            ImportBatch.objects.filter(run=run).order_by("number").values_list("number", flat=True)
        )
    count = 0
    # Each part in a transaction of its own: a long file must not hold one open.
    for start in range(0, len(numbers), _COUNTED):
        part = numbers[start : start + _COUNTED]
        with tenancy(viewer), connection.cursor() as cursor:
            cursor.execute(
                _FOUND.format(table=connection.ops.quote_name(table)),
                {"tenant": viewer.tenant, "run": run.pk, "first": part[0], "last": part[-1]},
            )
            cursor.nextset()
            count += int(cursor.fetchone()[0])
    return count


# Many rows may have become one record, as the lines of an order do. Without statistics the planner would rather read
# the whole table for each record.
_FOUND = """
SET LOCAL enable_nestloop TO off;
SELECT coalesce(sum(said.rows), 0)
  FROM (SELECT unnest(stored_ids) AS id, unnest(stored_rows) AS rows FROM core_importbatch
         WHERE enterprise_id = %(tenant)s AND run_id = %(run)s AND number BETWEEN %(first)s AND %(last)s) AS said
  JOIN {table} AS record ON record.id = said.id AND record.enterprise_id = %(tenant)s
"""


def _undo(viewer: Viewer, run: Import, report: Report) -> None:
    target = targets.get(run.target)
    with tenancy(viewer):
        todo = list(
            ImportBatch.objects.filter(run=run, undo__isnull=True)
            .order_by("-number")
            .values_list("pk", flat=True)
        )
        total = ImportBatch.objects.filter(run=run).count()
    for place, batch_id in enumerate(todo, start=total - len(todo) + 1):
        _undo_batch(viewer, run, target, batch_id, place / max(total, 1))
        gc.collect()
        report(run)
    with tenancy(viewer):
        Import.objects.filter(pk=run.pk, state=State.UNDOING).update(
            state=State.UNDONE, progress=1.0, ended_at=viewer.now
        )
        live.notify([live.topic("import", run.pk, viewer)])


def _undo_batch(viewer: Viewer, run: Import, target: Target, batch_id: UUID, progress: float) -> None:
    with tenancy(viewer):
        batch = ImportBatch.objects.select_for_update().get(pk=batch_id)
        if batch.undo is not None or not Import.objects.filter(pk=run.pk, state=State.UNDOING).exists():
            raise Overtaken
        written = [one for one in unpack(batch.outcomes) if one.action in (Action.CREATE, Action.UPDATE)]
        answers = target.undo_batch(viewer, written[::-1]) if written else []
        batch.undo = pack(answers)
        batch.save(update_fields=["undo"])
        run.undone += sum(1 for one in answers if one.action == Action.UNDONE)
        run.refused += sum(1 for one in answers if one.action == Action.REFUSED)
        run.progress = progress
        run.save(update_fields=["undone", "refused", "progress"])
        live.notify([live.topic("import", run.pk, viewer)])


def _fail(viewer: Viewer, run: Import, reason: str) -> None:
    with tenancy(viewer):
        Import.objects.filter(pk=run.pk, state=run.state).update(
            state=State.FAILED, error=reason, ended_at=viewer.now
        )
        live.notify([live.topic("import", run.pk, viewer)])
