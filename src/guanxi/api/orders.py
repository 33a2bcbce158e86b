"""Orders, returns and redeemed coupons over the API."""

from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, Literal, cast

from pydantic import Field

from guanxi.api.shell import ApiRequest, In, Out, Page, Paging, Query, Router, page
from guanxi.api.types import (
    NO_NUL,
    Amount,
    Currency,
    Id,
    LineAmount,
    LinePrice,
    Moment,
    Money,
    Price,
    Quantity,
    Text,
)
from guanxi.sales import queries, services

if TYPE_CHECKING:
    from guanxi.sales.models import Order

router = Router(reads="orders.read", writes="orders.write", tags=["Orders"])

Key = Annotated[Text, Field(max_length=200)]
OptionalKey = Annotated[str, Field(max_length=200, pattern=NO_NUL)]


class LineIn(In):
    """A line of an order; a product that nobody knows is kept under its key and name."""

    product_key: Key
    amount: LineAmount
    quantity: Quantity = Decimal(1)
    discount: LinePrice = Decimal("0.00")
    cost: LinePrice | None = None
    key: OptionalKey = ""
    product_name: Annotated[str, Field(max_length=300, pattern=NO_NUL)] = ""


class OrderIn(In):
    """An order as the source tells it. `source_key` is the source's own name of it: told twice, it is stored once."""

    source_key: Key
    placed_at: Moment
    lines: Annotated[list[LineIn], Field(max_length=500)] = []
    currency: Currency | None = None
    customer_id: Id | None = None
    customer_key: OptionalKey = ""
    store: Annotated[str, Field(max_length=60, pattern=NO_NUL, description="Code of the store.")] = ""
    total: Annotated[Amount | None, Field(description="What was paid; left out: the sum of the lines.")] = (
        None
    )
    state: Literal["placed", "completed"] = "completed"


class LineOut(Out):
    """A line; `cost` is null where it is unknown or not for the holder of the key."""

    key: str
    product_id: Id
    product_key: str
    product_name: str
    quantity: Money
    amount: Money
    discount: Money
    cost: Money | None


class OrderOut(Out):
    """An order. `total` is its lines and `extra` (shipping, tax, discounts on the whole)."""

    id: Id
    source_key: str
    customer_id: Id | None
    store: str | None
    placed_at: Moment
    recorded_at: Moment
    currency: str
    total: Money
    discount: Money
    extra: Money
    refunded: Money
    cost: Money | None
    line_count: int
    state: Literal["placed", "completed", "refunded", "cancelled"]
    simulated: bool

    @staticmethod
    def resolve_store(order: "Order | dict[str, Any]") -> str | None:
        """The code that people know the store by."""
        if isinstance(order, dict):
            return cast("str | None", order["store"])
        return order.store.code if order.store else None


class OrderWhole(OrderOut):
    """An order with its lines."""

    lines: list[LineOut]


class OrderFilter(Paging):
    """Which orders."""

    q: Annotated[str, Field(max_length=200, pattern=NO_NUL, description="Beginning of the source's key.")] = (
        ""
    )
    state: Literal["", "placed", "completed", "refunded", "cancelled"] = ""
    store_id: Id | None = None
    customer_id: Id | None = None
    placed_from: Moment | None = None
    placed_before: Moment | None = None
    least: Annotated[Price | None, Field(description="Smallest total.")] = None


class ReturnIn(In):
    """Money that goes back; without `amount` all that is left. The same `key` counts once."""

    amount: Price | None = None
    line_key: OptionalKey = ""
    reason: Annotated[str, Field(max_length=500, pattern=NO_NUL)] = ""
    key: Annotated[str, Field(max_length=90, pattern=NO_NUL)] = ""


class ReturnOut(Out):
    """Money that went back."""

    id: Id
    order_id: Id
    line_key: str
    amount: Money
    reason: str
    returned_at: Moment


