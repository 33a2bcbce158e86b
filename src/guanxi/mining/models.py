"""Tables of the mining centre. All of it is derived: a run writes it anew, and a failed run leaves the last
good one."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from guanxi.core.declaration import Holding
from guanxi.core.fields import TenantForeignKey, TenantModel
from guanxi.core.models import Enterprise
from guanxi.people.models import Customer


class State(models.TextChoices):
    """How a run stands."""

    WAITING = "waiting", _("Waiting")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")


class Level(models.TextChoices):
    """What a score rests on."""

    OWN = "A", _("Own data")
    SHRUNK = "B", _("Own data and customers alike")
    PRIOR = "C", _("Customers alike only")


class Run(TenantModel):
    """One run of the measures: what was asked, how far it is, what it found."""

    holding: ClassVar[Holding] = Holding(derived=True)

    kind = models.CharField(max_length=20, default="measures")
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    asked_by = models.CharField(max_length=60, default="", blank=True)
    asked_at = models.DateTimeField()
    # Real time, unlike `as_of`, which is the time of the enterprise's clock.
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    as_of = models.DateTimeField()
    engine = models.CharField(max_length=100, default="", blank=True)
    step = models.CharField(max_length=40, default="", blank=True)
    progress = models.SmallIntegerField(default=0)
    rows = models.JSONField(default=dict)
    seconds = models.JSONField(default=dict)
    report = models.JSONField(default=dict)
    error = models.TextField(default="", blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(state__in=State.values), name="mining_run_state"),
            # Two runs at once would write each other's scores.
            models.UniqueConstraint(
                fields=["enterprise"], condition=Q(state__in=("waiting", "running")), name="mining_run_one"
            ),
        ]
        indexes: ClassVar = [
            models.Index(F("enterprise_id"), F("asked_at").desc(), F("id").desc(), name="mining_run_newest")
        ]

    @property
    def duration(self) -> float | None:
        """Seconds from its beginning to its end; None while there is none."""
        if self.started_at is None or self.ended_at is None:
            return None
        return float((self.ended_at - self.started_at).total_seconds())


class LakeFile(models.Model):
    """A file of the lake and what the source held when it was written: the lake is read by this list
    alone."""

    holding: ClassVar[Holding] = Holding(derived=True)

    pk = models.CompositePrimaryKey("enterprise_id", "extract", "month")
    enterprise = models.ForeignKey(Enterprise, on_delete=models.DO_NOTHING, related_name="+", db_index=False)
    extract = models.CharField(max_length=60)
    month = models.CharField(max_length=7)
    path = models.CharField(max_length=300)
    rows = models.BigIntegerField()
    sums = models.JSONField(default=dict)
    newest = models.CharField(max_length=40, default="")
    bytes = models.BigIntegerField(default=0)
    written_at = models.DateTimeField()


class Behaviour(models.Model):
    """How a customer (a whole) buys: the columns that lists, segments and grids name."""

    holding: ClassVar[Holding] = Holding(subject="customer", derived=True)

    pk = models.CompositePrimaryKey("enterprise_id", "customer_id")
    enterprise = models.ForeignKey(Enterprise, on_delete=models.DO_NOTHING, related_name="+", db_index=False)
    customer = TenantForeignKey(Customer, db_index=False)
    orders = models.IntegerField()
    days = models.IntegerField()
    first_on = models.DateField()
    last_on = models.DateField()
    spent = models.DecimalField(max_digits=14, decimal_places=2)
    refunded = models.DecimalField(max_digits=14, decimal_places=2)
    discount = models.DecimalField(max_digits=14, decimal_places=2)
    basket = models.DecimalField(max_digits=14, decimal_places=2)
    lines = models.FloatField(default=0)
    # Days between purchases: mean, and shape (1: at random, above 1.5: a rhythm); null with too few.
    gap = models.FloatField(null=True)
    shape = models.FloatField(null=True)
    trend = models.FloatField(default=0)
    departments = models.IntegerField(default=0)
    department = models.CharField(max_length=120, default="", blank=True)
    department_share = models.FloatField(default=0)
    # Fifths of the base, 5 is best: recency, frequency, money.
    recency = models.SmallIntegerField()
    frequency = models.SmallIntegerField()
    money = models.SmallIntegerField()
    # Month of the first purchase as year * 12 + month - 1.
    cohort = models.IntegerField()
    as_of = models.DateTimeField()
    run = TenantForeignKey(Run, db_index=False)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["enterprise", "recency", "frequency", "money"], name="mining_behaviour_rfm"),
            models.Index(fields=["enterprise", "cohort"], name="mining_behaviour_cohort"),
        ]


class Score(models.Model):
    """A measure of a customer: the figure with its interval, what it rests on, and why. The last good one."""

    holding: ClassVar[Holding] = Holding(subject="customer", derived=True)

    pk = models.CompositePrimaryKey("enterprise_id", "customer_id", "construct")
    enterprise = models.ForeignKey(Enterprise, on_delete=models.DO_NOTHING, related_name="+", db_index=False)
    customer = TenantForeignKey(Customer, db_index=False)
    construct = models.CharField(max_length=40)
    value = models.FloatField()
    lo = models.FloatField()
    hi = models.FloatField()
    evidence = models.IntegerField()
    level = models.CharField(max_length=1, choices=Level.choices)
    horizon_days = models.IntegerField()
    as_of = models.DateTimeField()
    model_version = models.CharField(max_length=40)
    reasons = models.JSONField(default=list)
    levers = models.JSONField(default=list)
    run = TenantForeignKey(Run, db_index=False)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(level__in=Level.values), name="mining_score_level"),
            models.CheckConstraint(
                condition=Q(lo__lte=F("value")) & Q(value__lte=F("hi")), name="mining_score_interval"
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                F("enterprise_id"),
                F("construct"),
                F("value").desc(),
                F("customer_id").desc(),
                name="mining_score_best",
            )
        ]
