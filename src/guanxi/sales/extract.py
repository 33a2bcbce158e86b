"""What the lake takes from sales. A line is cut into the month of its order."""

from guanxi.core.extracts import Column, Extract, cents, day, moment, month

ORDERS = Extract(
    name="orders",
    source="sales_order AS o",
    tenant="o.enterprise_id",
    columns={
        "order_id": Column("o.id::text"),
        "customer_id": Column("o.customer_id::text"),
        "store_id": Column("o.store_id::text"),
        "day": day("o.placed_at"),
        "month": month("o.placed_at"),
        "placed": moment("o.placed_at"),
        "recorded": moment("o.recorded_at"),
        "total": cents("o.total"),
        "discount": cents("o.discount"),
        "refunded": cents("o.refunded"),
        "cost": cents("o.cost"),
        "lines": Column("o.line_count", "int32"),
        "state": Column("o.state"),
    },
    month="o.placed_at",
    newest="o.recorded_at",
    sums=("total", "discount", "refunded", "lines"),
)
LINES = Extract(
    name="lines",
    source="sales_line AS l JOIN sales_order AS o ON o.enterprise_id = l.enterprise_id AND o.id = l.order_id",
    tenant="o.enterprise_id",
    columns={
        "order_id": Column("l.order_id::text"),
        "product_id": Column("l.product_id::text"),
        "customer_id": Column("o.customer_id::text"),
        "day": day("o.placed_at"),
        "recorded": moment("o.recorded_at"),
        "quantity": Column("(l.quantity * 1000)::bigint", "int64"),
        "amount": cents("l.amount"),
        "discount": cents("l.discount"),
        "cost": cents("l.cost"),
    },
    month="o.placed_at",
    newest="o.recorded_at",
    sums=("amount", "discount", "quantity"),
)
PRODUCTS = Extract(
    name="products",
    source="sales_product AS p",
    tenant="p.enterprise_id",
    columns={
        "product_id": Column("p.id::text"),
        "department": Column("p.department"),
        "category": Column("p.category"),
        "kind": Column("p.kind"),
        "brand": Column("p.brand"),
        "unit_cost": cents("p.unit_cost"),
    },
)
EXTRACTS = (ORDERS, LINES, PRODUCTS)
