"""Tables of the individual's side of consent: receipts, signals, aliases and what came for them, reports, standing."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from guanxi.consent.words import Purpose
from guanxi.core.audit import audited
from guanxi.core.declaration import Holding
from guanxi.core.fields import TenantForeignKey, TenantModel
from guanxi.core.models import Enterprise
from guanxi.core.sealing import SealedField
from guanxi.people.models import Customer, Person


class Receipt(TenantModel):
    """The signed record of one decision, for the person to keep. Erasing the customer makes it unreadable."""

    holding: ClassVar[Holding] = Holding(subject="customer", private=("document",), append_only=True)

    customer = TenantForeignKey(Customer, db_index=False)
    # The change that it records. Changes are never altered, and receipts are issued after them: no key is needed.
    change_id = models.UUIDField()
    document = SealedField()
    issued_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["enterprise", "change_id"], name="consent_receipt_once")
        ]
        indexes: ClassVar = [
            models.Index(fields=["enterprise", "customer", "-issued_at"], name="consent_receipt_customer")
        ]


class Signal(TenantModel):
    """A person's browser objects for them: that it was heard, when, and what was lowered for it."""

    holding: ClassVar[Holding] = Holding(subject="person", append_only=True)

    class Kind(models.TextChoices):
        """What a browser can say."""

        GPC = "gpc", _("Global Privacy Control")

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    lowered = ArrayField(models.CharField(max_length=12, choices=Purpose.choices), default=list)
    heard_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["enterprise", "person", "kind"], name="consent_signal_once")
        ]


@audited
class Alias(TenantModel):
    """An address that a person gives to one enterprise and to nobody else, so that a leak names its source."""

    holding: ClassVar[Holding] = Holding(subject="customer", private=("value",))

    class Kind(models.TextChoices):
        """What is given in place of one's own."""

        EMAIL = "email", pgettext_lazy("alias", "E-mail address")
        NUMBER = "number", pgettext_lazy("alias", "Phone number")
        CODE = "code", pgettext_lazy("alias", "Code")

    customer = TenantForeignKey(Customer, db_index=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    # Keyed for the whole installation: what comes in names the address and nothing else.
    digest = models.BinaryField()
    value = SealedField()
    # Senders that the person has said belong to the enterprise, besides those that the enterprise names itself.
    expected = ArrayField(models.CharField(max_length=253), default=list)
    made_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["digest"], name="consent_alias_digest")]
        indexes: ClassVar = [
            models.Index(fields=["enterprise", "customer"], name="consent_alias_customer"),
            models.Index(fields=["person", "-made_at"], name="consent_alias_person"),
        ]


class Arrival(TenantModel):
    """Something came in for an alias: from whom, and what became of it."""

    holding: ClassVar[Holding] = Holding(subject="customer", private=("sender",), append_only=True)

    class Outcome(models.TextChoices):
        """What became of it."""

        DELIVERED = "delivered", pgettext_lazy("arrival", "Passed on")
        LEAK = "leak", pgettext_lazy("arrival", "From somebody else")
        CLOSED = "closed", pgettext_lazy("arrival", "Switched off")

    customer = TenantForeignKey(Customer, db_index=False)
    alias = TenantForeignKey(Alias, db_index=False)
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    sender = SealedField(null=True)
    # The domain of a mail address, or the first digits of a number: by which senders are told apart.
    domain = models.CharField(max_length=253)
    arrived_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(outcome__in=("delivered", "leak", "closed")), name="consent_arrival_outcome"
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["enterprise", "alias", "-arrived_at"], name="consent_arrival_alias"),
            models.Index(
                fields=["enterprise", "arrived_at"], name="consent_arrival_leaks", condition=Q(outcome="leak")
            ),
        ]


@audited
class Sender(TenantModel):
    """A domain (or beginning of numbers) from which an enterprise itself writes."""

    holding: ClassVar[Holding] = Holding()

    domain = models.CharField(_("domain"), max_length=253)
    added_by = models.CharField(max_length=60)
    added_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["enterprise", "domain"], name="consent_sender_once")
        ]


class Report(TenantModel):
    """A person says of a contact that it should not have been. Counts for standing and for what the sender pays."""

    holding: ClassVar[Holding] = Holding(subject="customer", append_only=True)

    class Why(models.TextChoices):
        """What was wrong with it."""

        UNWANTED = "unwanted", pgettext_lazy("report", "I never asked for this")
        TOO_OFTEN = "too_often", pgettext_lazy("report", "Too often")
        MISLEADING = "misleading", pgettext_lazy("report", "Not true")
        LEAKED = "leaked", pgettext_lazy("report", "Somebody else got my address from them")

    customer = TenantForeignKey(Customer, db_index=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", db_index=False)
    contact = TenantForeignKey("consent.Contact", null=True, db_index=False)
    alias = TenantForeignKey(Alias, null=True, db_index=False)
    why = models.CharField(max_length=12, choices=Why.choices)
    reported_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["enterprise", "contact"], name="consent_report_once"),
            models.CheckConstraint(
                condition=Q(why__in=("unwanted", "too_often", "misleading", "leaked")),
                name="consent_report_why",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["enterprise", "-reported_at"], name="consent_report_newest")
        ]


class Standing(models.Model):
    """What an enterprise's standing is computed from, counted by the database itself; nobody can write it."""

    holding: ClassVar[Holding] = Holding(derived=True)

    pk = models.CompositePrimaryKey("enterprise_id", "day")
    enterprise = models.ForeignKey(Enterprise, on_delete=models.DO_NOTHING, related_name="+", db_index=False)
    day = models.DateField()
    counted_at = models.DateTimeField()
    # Matters that customers opened, and those answered within a week.
    matters = models.IntegerField()
    matters_kept = models.IntegerField()
    # Holds: complaints and broken promises, and those mended within two weeks.
    holds = models.IntegerField()
    holds_mended = models.IntegerField()
    contacted = models.IntegerField()
    pressed = models.IntegerField()
    contacts = models.IntegerField()
    asked = models.IntegerField()
    refused = models.IntegerField()
    reports = models.IntegerField()
    leaks = models.IntegerField()
