"""Events of a shop into the tables: inside the writer's transaction, a batch at a time."""

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from guanxi.core import tenancy
from guanxi.core.models import Event
from guanxi.core.viewer import Viewer
from guanxi.sales import log, services, shop, slips
from guanxi.sales.models import Order, State

COMPLETED, UPDATED, REFUNDED, CANCELLED = (
    "order.completed",
    "order.updated",
    "order.refunded",
    "order.cancelled",
)
COUPON = "coupon.applied"
PRODUCTS = ("product.viewed", "product.added", "product.clicked", "product.removed")


def fold(batch: Sequence[Event]) -> None:
    """Bring what shops said into orders, coupons and products, in the order in which it was said."""
    viewer = tenancy.current()
    own = log.source_of(viewer)
    said = [event for event in batch if event.source_id != own]
    if not said:
        return
    _orders(viewer, [event for event in said if event.type in (COMPLETED, UPDATED)])
    _coupons(viewer, [event for event in said if event.type == COUPON])
    services.void(
        viewer, [id_ for event in said if event.type == CANCELLED and (id_ := _order_id(viewer, event))]
    )
    for event in said:
        if event.type == REFUNDED:
            _refund(viewer, event)
    # Thousands look at some hundred products: the last word about each is enough.
    seen = {shop.product_key(event.payload): event.payload for event in said if event.type in PRODUCTS}
    found = [line for payload in seen.values() if (line := shop.product(payload))]
    if found:
        services.articles_for(viewer, found)


def _orders(viewer: Viewer, said: Sequence[Event]) -> None:
    """The last word about an order counts; one whose lines did not come keeps those it has."""
    told = {}
    for event in said:
        order = shop.order(
            event.payload,
            customer_id=event.customer_id,
            occurred_at=event.occurred_at,
            currency=viewer.currency,
        )
        if order is not None:
            told[order.draft.key] = order
    cancelled = _cancelled(viewer, list(told))
    for whole in (True, False):
        _write(
            viewer,
            [each for key, each in told.items() if each.whole == whole and key not in cancelled],
            whole=whole,
        )
    for each in told.values():
        if each.coupon:
            _redeem(viewer, each)


def _write(viewer: Viewer, told: Sequence[shop.Told], *, whole: bool) -> None:
    if not told:
        return
    heads, lines = [], []
    placed = slips.standings([slips.order_id(viewer, each.draft.key) for each in told])
    for place, each in enumerate(told):
        slip, own = services.prepared(viewer, each.draft, place=place)
        known = placed.get(slip.id)
        heads.append(_continued(slip, known, each) if known else slip)
        lines += own
    numbered = [line._replace(number=number) for number, line in enumerate(lines)]
    log.tell(viewer, slips.write(viewer, heads, numbered, whole=whole).finish())


def _continued(slip: slips.Slip, known: slips.Standing, told: shop.Told) -> slips.Slip:
    """An order that is stored: it was placed when it was placed, and a new total without lines is about its extras."""
    extra = slip.extra
    if not told.whole:
        total = told.draft.total
        extra = None if total is None else total - (known.total - known.extra)
    return slip._replace(placed_at=known.placed_at, extra=extra)


def _cancelled(viewer: Viewer, keys: Sequence[str]) -> set[str]:
    """A late Order Updated does not bring a cancelled order back."""
    rows = Order.objects.filter(enterprise_id=viewer.tenant, source_key__in=keys, state=State.CANCELLED)
    return set(rows.values_list("source_key", flat=True))


def _refund(viewer: Viewer, event: Event) -> None:
    order_id = _order_id(viewer, event)
    order = Order.objects.filter(enterprise_id=viewer.tenant, pk=order_id).first() if order_id else None
    if order is None or order.state == State.CANCELLED:
        return
    left = order.total - order.refunded
    amount = min(shop.refund(event.payload) or left, left)
    if amount > 0:
        services.give_back(
            viewer,
            order,
            amount,
            source_key=f"{order.source_key}/{event.pk}",
            line_key="",
            reason="",
            at=event.occurred_at,
        )


def _coupons(viewer: Viewer, said: Sequence[Event]) -> None:
    """A coupon in a cart is not redeemed yet; one in an order is."""
    for event in said:
        order_key, code = shop.text(event.payload.get("order_id")), shop.text(event.payload.get("coupon_id"))
        code = code or shop.text(event.payload.get("coupon_name"))
        order = (
            Order.objects.filter(enterprise_id=viewer.tenant, source_key=order_key).first()
            if order_key
            else None
        )
        if order is not None and code:
            _store_redemption(
                viewer, order, code, shop.amount(event.payload.get("discount")), event.customer_id
            )


def _redeem(viewer: Viewer, told: shop.Told) -> None:
    order = Order.objects.filter(enterprise_id=viewer.tenant, source_key=told.draft.key).first()
    if order is not None:
        _store_redemption(viewer, order, told.coupon, told.coupon_discount, order.customer_id)


def _store_redemption(
    viewer: Viewer, order: Order, code: str, discount: Decimal | None, customer_id: UUID | None
) -> None:
    services.note_redemption(
        viewer, code=code, order_key=order.source_key, at=order.placed_at, discount=discount,
        customer_id=customer_id,
    )  # fmt: skip


def _order_id(viewer: Viewer, event: Event) -> UUID | None:
    key = shop.text(event.payload.get("order_id") or event.payload.get("orderId"))
    return slips.order_id(viewer, key) if key else None
