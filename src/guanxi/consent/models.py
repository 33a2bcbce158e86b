"""Tables of consent. A permission is what its changes add up to; changes, verdicts and contacts are never altered."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from guanxi.consent import pressure
from guanxi.consent.individual import Alias as Alias
from guanxi.consent.individual import Arrival as Arrival
from guanxi.consent.individual import Receipt as Receipt
from guanxi.consent.individual import Report as Report
from guanxi.consent.individual import Sender as Sender
from guanxi.consent.individual import Signal as Signal
from guanxi.consent.individual import Standing as Standing
from guanxi.consent.words import CONTRACTUAL, Basis, Channel, Outcome, Purpose, Reason, Strength
from guanxi.core.audit import audited
from guanxi.core.declaration import Holding
from guanxi.core.fields import TenantForeignKey, TenantModel
from guanxi.core.identity import new_id
from guanxi.people.models import Customer


class Giver(models.TextChoices):
    """Who permits: a person, or a customer whom nobody has claimed yet."""

    PERSON = "person", _("Person")
    CUSTOMER = "customer", _("Customer")


class Receiver(models.TextChoices):
    """Who is permitted something."""

    ENTERPRISE = "enterprise", _("Enterprise")
    PERSON = "person", _("Person")
    CIRCLE = "circle", _("Circle")
    COMMUNITY = "community", _("Community")
    PROGRAM = "program", _("Program")


class _Stated(models.Model):
    """Who permits whom what; shared by the permission and its history."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    # The tenant that may read it; none where an individual permits another individual something.
    enterprise = models.ForeignKey(
        "core.Enterprise", on_delete=models.DO_NOTHING, related_name="+", null=True, db_index=False
    )
    giver_kind = models.CharField(max_length=10, choices=Giver.choices)
    giver_id = models.UUIDField()
    receiver_kind = models.CharField(max_length=12, choices=Receiver.choices, default=Receiver.ENTERPRISE)
    receiver_id = models.UUIDField()
    purpose = models.CharField(max_length=12, choices=Purpose.choices)
    # Empty: for the purpose as a whole. A row with a channel limits that channel.
    channel = models.CharField(max_length=10, choices=Channel.choices, default="", blank=True)
    strength = models.SmallIntegerField(choices=Strength.choices)
    quiet_from = models.TimeField(null=True)
    quiet_to = models.TimeField(null=True)
    zone = models.CharField(max_length=64, default="UTC")
    weekly_cap = models.SmallIntegerField(null=True)
    paused_until = models.DateTimeField(null=True)
    ends_at = models.DateTimeField(null=True)
    words = models.CharField(max_length=500, default="")
    proof = models.CharField(max_length=200, default="")
    happened_at = models.DateTimeField()
    recorded_at = models.DateTimeField()

    class Meta:
        abstract = True


class Permission(_Stated):
    """What stands now: one row for each giver, receiver, purpose and channel."""

    holding: ClassVar[Holding] = Holding(subject="giver_id", derived=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=[
                    "enterprise",
                    "giver_kind",
                    "giver_id",
                    "receiver_kind",
                    "receiver_id",
                    "purpose",
                    "channel",
                ],
                name="consent_permission_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=Q(strength__in=Strength.values), name="consent_permission_strength"
            ),
            models.CheckConstraint(
                condition=Q(purpose__in=Purpose.values), name="consent_permission_purpose"
            ),
            models.CheckConstraint(
                condition=Q(weekly_cap__isnull=True) | Q(weekly_cap__gte=0), name="consent_permission_cap"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["giver_id", "purpose"], name="consent_permission_giver")]


class Change(_Stated):
    """One change of a permission, with what was said before. The history, kept for ever."""

    holding: ClassVar[Holding] = Holding(subject="giver_id", append_only=True)

    former_strength = models.SmallIntegerField(null=True)
    changed_by = models.CharField(max_length=60)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["giver_id", "-recorded_at"], name="consent_change_giver"),
            models.Index(fields=["enterprise", "-recorded_at"], name="consent_change_newest"),
        ]


