"""Tables of people. A row of `Customer` is a *record*; the records of one `root` are one whole (TRAPS §3)."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from guanxi.core.audit import audited
from guanxi.core.declaration import Holding
from guanxi.core.fields import TenantForeignKey, TenantModel
from guanxi.core.models import Account, Staff, Store
from guanxi.core.sealing import SealedField


class Kind(models.TextChoices):
    """What a customer is."""

    PERSON = "person", _("Person")
    FIRM = "firm", _("Firm")


@audited
class Customer(TenantModel):
    """The enterprise's record of somebody it serves.

    `sources` says for each fact where it is from: `{"name": ["import", happened_at, recorded_at]}`. `grams` are the
    hashed pieces of name and label by which it is found (`naming.py`); they go when somebody is erased.
    """

    holding: ClassVar[Holding] = Holding(subject="id", private=("name", "private_fields"))

    # Merging and undoing change this and nothing else; old ids resolve because the row stays.
    root = TenantForeignKey("self", db_index=False)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices, default=Kind.PERSON)
    name = SealedField(_("name"), null=True)
    label = models.CharField(_("label"), max_length=200, default="", blank=True)
    source_key = models.CharField(_("source key"), max_length=200, null=True, blank=True)
    # Somebody could call them by an identifier that is theirs alone; visitors known by a cookie are not.
    identified = models.BooleanField(default=False)
    simulated = models.BooleanField(default=False)
    home_store = TenantForeignKey(Store, null=True, blank=True, db_index=False, verbose_name=_("home store"))
    owner = TenantForeignKey(Staff, null=True, blank=True, db_index=False, verbose_name=_("looked after by"))
    fields = models.JSONField(default=dict)
    private_fields = SealedField(null=True)
    sources = models.JSONField(default=dict)
    grams = ArrayField(models.BigIntegerField(), default=list)
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["enterprise", "source_key"],
                name="people_customer_source",
                condition=Q(source_key__isnull=False),
            ),
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="people_customer_kind"),
        ]
        indexes: ClassVar = [
            GinIndex(fields=["grams"], name="people_customer_grams"),
            models.Index(fields=["enterprise", "root"], name="people_customer_root"),
            models.Index(fields=["enterprise", "-created_at", "-id"], name="people_customer_newest"),
            models.Index(
                fields=["enterprise", "home_store"],
                name="people_customer_store",
                condition=Q(home_store__isnull=False),
            ),
            models.Index(
                fields=["enterprise", "owner"], name="people_customer_owner", condition=Q(owner__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.label or str(self.pk)


class Profile(models.Model):
    """What a record's events add up to. Every counter is additive, so that a whole is the sum of its records."""

    holding: ClassVar[Holding] = Holding(subject="customer", derived=True)

    customer = models.OneToOneField(
        Customer, on_delete=models.DO_NOTHING, primary_key=True, db_constraint=False, related_name="profile"
    )
    enterprise = models.ForeignKey(
        "core.Enterprise", on_delete=models.DO_NOTHING, related_name="+", db_index=False
    )
    root = TenantForeignKey(Customer, db_index=False)
    # A column of its own, because the planner takes `root_id = customer_id` for one row in two hundred.
    is_root = models.GeneratedField(
        expression=Q(root=F("customer")),  # type: ignore[arg-type]  # a condition is an expression too
        output_field=models.BooleanField(),
        db_persist=True,
    )
    first_seen_at = models.DateTimeField(null=True)
    last_seen_at = models.DateTimeField(null=True)
    events = models.IntegerField(default=0)
    orders = models.IntegerField(default=0)
    returns = models.IntegerField(default=0)
    spent = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    returned = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    first_order_at = models.DateTimeField(null=True)
    last_order_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["enterprise", "root"], name="people_profile_root"),
            models.Index(
                F("enterprise_id"),
                F("last_seen_at").desc(nulls_last=True),
                F("customer_id").desc(),
                name="people_profile_seen",
            ),
            models.Index(fields=["enterprise", "-spent", "-customer"], name="people_profile_spent"),
            models.Index(fields=["enterprise", "-orders", "-customer"], name="people_profile_orders"),
        ]


@audited
class Identifier(TenantModel):
    """What points at a customer: found by its digest, read by opening the seal."""

    holding: ClassVar[Holding] = Holding(subject="customer", private=("value",))

    customer = TenantForeignKey(Customer, db_index=False)
    kind = models.CharField(max_length=20)
    digest = models.BinaryField()
    value = SealedField(null=True)
    source = models.CharField(max_length=60, default="")
    recorded_at = models.DateTimeField()
    verified_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["enterprise", "kind", "digest"], name="people_identifier_digest")
        ]
        indexes: ClassVar = [
            models.Index(fields=["enterprise", "customer"], name="people_identifier_customer")
        ]


class FieldType(models.TextChoices):
    """What a custom field holds."""

    TEXT = "text", _("Text")
    INTEGER = "int", _("Whole number")
    DECIMAL = "decimal", _("Decimal number")
    DATE = "date", _("Date")
    BOOLEAN = "bool", _("Yes or no")
    CHOICE = "choice", _("One of a list")


@audited
class CustomField(TenantModel):
    """A fact that an enterprise keeps about its customers besides ours."""

    holding: ClassVar[Holding] = Holding()

    name = models.SlugField(_("name"), max_length=60)
    label = models.CharField(_("label"), max_length=120)
    type = models.CharField(_("type"), max_length=10, choices=FieldType.choices, default=FieldType.TEXT)
    choices = ArrayField(models.CharField(max_length=120), default=list, blank=True)
    private = models.BooleanField(_("private"), default=False)
    position = models.IntegerField(default=0)
    archived_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["position", "name"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["enterprise", "name"], name="people_customfield_name"),
            models.CheckConstraint(condition=Q(type__in=FieldType.values), name="people_customfield_type"),
        ]


