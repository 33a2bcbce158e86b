"""Writes of sales: verbs, each in one transaction, told to the event log."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Case, F, Value, When
from django.utils.translation import gettext_lazy as _

from guanxi.core import events
from guanxi.core.errors import DomainError
from guanxi.core.identity import id_of, new_id
from guanxi.core.viewer import Viewer
from guanxi.people import queries as people
from guanxi.sales import log, places, queries, slips
from guanxi.sales.models import Order, Product, Redemption, Return, State
from guanxi.sales.slips import ZERO, Slip, SlipLine


class OrderExists(DomainError):
    """An order of this key is stored with another content."""

    code = "sales.order_exists"
    summary = _("There is an order {key} already, and it says something else.")
    help = _("Change it with PUT, or send the order under a key of its own.")


class ProductExists(DomainError):
    """A product of this key is stored."""

    code = "sales.product_exists"
    summary = _("There is a product {key} already.")
    help = _("Change it with PATCH.")


class TooMuchReturned(DomainError):
    """More would go back than was paid."""

    code = "sales.too_much_returned"
    summary = _("At most {left} of this order can still go back.")


class OtherOrder(DomainError):
    """What was sent is another order than the one it was sent for."""

    code = "sales.other_order"
    summary = _("The key of an order does not change.")


class LinesAlike(DomainError):
    """Two lines of one order have the same key."""

    code = "sales.lines_alike"
    summary = _("Two lines have the same key.")


class OrderClosed(DomainError):
    """The order was cancelled; nothing about it changes any more."""

    code = "sales.order_cancelled"
    summary = _("This order is cancelled.")


class UnknownKey(DomainError):
    """A key names nothing that is stored (yet): the sender may store it and try again."""

    code = "sales.unknown_key"
    summary = _("There is nothing with the key {key}.")


@dataclass(frozen=True, slots=True)
class LineDraft:
    """A line as somebody tells it. A product that nobody knows is kept under its key and `product_name`."""

    product_key: str
    amount: Decimal
    quantity: Decimal = Decimal(1)
    discount: Decimal = ZERO
    cost: Decimal | None = None
    key: str = ""
    product_name: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OrderDraft:
    """An order as somebody tells it. `total` None: the sum of the lines."""

    key: str
    placed_at: datetime
    lines: Sequence[LineDraft] = ()
    currency: str = ""
    customer_id: UUID | None = None
    customer_key: str = ""
    store_code: str = ""
    total: Decimal | None = None
    state: str = State.COMPLETED.value


@transaction.atomic
def create_product(*, viewer: Viewer, source_key: str, **facts: Any) -> Product:
    """Keep a new product.

    Raises:
        ProductExists: There is one with this key.
    """
    viewer.require("orders.write")
    product, made = Product.objects.get_or_create(
        enterprise_id=viewer.tenant,
        source_key=source_key,
        defaults={**facts, "id": slips.product_id(viewer, source_key)},
    )
    if not made:
        raise ProductExists(field="source_key", key=source_key)
    return queries.masked_product(viewer, product)


@transaction.atomic
def change_product(*, viewer: Viewer, product_id: UUID, **facts: Any) -> Product:
    """Change what is known of a product; orders keep the costs with which they were made."""
    viewer.require("orders.write")
    queries.product_for(viewer, product_id)
    if facts:
        Product.objects.filter(enterprise_id=viewer.tenant, pk=product_id).update(**facts)
    return queries.product_for(viewer, product_id)


@transaction.atomic
def place_order(*, viewer: Viewer, draft: OrderDraft) -> Order:
    """Keep an order; told again with the same content it is the same order.

    Raises:
        OrderExists: An order of this key says something else.
    """
    viewer.require("orders.write")
    id_ = slips.order_id(viewer, draft.key)
    known = slips.standings([id_], locked=True)
    if known:
        _refuse_difference(viewer, draft, id_)
        return queries.order_for(viewer, id_)
    return _write(viewer, draft)


@transaction.atomic
def change_order(*, viewer: Viewer, order_id: UUID, draft: OrderDraft) -> Order:
    """Make an order say what the draft says, its lines included.

    Raises:
        OrderClosed: It was cancelled.
    """
    viewer.require("orders.write")
    order = queries.order_for(viewer, order_id)
    if order.state == State.CANCELLED:
        raise OrderClosed
    if order.source_key != draft.key:
        raise OtherOrder(field="source_key")
    return _write(viewer, draft)


@transaction.atomic
def cancel_order(*, viewer: Viewer, order_id: UUID) -> Order:
    """Cancel an order: it stays, and counts for nothing. Cancelling twice is cancelling once."""
    viewer.require("orders.write")
    queries.order_for(viewer, order_id)
    void(viewer, [order_id])
    return queries.order_for(viewer, order_id)


def void(viewer: Viewer, order_ids: Sequence[UUID]) -> None:
    """Cancel orders that are not cancelled yet, and tell it."""
    if not order_ids:
        return
    former = slips.standings(order_ids, locked=True)
    open_ = [id_ for id_, standing in former.items() if standing.state != State.CANCELLED]
    Order.objects.filter(enterprise_id=viewer.tenant, pk__in=open_).update(
        state=State.CANCELLED, recorded_at=viewer.now
    )
    now = slips.standings(open_) if open_ else {}
    log.tell(viewer, [slips.Change(former[id_], standing) for id_, standing in now.items()])


@transaction.atomic
def return_order(
    *,
    viewer: Viewer,
    order_id: UUID,
    amount: Decimal | None = None,
    line_key: str = "",
    reason: str = "",
    key: str = "",
) -> Return:
    """Note that money went back for an order; `amount` None: all that is left. The same key counts once.

    Raises:
        OrderClosed: It was cancelled.
        TooMuchReturned: More would go back than was paid.
    """
    viewer.require("orders.write")
    order = queries.order_for(viewer, order_id)
    source_key = f"{order.source_key}/{key or new_id().hex}"
    known = Return.objects.filter(enterprise_id=viewer.tenant, source_key=source_key).first()
    if known is not None:
        return known
    if order.state == State.CANCELLED:
        raise OrderClosed
    if line_key and not any(line.key == line_key for line in queries.lines_for(viewer, [order_id])[order_id]):
        raise UnknownKey(field="line_key", key=line_key)
    wanted = amount if amount is not None else order.total - order.refunded
    return give_back(
        viewer, order, wanted, source_key=source_key, line_key=line_key, reason=reason, at=viewer.now
    )


def give_back(
    viewer: Viewer,
    order: Order,
    amount: Decimal,
    *,
    source_key: str,
    line_key: str,
    reason: str,
    at: datetime,
) -> Return:
    """Store a return and tell it.

    Raises:
        TooMuchReturned: More would go back than was paid.
    """
    # A conditional update: two returns at once cannot both take the last of it.
    left = F("total") - F("refunded")
    taken = Order.objects.filter(
        enterprise_id=viewer.tenant, pk=order.pk, total__gte=F("refunded") + amount
    ).update(
        refunded=F("refunded") + amount,
        state=Case(When(total=F("refunded") + amount, then=Value(State.REFUNDED.value)), default=F("state")),
        recorded_at=viewer.now,
    )
    if amount <= 0 or not taken:
        rest = Order.objects.filter(pk=order.pk).values_list(left, flat=True).get()
        raise TooMuchReturned(field="amount", left=rest)
    given = Return.objects.create(
        id=id_of(viewer.tenant, "return", source_key),
        enterprise_id=viewer.tenant,
        order_id=order.pk,
        line_key=line_key,
        source_key=source_key,
        amount=amount,
        reason=reason,
        returned_at=at,
        recorded_at=viewer.now,
    )
    log.tell_return(viewer, slips.standings([order.pk])[order.pk], amount, returned_at=at, reason=reason)
    return given


def note_redemption(
    viewer: Viewer,
    *,
    code: str,
    order_key: str,
    at: datetime,
    discount: Decimal | None = None,
    customer_id: UUID | None = None,
    facts: Mapping[str, Any] | None = None,
) -> None:
    """Keep that a coupon was redeemed with an order, and tell it; told again by shop or till, it is the same one.

    The order need not be known yet; `facts` go into the event besides.
    """
    source_key = f"{order_key}/{code}"
    order = Order.objects.filter(enterprise_id=viewer.tenant, source_key=order_key).first()
    owner = customer_id or (order.customer_id if order else None)
    kept, made = Redemption.objects.get_or_create(
        enterprise_id=viewer.tenant,
        source_key=source_key,
        defaults={
            "id": id_of(viewer.tenant, "redemption", source_key),
            "customer_id": owner,
            "order_id": order.pk if order else None,
            "code": code[:120],
            "discount": discount,
            "redeemed_at": at,
            "recorded_at": viewer.now,
        },
    )
    if made:
        payload = {"code": code, "campaign": "", "order": order_key, **(facts or {})}
        events.write([events.Draft(log.REDEEMED, at, payload, owner)], source_id=log.source_of(viewer))
    elif order and kept.order_id is None:
        Redemption.objects.filter(pk=kept.pk).update(order_id=order.pk)


def _write(viewer: Viewer, draft: OrderDraft) -> Order:
    slip, lines = prepared(viewer, draft)
    log.tell(viewer, slips.write(viewer, [slip], lines, whole=True).finish())
    return queries.order_for(viewer, slip.id)


def prepared(viewer: Viewer, draft: OrderDraft, *, place: int = 0) -> tuple[Slip, list[SlipLine]]:
    """A draft as a slip: keys looked up, unknown products made, the total brought in line."""
    articles = articles_for(viewer, draft.lines)
    lines = [
        _line(place, number, line, articles[line.product_key]) for number, line in enumerate(draft.lines, 1)
    ]
    _refuse_twins(lines)
    extra = ZERO if draft.total is None else draft.total - sum((line.amount for line in lines), ZERO)
    slip = Slip(
        slips.order_id(viewer, draft.key),
        draft.key,
        draft.placed_at,
        draft.currency or viewer.currency,
        _customer(viewer, draft),
        _store(viewer, draft.store_code),
        extra,
        draft.state,
    )
    return slip, lines


def articles_for(viewer: Viewer, lines: Sequence[LineDraft]) -> dict[str, places.Article]:
    """The products that lines name; one that nobody knows is made."""
    named = {line.product_key: line for line in lines}
    known = places.articles(viewer, named)
    made = [
        Product(
            id=slips.product_id(viewer, key),
            enterprise_id=viewer.tenant,
            source_key=key,
            name=line.product_name or key,
            **line.facts,
        )
        for key, line in named.items()
        if key not in known
    ]
    if made:
        Product.objects.bulk_create(made, ignore_conflicts=True)
    return known | {product.source_key: places.Article(str(product.pk), None) for product in made}


def _line(place: int, number: int, line: LineDraft, article: places.Article) -> SlipLine:
    cost = line.cost if line.cost is not None else slips.cost_of(line.quantity, article.unit_cost)
    return SlipLine(
        number,
        place,
        line.key or str(number),
        number,
        article.id,
        line.quantity,
        line.amount,
        line.discount,
        cost,
    )


def _refuse_twins(lines: Sequence[SlipLine]) -> None:
    seen: set[str] = set()
    for place, line in enumerate(lines):
        if line.key in seen:
            raise LinesAlike(field=f"lines[{place}].key")
        seen.add(line.key)


def _customer(viewer: Viewer, draft: OrderDraft) -> UUID | None:
    """The customer's record, where the draft names one.

    Raises:
        NotFound: There is none of this id, or the viewer may not see it.
        UnknownKey: There is none of this key.
    """
    if draft.customer_id:
        people.record_ids_for(viewer, draft.customer_id)
        return draft.customer_id
    if not draft.customer_key:
        return None
    found = places.customers(viewer, [draft.customer_key])
    if not found:
        raise UnknownKey(field="customer_key", key=draft.customer_key)
    return found[draft.customer_key]


def _store(viewer: Viewer, code: str) -> UUID | None:
    if not code:
        return None
    known = places.known_stores(viewer, [code])
    if code not in known:
        raise UnknownKey(field="store", key=code)
    return known[code]


def _refuse_difference(viewer: Viewer, draft: OrderDraft, order_id: UUID) -> None:
    """The same key with another content is another order, and the sender must say which is meant."""
    slip, lines = prepared(viewer, draft)
    order = queries.order_for(viewer, order_id)
    stored = {
        line.key: (str(line.product.pk), line.quantity, line.amount)
        for line in queries.lines_for(viewer, [order_id])[order_id]
    }
    told = {line.key: (line.product_id, line.quantity, line.amount) for line in lines}
    total = sum((line.amount for line in lines), ZERO) + (slip.extra or ZERO)
    if (
        stored != told
        or order.total != total
        or order.placed_at != slip.placed_at
        or order.currency != slip.currency
    ):
        raise OrderExists(field="source_key", key=draft.key)
