"""Reads of sales. Who may see a customer may see their orders; costs and margins need a right of their own."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.core.cache import caches
from django.db.models import Count, Q, QuerySet, Sum, Window

from guanxi.core import visibility
from guanxi.core.compiled import compiled
from guanxi.core.errors import NotFound
from guanxi.core.models import Store
from guanxi.core.viewer import Viewer
from guanxi.people import queries as people
from guanxi.sales.models import Line, Order, Product, Redemption, Return, State

STATES = State.choices
SPAN_SECONDS = 30
COSTS = frozenset({"cost", "unit_cost", "margin"})


@dataclass(frozen=True, slots=True)
class Criteria:
    """What a list of orders is asked for. `text` is the beginning of the source's key."""

    text: str = ""
    state: str = ""
    store_id: UUID | None = None
    customer_ids: tuple[UUID, ...] | None = None
    placed_from: datetime | None = None
    placed_before: datetime | None = None
    least: Decimal | None = None


@dataclass(frozen=True, slots=True)
class LineShown:
    """A line with its product; cost None where it is unknown or not for this viewer."""

    key: str
    position: int
    product: Product
    quantity: Decimal
    amount: Decimal
    discount: Decimal
    cost: Decimal | None

    @property
    def margin(self) -> Decimal | None:
        """What the line left over its cost."""
        return None if self.cost is None else self.amount - self.cost


@dataclass(frozen=True, slots=True)
class Whole:
    """An order with everything that belongs to it; `titles` say what to call its customer."""

    order: Order
    lines: list[LineShown]
    redemptions: list[Redemption]
    returns: list[Return]
    customer_title: str
    store: Store | None

    @property
    def margin(self) -> Decimal | None:
        """What the order left over its cost, where the cost of all lines is known."""
        return None if self.order.cost is None else self.order.total - self.order.cost


@dataclass(frozen=True, slots=True)
class Bought:
    """What a customer bought, all in all."""

    orders: int
    total: Decimal
    latest: list[Order]


@dataclass(frozen=True, slots=True)
class Span:
    """The orders of some days: how many, how much, and the same of as many days before."""

    days: int
    orders: int
    total: Decimal
    orders_before: int
    total_before: Decimal


def may_see_costs(viewer: Viewer) -> bool:
    """Whether costs and margins are for this viewer."""
    return "cost" not in visibility.masked(viewer, "sales.Order")


def products_for(
    viewer: Viewer, *, text: str = "", department: str = "", category: str = ""
) -> QuerySet[Product]:
    """The products of the enterprise, narrowed by the beginning of key or name and by category."""
    wanted = Q(enterprise_id=viewer.tenant)
    if text:
        wanted &= Q(source_key__startswith=text) | Q(name__icontains=text)
    if department:
        wanted &= Q(department=department)
    if category:
        wanted &= Q(category=category)
    return Product.objects.filter(wanted)


def product_for(viewer: Viewer, product_id: UUID) -> Product:
    """One product.

    Raises:
        NotFound: The enterprise has none of this id.
    """
    product = products_for(viewer).filter(pk=product_id).first()
    if product is None:
        raise NotFound(field="product_id")
    return masked_product(viewer, product)


def masked_product(viewer: Viewer, product: Product) -> Product:
    """The product without what is not for this viewer."""
    if not may_see_costs(viewer):
        product.unit_cost = None
    return product


def orders_for(viewer: Viewer, criteria: Criteria | None = None) -> QuerySet[Order]:
    """The orders that this viewer may see and that fit."""
    wanted = criteria or Criteria()
    rows = visibility.visible(viewer, Order.objects.filter(enterprise_id=viewer.tenant))
    if wanted.text:
        rows = rows.filter(source_key__startswith=wanted.text)
    if wanted.state:
        rows = rows.filter(state=wanted.state)
    if wanted.store_id:
        rows = rows.filter(store_id=wanted.store_id)
    if wanted.customer_ids is not None:
        rows = rows.filter(customer_id__in=wanted.customer_ids)
    if wanted.placed_from:
        rows = rows.filter(placed_at__gte=wanted.placed_from)
    if wanted.placed_before:
        rows = rows.filter(placed_at__lt=wanted.placed_before)
    if wanted.least is not None:
        rows = rows.filter(total__gte=wanted.least)
    return rows.select_related("store")


