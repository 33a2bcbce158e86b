"""Tables of the enterprise's past: campaigns of before, whom they addressed, their coupons, and what they did."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from guanxi.core.audit import audited
from guanxi.core.declaration import Holding
from guanxi.core.fields import TenantForeignKey, TenantModel
from guanxi.people.models import Customer


@audited
class PastCampaign(TenantModel):
    """A campaign that was run elsewhere, as its records tell."""

    holding: ClassVar[Holding] = Holding()

    source_key = models.CharField(_("source key"), max_length=120)
    name = models.CharField(_("name"), max_length=200)
    kind = models.CharField(_("kind"), max_length=60, default="", blank=True)
    starts_on = models.DateField(_("first day"))
    ends_on = models.DateField(_("last day"))
    recorded_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["enterprise", "source_key"], name="market_pastcampaign_source"),
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="market_pastcampaign_span"),
        ]

    def __str__(self) -> str:
        return self.name


@audited
class Addressee(TenantModel):
    """That a past campaign went to a customer."""

    holding: ClassVar[Holding] = Holding(subject="customer")

    campaign = TenantForeignKey(PastCampaign, db_index=False)
    customer = TenantForeignKey(Customer, db_index=False)
    recorded_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["enterprise", "campaign", "customer"], name="market_addressee_once"
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["enterprise", "customer"], name="market_addressee_customer")
        ]


@audited
class PastCoupon(TenantModel):
    """That a coupon of a past campaign was good for a product; an id of another enterprise would find nothing."""

    holding: ClassVar[Holding] = Holding()

    campaign = TenantForeignKey(PastCampaign, db_index=False)
    code = models.CharField(_("code"), max_length=120)
    product_id = models.UUIDField()
    recorded_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["enterprise", "campaign", "code", "product_id"], name="market_pastcoupon_once"
            )
        ]


class Measurable(models.TextChoices):
    """Whether a past campaign could be measured."""

    MEASURED = "measured", _("Measured")
    NO_BEFORE = "no_before", _("Too few weeks of purchases before it")
    NO_AFTER = "no_after", _("Too few weeks of purchases after its start")
    NOBODY = "nobody", _("Nobody to compare")


class Faith(models.TextChoices):
    """How far to trust a comparison that chance did not make; it is never proof."""

    FAIR = "fair", pgettext_lazy("trust", "Fair")
    LITTLE = "little", pgettext_lazy("trust", "Little")
    NONE = "none", pgettext_lazy("trust", "None")


class Hindsight(TenantModel):
    """What a past campaign did, as far as a matched comparison can tell; the last measurement.

    `effect`, `low` and `high` are turnover a customer and week; `report` holds everything that the page shows.
    """

    holding: ClassVar[Holding] = Holding(derived=True)

    campaign = TenantForeignKey(PastCampaign, db_index=False)
    standing = models.CharField(max_length=10, choices=Measurable.choices)
    trust = models.CharField(max_length=6, choices=Faith.choices, default="", blank=True)
    effect = models.FloatField(null=True)
    low = models.FloatField(null=True)
    high = models.FloatField(null=True)
    report = models.JSONField(default=dict)
    as_of = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["enterprise", "campaign"], name="market_hindsight_one"),
            models.CheckConstraint(
                condition=Q(standing__in=Measurable.values), name="market_hindsight_standing"
            ),
            models.CheckConstraint(
                condition=Q(standing="measured", effect__isnull=False, trust__in=Faith.values)
                | (~Q(standing="measured") & Q(effect__isnull=True, trust="")),
                name="market_hindsight_whole",
            ),
        ]
