"""Bringing segments up to date: the cost follows what was marked and what is due, not the number of customers.

One refresh is one transaction under a lock of the enterprise: marks are taken away, the rows of those they touch
renewed, and every segment asked again about those customers and about those for whom time has moved on. Who came and
who left is told to the event log; a merge, its undoing and a new definition are no news about a customer and tell
nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from guanxi.core import events, live
from guanxi.core.identity import id_of
from guanxi.core.tenancy import tenancy
from guanxi.core.viewer import Viewer
from guanxi.market.models import Due, Ground, Standing
from guanxi.market.segments import definitions, ground, place, vocabulary
from guanxi.market.segments.definitions import Defined, Sql
from guanxi.market.segments.event_schemas import ENTERED, LEFT
from guanxi.market.segments.vocabulary import Names

_LOCK = 1_735_289_190
_TELL_AT_ONCE = 2_000
_DUE = """
INSERT INTO market_touched (root_id, moved)
SELECT DISTINCT customer_id, false FROM market_due WHERE enterprise_id = %(tenant)s AND due_at <= %(now)s
ON CONFLICT DO NOTHING
"""
# What a record that became part of another whole brings along.
_BRING = """
INSERT INTO {table} AS kept (enterprise_id, {of}, customer_id, {at})
SELECT former.enterprise_id, former.{of}, record.root_id, min(former.{at}) FROM {table} AS former
  JOIN market_touched AS touched ON touched.root_id = former.customer_id AND touched.moved
  JOIN people_customer AS record ON record.id = former.customer_id AND record.root_id <> record.id
 WHERE former.enterprise_id = %(tenant)s GROUP BY 1, 2, 3
ON CONFLICT (enterprise_id, {of}, customer_id) DO UPDATE SET {at} = least(kept.{at}, excluded.{at})
"""
_ASK_FEW = """
INSERT INTO market_answer (customer_id, fits, due_at)
SELECT f.customer_id, coalesce({fits}, false), {due} FROM market_touched AS touched
  JOIN {source} ON true WHERE f.enterprise_id = %(tenant)s AND f.customer_id = touched.root_id
"""
_ASK_ALL = """
INSERT INTO market_answer (customer_id, fits, due_at)
SELECT * FROM (SELECT f.customer_id, coalesce({fits}, false) AS fits, {due} AS due_at FROM {source}
                WHERE f.enterprise_id = %(tenant)s) AS answer WHERE fits OR due_at IS NOT NULL
"""
_CHANGE = """
WITH gone AS (
  DELETE FROM market_membership AS m WHERE m.enterprise_id = %(tenant)s AND m.segment_id = %(segment)s {asked}
     AND NOT EXISTS (SELECT FROM market_answer AS a WHERE a.customer_id = m.customer_id AND a.fits)
  RETURNING m.customer_id
), come AS (
  INSERT INTO market_membership (enterprise_id, segment_id, customer_id, entered_at)
  SELECT %(tenant)s, %(segment)s, customer_id, %(now)s FROM market_answer WHERE fits ORDER BY customer_id
  ON CONFLICT DO NOTHING RETURNING customer_id
), undue AS (
  DELETE FROM market_due AS m WHERE m.enterprise_id = %(tenant)s AND m.segment_id = %(segment)s {asked}
     AND NOT EXISTS (SELECT FROM market_answer AS a WHERE a.customer_id = m.customer_id AND a.due_at IS NOT NULL)
), due AS (
  INSERT INTO market_due AS m (enterprise_id, segment_id, customer_id, due_at)
  SELECT %(tenant)s, %(segment)s, customer_id, due_at FROM market_answer WHERE due_at IS NOT NULL
  ON CONFLICT (enterprise_id, segment_id, customer_id) DO UPDATE SET due_at = excluded.due_at
   WHERE m.due_at <> excluded.due_at)
"""
_WHO = """
SELECT changed.customer_id, changed.came, coalesce(touched.moved, false) OR feature.customer_id IS NULL AS quiet
  FROM (SELECT customer_id, true AS came FROM come UNION ALL SELECT customer_id, false FROM gone) AS changed
  LEFT JOIN market_touched AS touched ON touched.root_id = changed.customer_id
  LEFT JOIN market_feature AS feature
    ON feature.enterprise_id = %(tenant)s AND feature.customer_id = changed.customer_id
"""
_OF_TOUCHED = "AND m.customer_id IN (SELECT root_id FROM market_touched)"
_STATE = """
WITH inside AS MATERIALIZED (
  SELECT f.customer_id FROM {source} WHERE f.enterprise_id = %(tenant)s AND {fits} {asked}
), gone AS (
  DELETE FROM market_statesince AS f WHERE f.enterprise_id = %(tenant)s AND f.state = %(state)s {asked}
     AND NOT EXISTS (SELECT FROM inside WHERE inside.customer_id = f.customer_id))