def masked_orders(viewer: Viewer, orders: Sequence[Order]) -> list[Order]:
    """The orders without what is not for this viewer."""
    if not may_see_costs(viewer):
        for order in orders:
            order.cost = None
    return list(orders)


def order_for(viewer: Viewer, order_id: UUID) -> Order:
    """One order.

    Raises:
        NotFound: There is none, or the viewer may not see it.
    """
    order = orders_for(viewer).filter(pk=order_id).first()
    if order is None:
        raise NotFound(field="order_id")
    return masked_orders(viewer, [order])[0]


def whole_for(viewer: Viewer, order_id: UUID) -> Whole:
    """One order with its lines, coupons and returns.

    Raises:
        NotFound: There is none, or the viewer may not see it.
    """
    order = order_for(viewer, order_id)
    titles = people.titles_for(viewer, [order.customer_id] if order.customer_id else [])
    return Whole(
        order,
        lines_for(viewer, [order.pk])[order.pk],
        list(
            Redemption.objects.filter(enterprise_id=viewer.tenant, order_id=order.pk).order_by(
                "redeemed_at", "id"
            )
        ),
        list(
            Return.objects.filter(enterprise_id=viewer.tenant, order_id=order.pk).order_by(
                "returned_at", "id"
            )
        ),
        titles.get(order.customer_id, "") if order.customer_id else "",
        order.store,
    )


def lines_for(viewer: Viewer, order_ids: Collection[UUID]) -> dict[UUID, list[LineShown]]:
    """The lines of orders that the viewer was shown, in their order on the slip: two queries however many."""
    lines = list(
        Line.objects.filter(enterprise_id=viewer.tenant, order_id__in=order_ids).order_by(
            "order_id", "position", "key"
        )
    )
    products = Product.objects.filter(enterprise_id=viewer.tenant).in_bulk(
        {line.product_id for line in lines}
    )
    costs = may_see_costs(viewer)
    shown: dict[UUID, list[LineShown]] = {order_id: [] for order_id in order_ids}
    for line in lines:
        shown[line.order_id].append(
            LineShown(
                line.key,
                line.position,
                masked_product(viewer, products[line.product_id]) if not costs else products[line.product_id],
                line.quantity,
                line.amount,
                line.discount,
                line.cost if costs else None,
            )
        )
    return shown


def bought_by(viewer: Viewer, record_ids: Collection[UUID], *, latest: int = 5) -> Bought | None:
    """What the records of one customer bought; None where there is nothing or it is not for this viewer."""
    if not viewer.may("orders.read"):
        return None
    newest = masked_orders(viewer, _bought(viewer, list(record_ids), latest=latest).rows)
    if not newest:
        return None
    first: Any = newest[0]  # what is counted over all of them stands with each
    return Bought(first.orders, first.spent or Decimal(0), newest)


@compiled
def _bought(viewer: Viewer, record_ids: list[UUID], *, latest: int) -> QuerySet[Order]:
    kept = ~Q(state=State.CANCELLED)
    rows = orders_for(viewer).filter(customer_id__among=record_ids)
    rows = rows.annotate(orders=Window(Count("pk", filter=kept)), spent=Window(Sum("total", filter=kept)))
    return rows.order_by("-placed_at", "-id")[:latest]


def span_for(viewer: Viewer, *, days: int = 7) -> Span:
    """The orders of the last days that this viewer may see, beside those of as many days before.

    Kept for half a minute: Today is opened more often than its sums are worth adding up.
    """
    who = (viewer.tenant, viewer.staff_id, viewer.role, viewer.reach, viewer.purpose, viewer.process)
    key, kept = f"sales.span:{':'.join(map(str, who))}:{days}", caches["process"]
    span: Span | None = kept.get(key)
    if span is None:
        span = _span(viewer, days)
        kept.set(key, span, SPAN_SECONDS)
    return span