class Verdict(TenantModel):
    """One answer of the gate, with the facts that were used. Outbox rows point at an allowing one."""

    holding: ClassVar[Holding] = Holding(subject="customer", append_only=True)

    class Kind(models.TextChoices):
        """What was asked."""

        CONTACT = "contact", _("May we contact?")
        READ = "read", _("May this be read?")

    customer = TenantForeignKey(Customer, db_index=False)
    # All records of the whole at that moment: whoever claimed one of them may read the verdict.
    record_ids = ArrayField(models.UUIDField())
    kind = models.CharField(max_length=10, choices=Kind.choices)
    purpose = models.CharField(max_length=12, choices=Purpose.choices)
    channel = models.CharField(max_length=10, choices=Channel.choices, default="", blank=True)
    needs = models.SmallIntegerField(choices=Strength.choices)
    asked_for = models.BooleanField(default=False)
    about = models.CharField(max_length=200, default="")
    outcome = models.CharField(max_length=6, choices=Outcome.choices)
    reason = models.CharField(max_length=24, choices=Reason.choices)
    until = models.DateTimeField(null=True)
    facts = models.JSONField(default=dict)
    asked_by = models.CharField(max_length=60)
    asked_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(outcome__in=Outcome.values), name="consent_verdict_outcome"),
            models.CheckConstraint(
                condition=Q(outcome=Outcome.DEFER, until__isnull=False)
                | (~Q(outcome=Outcome.DEFER) & Q(until__isnull=True)),
                name="consent_verdict_until",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["enterprise", "customer", "-asked_at"], name="consent_verdict_customer"),
            GinIndex(fields=["record_ids"], name="consent_verdict_records"),
        ]


class VerdictBetween(models.Model):
    """One answer of the gate between individuals: may a person, circle or community send this person something?

    Theirs whom it would have reached, and readable for the one who asked; no enterprise sees it.
    """

    holding: ClassVar[Holding] = Holding(tenant="", subject="giver_id", append_only=True)

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    # The person whom it would reach.
    giver_id = models.UUIDField()
    receiver_kind = models.CharField(max_length=12, choices=Receiver.choices)
    receiver_id = models.UUIDField()
    # The person who asked, for themselves or for a circle or community.
    asked_by_id = models.UUIDField()
    purpose = models.CharField(max_length=12, choices=Purpose.choices)
    channel = models.CharField(max_length=10, choices=Channel.choices, default="", blank=True)
    needs = models.SmallIntegerField(choices=Strength.choices)
    about = models.CharField(max_length=200, default="")
    outcome = models.CharField(max_length=6, choices=Outcome.choices)
    reason = models.CharField(max_length=24, choices=Reason.choices)
    until = models.DateTimeField(null=True)
    asked_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(outcome__in=Outcome.values), name="consent_between_outcome"),
            models.CheckConstraint(
                condition=Q(outcome=Outcome.DEFER, until__isnull=False)
                | (~Q(outcome=Outcome.DEFER) & Q(until__isnull=True)),
                name="consent_between_until",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["giver_id", "-asked_at"], name="consent_between_giver"),
            models.Index(fields=["asked_by_id", "-asked_at"], name="consent_between_asker"),
        ]


class Contact(TenantModel):
    """One contact, in either direction: the contact book. An answer is a row that points at what it answers."""

    holding: ClassVar[Holding] = Holding(subject="customer", append_only=True)

    class Direction(models.TextChoices):
        """Who began it."""

        OUT = "out", _("To the customer")
        IN = "in", _("From the customer")

    class Response(models.TextChoices):
        """What became of the contact that a row answers."""

        ANSWERED = "answered", _("Answered")
        REFUSED = "refused", _("Refused")

    customer = TenantForeignKey(Customer, db_index=False)
    record_ids = ArrayField(models.UUIDField())
    verdict = TenantForeignKey(Verdict, null=True, db_index=False)
    answers = TenantForeignKey("self", null=True, db_index=False)
    direction = models.CharField(max_length=3, choices=Direction.choices)
    purpose = models.CharField(max_length=12, choices=Purpose.choices)
    channel = models.CharField(max_length=10, choices=Channel.choices)
    about = models.CharField(max_length=200, default="")
    response = models.CharField(
        max_length=10, choices=Response.choices, db_default="", default="", blank=True
    )
    # What it adds to the contact pressure at `happened_at`; an answer takes away, a refusal adds (`pressure.py`).
    load = models.FloatField(db_default=0.0, default=0.0)
    happened_at = models.DateTimeField()
    recorded_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            # Nobody is contacted without an allowing verdict; a trigger checks that it allows just this.
            models.CheckConstraint(
                condition=Q(direction="in") | Q(verdict__isnull=False), name="consent_contact_verdict"
            ),
            models.UniqueConstraint(fields=["enterprise", "verdict"], name="consent_contact_once"),
            models.UniqueConstraint(
                fields=["enterprise", "answers"],
                name="consent_contact_response_once",
                condition=~Q(response=""),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["enterprise", "customer", "-happened_at"], name="consent_contact_customer"),
            GinIndex(fields=["record_ids"], name="consent_contact_records"),
        ]


