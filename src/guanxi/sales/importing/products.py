"""Import of products: found again by their source key; an empty cell changes nothing."""

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import connection

from guanxi.core.importing.targets import Action, Outcome, Row
from guanxi.core.viewer import Viewer
from guanxi.sales import slips, staging

FACTS = ("name", "department", "category", "kind", "brand", "package", "unit_cost")
_COLUMNS = "number integer, id uuid, source_key text, " + ", ".join(
    f"{name} {'numeric' if name == 'unit_cost' else 'text'}" for name in FACTS
)
_STORED = ", ".join(f"'{name}', stored.{name}{'::text' if name == 'unit_cost' else ''}" for name in FACTS)
_NEW = ", ".join(f"coalesce(staged.{name}, stored.{name})" for name in FACTS)
_OLD = ", ".join(f"stored.{name}" for name in FACTS)

_COMPARE = f"""
SELECT staged.number, ({_NEW}) IS DISTINCT FROM ({_OLD}), jsonb_build_object({_STORED})::text, stored.id
  FROM staged_product AS staged
  JOIN (SELECT * FROM sales_product WHERE enterprise_id = %(tenant)s AND source_key = ANY(%(keys)s)) AS stored
    ON stored.source_key = staged.source_key
"""
_UPDATE = f"""
UPDATE sales_product AS stored SET ({", ".join(FACTS)}) = ROW({_NEW})
  FROM staged_product AS staged
 WHERE stored.enterprise_id = %(tenant)s AND stored.source_key = staged.source_key
   AND ({_NEW}) IS DISTINCT FROM ({_OLD})
"""
_INSERT = f"""
INSERT INTO sales_product (id, enterprise_id, source_key, {", ".join(FACTS)})
SELECT id, %(tenant)s, source_key, coalesce(name, source_key),
       {", ".join(f"coalesce({name}, '')" for name in FACTS[1:-1])}, unit_cost
  FROM staged_product ON CONFLICT DO NOTHING
"""
_RESTORE = f"""
UPDATE sales_product SET {", ".join(f"{name} = %({name})s" for name in FACTS)}
 WHERE enterprise_id = %(tenant)s AND id = %(id)s
"""
_DELETE = """
DELETE FROM sales_product AS stored WHERE enterprise_id = %(tenant)s AND id = ANY(%(ids)s)
   AND NOT EXISTS (SELECT FROM sales_line AS line WHERE line.enterprise_id = %(tenant)s AND line.product_id = stored.id)
RETURNING id
"""


def apply(viewer: Viewer, rows: Sequence[Row], *, run_id: UUID, dry: bool) -> list[Outcome]:
    """Store one batch of rows as products; of two rows with one key the last counts."""
    last = {row.values["source_key"]: row for row in rows}
    ids = {key: slips.product_id(viewer, key) for key in last}
    with connection.cursor() as cursor:
        staging.fill(
            cursor, "staged_product", _COLUMNS, [_staged(row, ids[key]) for key, row in last.items()]
        )
        # The keys are named although the join says them too: without statistics the whole table would be read.
        cursor.execute(_COMPARE, {"tenant": viewer.tenant, "keys": list(last)})
        stored = {number: rest for number, *rest in cursor.fetchall()}
        if not dry:
            if any(changed for changed, *_rest in stored.values()):
                cursor.execute(_UPDATE, {"tenant": viewer.tenant})
            cursor.execute(_INSERT, {"tenant": viewer.tenant})
    return [_outcome(row, ids[key := row.values["source_key"]], last[key], stored) for row in rows]


def _staged(row: Row, id_: UUID) -> list[object]:
    return [row.number, id_, row.values["source_key"], *(row.values.get(name) for name in FACTS)]


def _outcome(row: Row, id_: UUID, last: Row, stored: dict[int, list[Any]]) -> Outcome:
    if row is not last:
        return Outcome(row.number, Action.UNCHANGED, id_)
    if row.number not in stored:
        return Outcome(row.number, Action.CREATE, id_)
    changed, before, known = stored[row.number]
    return (
        Outcome(row.number, Action.UPDATE, known, "", json.loads(before))
        if changed
        else Outcome(row.number, Action.UNCHANGED, known)
    )


def undo(viewer: Viewer, outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Take products back: changed ones are as before, new ones go unless something of them was sold."""
    new = [each.target_id for each in outcomes if each.action == Action.CREATE]
    changed = [each for each in outcomes if each.action == Action.UPDATE]
    with connection.cursor() as cursor:
        cursor.execute(_DELETE, {"tenant": viewer.tenant, "ids": new})
        gone = {row[0] for row in cursor.fetchall()}
        cursor.executemany(
            _RESTORE, [{**each.before, "tenant": viewer.tenant, "id": each.target_id} for each in changed]
        )
    kept = set(new) - gone
    return [
        Outcome(each.number, Action.REFUSED, each.target_id, "sold") if each.target_id in kept
        else Outcome(each.number, Action.UNDONE, each.target_id)
        for each in outcomes
    ]  # fmt: skip
