"""Tables of offers: their terms, the codes that were granted, the uses that were made of them.

How much of what is there stands in the ledger (`core.ledger`): one use for each code, uses in all, and the budget.
"""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from guanxi.core.audit import audited
from guanxi.core.declaration import Holding
from guanxi.core.fields import TenantForeignKey, TenantModel
from guanxi.core.models import Staff
from guanxi.market.models.segments import Segment
from guanxi.people.models import Customer
from guanxi.sales.models import money


class OfferKind(models.TextChoices):
    """What an offer is."""

    COUPON = "coupon", _("Coupon")
    PRODUCT = "product", _("Product")
    SERVICE = "service", _("Service")
    CONTENT = "content", _("Content")
    INVITATION = "invitation", _("Invitation")


class OfferState(models.TextChoices):
    """How an offer stands."""

    DRAFT = "draft", _("Draft")
    LIVE = "live", _("Live")
    PAUSED = "paused", _("Paused")
    ENDED = "ended", _("Ended")


class BenefitKind(models.TextChoices):
    """What the customer gets."""

    PERCENT = "percent", _("Per cent off")
    AMOUNT = "amount", _("Amount off")
    PRODUCT = "product", _("Product free")
    TEXT = "text", _("Something else, in words")


class CodeKind(models.TextChoices):
    """Whether everybody has a code of their own."""

    UNIQUE = "unique", _("One code for each customer")
    SHARED = "shared", _("One word for all")


@audited
class Offer(TenantModel):
    """Something of value to a customer, with its terms. A draft is changed; what was live is only widened."""

    holding: ClassVar[Holding] = Holding()

    name = models.CharField(_("name"), max_length=120)
    # The source's own name of it, where it was imported.
    source_key = models.CharField(_("source key"), max_length=200, null=True, blank=True)
    kind = models.CharField(_("kind"), max_length=12, choices=OfferKind.choices, default=OfferKind.COUPON)
    state = models.CharField(_("state"), max_length=8, choices=OfferState.choices, default=OfferState.DRAFT)
    # What the customer reads.
    text_en = models.CharField(max_length=300, default="", blank=True)
    text_zh = models.CharField(max_length=300, default="", blank=True)
    benefit = models.CharField(_("benefit"), max_length=8, choices=BenefitKind.choices)
    value = money(_("value"), default=0)
    most = money(_("at most"), null=True, blank=True)
    free_product = models.CharField(_("free product"), max_length=200, default="", blank=True)
    currency = models.CharField(_("currency"), max_length=3)
    least = money(_("least basket"), default=0)
    products = ArrayField(models.CharField(max_length=200), default=list, blank=True)
    categories = ArrayField(models.CharField(max_length=120), default=list, blank=True)
    stores = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    # Who may use it, in the condition language; everybody where empty.
    who = models.TextField(default="", blank=True)
    segment = TenantForeignKey(Segment, null=True, blank=True, db_index=False)
    valid_from = models.DateTimeField(_("valid from"), null=True, blank=True)
    valid_to = models.DateTimeField(_("valid to"), null=True, blank=True)
    days_valid = models.IntegerField(_("days after granting"), null=True, blank=True)
    codes = models.CharField(_("codes"), max_length=8, choices=CodeKind.choices, default=CodeKind.UNIQUE)
    shared_code = models.CharField(_("shared code"), max_length=40, null=True, blank=True)
    per_person = models.IntegerField(_("uses per person"), null=True, blank=True)
    in_all = models.IntegerField(_("uses in all"), null=True, blank=True)
    exclusion_group = models.CharField(_("group"), max_length=60, default="", blank=True)
    alone = models.BooleanField(_("with no other offer"), default=False)
    budget = money(_("budget"), null=True, blank=True)
    created_by = TenantForeignKey(Staff, null=True, db_index=False)
    created_at = models.DateTimeField()
    live_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["enterprise", "source_key"],
                name="market_offer_source",
                condition=Q(source_key__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["enterprise", "shared_code"],
                name="market_offer_word",
                condition=Q(shared_code__isnull=False) & ~Q(state="ended"),
            ),
            models.CheckConstraint(condition=Q(state__in=OfferState.values), name="market_offer_state"),
            models.CheckConstraint(condition=Q(kind__in=OfferKind.values), name="market_offer_kind"),
            models.CheckConstraint(
                condition=Q(benefit="percent", value__gt=0, value__lte=100)
                | Q(benefit="amount", value__gt=0)
                | Q(benefit="product", value__gt=0) & ~Q(free_product="")
                | Q(benefit="text"),
                name="market_offer_benefit",
            ),
            models.CheckConstraint(
                condition=Q(codes="unique", shared_code__isnull=True)
                | Q(codes="shared", shared_code__isnull=False),
                name="market_offer_codes",
            ),
            models.CheckConstraint(
                condition=(Q(per_person__isnull=True) | Q(per_person__gt=0))
                & (Q(in_all__isnull=True) | Q(in_all__gt=0))
                & (Q(budget__isnull=True) | Q(budget__gt=0))
                & (Q(days_valid__isnull=True) | Q(days_valid__gt=0))
                & (Q(most__isnull=True) | Q(most__gt=0))
                & Q(least__gte=0),
                name="market_offer_limits",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                F("enterprise_id"), F("created_at").desc(), F("id").desc(), name="market_offer_newest"
            )
        ]

    def __str__(self) -> str:
        return self.name


