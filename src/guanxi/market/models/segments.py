"""Tables of segments: who is in which."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from guanxi.core.audit import audited
from guanxi.core.declaration import Holding
from guanxi.core.fields import TenantForeignKey, TenantModel
from guanxi.core.models import Staff
from guanxi.people.models import Customer


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
    enterprise = models.ForeignKey(
        "core.Enterprise", on_delete=models.DO_NOTHING, related_name="+", db_index=False
    )
    segment = TenantForeignKey(Segment, db_index=False)
    customer = TenantForeignKey(Customer, db_index=False)
    entered_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["enterprise", "customer"], name="market_membership_customer")
        ]
