"""Import of products: found again by their source key; an empty cell changes nothing."""

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import connection

from guanxi.core.identity import id_of
from guanxi.core.importing.targets import Action, Outcome, Prepare, Row
from guanxi.core.viewer import Viewer
from guanxi.sales import staging

_KEY = 2
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


#: What one row says, spelt as the database reads it: number, id, key and facts. A plain tuple, for it comes from
#: another process.
_Told = tuple[Any, ...]


class _Teller:
    """Spells rows ahead of the database."""

    def __init__(self, viewer: Viewer) -> None:
        self._tenant = str(viewer.tenant)  # an id is made of it for each row

    def tell(self, rows: Sequence[Row]) -> list[_Told]:
        """What the rows of a batch say."""
        return [self._spelt(row) for row in rows]

    def _spelt(self, row: Row) -> _Told:
        values = row.values
        key = values["source_key"]
        *facts, cost = map(values.get, FACTS)
        id_ = str(id_of(self._tenant, "product", key))
        return (row.number, id_, key, *facts, None if cost is None else str(cost))


def prepare(viewer: Viewer) -> Prepare:
    """What spells the rows of a run ahead of `apply`."""
    return _Teller(viewer).tell


def apply(viewer: Viewer, told: Sequence[_Told], *, run_id: UUID, dry: bool) -> list[Outcome]:
    """Store one batch of rows as products; of two rows with one key the last counts."""
    last = {each[_KEY]: each for each in told}
    with connection.cursor() as cursor:
        staging.fill(cursor, "staged_product", _COLUMNS, list(last.values()))
        # The keys are named although the join says them too: without statistics the whole table would be read.
        cursor.execute(_COMPARE, {"tenant": viewer.tenant, "keys": list(last)})
        stored = {number: rest for number, *rest in cursor.fetchall()}
        if not dry:
            if any(changed for changed, *_rest in stored.values()):
                cursor.execute(_UPDATE, {"tenant": viewer.tenant})
            cursor.execute(_INSERT, {"tenant": viewer.tenant})
    return [_outcome(each, last[each[_KEY]], stored) for each in told]


def _outcome(told: _Told, last: _Told, stored: dict[int, list[Any]]) -> Outcome:
    number, id_ = told[0], UUID(told[1])
    if told is not last:
        return Outcome(number, Action.UNCHANGED, id_)
    if number not in stored:
        return Outcome(number, Action.CREATE, id_)
    changed, before, known = stored[number]
    return (
        Outcome(number, Action.UPDATE, known, "", json.loads(before))
        if changed
        else Outcome(number, Action.UNCHANGED, known)
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
