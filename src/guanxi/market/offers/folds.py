"""What offers hear from others, inside the writer's transaction: orders that came, went back or were cancelled, and
codes whose time is over in the ledger."""

from collections.abc import Sequence
from uuid import UUID

from guanxi.core import events, tenancy
from guanxi.core.identity import id_of
from guanxi.core.ledger.log import EXPIRED as LEDGER_EXPIRED
from guanxi.core.models import Event
from guanxi.market.models import Coupon, CouponUse, UseState
from guanxi.market.offers import codes, redeeming
from guanxi.market.offers.event_schemas import EXPIRED
from guanxi.sales import log
from guanxi.sales import services as sales

_UNIT = "coupon:"


def on_orders(batch: Sequence[Event]) -> None:
    """A cancelled order gives back what was redeemed with it, a return its part; one that came is tied to its codes."""
    viewer = tenancy.current()
    own = log.source_of(viewer)
    said = [
        (event.type, UUID(event.payload["order_id"]))
        for event in batch
        # Whoever sends `order.…` of their own may leave the id out, and is no order of ours.
        if event.source_id == own and "order_id" in event.payload
    ]
    came = [order_id for type_, order_id in said if type_ == log.PLACED]
    gone = [order_id for type_, order_id in said if type_ in (log.RETURNED, log.VOIDED)]
    if came:
        _tie(came)
    if gone:
        redeeming.give_back(viewer, gone)


def _tie(order_ids: Sequence[UUID]) -> None:
    """Redemptions that were made before their order came find it now."""
    viewer = tenancy.current()
    uses = CouponUse.objects.filter(
        enterprise_id=viewer.tenant, order_id__in=order_ids, state=UseState.REDEEMED
    )
    for use in uses:
        sales.note_redemption(
            viewer, code=codes.shown(use.code), order_key=use.order_key, at=use.redeemed_at or viewer.now,
            discount=use.amount, customer_id=use.customer_id,
        )  # fmt: skip


def on_expired(batch: Sequence[Event]) -> None:
    """Codes whose one use the ledger has booked out have expired."""
    viewer = tenancy.current()
    holders = [
        UUID(holder)
        for event in batch
        if event.type == LEDGER_EXPIRED and event.payload["unit"].startswith(_UNIT)
        for holder in event.payload["holders"]
    ]
    coupons = Coupon.objects.filter(enterprise_id=viewer.tenant, pk__in=holders).select_related("offer")
    drafts = [
        events.Draft(
            EXPIRED,
            viewer.now,
            {"code": one.code, "offer": str(one.offer_id), "name": one.offer.name},
            one.customer_id,
        )
        for one in coupons
        if one.customer_id
    ]
    if drafts:
        events.write(drafts, source_id=id_of(viewer.tenant, "source", "guanxi"))
