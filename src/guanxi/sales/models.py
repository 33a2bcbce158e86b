"""Tables of sales: what is sold, what was bought, which coupons were redeemed, what came back.

Ids are made from the source's key (`core.identity.id_of`), so that the same order from file, API and event is one row.
"""

from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from guanxi.core.audit import audited
from guanxi.core.declaration import Holding
from guanxi.core.fields import TenantForeignKey, TenantModel
from guanxi.core.models import Store
from guanxi.people.models import Customer


def money(label: Any, **options: Any) -> "models.DecimalField[Any, Any]":
    """An exact amount; its currency stands in the order."""
    return models.DecimalField(label, max_digits=14, decimal_places=2, **options)


class State(models.TextChoices):
    """How an order stands."""

    PLACED = "placed", _("Placed")
    COMPLETED = "completed", _("Completed")
    REFUNDED = "refunded", _("Refunded")
    CANCELLED = "cancelled", _("Cancelled")


@audited
class Product(TenantModel):
    """Something an enterprise sells, with its place in the categories."""

    holding: ClassVar[Holding] = Holding()

    source_key = models.CharField(_("source key"), max_length=200)
    name = models.CharField(_("name"), max_length=300)
    department = models.CharField(_("department"), max_length=120, default="", blank=True)
    category = models.CharField(_("category"), max_length=120, default="", blank=True)
    kind = models.CharField(_("kind"), max_length=120, default="", blank=True)
    brand = models.CharField(_("brand"), max_length=120, default="", blank=True)
    package = models.CharField(_("package"), max_length=120, default="", blank=True)
    unit_cost = money(_("unit cost"), null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["enterprise", "source_key"], name="sales_product_source"),
            models.CheckConstraint(
                condition=Q(unit_cost__isnull=True) | Q(unit_cost__gte=0), name="sales_product_cost"
            ),
        ]

    def __str__(self) -> str:
        return self.name


@audited
class Order(TenantModel):
    """A purchase. `total` is what was paid: its lines (after `discount`) and `extra`; `refunded` is what went back."""

    holding: ClassVar[Holding] = Holding(subject="customer")

    # A basket without a card has no customer; it counts for the products all the same.
    customer = TenantForeignKey(Customer, null=True, blank=True, db_index=False, verbose_name=_("customer"))
    source_key = models.CharField(_("source key"), max_length=200)
    placed_at = models.DateTimeField(_("placed"))
    recorded_at = models.DateTimeField(_("recorded"))
    store = TenantForeignKey(Store, null=True, blank=True, db_index=False, verbose_name=_("store"))
    currency = models.CharField(_("currency"), max_length=3)
    total = money(_("total"), default=0)
    discount = money(_("discount"), default=0)
    # Paid besides the lines: shipping, tax, tips.
    extra = money(_("shipping and tax"), default=0)
    refunded = money(_("refunded"), default=0)
    # Known only where the cost of every line is known.
    cost = money(_("cost"), null=True, blank=True)
    line_count = models.IntegerField(_("lines"), default=0)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.COMPLETED)
    simulated = models.BooleanField(default=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["enterprise", "source_key"], name="sales_order_source"),
            models.CheckConstraint(condition=Q(state__in=State.values), name="sales_order_state"),
            models.CheckConstraint(condition=Q(refunded__gte=0), name="sales_order_refunded"),
        ]
        indexes: ClassVar = [
            models.Index(
                F("enterprise_id"), F("placed_at").desc(), F("id").desc(), name="sales_order_newest"
            ),
            models.Index(
                F("enterprise_id"),
                F("customer_id"),
                F("placed_at").desc(),
                F("id").desc(),
                name="sales_order_customer",
            ),
            models.Index(fields=["enterprise", "recorded_at"], name="sales_order_recorded"),
        ]

    def __str__(self) -> str:
        return self.source_key


class Line(models.Model):
    """One product in an order. `key` is the source's own name of the line; `position` is its place on the slip.

    Its three ids are not foreign keys: lines are by far the most rows of the house and are written by `slips.py` alone,
    together with their order and for products it has just looked up; checking each again cost half of an import.
    Row security holds all the same, and an id of another enterprise would find nothing.
    """

    holding: ClassVar[Holding] = Holding()

    pk = models.CompositePrimaryKey("enterprise_id", "order_id", "key")
    enterprise = models.ForeignKey(
        "core.Enterprise", on_delete=models.DO_NOTHING, related_name="+", db_index=False, db_constraint=False
    )
    order_id = models.UUIDField()
    key = models.CharField(max_length=200)
    position = models.IntegerField()
    product_id = models.UUIDField()
    quantity = models.DecimalField(_("quantity"), max_digits=14, decimal_places=3, default=1)
    amount = money(_("amount"))
    discount = money(_("discount"), default=0)
    cost = money(_("cost"), null=True)


@audited
class Redemption(TenantModel):
    """A coupon that a customer redeemed."""

    holding: ClassVar[Holding] = Holding(subject="customer")

    customer = TenantForeignKey(Customer, null=True, db_index=False)
    order = TenantForeignKey(Order, null=True, db_index=False)
    source_key = models.CharField(max_length=300)
    code = models.CharField(_("code"), max_length=120)
    campaign_key = models.CharField(_("campaign"), max_length=120, default="", blank=True)
    discount = money(_("discount"), null=True, blank=True)
    redeemed_at = models.DateTimeField(_("redeemed"))
    recorded_at = models.DateTimeField(_("recorded"))

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["enterprise", "source_key"], name="sales_redemption_source")
        ]
        indexes: ClassVar = [
            models.Index(fields=["enterprise", "customer", "-redeemed_at"], name="sales_redemption_customer"),
            models.Index(
                fields=["enterprise", "order"],
                name="sales_redemption_order",
                condition=Q(order__isnull=False),
            ),
        ]


@audited
class Return(TenantModel):
    """Money that went back for an order, or for one of its lines."""

    holding: ClassVar[Holding] = Holding()

    order = TenantForeignKey(Order, db_index=False)
    line_key = models.CharField(max_length=200, default="", blank=True)
    source_key = models.CharField(max_length=300)
    amount = money(_("amount"))
    reason = models.CharField(_("reason"), max_length=500, default="", blank=True)
    returned_at = models.DateTimeField(_("returned"))
    recorded_at = models.DateTimeField(_("recorded"))

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["enterprise", "source_key"], name="sales_return_source"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="sales_return_amount"),
        ]
        indexes: ClassVar = [models.Index(fields=["enterprise", "order"], name="sales_return_order")]
