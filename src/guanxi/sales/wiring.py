"""What sales plugs into others: events it tells, what it folds, what can be imported into it."""

from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from guanxi.core import bus, catalogue, formats, schemas, slots, visibility
from guanxi.core.catalogue import Attribute, ValueType
from guanxi.core.importing import targets
from guanxi.core.importing.targets import Target, TargetField
from guanxi.core.viewer import Viewer
from guanxi.people import sight
from guanxi.sales import folds, log, queries

for schema in log.SCHEMAS:
    schemas.register(schema)
for pattern in ("order.*", "coupon.applied", "product.*"):
    bus.fold(pattern, folds.fold)


for attribute in (
    Attribute("orders.count", ValueType.INT, _("Orders"), source="people_profile.orders", low=0, high=10**9),
    Attribute(
        "orders.spent", ValueType.MONEY, _("Spent"), source="people_profile.spent", low=-1e10, high=1e10
    ),
    Attribute(
        "orders.first_at", ValueType.TIMESTAMP, _("First order"), source="people_profile.first_order_at"
    ),
    Attribute("orders.last_at", ValueType.TIMESTAMP, _("Last order"), source="people_profile.last_order_at"),
):
    catalogue.attribute(attribute)


def _costs(viewer: Viewer) -> frozenset[str]:
    return frozenset() if viewer.may("orders.margin") else queries.COSTS


def _navigation(viewer: Viewer, subject: object) -> Mapping[str, Any] | None:
    return (
        {"label": _("Orders"), "href": reverse("desk:orders"), "key": "o"}
        if viewer.may("orders.read")
        else None
    )


def _found(viewer: Viewer, text: str) -> Mapping[str, Any] | None:
    """Orders by the beginning of their key, for the command palette."""
    if len(text.strip()) < 3 or not viewer.may("orders.read"):
        return None
    rows = queries.orders_for(viewer, queries.Criteria(text=text.strip())).order_by("-placed_at", "-id")[:5]
    entries = [{"label": row.source_key, "href": reverse("desk:order", args=[row.pk])} for row in rows]
    return {"title": _("Orders"), "entries": entries}


def _of_customer(viewer: Viewer, whole: Any) -> Mapping[str, Any] | None:
    """The latest orders on a customer's page."""
    bought = queries.bought_by(viewer, whole.record_ids)
    if bought is None:
        return None
    address = f"{reverse('desk:orders')}?customer={whole.id}"
    return {"title": _("Orders"), "count": bought.orders, "href": address, "orders": bought.latest}


def _today(viewer: Viewer, subject: object) -> Mapping[str, Any] | None:
    """How the last days went, on Today."""
    span = queries.span_for(viewer) if viewer.may("orders.read") else None
    if span is None or not (span.orders or span.orders_before):
        return None
    before = _("{value} in the 7 days before")
    return {
        "title": _("Orders of the last 7 days"),
        "href": f"{reverse('desk:orders')}?days=7",
        "span": span,
        "turnover": formats.money(span.total, viewer.currency, whole=True),
        "before_orders": str(before).format(value=formats.number(span.orders_before, 0)),
        "before_turnover": str(before).format(
            value=formats.money(span.total_before, viewer.currency, whole=True)
        ),
    }


slots.register("desk.navigation", name="sales.orders", query=_navigation, order=20)
slots.register("palette", name="sales.orders", query=_found, order=20)
slots.register(
    "customer.panel", name="sales.orders", query=_of_customer, template="workbench/orders/_panel.html", order=20,
    column="means",
)  # fmt: skip
slots.register(
    "today.panel", name="sales.orders", query=_today, template="workbench/orders/_today.html", order=10
)

visibility.contribute("sales.Order", predicate=lambda viewer: sight.reach(viewer, "customer__"), mask=_costs)
visibility.contribute("sales.Product", mask=_costs)
visibility.contribute("sales.Redemption", predicate=lambda viewer: sight.reach(viewer, "customer__"))

