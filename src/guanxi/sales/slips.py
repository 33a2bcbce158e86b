"""The one way of orders into the tables, set by set: from files, from the API and from events of a shop.

A *slip* is an order as a source tells it. Written twice, it is stored once; written differently, the difference is
stored and told to the log as one event for each order that really changed.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection

from guanxi.core.identity import id_of
from guanxi.core.viewer import Viewer
from guanxi.sales import staging
from guanxi.sales.models import State

ZERO = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class Slip:
    """The head of an order. `extra` None leaves what is stored; `key` is the source's own name of the order."""

    key: str
    placed_at: datetime
    currency: str
    customer_id: UUID | None = None
    store_id: UUID | None = None
    extra: Decimal | None = None
    state: str = State.COMPLETED
    simulated: bool = False


@dataclass(frozen=True, slots=True)
class SlipLine:
    """One line: `slip` is the place of its head in the list, `number` is how the caller calls this line."""

    number: int
    slip: int
    key: str
    position: int
    product_key: str
    quantity: Decimal
    amount: Decimal
    discount: Decimal = ZERO
    cost: Decimal | None = None


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
class Written:
    """What became of the lines and the orders.

    Attributes:
        homeless: Numbers of lines whose product nobody knows; they were not written.
        known: Lines that were stored before, by number.
        changes: Orders that are new or differ now.
    """

    homeless: frozenset[int]
    known: dict[int, KnownLine]
    changes: list[Change]


def order_id(viewer: Viewer, key: str) -> UUID:
    """The id that an order of this key has or will have."""
    return id_of(viewer.tenant, "order", key)


def product_id(viewer: Viewer, key: str) -> UUID:
    """The id that a product of this key has or will have."""
    return id_of(viewer.tenant, "product", key)


_SLIPS = "slip integer, id uuid, source_key text, placed_at timestamptz, currency text, customer_id uuid, store_id uuid, extra numeric, state text, simulated boolean"  # noqa: E501  # one table, one line
_LINES = "number integer, slip integer, key text, position integer, product_key text, quantity numeric, amount numeric, discount numeric, cost numeric"  # noqa: E501


def stage(viewer: Viewer, slips: Sequence[Slip], lines: Sequence[SlipLine]) -> None:
    """Put slips and lines where the statements of this module find them."""
    heads = [
        (place, order_id(viewer, slip.key), slip.key, slip.placed_at, slip.currency, slip.customer_id, slip.store_id,
         slip.extra, slip.state, slip.simulated)
        for place, slip in enumerate(slips)
    ]  # fmt: skip
    rows = [
        (line.number, line.slip, line.key, line.position, line.product_key, line.quantity, line.amount, line.discount,
         line.cost)
        for line in lines
    ]  # fmt: skip
    with connection.cursor() as cursor:
        staging.fill(cursor, "staged_slip", _SLIPS, heads)
        staging.fill(cursor, "staged_line", _LINES, rows)


# The lines of a slip with their products, beside what is stored under the same key. `known` is left out for slips
# that are all new: then nothing can be stored, and the look-ups are saved.
_RESOLVED = """
SELECT line.number, slip.id AS order_id, line.key, line.position, product.id AS product_id,
       line.quantity, line.amount, line.discount,
       coalesce(line.cost, round(product.unit_cost * line.quantity, 2)) AS cost
  FROM staged_line AS line
  JOIN staged_slip AS slip USING (slip)
  LEFT JOIN sales_product AS product
    ON product.enterprise_id = %(tenant)s AND product.source_key = line.product_key
"""
_INSERT_LINES = """
INSERT INTO sales_line AS stored
       (enterprise_id, order_id, key, position, product_id, quantity, amount, discount, cost)
SELECT %(tenant)s, order_id, key, position, product_id, quantity, amount, discount, cost
  FROM resolved WHERE product_id IS NOT NULL
ON CONFLICT (enterprise_id, order_id, key) DO UPDATE SET
  position = excluded.position, product_id = excluded.product_id, quantity = excluded.quantity,
  amount = excluded.amount, discount = excluded.discount, cost = excluded.cost
WHERE (stored.product_id, stored.quantity, stored.amount, stored.discount, stored.cost) IS DISTINCT FROM
  (excluded.product_id, excluded.quantity, excluded.amount, excluded.discount, excluded.cost)
"""
_STORED = """
SELECT resolved.number, resolved.product_id IS NULL, stored.key IS NOT NULL,
  (stored.product_id, stored.quantity, stored.amount, stored.discount, stored.cost) IS DISTINCT FROM
  (resolved.product_id, resolved.quantity, resolved.amount, resolved.discount, resolved.cost),
  jsonb_build_object('product_id', stored.product_id, 'position', stored.position, 'quantity', stored.quantity::text,
    'amount', stored.amount::text, 'discount', stored.discount::text, 'cost', stored.cost::text)
  FROM resolved LEFT JOIN sales_line AS stored
    ON stored.enterprise_id = %(tenant)s AND stored.order_id = resolved.order_id AND stored.key = resolved.key
 WHERE resolved.product_id IS NULL OR stored.key IS NOT NULL
"""
_HOMELESS = "SELECT number, true, false, false, NULL FROM resolved WHERE product_id IS NULL"