INSERT INTO market_statesince (enterprise_id, state, customer_id, since)
SELECT %(tenant)s, %(state)s, customer_id, %(now)s FROM inside ON CONFLICT DO NOTHING
"""
_STANDING = """
INSERT INTO market_standing AS standing (segment_id, enterprise_id, size, changed_at, counted_at, error)
VALUES (%(segment)s, %(tenant)s, %(size)s, %(now)s, %(now)s, '')
ON CONFLICT (segment_id) DO UPDATE SET size = excluded.size, error = '',
  changed_at = CASE WHEN %(changed)s THEN excluded.changed_at ELSE standing.changed_at END,
  counted_at = CASE WHEN %(anew)s THEN excluded.counted_at ELSE standing.counted_at END
"""
_DAY = """
INSERT INTO market_segmentday AS day (enterprise_id, segment_id, day, size, entered, "left")
VALUES (%(tenant)s, %(segment)s, DATE '1970-01-01' + %(day)s, %(size)s, %(entered)s, %(left)s)
ON CONFLICT (enterprise_id, segment_id, day) DO UPDATE SET size = excluded.size,
  entered = day.entered + excluded.entered, "left" = day."left" + excluded."left"
"""


@dataclass(slots=True)
class Refreshed:
    """What one refresh did. `next_due` is when time alone may next change something, by the enterprise's clock."""

    marks: int = 0
    touched: int = 0
    changed: dict[UUID, tuple[int, int]] = field(default_factory=dict)
    more: bool = False
    next_due: datetime | None = None


def refresh(viewer: Viewer) -> Refreshed:
    """Bring all segments of an enterprise up to date with what is marked and due, a batch of marks at a time."""
    with tenancy(viewer):
        _alone(viewer)
        names = vocabulary.names_for(viewer)
        defined = definitions.defined_for(viewer, names)
        if not Ground.objects.filter(pk=viewer.tenant).exists():
            ground.lay(viewer)
        result = Refreshed(marks=ground.claim(viewer.tenant))
        everybody = bool(result.marks) and ground.everybody_is_marked()
        with connection.cursor() as cursor:
            cursor.execute(_DUE, {"tenant": viewer.tenant, "now": viewer.now})
            cursor.execute("ANALYZE market_touched")
            cursor.execute("SELECT count(*), bool_or(moved) FROM market_touched")
            result.touched, moved = cursor.fetchone()
        if result.marks:
            ground.renew(viewer)
        if everybody:
            ground.renew_features(viewer)
        if moved:
            _bring(viewer)
        _ask(viewer, names, defined, result, everybody=everybody)
        result.more = result.marks == ground.BATCH
        result.next_due = (
            Due.objects.filter(enterprise_id=viewer.tenant)
            .order_by("due_at")
            .values_list("due_at", flat=True)
            .first()
        )
        return result


def refresh_wholly(viewer: Viewer) -> list[Refreshed]:
    """Refresh until no mark is left."""
    done = [refresh(viewer)]
    while done[-1].more:
        done.append(refresh(viewer))
    return done


@transaction.atomic
def recount(viewer: Viewer, segment_ids: Sequence[UUID] = (), *, lay: bool = False) -> Refreshed:
    """Count segments (all, where none is named) anew over everybody; quietly, for only our books were wrong."""
    with tenancy(viewer):
        _alone(viewer)
        names = vocabulary.names_for(viewer)
        if lay or not Ground.objects.filter(pk=viewer.tenant).exists():
            ground.lay(viewer)
        ground.claim(viewer.tenant)
        ground.renew(viewer)
        result = Refreshed()
        defined = definitions.defined_for(viewer, names)
        wanted = [one for one in defined if not segment_ids or one.id in segment_ids]
        _watch_states(viewer, names, defined, everybody=True)
        for one in wanted:
            _count_one(viewer, names, one, result, everybody=True, tell=False)
        return result


def _alone(viewer: Viewer) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0")
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [_LOCK, str(viewer.tenant)])
        cursor.execute(
            "CREATE TEMPORARY TABLE IF NOT EXISTS market_answer (customer_id uuid, fits boolean, due_at timestamptz) "
            "ON COMMIT DELETE ROWS"
        )


def _bring(viewer: Viewer) -> None:
    with connection.cursor() as cursor:
        for table, of, at in (
            ("market_membership", "segment_id", "entered_at"),
            ("market_statesince", "state", "since"),
        ):
            cursor.execute(_BRING.format(table=table, of=of, at=at), {"tenant": viewer.tenant})


