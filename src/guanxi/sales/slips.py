"""The one way of orders into the tables, set by set: from files, from the API and from events of a shop.

A *slip* is an order as a source tells it. Written twice, it is stored once; written differently, the difference is
stored and told to the log as one event for each order that really changed.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import partial
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from guanxi.core import arrays
from guanxi.core.identity import id_of
from guanxi.core.postgresql import line
from guanxi.core.postgresql.line import Answer, Statement
from guanxi.core.viewer import Viewer
from guanxi.sales import staging
from guanxi.sales.models import State

ZERO = Decimal("0.00")
BEYOND_BELIEF = Decimal(10) ** 9


class Slip(NamedTuple):
    """The head of an order. `extra` None leaves what is stored; `key` is the source's own name of the order."""

    id: UUID
    key: str
    placed_at: datetime
    currency: str
    customer_id: UUID | None = None
    store_id: UUID | None = None
    extra: Decimal | None = None
    state: str = State.COMPLETED.value
    simulated: bool = False


class SlipLine(NamedTuple):
    """One line: `slip` is the place of its head in the list, `number` is how the caller calls this line."""

    number: int
    slip: int
    key: str
    position: int
    product_id: str
    quantity: Decimal
    amount: Decimal
    discount: Decimal = ZERO
    cost: Decimal | None = None


class SpeltLine(NamedTuple):
    """A `SlipLine` whose amounts are text already, as the database reads it: those of a long file are."""

    number: int
    slip: int
    key: str
    position: int
    product_id: str
    quantity: str
    amount: str
    discount: str
    cost: str | None


Lines = Sequence[SlipLine] | Sequence[SpeltLine]


@dataclass(frozen=True, slots=True)
class KnownLine:
    """A line that was stored before, and whether it said something else."""

    changed: bool
    before: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Standing:
    """How an order stands, as far as counters care."""

    order_id: UUID
    source_key: str
    customer_id: UUID | None
    store: str
    placed_at: datetime
    currency: str
    total: Decimal
    extra: Decimal
    lines: int
    state: str

    @property
    def counted(self) -> tuple[int, Decimal]:
        """Orders and money that this order adds to its customer's counters."""
        return (0, ZERO) if self.state == State.CANCELLED else (1, self.total)


@dataclass(frozen=True, slots=True)
class Change:
    """An order before (None: it is new) and after."""

    before: Standing | None
    after: Standing


@dataclass(frozen=True, slots=True)
class Writing:
    """Lines and orders that the server is storing, while the caller may do something else.

    Attributes:
        known: Lines that were stored before, by number.
        finish: Ends it, and must be called: tells the orders that are new or differ now.
    """

    known: dict[int, KnownLine]
    finish: Callable[[], list[Change]]


def cost_of(quantity: Decimal, unit_cost: Decimal | None) -> Decimal | None:
    """What a quantity costs, rounded as money is kept; None where it is unknown or beyond belief."""
    cost = None if unit_cost is None else unit_cost * quantity
    return None if cost is None or abs(cost) >= BEYOND_BELIEF else cost.quantize(ZERO, ROUND_HALF_UP)


def order_id(viewer: Viewer, key: str) -> UUID:
    """The id that an order of this key has or will have."""
    return id_of(viewer.tenant, "order", key)


def product_id(viewer: Viewer, key: str) -> UUID:
    """The id that a product of this key has or will have."""
    return id_of(viewer.tenant, "product", key)


_SLIPS = (
    "slip integer, id uuid, source_key text, placed_at timestamptz, currency text, customer_id uuid, store_id uuid, "
    "extra numeric, state text, simulated boolean"
)
_LINES = (
    "number integer, slip integer, key text, position integer, product_id uuid, quantity numeric, amount numeric, "
    "discount numeric, cost numeric"
)


def stage(slips: Sequence[Slip], lines: Lines) -> None:
    """Put slips and lines where the statements of this module find them."""
    with connection.cursor() as cursor:
        staging.fill(cursor, "staged_slip", _SLIPS, [(place, *slip) for place, slip in enumerate(slips)])
        staging.fill(cursor, "staged_line", _LINES, lines)


