"""The standard events of a shop become orders, once each, and nonsense becomes nothing."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from guanxi.core import events
from guanxi.core.events import Draft
from guanxi.core.identity import id_of
from guanxi.core.models import Event
from guanxi.sales.models import Line, Order, Product, Redemption, Return

AT = datetime(2026, 11, 1, 10, tzinfo=UTC)
COMPLETED = {
    "order_id": "web-1",
    "total": 108.9,
    "currency": "eur",
    "shipping": 10,
    "coupon": "SPRING",
    "discount": 5,
    "products": [
        {"product_id": "a", "name": "Boot", "price": 89, "quantity": 1, "category": "Shoes"},
        {"sku": "b", "price": "4.95", "quantity": 2},
    ],
}


@pytest.fixture
def say(at_desk):
    source = id_of(at_desk.tenant, "source", "web")

    def tell(*told):
        return events.write([Draft(type_, AT, payload) for type_, payload in told], source_id=source)

    return tell


def told():
    names = ("order.placed", "order.changed", "order.voided", "order.returned")
    return list(Event.objects.filter(type__in=names).order_by("seq").values_list("type", flat=True))


def test_a_completed_order_is_stored_with_lines_products_and_coupon(say):
    say(("order.completed", COMPLETED))
    order = Order.objects.get()
    assert (order.source_key, order.total, order.currency, order.line_count) == (
        "web-1",
        Decimal("108.90"),
        "EUR",
        2,
    )
    assert order.extra == Decimal("10.00")
    assert Product.objects.get(source_key="a").category == "Shoes"
    assert Redemption.objects.get().code == "SPRING"
    assert told() == ["order.placed"]


def test_an_order_completed_twice_counts_once(say):
    say(("order.completed", COMPLETED), ("order.completed", COMPLETED))
    say(("order.completed", COMPLETED))
    assert Order.objects.count() == 1
    assert told() == ["order.placed"]


def test_an_update_replaces_the_lines_and_keeps_the_time_of_purchase(say):
    say(("order.completed", COMPLETED))
    placed_at = Order.objects.get().placed_at
    say(("order.updated", {**COMPLETED, "total": 99, "products": COMPLETED["products"][:1]}))
    order = Order.objects.get()
    assert (order.total, order.line_count, order.placed_at) == (Decimal("99.00"), 1, placed_at)
    assert Line.objects.count() == 1
    assert told() == ["order.placed", "order.changed"]


def test_an_update_without_products_is_about_the_total_alone(say):
    say(("order.completed", COMPLETED))
    say(("order.updated", {"order_id": "web-1", "total": 100}))
    order = Order.objects.get()
    assert (order.total, order.line_count) == (Decimal("100.00"), 2)


def test_a_cancelled_order_is_not_brought_back_by_a_late_update(say):
    say(("order.completed", COMPLETED), ("order.cancelled", {"order_id": "web-1"}))
    say(("order.updated", {**COMPLETED, "total": 1}))
    assert Order.objects.get().state == "cancelled"
    assert told() == ["order.placed", "order.voided"]


@pytest.mark.parametrize(
    ("payload", "amount"), [({}, "108.90"), ({"total": 8.9}, "8.90"), ({"total": 1000}, "108.90")]
)
def test_a_refund_gives_back_at_most_what_was_paid(say, payload, amount):
    say(("order.completed", COMPLETED))
    say(("order.refunded", {"order_id": "web-1", **payload}))
    assert Return.objects.get().amount == Decimal(amount)
    assert told() == ["order.placed", "order.returned"]


def test_a_coupon_in_an_order_is_redeemed_and_one_in_a_cart_is_not(say):
    say(("coupon.applied", {"cart_id": "c", "coupon_id": "CART"}))
    applied = {"order_id": "web-1", "coupon_id": "IN"}
    say(("order.completed", {**COMPLETED, "coupon": None}), ("coupon.applied", applied))
    assert [each.code for each in Redemption.objects.all()] == ["IN"]


def test_a_product_that_was_looked_at_is_known(say):
    say(("product.added", {"product_id": 77, "name": "Sock", "price": 5}))
    assert Product.objects.get(source_key="77").name == "Sock"


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"order_id": None},
        {"order_id": ["x"]},
        {"order_id": "1", "total": "abc", "products": "x"},
        {"order_id": "1", "total": 1e300, "products": [None, 1, {}, {"product_id": True}]},
        {"order_id": "1", "products": [{"product_id": "a", "price": -1e20, "quantity": "NaN"}]},
        {"order_id": "1" * 500, "currency": "dollars", "revenue": "12,50"},
    ],
)
def test_nonsense_stays_in_the_log_and_breaks_nothing(say, payload):
    written = say(("order.completed", payload), ("order.refunded", payload), ("order.cancelled", payload))
    assert len(written) == 3
