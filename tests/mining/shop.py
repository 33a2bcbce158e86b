"""A shop with customers of known habits, written straight into the tables."""

import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from guanxi.core.identity import id_of
from guanxi.core.viewer import Viewer
from guanxi.people.models import Customer, Profile
from guanxi.sales.models import Line, Order, Product

OPENED = datetime(2025, 11, 20, 12, 0, tzinfo=UTC)
DEPARTMENTS = ("Boots", "Tents", "Food")


def customer_id(viewer: Viewer, number: int):
    """The id of one of the shop's customers."""
    return id_of(viewer.tenant, "customer", f"shop-{number}")


def open_shop(
    viewer: Viewer, *, customers: int = 60, days: int = 365, seed: int = 1, lines: bool = False
) -> int:
    """Customer n comes about every n + 3 days and spends about 10 + n; returns the number of orders."""
    draw = random.Random(seed)
    people, profiles, orders = [], [], []
    products = [
        Product(
            id=id_of(viewer.tenant, "product", name), enterprise_id=viewer.tenant, source_key=name, name=name,
            department=name,
        )
        for name in DEPARTMENTS
    ]  # fmt: skip
    for number in range(customers):
        key = customer_id(viewer, number)
        people.append(
            Customer(
                id=key, enterprise_id=viewer.tenant, root_id=key, label=f"Customer {number}", identified=True,
                source_key=f"shop-{number}", created_at=OPENED,
            )
        )  # fmt: skip
        profiles.append(Profile(customer_id=key, enterprise_id=viewer.tenant, root_id=key))
        day = draw.uniform(0, 90)
        while day < days:
            orders.append(order(viewer, number, OPENED + timedelta(days=day), draw))
            day += max(0.3, draw.expovariate(1 / (number + 3)))
    slips = [
        Line(
            enterprise_id=viewer.tenant, order_id=one.pk, key="1", position=1, quantity=2, amount=one.total,
            cost=one.cost, product_id=products[len(one.source_key) % 3].pk,
        )
        for one in orders
        if lines
    ]  # fmt: skip
    for model, rows in (
        (Product, products),
        (Customer, people),
        (Profile, profiles),
        (Order, orders),
        (Line, slips),
    ):
        model.objects.bulk_create(rows)
    return len(orders)


def order(viewer: Viewer, number: int, moment: datetime, draw: random.Random) -> Order:
    """One order of a customer."""
    total = Decimal(round((10 + number) * draw.gammavariate(6, 1 / 6), 2)).quantize(Decimal("0.01"))
    key = f"{number}-{moment:%Y%m%d%H%M%S}"
    return Order(
        id=id_of(viewer.tenant, "order", key), enterprise_id=viewer.tenant, source_key=key,
        customer_id=customer_id(viewer, number), placed_at=moment, recorded_at=moment + timedelta(minutes=1),
        currency="CNY", total=total, cost=(total * Decimal("0.7")).quantize(Decimal("0.01")),
        line_count=1, state="completed",
    )  # fmt: skip