_STORED = """
SELECT line.number,
  (stored.product_id, stored.quantity, stored.amount, stored.discount, stored.cost) IS DISTINCT FROM
  (line.product_id, line.quantity, line.amount, line.discount, line.cost),
  jsonb_build_object('product_id', stored.product_id, 'position', stored.position, 'quantity', stored.quantity::text,
    'amount', stored.amount::text, 'discount', stored.discount::text, 'cost', stored.cost::text)::text
  FROM staged_line AS line JOIN staged_slip AS slip USING (slip)
  JOIN (SELECT * FROM sales_line WHERE enterprise_id = %(tenant)s AND order_id = ANY(%(former)s)) AS stored
    ON stored.order_id = slip.id AND stored.key = line.key
"""
_INSERT_LINES = Statement(
    """
INSERT INTO sales_line AS stored
       (enterprise_id, order_id, key, position, product_id, quantity, amount, discount, cost)
SELECT $1::uuid, slip.id, line.key, line.position, line.product_id, line.quantity, line.amount, line.discount,
       line.cost
  FROM staged_line AS line JOIN staged_slip AS slip USING (slip) WHERE slip.id = ANY($2::uuid[])
ON CONFLICT (enterprise_id, order_id, key) DO UPDATE SET
  position = excluded.position, product_id = excluded.product_id, quantity = excluded.quantity,
  amount = excluded.amount, discount = excluded.discount, cost = excluded.cost
WHERE (stored.product_id, stored.quantity, stored.amount, stored.discount, stored.cost) IS DISTINCT FROM
  (excluded.product_id, excluded.quantity, excluded.amount, excluded.discount, excluded.cost)
""",
    kept=False,
)
_SUMS = """
LATERAL (SELECT count(*) AS lines, coalesce(sum(line.amount), 0) AS amount, coalesce(sum(line.discount), 0) AS discount,
                CASE WHEN count(*) > 0 AND count(*) = count(line.cost) THEN sum(line.cost) END AS cost
           FROM sales_line AS line WHERE line.enterprise_id = %(tenant)s AND line.order_id = slip.id) AS sums
"""
# A new order has no lines but those that came with it.
_STAGED_SUMS = """
(SELECT slip, count(*) AS lines, sum(amount) AS amount, sum(discount) AS discount,
        CASE WHEN count(*) = count(cost) THEN sum(cost) END AS cost
   FROM staged_line GROUP BY slip) AS sums USING (slip)
"""
_STANDING = """
stored.id, stored.source_key, stored.customer_id,
coalesce((SELECT code FROM core_store AS store WHERE store.id = stored.store_id), ''), stored.placed_at,
stored.currency, stored.total, stored.extra, stored.line_count, stored.state
"""
# Whoever makes an order has it alone until the commit: nobody else can have stored a line of it.
_INSERT_ORDERS = Statement(
    f"""
WITH made AS (
  INSERT INTO sales_order AS stored
         (id, enterprise_id, source_key, placed_at, recorded_at, currency, customer_id, store_id, extra, total,
          discount, refunded, cost, line_count, state, simulated)
  SELECT slip.id, $1::uuid, slip.source_key, slip.placed_at, $2::timestamptz, slip.currency, slip.customer_id,
         slip.store_id, coalesce(slip.extra, 0), coalesce(sums.amount, 0) + coalesce(slip.extra, 0),
         coalesce(sums.discount, 0), 0, sums.cost, coalesce(sums.lines, 0), slip.state, slip.simulated
    FROM staged_slip AS slip LEFT JOIN {_STAGED_SUMS}
   WHERE NOT slip.id = ANY($3::uuid[]) AND (sums.lines > 0 OR slip.extra IS NOT NULL)
  ON CONFLICT DO NOTHING RETURNING {_STANDING}
), lines AS (
  INSERT INTO sales_line (enterprise_id, order_id, key, position, product_id, quantity, amount, discount, cost)
  SELECT $1::uuid, slip.id, line.key, line.position, line.product_id, line.quantity, line.amount, line.discount,
         line.cost
    FROM staged_line AS line JOIN staged_slip AS slip USING (slip) JOIN made USING (id)
)
SELECT * FROM made
""",
    kept=False,
    binary=True,
)
_UPDATE_ORDERS = f"""
UPDATE sales_order AS stored
   SET customer_id = coalesce(stored.customer_id, slip.customer_id),
       store_id = coalesce(slip.store_id, stored.store_id),
       extra = coalesce(slip.extra, stored.extra), total = sums.amount + coalesce(slip.extra, stored.extra),
       discount = sums.discount, cost = sums.cost, line_count = sums.lines, state = slip.state, recorded_at = %(now)s
  FROM staged_slip AS slip, {_SUMS}
 WHERE stored.id = slip.id AND stored.id = ANY(%(former)s)
   AND (stored.customer_id, stored.store_id, stored.extra, stored.total, stored.discount, stored.cost,
        stored.line_count, stored.state)
    IS DISTINCT FROM
       (coalesce(stored.customer_id, slip.customer_id), coalesce(slip.store_id, stored.store_id),
        coalesce(slip.extra, stored.extra), sums.amount + coalesce(slip.extra, stored.extra), sums.discount, sums.cost,
        sums.lines::integer, slip.state)
RETURNING {_STANDING}
"""
_STANDINGS = f"SELECT {_STANDING} FROM sales_order AS stored WHERE stored.id = ANY(%s)"
_DELETE_LINES = Statement(
    """
DELETE FROM sales_line AS stored USING staged_slip AS slip
 WHERE stored.enterprise_id = $1::uuid AND stored.order_id = slip.id AND slip.id = ANY($2::uuid[])
   AND NOT EXISTS (SELECT FROM staged_line AS line WHERE line.slip = slip.slip AND line.key = stored.key)
""",
    kept=False,
)
_DELETE_EMPTY = """
DELETE FROM sales_order AS stored USING staged_slip AS slip
 WHERE stored.enterprise_id = %(tenant)s AND stored.id = slip.id AND stored.extra = 0 AND stored.refunded = 0
   AND NOT EXISTS (SELECT FROM sales_line AS line WHERE line.enterprise_id = %(tenant)s AND line.order_id = stored.id)
RETURNING stored.id
"""


