"""What sales tells the event log: one event for each order that really changed, with deltas for the counters.

The events of a foreign shop (`order.completed`, …) are what a source *said*; these are what *is so* now.
`counts` holds what the event adds to the counters of its customer, so that a fold is one sum.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from guanxi.core import events, formats, schemas
from guanxi.core.identity import id_of
from guanxi.core.viewer import Viewer
from guanxi.sales.models import State
from guanxi.sales.slips import ZERO, Change, Standing

PLACED, CHANGED, VOIDED, RETURNED = "order.placed", "order.changed", "order.voided", "order.returned"
REDEEMED = "coupon.redeemed"


@dataclass(frozen=True, slots=True)
class Counts:
    """What an event adds to its customer's counters."""

    orders: int = 0
    spent: Decimal = ZERO
    returns: int = 0
    returned: Decimal = ZERO


def tell(viewer: Viewer, changes: Sequence[Change]) -> None:
    """Write the events of these changes; one that changes nothing for anybody is not told."""
    drafts = [_draft(viewer, change) for change in changes]
    if drafts:
        events.write(drafts, source_id=source_of(viewer))


def tell_return(
    viewer: Viewer, standing: Standing, amount: Decimal, *, returned_at: datetime, reason: str
) -> None:
    """Write that money went back for an order."""
    payload = {**_facts(standing), "amount": str(amount), "reason": reason}
    payload["counts"] = _texts(Counts(returns=1, returned=amount))
    draft = events.Draft(RETURNED, returned_at, payload, standing.customer_id)
    events.write([draft], source_id=source_of(viewer))


def source_of(viewer: Viewer) -> UUID:
    """The source under which the house itself writes."""
    return id_of(viewer.tenant, "source", "guanxi")


def _draft(viewer: Viewer, change: Change) -> events.Draft:
    after, before = change.after, change.before
    type_, at = _kind(viewer, change)
    orders, spent = after.counted
    if before is not None:
        orders, spent = orders - before.counted[0], spent - before.counted[1]
    payload = {**_facts(after), "counts": _texts(Counts(orders, spent))}
    return events.Draft(type_, at, payload, after.customer_id)


def _kind(viewer: Viewer, change: Change) -> tuple[str, datetime]:
    """What happened and when: a purchase happened when it was made, a change when we heard of it."""
    if change.before is None:
        return PLACED, change.after.placed_at
    voided = change.after.state == State.CANCELLED and change.before.state != State.CANCELLED
    return (VOIDED if voided else CHANGED), viewer.now


def _facts(standing: Standing) -> dict[str, Any]:
    return {
        "order_id": str(standing.order_id),
        "source_key": standing.source_key,
        "total": str(standing.total),
        "currency": standing.currency,
        "lines": standing.lines,
        "store": standing.store,
    }


def _texts(counts: Counts) -> dict[str, Any]:
    return {
        "orders": counts.orders,
        "spent": str(counts.spent),
        "returns": counts.returns,
        "returned": str(counts.returned),
    }


def _purchase(payload: Mapping[str, Any]) -> str:
    amount = formats.money(Decimal(payload["total"]), payload["currency"])
    text = _("Order {key} · {amount}").format(key=payload["source_key"], amount=amount)
    return (
        _("{order} at {store}").format(order=text, store=payload["store"]) if payload.get("store") else text
    )


def _returned(payload: Mapping[str, Any]) -> str:
    amount = formats.money(Decimal(payload["amount"]), payload["currency"])
    return _("{amount} back for order {key}").format(amount=amount, key=payload["source_key"])


def _redeemed(payload: Mapping[str, Any]) -> str:
    if payload.get("campaign"):
        return _("Coupon {code} of campaign {campaign}").format(
            code=payload["code"], campaign=payload["campaign"]
        )
    return _("Coupon {code}").format(code=payload["code"])


SCHEMAS = (
    schemas.EventSchema(
        PLACED, gettext_lazy("Bought"), private=(), line=_purchase, icon="s1", amount="total"
    ),
    schemas.EventSchema(CHANGED, gettext_lazy("Order changed"), private=(), line=_purchase, icon="s1"),
    schemas.EventSchema(VOIDED, gettext_lazy("Order cancelled"), private=(), line=_purchase, icon="s6"),
    schemas.EventSchema(
        RETURNED, gettext_lazy("Returned"), private=(), line=_returned, icon="s6", amount="amount"
    ),
    schemas.EventSchema(REDEEMED, gettext_lazy("Coupon redeemed"), private=(), line=_redeemed, icon="s3"),
)