_SUMS = """
LATERAL (SELECT count(*) AS lines, coalesce(sum(line.amount), 0) AS amount, coalesce(sum(line.discount), 0) AS discount,
                CASE WHEN count(*) > 0 AND count(*) = count(line.cost) THEN sum(line.cost) END AS cost
           FROM sales_line AS line WHERE line.enterprise_id = %(tenant)s AND line.order_id = slip.id) AS sums
"""
_INSERT_ORDERS = f"""
INSERT INTO sales_order (id, enterprise_id, source_key, placed_at, recorded_at, currency, customer_id, store_id,
                         extra, total, discount, refunded, cost, line_count, state, simulated)
SELECT slip.id, %(tenant)s, slip.source_key, slip.placed_at, %(now)s, slip.currency, slip.customer_id, slip.store_id,
       coalesce(slip.extra, 0), sums.amount + coalesce(slip.extra, 0), sums.discount, 0, sums.cost, sums.lines,
       slip.state, slip.simulated
  FROM staged_slip AS slip, {_SUMS}
 WHERE NOT slip.id = ANY(%(former)s) AND (sums.lines > 0 OR slip.extra IS NOT NULL)
ON CONFLICT DO NOTHING RETURNING id
"""
_UPDATE_ORDERS = f"""
UPDATE sales_order AS stored
   SET customer_id = coalesce(stored.customer_id, slip.customer_id), store_id = coalesce(slip.store_id, stored.store_id),
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
RETURNING stored.id
"""
_STANDINGS = """
SELECT stored.id, stored.source_key, stored.customer_id, coalesce(store.code, ''), stored.placed_at, stored.currency,
       stored.total, stored.line_count, stored.state
  FROM sales_order AS stored LEFT JOIN core_store AS store ON store.id = stored.store_id
 WHERE stored.id = ANY(%s)
"""
_DELETE_LINES = """
DELETE FROM sales_line AS stored USING staged_slip AS slip
 WHERE stored.enterprise_id = %(tenant)s AND stored.order_id = slip.id
   AND NOT EXISTS (SELECT FROM staged_line AS line WHERE line.slip = slip.slip AND line.key = stored.key)
"""
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


def preview(viewer: Viewer, slips: Sequence[Slip], lines: Sequence[SlipLine]) -> Written:
    """What `write` would do with the lines; writes nothing."""
    stage(viewer, slips, lines)
    with connection.cursor() as cursor:
        cursor.execute(f"WITH resolved AS MATERIALIZED ({_RESOLVED}) {_STORED}", {"tenant": viewer.tenant})
        return Written(*_sorted(cursor.fetchall()), changes=[])


def write(viewer: Viewer, slips: Sequence[Slip], lines: Sequence[SlipLine], *, whole: bool = False) -> Written:
    """Store slips and lines; what is stored already and equal stays untouched.

    Args:
        viewer: Whose enterprise it is.
        slips: Heads, each key once.
        lines: Lines; within one slip each key once.
        whole: The lines are all that the slips have: others that are stored go.
    """
    stage(viewer, slips, lines)
    former = standings([order_id(viewer, slip.key) for slip in slips], locked=True)
    facts = {"tenant": viewer.tenant, "now": viewer.now, "former": list(former)}
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH resolved AS MATERIALIZED ({_RESOLVED}), written AS ({_INSERT_LINES}) "
            + (_STORED if former else _HOMELESS),
            facts,
        )
        homeless, known = _sorted(cursor.fetchall())
        if whole and former:
            cursor.execute(_DELETE_LINES, facts)
        cursor.execute(_INSERT_ORDERS, facts)
        created = [row[0] for row in cursor.fetchall()]
        changed = _update(cursor, viewer, slips, former, created)
    return Written(homeless, known, _changes(former, created, changed))


def resum(viewer: Viewer, former: dict[UUID, Standing]) -> list[Change]:
    """Bring orders up to date after their lines changed; one that has nothing left goes.

    `former` is how they stood before, from `standings(…, locked=True)`.
    """
    heads = [Slip(each.source_key, each.placed_at, each.currency, state=each.state) for each in former.values()]
    stage(viewer, heads, [])
    with connection.cursor() as cursor:
        cursor.execute(_DELETE_EMPTY, {"tenant": viewer.tenant})
        gone = [row[0] for row in cursor.fetchall()]
        changed = _update(cursor, viewer, heads, dict(former), [])
    voided = [Change(former[each], replace(former[each], state=State.CANCELLED)) for each in gone]
    return voided + _changes(former, [], changed)


def _update(
    cursor: Any, viewer: Viewer, slips: Sequence[Slip], former: dict[UUID, Standing], created: list[UUID]
) -> list[UUID]:
    """Bring orders that were there up to date, those included that somebody else made at this very moment."""
    asked = {order_id(viewer, slip.key) for slip in slips}
    overtaken = asked - set(former) - set(created)
    if overtaken:
        former |= standings(list(overtaken), locked=True)
    if not former:
        return []
    cursor.execute(_UPDATE_ORDERS, {"tenant": viewer.tenant, "now": viewer.now, "former": list(former)})
    return [row[0] for row in cursor.fetchall()]


def _sorted(rows: Sequence[tuple[int, bool, bool, bool, Any]]) -> tuple[frozenset[int], dict[int, KnownLine]]:
    homeless = frozenset(number for number, lost, *_ in rows if lost)
    known = {number: KnownLine(changed, before) for number, lost, stored, changed, before in rows if stored and not lost}
    return homeless, known


def _changes(former: dict[UUID, Standing], created: list[UUID], changed: list[UUID]) -> list[Change]:
    now = standings([*created, *changed]) if created or changed else {}
    return [Change(former.get(each), standing) for each, standing in now.items()]