@audited
class Hold(TenantModel):
    """Contact for some purposes waits, because a complaint is open or a promise broken; packages above place it."""

    holding: ClassVar[Holding] = Holding(subject="customer")

    customer = TenantForeignKey(Customer, db_index=False)
    purposes = ArrayField(models.CharField(max_length=12, choices=Purpose.choices))
    why = models.CharField(max_length=200)
    placed_by = models.CharField(max_length=60)
    placed_at = models.DateTimeField()
    lifted_by = models.CharField(max_length=60, default="")
    lifted_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["enterprise", "customer"],
                name="consent_hold_open",
                condition=Q(lifted_at__isnull=True),
            )
        ]


@audited
class Matter(TenantModel):
    """Something that the customer opened: strength 1 allows answers to it until it closes."""

    holding: ClassVar[Holding] = Holding(subject="customer")

    customer = TenantForeignKey(Customer, db_index=False)
    purpose = models.CharField(max_length=12, choices=Purpose.choices, default=Purpose.SERVICE)
    kind = models.CharField(max_length=40)
    about = models.CharField(max_length=200, default="")
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["enterprise", "customer"],
                name="consent_matter_open",
                condition=Q(closed_at__isnull=True),
            )
        ]


class Pressure(models.Model):
    """What the contacts of a record add up to at `as_of`; it decays from there. A trigger on the contact book keeps it.

    Counters and loads are additive: those of a whole are the sum of its records.
    """

    holding: ClassVar[Holding] = Holding(subject="customer", derived=True)

    customer = models.OneToOneField(
        Customer, on_delete=models.DO_NOTHING, primary_key=True, db_constraint=False, related_name="+"
    )
    enterprise = models.ForeignKey(
        "core.Enterprise", on_delete=models.DO_NOTHING, related_name="+", db_index=False
    )
    load = models.FloatField()
    as_of = models.DateTimeField()
    contacts = models.IntegerField(default=0)
    answered = models.IntegerField(default=0)
    refused = models.IntegerField(default=0)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["enterprise", "-load"], name="consent_pressure_most")]


@audited
class Policy(TenantModel):
    """How much an enterprise allows itself, beyond what its customers permit: it can only make the gate stricter."""

    holding: ClassVar[Holding] = Holding()

    pressure_limit = models.FloatField(_("limit of contact pressure"), default=pressure.LIMIT)
    half_life_days = models.FloatField(_("half-life in days"), default=pressure.HALF_LIFE)
    # By channel, where it differs from the house's: {"email": 0.25}.
    weights = models.JSONField(_("weight of one contact"), default=dict)
    weekly_cap = models.SmallIntegerField(_("contacts a week where the customer named no number"), null=True)
    quiet_from = models.TimeField(_("quiet from"), null=True)
    quiet_to = models.TimeField(_("quiet to"), null=True)
    zone = models.CharField(max_length=64, default="UTC")
    # By purpose: no contact for it goes out below this strength.
    least = models.JSONField(_("least strength"), default=dict)
    changed_by = models.CharField(max_length=60)
    changed_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["enterprise"], name="consent_policy_once"),
            models.CheckConstraint(
                condition=Q(pressure_limit__gte=0, half_life_days__gte=1, half_life_days__lte=730),
                name="consent_policy_pressure",
            ),
        ]


@audited
class LegalBasis(TenantModel):
    """What allows contact for a purpose without the customer's permission: a contract or a law, in the words shown."""

    holding: ClassVar[Holding] = Holding()

    purpose = models.CharField(max_length=12, choices=Purpose.choices)
    basis = models.CharField(max_length=10, choices=Basis.choices)
    words = models.CharField(max_length=500)
    since = models.DateTimeField()
    stated_by = models.CharField(max_length=60)
    stated_at = models.DateTimeField()
    ended_by = models.CharField(max_length=60, default="")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            # Marketing stands on permission alone.
            models.CheckConstraint(condition=Q(purpose__in=sorted(CONTRACTUAL)), name="consent_basis_serves"),
            models.CheckConstraint(condition=Q(basis__in=Basis.values), name="consent_basis_known"),
            models.UniqueConstraint(
                fields=["enterprise", "purpose"],
                name="consent_basis_once",
                condition=Q(ended_at__isnull=True),
            ),
        ]