def _span(viewer: Viewer, days: int) -> Span:
    start, before = viewer.now - timedelta(days=days), viewer.now - timedelta(days=2 * days)
    orders, total, orders_before, total_before = _sums(viewer, before, start, viewer.now).first or (
        0,
        None,
        0,
        None,
    )
    return Span(days, orders, total or Decimal(0), orders_before, total_before or Decimal(0))


@compiled
def _sums(
    viewer: Viewer, before: datetime, start: datetime, end: datetime
) -> QuerySet[Order, tuple[int, Decimal | None, int, Decimal | None]]:
    """Numbers and totals from `start` to `end`, and from `before` to `start`."""
    recent = Q(placed_at__gte=start)
    rows = orders_for(viewer, Criteria(placed_from=before, placed_before=end)).exclude(state=State.CANCELLED)
    return rows.order_by().values("enterprise_id").annotate(
        orders=Count("pk", filter=recent),
        taken=Sum("total", filter=recent),
        orders_before=Count("pk", filter=~recent),
        taken_before=Sum("total", filter=~recent),
    ).values_list("orders", "taken", "orders_before", "taken_before")  # fmt: skip


def returns_for(viewer: Viewer, order_id: UUID) -> QuerySet[Return]:
    """What came back of an order that the viewer may see.

    Raises:
        NotFound: There is no such order, or the viewer may not see it.
    """
    order = order_for(viewer, order_id)
    return Return.objects.filter(enterprise_id=viewer.tenant, order_id=order.pk)


def redemptions_for(viewer: Viewer) -> QuerySet[Redemption]:
    """Redeemed coupons of the customers that the viewer may see."""
    return visibility.visible(viewer, Redemption.objects.filter(enterprise_id=viewer.tenant))


def records_of(viewer: Viewer, customer_id: UUID) -> tuple[UUID, ...]:
    """All records of the customer that an id belongs to.

    Raises:
        NotFound: There is none, or the viewer may not see it.
    """
    return tuple(people.record_ids_for(viewer, customer_id))


def departments_for(viewer: Viewer) -> list[str]:
    """The departments that products have."""
    rows = products_for(viewer).exclude(department="").values_list("department", flat=True)
    return list(rows.distinct().order_by("department")[:200])


@dataclass(frozen=True, slots=True)
class WentBack:
    """What was paid for an order and what of it went back; of lines that returns named, for each line."""

    total: Decimal
    refunded: Decimal
    paid: dict[str, Decimal]
    lines: dict[str, Decimal]
    cancelled: bool

    @property
    def whole(self) -> bool:
        """Whether nothing is left of the order."""
        return self.cancelled or (self.refunded > 0 and self.refunded >= self.total)


def returned_of(viewer: Viewer, order_ids: Collection[UUID]) -> dict[UUID, WentBack]:
    """What went back of these orders, for processes that follow from it; orders nobody knows are left out."""
    orders = Order.objects.filter(enterprise_id=viewer.tenant, pk__in=order_ids)
    named: dict[UUID, dict[str, Decimal]] = {}
    for given in Return.objects.filter(enterprise_id=viewer.tenant, order_id__in=order_ids).exclude(
        line_key=""
    ):
        of_order = named.setdefault(given.order_id, {})
        of_order[given.line_key] = of_order.get(given.line_key, Decimal(0)) + given.amount
    paid: dict[UUID, dict[str, Decimal]] = {}
    lines = Line.objects.filter(enterprise_id=viewer.tenant, order_id__in=list(named))
    for order_id, key, amount in lines.values_list("order_id", "key", "amount"):
        paid.setdefault(order_id, {})[key] = amount
    return {
        order.pk: WentBack(
            order.total,
            order.refunded,
            paid.get(order.pk, {}),
            named.get(order.pk, {}),
            order.state == State.CANCELLED,
        )
        for order in orders
    }
