"""What a shop says in the standard events of the Segment e-commerce specification, read into drafts. Pure.

Lenient: an event that says too little to be an order stays in the log and changes nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from guanxi.sales.models import State
from guanxi.sales.services import LineDraft, OrderDraft

LARGEST = Decimal(10) ** 11
_LONGEST = 200
Payload = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Told:
    """An order as a shop told it; `whole` where all its lines came with it."""

    draft: OrderDraft
    whole: bool
    coupon: str
    coupon_discount: Decimal | None


def order(payload: Payload, *, customer_id: UUID | None, occurred_at: datetime, currency: str) -> Told | None:
    """The order of an Order Completed or Order Updated; None where it has no key."""
    key = text(payload.get("order_id") or payload.get("orderId"))
    if not key:
        return None
    products = payload.get("products")
    lines = _lines(products) if isinstance(products, list) else []
    total = amount(payload.get("total"))
    if total is None:
        total = amount(payload.get("revenue")) or amount(payload.get("value"))
    draft = OrderDraft(
        key,
        occurred_at,
        lines,
        currency=_currency(payload.get("currency")) or currency,
        customer_id=customer_id,
        total=total,
        state=State.COMPLETED.value,
    )
    return Told(
        draft, isinstance(products, list), text(payload.get("coupon")), amount(payload.get("discount"))
    )


def refund(payload: Payload) -> Decimal | None:
    """What an Order Refunded gave back; None for everything."""
    total = amount(payload.get("total"))
    products = payload.get("products")
    if total is None and isinstance(products, list) and products:
        total = sum((line.amount for line in _lines(products)), Decimal(0))
    return total or None


def product(payload: Payload) -> LineDraft | None:
    """The product that an event about one names."""
    key = product_key(payload)
    return _line(payload, key) if key else None


def product_key(entry: Payload) -> str:
    """The source's key of the product that an entry is about; empty where it names none."""
    return text(entry.get("product_id") or entry.get("productId") or entry.get("sku"))


def text(value: object) -> str:
    """A key or a name as a shop writes it: texts and whole numbers."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    return str(value).strip().replace("\x00", "")[:_LONGEST]


def amount(value: object) -> Decimal | None:
    """Money as a shop writes it: a number or a text of one; None where it is neither, or beyond what can be kept."""
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        return None
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    if not number.is_finite() or abs(number) >= LARGEST:
        return None
    return number.quantize(Decimal("0.01"))


def _lines(products: Sequence[object]) -> list[LineDraft]:
    lines: dict[str, LineDraft] = {}
    for position, entry in enumerate(products, 1):
        key = product_key(entry) if isinstance(entry, dict) else ""
        if key:
            lines[str(position)] = _line(entry, key, str(position))  # type: ignore[arg-type]  # a dict, as asked above
    return list(lines.values())


def _line(entry: Payload, key: str, line_key: str = "") -> LineDraft:
    quantity = _quantity(entry.get("quantity"))
    price = amount(entry.get("price")) or Decimal("0.00")
    facts = {"category": text(entry.get("category"))[:120], "brand": text(entry.get("brand"))[:120]}
    return LineDraft(
        key,
        (price * quantity).quantize(Decimal("0.01")),
        quantity,
        key=line_key,
        product_name=text(entry.get("name")),
        facts=facts,
    )


def _quantity(value: object) -> Decimal:
    number = amount(value)
    return number if number is not None and 0 < number < 10**6 else Decimal(1)


def _currency(value: object) -> str:
    code = text(value).upper()
    return code if len(code) == 3 and code.isascii() and code.isalpha() else ""