def _ask(
    viewer: Viewer, names: Names, defined: Sequence[Defined], result: Refreshed, *, everybody: bool
) -> None:
    """Ask every segment about those who are touched; one that was never counted about all."""
    counted = dict(Standing.objects.filter(enterprise_id=viewer.tenant).values_list("pk", "size"))
    fresh = any(one.id not in counted for one in defined)
    if not (result.touched or everybody or fresh):
        return
    _watch_states(viewer, names, defined, everybody=everybody or fresh)
    for place_, one in enumerate(defined):
        known = one.id in counted
        if known and not (result.touched or everybody):
            continue
        changed = _count_one(
            viewer,
            names,
            one,
            result,
            everybody=everybody or not known,
            tell=known,
            size=counted.get(one.id, 0),
        )
        if changed and any(one.name in later.needs for later in defined[place_ + 1 :]):
            _touch(changed)
            result.touched += len(changed)


def _touch(changed: Sequence[UUID]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO market_touched (root_id, moved) SELECT id, false FROM unnest(%s::uuid[]) AS each (id) "
            "ON CONFLICT DO NOTHING",
            [list(changed)],
        )


def _watch_states(viewer: Viewer, names: Names, defined: Sequence[Defined], *, everybody: bool) -> None:
    words = vocabulary.vocabulary_for(viewer, names)
    for text in definitions.states(defined):
        sql = definitions.rendered(viewer, definitions.parsed(text, words), names, few=not everybody)
        asked = "" if everybody else "AND f.customer_id IN (SELECT root_id FROM market_touched)"
        values = {**sql.parameters, "state": place.state_key(text), "now": viewer.now}
        with connection.cursor() as cursor:
            cursor.execute(_STATE.format(source=sql.source, fits=sql.fits, asked=asked), values)


def _count_one(
    viewer: Viewer,
    names: Names,
    one: Defined,
    result: Refreshed,
    *,
    everybody: bool,
    tell: bool,
    size: int = 0,
) -> list[UUID]:
    """Ask one segment, write who came and left, tell it; the customers who changed."""
    if one.condition is None:
        Standing.objects.filter(pk=one.id).update(error=one.error)
        return []
    sql = definitions.rendered(viewer, one.condition, names, few=not everybody)
    rows = _changed(viewer, one, sql, everybody=everybody)
    come = [row for row in rows if row[1]]
    entered, left = len(come), len(rows) - len(come)
    if everybody:
        size = _size(viewer, one.id)
    else:
        size += entered - left
    if rows or everybody:
        _write_down(viewer, one, size, entered, left, anew=everybody, told=tell)
        live.notify([live.topic("segment", one.id, viewer), live.topic("segment", "all", viewer)])
        result.changed[one.id] = (entered, left)
    if tell:
        _tell(viewer, one, rows)
    return [row[0] for row in rows]


def _changed(viewer: Viewer, one: Defined, sql: Sql, *, everybody: bool) -> list[tuple[UUID, bool, bool]]:
    values: dict[str, Any] = {**sql.parameters, "segment": one.id, "now": viewer.now}
    form = _ASK_ALL if everybody else _ASK_FEW
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE market_answer")
        cursor.execute(form.format(fits=sql.fits, due=sql.due, source=sql.source), values)
        cursor.execute("ANALYZE market_answer")
        cursor.execute(_CHANGE.format(asked="" if everybody else _OF_TOUCHED) + _WHO, values)
        return [(row[0], row[1], row[2]) for row in cursor.fetchall()]


def _size(viewer: Viewer, segment_id: UUID) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM market_membership WHERE enterprise_id = %s AND segment_id = %s",
            [viewer.tenant, segment_id],
        )
        return int(cursor.fetchone()[0])


def _write_down(
    viewer: Viewer, one: Defined, size: int, entered: int, left: int, *, anew: bool, told: bool
) -> None:
    values: dict[str, Any] = {
        "segment": one.id,
        "tenant": viewer.tenant,
        "size": size,
        "now": viewer.now,
        "changed": bool(entered or left),
        "anew": anew,
        "day": place.day_of(viewer.now, viewer.zone),
        "entered": entered if told else 0,
        "left": left if told else 0,
    }
    with connection.cursor() as cursor:
        cursor.execute(_STANDING, values)
        cursor.execute(_DAY, values)


def _tell(viewer: Viewer, one: Defined, rows: Sequence[tuple[UUID, bool, bool]]) -> None:
    source_id = id_of(viewer.tenant, "source", "guanxi")
    payload = {"segment": str(one.id), "name": one.name}
    drafts = [
        events.Draft(ENTERED if came else LEFT, viewer.now, payload, customer_id)
        for customer_id, came, quiet in rows
        if not quiet
    ]
    for start in range(0, len(drafts), _TELL_AT_ONCE):
        events.write(drafts[start : start + _TELL_AT_ONCE], source_id=source_id)