@audited
class Merge(TenantModel):
    """Two wholes became one, and perhaps two again. Says which records moved, so that undoing is exact."""

    holding: ClassVar[Holding] = Holding(subject="kept")

    kept = TenantForeignKey(Customer, db_index=False)
    absorbed = TenantForeignKey(Customer, db_index=False)
    record_ids = ArrayField(models.UUIDField())
    reason = models.CharField(max_length=500, default="")
    merged_at = models.DateTimeField()
    merged_by = models.CharField(max_length=60)
    undone_at = models.DateTimeField(null=True)
    undone_by = models.CharField(max_length=60, default="")

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["enterprise", "-merged_at"], name="people_merge_newest"),
            models.Index(fields=["enterprise", "kept"], name="people_merge_kept"),
        ]


class PairState(models.TextChoices):
    """What became of a doubtful pair."""

    OPEN = "open", _("Open")
    ACCEPTED = "accepted", _("Merged")
    REJECTED = "rejected", _("Different")
    STALE = "stale", _("Overtaken")


@audited
class Pair(TenantModel):
    """Two customers who may be one: put before a steward, never decided by a machine."""

    holding: ClassVar[Holding] = Holding(subject="left")

    left = TenantForeignKey(Customer, db_index=False)
    right = TenantForeignKey(Customer, db_index=False)
    score = models.FloatField()
    method = models.CharField(max_length=20)
    # Fields compared and how well they agreed; never the values themselves.
    reasons = models.JSONField(default=list)
    state = models.CharField(max_length=10, choices=PairState.choices, default=PairState.OPEN)
    found_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=60, default="")
    merge = TenantForeignKey(Merge, null=True, db_index=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["enterprise", "left", "right"], name="people_pair_once"),
            models.CheckConstraint(condition=Q(left__lt=F("right")), name="people_pair_order"),
            models.CheckConstraint(condition=Q(state__in=PairState.values), name="people_pair_state"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["enterprise", "state", "-score", "-id"], name="people_pair_queue"),
            models.Index(fields=["enterprise", "right"], name="people_pair_right"),
        ]


@audited
class MatchRule(TenantModel):
    """What an enterprise lets a machine merge: identifiers of all these kinds, brought together by one event or row."""

    holding: ClassVar[Holding] = Holding()

    name = models.CharField(_("name"), max_length=80)
    kinds = ArrayField(models.CharField(max_length=20))
    active = models.BooleanField(_("active"), default=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["enterprise", "name"], name="people_matchrule_name")
        ]


class Person(models.Model):
    """An individual with an account at the front door."""

    holding: ClassVar[Holding] = Holding(tenant="", subject="account")

    account = models.OneToOneField(Account, on_delete=models.PROTECT, primary_key=True, related_name="+")
    joined_at = models.DateTimeField()


class Claim(TenantModel):
    """A relation: a person has proved that a customer record is theirs. Only `people_claim()` writes it."""

    holding: ClassVar[Holding] = Holding(subject="customer", append_only=True)

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", db_index=False)
    customer = TenantForeignKey(Customer, db_index=False)
    proved_by = models.CharField(max_length=20)
    proved_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["person", "customer"], name="people_claim_once"),
        ]
        indexes: ClassVar = [models.Index(fields=["enterprise", "customer"], name="people_claim_customer")]


class DisputeState(models.TextChoices):
    """What became of what a person says is wrong."""

    OPEN = "open", pgettext_lazy("dispute", "Open")
    ACCEPTED = "accepted", pgettext_lazy("dispute", "Put right")
    REFUSED = "refused", pgettext_lazy("dispute", "Not changed")


@audited
class Dispute(TenantModel):
    """A person says that something held or computed about them is wrong; staff answer it in words."""

    holding: ClassVar[Holding] = Holding(subject="customer", private=("proposed", "words", "answer"))

    class Kind(models.TextChoices):
        """What is said to be wrong."""

        FACT = "fact", _("A fact")
        SCORE = "score", _("A score")

    customer = TenantForeignKey(Customer, db_index=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    # The name of the fact, or the construct of the score.
    field = models.CharField(max_length=60)
    proposed = SealedField(null=True)
    words = SealedField(null=True)
    state = models.CharField(max_length=10, choices=DisputeState.choices, default=DisputeState.OPEN)
    answer = SealedField(null=True)
    raised_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    answered_by = models.CharField(max_length=60, default="")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["enterprise", "customer", "kind", "field"],
                name="people_dispute_open",
                condition=Q(state="open"),
            ),
            models.CheckConstraint(condition=Q(state__in=DisputeState.values), name="people_dispute_state"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["enterprise", "state", "-raised_at", "-id"], name="people_dispute_queue"),
            models.Index(fields=["enterprise", "customer"], name="people_dispute_customer"),
        ]


class Erasure(TenantModel):
    """A signed certificate that somebody's private data were erased. It names nobody: ids and figures only."""

    holding: ClassVar[Holding] = Holding(subject="customer", append_only=True)

    customer = TenantForeignKey(Customer, db_index=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", null=True, db_index=False)
    document = models.JSONField()
    erased_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["enterprise", "customer"], name="people_erasure_customer"),
            models.Index(fields=["person", "-erased_at"], name="people_erasure_person"),
        ]