class Coupon(TenantModel):
    """A unique code of an offer, granted to a customer or printed for whoever brings it. Its one use is in the ledger.

    Attributes:
        customer: The record it was granted to; limits look at its root.
        grant_key: Why it was granted: the same key gives a customer one code, however often it is asked.
    """

    holding: ClassVar[Holding] = Holding(subject="customer", append_only=True)

    offer = TenantForeignKey(Offer, db_index=False)
    code = models.CharField(_("code"), max_length=12)
    customer = TenantForeignKey(Customer, null=True, db_index=False)
    grant_key = models.CharField(max_length=120)
    granted_at = models.DateTimeField(_("granted"))
    valid_until = models.DateTimeField(_("valid until"), null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["enterprise", "code"], name="market_coupon_code"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["enterprise", "customer"], name="market_coupon_customer"),
            models.Index(fields=["enterprise", "offer", "-granted_at", "-id"], name="market_coupon_newest"),
        ]

    def __str__(self) -> str:
        return self.code


class UseState(models.TextChoices):
    """What became of a use."""

    RESERVED = "reserved", _("Reserved")
    REDEEMED = "redeemed", _("Redeemed")
    RELEASED = "released", _("Released")
    LAPSED = "lapsed", _("Lapsed")
    ROLLED_BACK = "rolled_back", _("Rolled back")


@audited
class CouponUse(TenantModel):
    """One offer on one basket: reserved at the till, redeemed with the order, or given back.

    Attributes:
        reservation_id: What was reserved together.
        customer: Whose it is: by the card at the till, else by the code.
        order_id: The id that the order of `order_key` has or will have in sales.
        amount, lines: What was taken off, in all and of each line of the basket.
        given_back: How much of it came back with returns.
        coupon_hold, uses_hold, budget_hold: The reservations in the ledger; null where it needs none.
    """

    holding: ClassVar[Holding] = Holding(subject="customer")

    reservation_id = models.UUIDField()
    offer = TenantForeignKey(Offer, db_index=False)
    coupon = TenantForeignKey(Coupon, null=True, db_index=False)
    code = models.CharField(_("code"), max_length=40)
    customer = TenantForeignKey(Customer, null=True, db_index=False)
    store = models.CharField(max_length=60, default="")
    state = models.CharField(_("state"), max_length=12, choices=UseState.choices, default=UseState.RESERVED)
    amount = money(_("discount"), default=0)
    lines = models.JSONField(default=dict)
    given_back = money(_("given back"), default=0)
    basket = money(_("basket"), default=0)
    order_key = models.CharField(_("order"), max_length=200, default="")
    order_id = models.UUIDField(null=True)
    coupon_hold = models.UUIDField(null=True)
    uses_hold = models.UUIDField(null=True)
    budget_hold = models.UUIDField(null=True)
    coupon_spent = models.UUIDField(null=True)
    uses_spent = models.UUIDField(null=True)
    budget_spent = models.UUIDField(null=True)
    reserved_at = models.DateTimeField()
    until = models.DateTimeField()
    redeemed_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(state__in=UseState.values), name="market_couponuse_state"),
            models.CheckConstraint(
                condition=Q(amount__gte=0) & Q(given_back__gte=0) & Q(given_back__lte=F("amount")),
                name="market_couponuse_amount",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["redeemed", "rolled_back"]) | Q(order_id__isnull=False),
                name="market_couponuse_order",
            ),
            models.UniqueConstraint(
                fields=["enterprise", "order_id", "offer"],
                name="market_couponuse_once",
                condition=Q(state="redeemed"),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["enterprise", "offer", "-reserved_at", "-id"], name="market_use_newest"),
            models.Index(fields=["enterprise", "customer"], name="market_use_customer"),
            models.Index(fields=["enterprise", "reservation_id"], name="market_use_reservation"),
            models.Index(
                fields=["enterprise", "order_id"],
                name="market_use_order",
                condition=Q(order_id__isnull=False),
            ),
            models.Index(
                fields=["enterprise", "coupon"], name="market_use_coupon", condition=Q(coupon__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.state}"


class OfferRefusal(models.Model):
    """How often an offer was asked for in vain, by day and reason."""

    holding: ClassVar[Holding] = Holding(derived=True)

    pk = models.CompositePrimaryKey("enterprise_id", "offer_id", "day", "reason")
    enterprise = models.ForeignKey(
        "core.Enterprise", on_delete=models.DO_NOTHING, related_name="+", db_index=False
    )
    offer = TenantForeignKey(Offer, db_index=False)
    day = models.DateField()
    reason = models.CharField(max_length=20)
    count = models.IntegerField(default=0)
