"""Tables of segments: who is in which, and the ground on which conditions are counted."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from guanxi.core.audit import audited
from guanxi.core.declaration import Holding
from guanxi.core.fields import TenantForeignKey, TenantModel
from guanxi.core.models import Staff
from guanxi.people.models import Customer


def _enterprise() -> "models.ForeignKey[object, object]":
    return models.ForeignKey("core.Enterprise", on_delete=models.DO_NOTHING, related_name="+", db_index=False)


@audited
class Segment(TenantModel):
    """Customers who meet a condition."""

    holding: ClassVar[Holding] = Holding()

    name = models.CharField(_("name"), max_length=100)
    note = models.CharField(_("note"), max_length=500, default="", blank=True)
    # In the condition language.
    condition = models.TextField()
    created_by = TenantForeignKey(Staff, null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    retired_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["enterprise", "name"], name="market_segment_name")
        ]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """That a customer (as a whole: the root record) is in a segment now."""

    holding: ClassVar[Holding] = Holding(subject="customer", derived=True)

    pk = models.CompositePrimaryKey("enterprise_id", "segment_id", "customer_id")
    enterprise = _enterprise()
    segment = TenantForeignKey(Segment, db_index=False)
    customer = TenantForeignKey(Customer, db_index=False)
    entered_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["enterprise", "customer"], name="market_membership_customer")
        ]


class Standing(models.Model):
    """How a segment stands: its size, and when it was last brought up to date. No row: it was never counted."""

    holding: ClassVar[Holding] = Holding(derived=True)

    segment = models.OneToOneField(
        Segment, on_delete=models.DO_NOTHING, primary_key=True, db_constraint=False, related_name="standing"
    )
    enterprise = _enterprise()
    size = models.IntegerField(default=0)
    changed_at = models.DateTimeField()
    # When everybody was last counted anew, and what for.
    counted_at = models.DateTimeField()
    error = models.CharField(max_length=500, default="", blank=True)


class SegmentDay(models.Model):
    """The size of a segment at the end of a day (the enterprise's), and who came and went on it."""

    holding: ClassVar[Holding] = Holding(derived=True)

    pk = models.CompositePrimaryKey("enterprise_id", "segment_id", "day")
    enterprise = _enterprise()
    segment = TenantForeignKey(Segment, db_index=False)
    day = models.DateField()
    size = models.IntegerField()
    entered = models.IntegerField(default=0)
    left = models.IntegerField(default=0)


@audited
class CustomerList(TenantModel):
    """Customers put together by hand, by an import or as the snapshot of a segment."""

    holding: ClassVar[Holding] = Holding()

    name = models.CharField(_("name"), max_length=100)
    # The segment of which it is a snapshot.
    segment = TenantForeignKey(Segment, null=True, db_index=False)
    created_by = TenantForeignKey(Staff, null=True, db_index=False)
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["enterprise", "name"], name="market_customerlist_name")
        ]

    def __str__(self) -> str:
        return self.name


class ListEntry(models.Model):
    """That a customer's record is on a list. A whole is on it when one of its records is."""

    holding: ClassVar[Holding] = Holding(subject="customer", append_only=True)

    pk = models.CompositePrimaryKey("enterprise_id", "list_id", "customer_id")
    enterprise = _enterprise()
    list = TenantForeignKey(CustomerList, db_index=False)
    customer = TenantForeignKey(Customer, db_index=False)
    added_at = models.DateTimeField()


class Feature(models.Model):
    """What conditions may name of a customer (a whole), in one narrow row. `ground.py` keeps it."""

    holding: ClassVar[Holding] = Holding(subject="customer_id", derived=True)

    pk = models.CompositePrimaryKey("enterprise_id", "customer_id")
    enterprise = _enterprise()
    customer_id = models.UUIDField()
    created_at = models.DateTimeField()
    first_seen_at = models.DateTimeField(null=True)
    last_seen_at = models.DateTimeField(null=True)
    first_order_at = models.DateTimeField(null=True)
    last_order_at = models.DateTimeField(null=True)
    value = models.FloatField(null=True)
    gap = models.FloatField(null=True)
    events = models.IntegerField()
    orders = models.IntegerField()
    returns = models.IntegerField()
    recency = models.SmallIntegerField(null=True)
    frequency = models.SmallIntegerField(null=True)
    money = models.SmallIntegerField(null=True)
    identified = models.BooleanField()
    simulated = models.BooleanField()
    spent = models.DecimalField(max_digits=16, decimal_places=2)
    kind = models.CharField(max_length=10)
    store = models.CharField(max_length=60, null=True)
    department = models.CharField(max_length=120, null=True)
    # The enterprise's own fields, without the private ones.
    fields = models.JSONField(default=dict)


class Happening(models.Model):
    """The past of a customer (a whole) by type of event: a day for each event, newest first.

    "At least n in the last d days" is one look at the n-th day, however long the past is. Days are counted from
    1970-01-01 in the enterprise's zone; `cents` are the amounts of the same events, where the type has one.
    """

    holding: ClassVar[Holding] = Holding(subject="customer_id", derived=True)

    pk = models.CompositePrimaryKey("enterprise_id", "type", "customer_id")
    enterprise = _enterprise()
    type = models.CharField(max_length=80)
    customer_id = models.UUIDField()
    days = ArrayField(models.IntegerField())
    cents = ArrayField(models.BigIntegerField(), null=True)


class Mark(models.Model):
    """What has happened to a customer's record since the segments were last brought up to date.

    A queue: written in the transaction of what it tells of, taken away when it has been counted. `kind` is the type of
    event with its `day`; "" for changed facts, "~" for a record that moved to another whole, "*" for everybody.
    """

    holding: ClassVar[Holding] = Holding(derived=True)

    id = models.BigAutoField(primary_key=True)
    enterprise = _enterprise()
    customer_id = models.UUIDField(null=True)
    kind = models.CharField(max_length=80)
    day = models.IntegerField(null=True)
    cents = models.BigIntegerField(null=True)


class Ground(models.Model):
    """That features and happenings of an enterprise have been laid from what was there before."""

    holding: ClassVar[Holding] = Holding(derived=True)

    enterprise = models.OneToOneField(
        "core.Enterprise",
        on_delete=models.DO_NOTHING,
        primary_key=True,
        related_name="+",
        db_constraint=False,
    )
    zone = models.CharField(max_length=64)
    laid_at = models.DateTimeField(auto_now=True)


class Due(models.Model):
    """When time alone may next move a customer into a segment or out of it."""

    holding: ClassVar[Holding] = Holding(subject="customer_id", derived=True)

    pk = models.CompositePrimaryKey("enterprise_id", "segment_id", "customer_id")
    enterprise = _enterprise()
    # No keys to other tables: thousands of rows come and go, and what none of them points at does no harm.
    segment_id = models.UUIDField()
    customer_id = models.UUIDField()
    due_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [
            models.Index(F("enterprise_id"), F("due_at"), name="market_due_next"),
        ]


class StateSince(models.Model):
    """Since when a state of `held` has been true of a customer without a break, as far as the house has watched."""

    holding: ClassVar[Holding] = Holding(subject="customer_id", derived=True)

    pk = models.CompositePrimaryKey("enterprise_id", "state", "customer_id")
    enterprise = _enterprise()
    # A digest of the state's text.
    state = models.CharField(max_length=32)
    customer_id = models.UUIDField()
    since = models.DateTimeField()
