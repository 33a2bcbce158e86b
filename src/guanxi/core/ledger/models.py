"""Tables of the ledger. Accounts, lots, postings and entries are never changed; positions follow from entries."""

from decimal import Decimal
from typing import ClassVar

from django.contrib.postgres.functions import TransactionNow
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from guanxi.core.declaration import Holding
from guanxi.core.fields import TenantForeignKey, TenantModel


class AccountKind(models.TextChoices):
    """What an account is for."""

    SOURCE = "source", _("Source")  # where lots come from: as far below zero as has been issued
    AVAILABLE = "available", _("Available")
    RESERVED = "reserved", _("Reserved")  # one for each reservation
    SPENT = "spent", _("Spent")
    EXPIRED = "expired", _("Expired")


class Act(models.TextChoices):
    """What a posting did."""

    ISSUE = "issue", _("Issued")
    SPEND = "spend", _("Spent")
    RESERVE = "reserve", _("Reserved")
    CAPTURE = "capture", _("Reservation used")
    RELEASE = "release", _("Reservation released")
    REFUND = "refund", _("Given back")
    EXPIRE = "expire", _("Expired")


def amount(label: str = "") -> "models.DecimalField[Decimal, Decimal]":
    """An amount of some unit: exact."""
    return models.DecimalField(label, max_digits=18, decimal_places=4)


class LedgerAccount(TenantModel):
    """Amounts of one unit, held for one holder: a customer, a reservation, or the enterprise itself."""

    holding: ClassVar[Holding] = Holding(subject="holder_id", append_only=True)

    unit = models.CharField(max_length=120)
    kind = models.CharField(max_length=10, choices=AccountKind.choices)
    holder_id = models.UUIDField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(kind__in=AccountKind.values), name="core_ledgeraccount_kind"),
            models.UniqueConstraint(
                fields=["enterprise", "unit", "kind", "holder_id"], name="core_ledgeraccount_once"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["enterprise", "holder_id"], name="core_ledgeraccount_holder")
        ]

    def __str__(self) -> str:
        return f"{self.unit} {self.kind}"


class Posting(TenantModel):
    """Something that happened to amounts, once under its key.

    Attributes:
        of: The posting that this one goes on from: a reservation that is used or released, a spending given back.
        until: Of a reservation: when it lapses.
        digest: What was asked for under the key, so that another request under the same key is told apart.
    """

    holding: ClassVar[Holding] = Holding(append_only=True)

    act = models.CharField(max_length=10, choices=Act.choices)
    key = models.CharField(max_length=200)
    digest = models.BinaryField()
    of = TenantForeignKey("self", null=True, db_index=False)
    until = models.DateTimeField(null=True)
    actor = models.CharField(max_length=60)
    happened_at = models.DateTimeField()
    # The transaction's own time: entries are taken by postings of the same transaction only.
    recorded_at = models.DateTimeField(db_default=TransactionNow())

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(act__in=Act.values), name="core_posting_act"),
            models.UniqueConstraint(fields=["enterprise", "key"], name="core_posting_once"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["enterprise", "of"], name="core_posting_of", condition=Q(of__isnull=False)),
            models.Index(
                fields=["enterprise", "until"], name="core_posting_until", condition=Q(until__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.act} {self.key}"


class Lot(TenantModel):
    """An amount that was issued at once and expires at once."""

    holding: ClassVar[Holding] = Holding(append_only=True)

    unit = models.CharField(max_length=120)
    posting = TenantForeignKey(Posting, db_index=False)
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["enterprise", "expires_at"],
                name="core_lot_expires",
                condition=Q(expires_at__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"{self.unit} {self.issued_at:%Y-%m-%d}"


class Entry(TenantModel):
    """What a posting added to an account of a lot, or took from it."""

    holding: ClassVar[Holding] = Holding(append_only=True)

    posting = TenantForeignKey(Posting, db_index=False)
    account = TenantForeignKey(LedgerAccount, db_index=False)
    lot = TenantForeignKey(Lot, db_index=False)
    amount = amount()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(amount=0), name="core_entry_amount"),
            models.UniqueConstraint(
                fields=["enterprise", "posting", "account", "lot"], name="core_entry_once"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["enterprise", "account"], name="core_entry_account")]

    def __str__(self) -> str:
        return f"{self.amount:+}"


class Position(models.Model):
    """What an account holds of a lot: the sum of its entries, kept by the database."""

    holding: ClassVar[Holding] = Holding(derived=True)

    pk = models.CompositePrimaryKey("enterprise_id", "account_id", "lot_id")
    enterprise = models.ForeignKey(
        "core.Enterprise", on_delete=models.DO_NOTHING, related_name="+", db_index=False
    )
    account = TenantForeignKey(LedgerAccount, db_index=False)
    lot = TenantForeignKey(Lot, db_index=False)
    amount = amount()
    # Of a source, which is below zero by what it has issued.
    open = models.BooleanField(default=False)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(open=True) | Q(amount__gte=0), name="core_position_zero")
        ]
        indexes: ClassVar = [
            models.Index(fields=["enterprise", "lot"], name="core_position_lot", condition=Q(amount__gt=0))
        ]

    def __str__(self) -> str:
        return str(self.amount)