targets.register(
    Target(
        name="sales.product",
        label=_("Products"),
        fields=(
            TargetField("source_key", label=_("Product key"), required=True, longest=200,
                        aliases=("product_id", "sku", "item_id", "product code", "stockcode", "商品编号", "商品编码")),
            TargetField("name", label=_("Name"), longest=300,
                        aliases=("product_name", "description", "title", "商品名称", "品名")),
            TargetField("department", label=_("Department"), longest=120, aliases=("部门", "大类")),
            TargetField("category", label=_("Category"), longest=120, aliases=("product_category", "类别", "中类")),
            TargetField("kind", label=_("Kind"), longest=120, aliases=("product_type", "sub_category", "小类")),
            TargetField("brand", label=_("Brand"), longest=120, aliases=("品牌",)),
            TargetField("package", label=_("Package"), longest=120, aliases=("package_size", "size", "规格")),
            TargetField("unit_cost", "money", label=_("Unit cost"), aliases=("cost", "cost_price", "成本", "进价")),
        ),
        match_keys=("source_key",),
        apply="guanxi.sales.importing.products:apply",
        prepares=True,
        model="sales.Product",
        order=20,
    )
)  # fmt: skip
targets.register(
    Target(
        name="sales.order_line",
        label=_("Order lines"),
        fields=(
            TargetField("order_key", label=_("Order key"), required=True, longest=200,
                        aliases=("order_id", "basket_id", "invoice", "invoiceno", "order no", "订单号", "订单编号")),
            TargetField("product_key", label=_("Product key"), required=True, longest=200,
                        aliases=("product_id", "sku", "stockcode", "item_id", "商品编号")),
            TargetField("placed_at", "datetime", label=_("Time of purchase"), required=True,
                        aliases=("transaction_timestamp", "order_date", "invoicedate", "date", "下单时间", "购买时间")),
            TargetField("amount", "money", label=_("Amount paid for the line"), required=True,
                        aliases=("sales_value", "line_total", "total", "金额", "实付")),
            TargetField("customer_key", label=_("Customer key"), longest=200,
                        aliases=("household_id", "customer_id", "customerid", "member_id", "客户编号", "会员号")),
            TargetField("store", label=_("Store code (a new one becomes a store)"), longest=60,
                        aliases=("store_id", "shop", "门店", "门店编号")),
            TargetField("quantity", "decimal", label=_("Quantity"), aliases=("qty", "数量")),
            TargetField("discount", "money", label=_("Discount of the house"), aliases=("retail_disc", "优惠", "折扣")),
            TargetField("coupon_discount", "money", label=_("Discount by coupon"), aliases=("coupon_disc", "券优惠")),
            TargetField("match_discount", "money", label=_("Matched discount"), aliases=("coupon_match_disc",)),
            TargetField("cost", "money", label=_("Cost of the line"), aliases=("line_cost", "成本")),
            TargetField("line_key", label=_("Line key"), longest=190, aliases=("line_id", "行号")),
            TargetField("currency", label=_("Currency"), longest=3, aliases=("币种",)),
            TargetField("simulated", "boolean", label=_("Simulated")),
        ),
        match_keys=("order_key",),
        apply="guanxi.sales.importing.order_lines:apply",
        prepares=True,
        model="sales.Order",
        order=30,
    )
)  # fmt: skip
targets.register(
    Target(
        name="sales.redemption",
        label=_("Coupons redeemed"),
        fields=(
            TargetField("code", label=_("Coupon code"), required=True, longest=120,
                        aliases=("coupon_upc", "coupon", "券码", "优惠券")),
            TargetField("redeemed_at", "datetime", label=_("Time of redemption"), required=True,
                        aliases=("redemption_date", "date", "核销时间")),
            TargetField("customer_key", label=_("Customer key"), longest=200,
                        aliases=("household_id", "customer_id", "会员号")),
            TargetField("campaign_key", label=_("Campaign"), longest=120, aliases=("campaign_id", "活动")),
            TargetField("order_key", label=_("Order key"), longest=200, aliases=("order_id", "basket_id", "订单号")),
            TargetField("discount", "money", label=_("Discount"), aliases=("优惠",)),
            TargetField("source_key", label=_("Redemption key"), longest=300, aliases=("redemption_id",)),
        ),
        match_keys=("source_key",),
        apply="guanxi.sales.importing.redemptions:apply",
        model="sales.Redemption",
        order=40,
    )
)  # fmt: skip