class RedemptionOut(Out):
    """A redeemed coupon."""

    id: Id
    customer_id: Id | None
    order_id: Id | None
    code: str
    campaign_key: str
    discount: Money | None
    redeemed_at: Moment


@router.get("/orders", response=Page[OrderOut])
def list_orders(request: ApiRequest, wanted: Query[OrderFilter]) -> object:
    """List orders, newest first."""
    viewer = request.viewer
    criteria = queries.Criteria(
        text=wanted.q,
        state=wanted.state,
        store_id=wanted.store_id,
        customer_ids=queries.records_of(viewer, wanted.customer_id) if wanted.customer_id else None,
        placed_from=wanted.placed_from,
        placed_before=wanted.placed_before,
        least=wanted.least,
    )
    rows = queries.orders_for(viewer, criteria)
    return page(
        request,
        rows,
        wanted,
        order=("-placed_at", "-id"),
        present=lambda found: queries.masked_orders(viewer, found),
    )


@router.post("/orders", response={201: OrderWhole})
def create_order(request: ApiRequest, body: OrderIn) -> object:
    """Keep an order; told again with the same content it is the same order."""
    return _whole(request, services.place_order(viewer=request.viewer, draft=_draft(body)))


@router.get("/orders/{order_id}", response=OrderWhole)
def read_order(request: ApiRequest, order_id: Id) -> object:
    """Read one order with its lines."""
    return _whole(request, queries.order_for(request.viewer, order_id))


@router.put("/orders/{order_id}", response=OrderWhole)
def replace_order(request: ApiRequest, order_id: Id, body: OrderIn) -> object:
    """Make an order say what the body says, its lines included."""
    return _whole(
        request, services.change_order(viewer=request.viewer, order_id=order_id, draft=_draft(body))
    )


@router.post("/orders/{order_id}/cancel", response=OrderWhole)
def cancel_order(request: ApiRequest, order_id: Id) -> object:
    """Cancel an order: it stays, and counts for nothing."""
    return _whole(request, services.cancel_order(viewer=request.viewer, order_id=order_id))


@router.get("/orders/{order_id}/returns", response=Page[ReturnOut])
def list_returns(request: ApiRequest, order_id: Id, paging: Query[Paging]) -> object:
    """List what came back of an order."""
    return page(request, queries.returns_for(request.viewer, order_id), paging, order=("-returned_at", "-id"))


@router.post("/orders/{order_id}/returns", response={201: ReturnOut})
def create_return(request: ApiRequest, order_id: Id, body: ReturnIn) -> object:
    """Note that money went back for an order."""
    return services.return_order(viewer=request.viewer, order_id=order_id, **body.model_dump())


@router.get("/redemptions", response=Page[RedemptionOut])
def list_redemptions(request: ApiRequest, paging: Query[Paging]) -> object:
    """List redeemed coupons, newest first."""
    return page(request, queries.redemptions_for(request.viewer), paging, order=("-redeemed_at", "-id"))


def _draft(body: OrderIn) -> services.OrderDraft:
    lines = [services.LineDraft(**line.model_dump()) for line in body.lines]
    return services.OrderDraft(
        body.source_key,
        body.placed_at,
        lines,
        currency=body.currency or "",
        customer_id=body.customer_id,
        customer_key=body.customer_key,
        store_code=body.store,
        total=body.total,
        state=body.state,
    )


def _whole(request: ApiRequest, order: "Order") -> dict[str, object]:
    lines = queries.lines_for(request.viewer, [order.pk])[order.pk]
    told = OrderOut.model_validate(order).model_dump()
    return {**told, "lines": [_line(line) for line in lines]}


def _line(line: queries.LineShown) -> dict[str, object]:
    return {
        "key": line.key,
        "product_id": line.product.pk,
        "product_key": line.product.source_key,
        "product_name": line.product.name,
        "quantity": line.quantity,
        "amount": line.amount,
        "discount": line.discount,
        "cost": line.cost,
    }