def standings(ids: Sequence[UUID], *, locked: bool = False) -> dict[UUID, Standing]:
    """How these orders stand now; `locked` keeps others from changing them until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(_STANDINGS + (" FOR UPDATE OF stored" if locked else ""), [list(ids)])
        return {row[0]: Standing(*row) for row in cursor.fetchall()}


def preview(viewer: Viewer, slips: Sequence[Slip], lines: Lines) -> Writing:
    """What `write` would do with the lines; writes nothing."""
    stage(slips, lines)
    with connection.cursor() as cursor:
        return Writing(_known(cursor, viewer, [slip.id for slip in slips]), list)


def write(viewer: Viewer, slips: Sequence[Slip], lines: Lines, *, whole: bool = False) -> Writing:
    """Begin to store slips and lines; what is stored already and equal stays untouched.

    Args:
        viewer: Whose enterprise it is.
        slips: Heads, each key once.
        lines: Lines; within one slip each key once.
        whole: The lines are all that the slips have: others that are stored go.
    """
    stage(slips, lines)
    ids = [slip.id for slip in slips]
    former = standings(ids, locked=True)
    with connection.cursor() as cursor:
        # Lines can be stored already only where their order is.
        known = _known(cursor, viewer, list(former)) if former else {}
    created = line.say(_INSERT_ORDERS, viewer.tenant, viewer.now, arrays.uuids(former))
    line.push()
    return Writing(known, partial(_finish, viewer, ids, former, created, whole))


def _finish(
    viewer: Viewer, ids: Sequence[UUID], former: dict[UUID, Standing], created: Answer, whole: bool
) -> list[Change]:
    """Hear which orders are new, and bring those up to date that were there."""
    new = [Change(None, Standing(*row)) for row in created.rows]
    # Somebody else may have made one at this very moment.
    overtaken = set(ids) - set(former) - {each.after.order_id for each in new}
    if overtaken:
        former |= standings(list(overtaken), locked=True)
    if not former:
        return new
    line.say(_INSERT_LINES, viewer.tenant, arrays.uuids(former))
    if whole:
        line.say(_DELETE_LINES, viewer.tenant, arrays.uuids(former))
    return new + _update(viewer, former)


def _known(cursor: Any, viewer: Viewer, orders: Sequence[UUID]) -> dict[int, KnownLine]:
    # The orders are named although the join says them too: without statistics the whole table would be read.
    cursor.execute(_STORED, {"tenant": viewer.tenant, "former": orders})
    return {number: KnownLine(changed, json.loads(before)) for number, changed, before in cursor.fetchall()}


def resum(viewer: Viewer, former: dict[UUID, Standing]) -> list[Change]:
    """Bring orders up to date after their lines changed; one that has nothing left goes.

    `former` is how they stood before, from `standings(…, locked=True)`.
    """
    if not former:
        return []
    heads = [
        Slip(id_, each.source_key, each.placed_at, each.currency, state=each.state)
        for id_, each in former.items()
    ]
    stage(heads, [])
    with connection.cursor() as cursor:
        cursor.execute(_DELETE_EMPTY, {"tenant": viewer.tenant})
        gone = [row[0] for row in cursor.fetchall()]
    voided = [Change(former[each], replace(former[each], state=State.CANCELLED)) for each in gone]
    return voided + _update(viewer, former)


def _update(viewer: Viewer, former: dict[UUID, Standing]) -> list[Change]:
    """Bring orders up to date that were there."""
    facts: dict[str, Any] = {"tenant": viewer.tenant, "now": viewer.now, "former": list(former)}
    with connection.cursor() as cursor:
        cursor.execute(_UPDATE_ORDERS, facts)
        changed = [Standing(*row) for row in cursor.fetchall()]
    return [Change(former[each.order_id], each) for each in changed]
