"""Import of redeemed coupons. Without a key of its own, a redemption is its customer, code, campaign and time."""

from collections.abc import Sequence
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext as _

from guanxi.core import events
from guanxi.core.identity import id_of
from guanxi.core.importing.targets import Action, Outcome, Row
from guanxi.core.viewer import Viewer
from guanxi.sales import log, places, staging

_COLUMNS = (
    "id uuid, customer_id uuid, order_id uuid, source_key text, code text, campaign_key text, discount numeric, "
    "redeemed_at timestamptz"
)
_INSERT = """
INSERT INTO sales_redemption (id, enterprise_id, customer_id, order_id, source_key, code, campaign_key, discount,
                              redeemed_at, recorded_at)
SELECT id, %(tenant)s, customer_id, order_id, source_key, code, campaign_key, discount, redeemed_at, %(now)s
  FROM staged_redemption ON CONFLICT DO NOTHING RETURNING id
"""
_KNOWN = """
SELECT staged.id FROM staged_redemption AS staged
  JOIN sales_redemption AS stored ON stored.enterprise_id = %(tenant)s AND stored.source_key = staged.source_key
"""


def apply(viewer: Viewer, rows: Sequence[Row], *, run_id: UUID, dry: bool) -> list[Outcome]:
    """Store one batch of rows as redemptions; one that is stored already stays as it is."""
    customers = places.customers(viewer, {row.values.get("customer_key", "") for row in rows})
    orders = places.orders(viewer, {row.values.get("order_key", "") for row in rows})
    outcomes = {row.number: _refusal(row, customers, orders) for row in rows}
    staged = {
        _id(viewer, row): (
            row, customers.get(row.values.get("customer_key", "")), orders.get(row.values.get("order_key", ""))
        )
        for row in rows if outcomes[row.number] is None
    }  # fmt: skip
    fresh = _write(viewer, staged, dry=dry)
    for row in rows:
        if outcomes[row.number] is None:
            id_ = _id(viewer, row)
            first = staged[id_][0] is row
            outcomes[row.number] = Outcome(
                row.number, Action.CREATE if first and id_ in fresh else Action.UNCHANGED, id_
            )
    return [outcome for row in rows if (outcome := outcomes[row.number])]


Staged = dict[UUID, tuple[Row, UUID | None, UUID | None]]


def _write(viewer: Viewer, staged: Staged, *, dry: bool) -> set[UUID]:
    """Which of them are new; written unless `dry`."""
    lines = [_staged(id_, *facts) for id_, facts in staged.items()]
    with connection.cursor() as cursor:
        staging.fill(cursor, "staged_redemption", _COLUMNS, lines)
        if dry:
            cursor.execute(_KNOWN, {"tenant": viewer.tenant})
            return set(staged) - {row[0] for row in cursor.fetchall()}
        cursor.execute(_INSERT, {"tenant": viewer.tenant, "now": viewer.now})
        fresh = {row[0] for row in cursor.fetchall()}
    drafts = [_draft(*staged[id_][:2]) for id_ in staged if id_ in fresh]
    events.write(drafts, source_id=log.source_of(viewer))
    return fresh


def _staged(id_: UUID, row: Row, customer_id: UUID | None, order_id: UUID | None) -> list[object]:
    values = row.values
    return [id_, customer_id, order_id, _key(row), values["code"], values.get("campaign_key", ""),
            values.get("discount"), values["redeemed_at"]]  # fmt: skip


def _draft(row: Row, customer_id: UUID | None) -> events.Draft:
    payload = {"code": row.values["code"], "campaign": row.values.get("campaign_key", "")}
    return events.Draft(log.REDEEMED, row.values["redeemed_at"], payload, customer_id)


def _refusal(row: Row, customers: dict[str, UUID], orders: dict[str, UUID]) -> Outcome | None:
    customer, order = row.values.get("customer_key", ""), row.values.get("order_key", "")
    if customer and customer not in customers:
        reason = _("There is no customer with the key {key}.").format(key=customer)
    elif order and order not in orders:
        reason = _("There is no order with the key {key}.").format(key=order)
    else:
        return None
    return Outcome(row.number, Action.REJECT, None, reason)


def _key(row: Row) -> str:
    values = row.values
    own = values.get("source_key")
    parts = (
        values.get("customer_key", ""),
        values["code"],
        values.get("campaign_key", ""),
        values["redeemed_at"].isoformat(),
    )
    return str(own) if own else "/".join(parts)


def _id(viewer: Viewer, row: Row) -> UUID:
    return id_of(viewer.tenant, "redemption", _key(row))


def undo(viewer: Viewer, outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Take redemptions back."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM sales_redemption WHERE enterprise_id = %s AND id = ANY(%s)",
            [viewer.tenant, [each.target_id for each in outcomes]],
        )
    return [Outcome(each.number, Action.UNDONE, each.target_id) for each in outcomes]
