"""Tables of trials: nothing in them is ever changed."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from guanxi.core.declaration import Holding
from guanxi.core.fields import TenantForeignKey, TenantModel
from guanxi.people.models import Customer


class Maker(models.TextChoices):
    """Who or what chose."""

    CAMPAIGN = "campaign", _("Campaign")
    RULE = "rule", _("Rule")
    AGENT = "agent", _("Agent")
    DISPLAY = "display", _("Display")
    ROUTING = "routing", _("Routing")
    STAFF = "staff", _("Staff")


class Side(models.TextChoices):
    """Whom an outcome concerns."""

    CUSTOMER = "customer", _("The customer")
    ENTERPRISE = "enterprise", _("The enterprise")


class Decision(TenantModel):
    """One choice about a customer, written down before the act.

    `eligible` is `[{"action": …, "chance": …}]`; staff's choices have no chances and no seed.
    """

    holding: ClassVar[Holding] = Holding(subject="customer", append_only=True)

    customer = TenantForeignKey(Customer, db_index=False)
    maker = models.CharField(max_length=10, choices=Maker.choices)
    policy = models.CharField(max_length=120)
    occasion = models.CharField(max_length=200, default="")
    eligible = models.JSONField()
    chosen = models.CharField(max_length=120)
    chance = models.FloatField(null=True)
    seed = models.BigIntegerField(null=True)
    # What was known when it was made; never private values.
    facts = models.JSONField(default=dict)
    replaces = TenantForeignKey("self", null=True, db_index=False)
    decided_by = models.CharField(max_length=60)
    decided_at = models.DateTimeField()
    recorded_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(maker__in=Maker.values), name="trials_decision_maker"),
            models.CheckConstraint(
                condition=Q(chance__isnull=True) | Q(chance__gt=0, chance__lte=1),
                name="trials_decision_chance",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["enterprise", "customer", "-decided_at"], name="trials_decision_customer"),
            models.Index(fields=["enterprise", "policy", "-decided_at"], name="trials_decision_policy"),
        ]


class Outcome(TenantModel):
    """What a decision brought to one side: joined later, one row a measure."""

    holding: ClassVar[Holding] = Holding(append_only=True)

    decision = TenantForeignKey(Decision, db_index=False)
    side = models.CharField(max_length=10, choices=Side.choices)
    measure = models.CharField(max_length=60)
    value = models.DecimalField(max_digits=16, decimal_places=4)
    happened_at = models.DateTimeField()
    recorded_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(side__in=Side.values), name="trials_outcome_side"),
            models.UniqueConstraint(
                fields=["enterprise", "decision", "side", "measure", "happened_at"],
                name="trials_outcome_once",
            ),
        ]


class HoldOut(TenantModel):
    """That a customer was left alone in a half-year, from when it first mattered."""

    holding: ClassVar[Holding] = Holding(subject="customer", append_only=True)

    customer = TenantForeignKey(Customer, db_index=False)
    period = models.CharField(max_length=6)
    recorded_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["enterprise", "customer", "period"], name="trials_holdout_once")
        ]
