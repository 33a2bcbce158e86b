"""Tables of the ground: enterprises, stores, accounts, staff, keys, reads, the event log and small bookkeeping."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from guanxi.core.audit import audited
from guanxi.core.declaration import Holding
from guanxi.core.fields import TenantForeignKey, TenantModel
from guanxi.core.identity import new_id
from guanxi.core.importing.models import Import, ImportBatch
from guanxi.core.ledger.models import Entry, LedgerAccount, Lot, Position, Posting
from guanxi.core.viewer import Reach, Role

__all__ = [
    "Access",
    "Account",
    "ApiKey",
    "Enterprise",
    "Entry",
    "Event",
    "Import",
    "ImportBatch",
    "LedgerAccount",
    "Lot",
    "Position",
    "Posting",
    "Read",
    "SavedView",
    "Staff",
    "Store",
    "TenantForeignKey",
    "TenantModel",
]


#: What a record may be read for; consent's purposes in the reader's words, and taking it out of the house.
PURPOSES: Mapping[str, Any] = {
    "service": pgettext_lazy("read for", "Service"),
    "orders": pgettext_lazy("read for", "Orders"),
    "news": pgettext_lazy("read for", "News"),
    "offers": pgettext_lazy("read for", "Offers"),
    "research": pgettext_lazy("read for", "Research"),
    "community": pgettext_lazy("read for", "Community"),
    "recognition": pgettext_lazy("read for", "Recognition"),
    "learning": pgettext_lazy("read for", "Learning"),
    "export": pgettext_lazy("read for", "Taking it out"),
}


@audited
class Enterprise(models.Model):
    """A tenant: a company that uses the back door."""

    holding: ClassVar[Holding] = Holding(tenant="id")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(_("name"), max_length=200)
    slug = models.SlugField(_("short name"), max_length=60, unique=True)
    currency = models.CharField(_("currency"), max_length=3, default="EUR")
    zone = models.CharField(_("time zone"), max_length=64, default="UTC")
    country = models.CharField(_("country of phone numbers"), max_length=2, default="", blank=True)
    language = models.CharField(_("language"), max_length=16, default="en")
    # Where it is set, time stands still there: history can be replayed and the demonstration lives in its own year.
    clock = models.DateTimeField(_("clock"), null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name


@audited
class Store(TenantModel):
    """A place of an enterprise where touchpoints stand."""

    holding: ClassVar[Holding] = Holding()

    name = models.CharField(_("name"), max_length=200)
    code = models.CharField(_("code"), max_length=60)
    zone = models.CharField(_("time zone"), max_length=64, default="", blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["enterprise", "code"], name="core_store_code")
        ]

    def __str__(self) -> str:
        return self.name


class AccountManager(BaseUserManager["Account"]):
    """Makes accounts; django-allauth asks for it."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "Account":
        """An account that signs in with this address."""
        account = self.model(email=self.normalize_email(email).lower(), **fields)
        account.set_password(password)
        account.save(using=self._db)
        return account


class Account(AbstractBaseUser):
    """Somebody who signs in, at either door. Not a tenant's row (`core/exempt.py`)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    email = models.EmailField(_("e-mail"), unique=True)
    name = models.CharField(_("name"), max_length=200, blank=True)
    language = models.CharField(_("language"), max_length=16, blank=True)
    zone = models.CharField(_("time zone"), max_length=64, blank=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects = AccountManager()

    def __str__(self) -> str:
        return self.name or self.email

    # allauth and Django's contrib apps ask these of any account; nobody here is above the roles.
    is_staff = is_superuser = False

    def has_perm(self, permission: str, subject: object = None) -> bool:
        """Rights come from the role in an enterprise (core/viewer.py), never from here."""
        return False


@audited
class Staff(TenantModel):
    """An account that works for an enterprise: its role and its reach."""

    holding: ClassVar[Holding] = Holding()

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(_("name"), max_length=200)
    role = models.CharField(_("role"), max_length=20, choices=Role.choices)
    reach = models.CharField(_("reach"), max_length=10, choices=Reach.choices, default=Reach.ALL)
    team = models.CharField(_("team"), max_length=60, blank=True, default="")
    store_ids = ArrayField(models.UUIDField(), default=list, blank=True)
    active = models.BooleanField(_("active"), default=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["enterprise", "account"], name="core_staff_account"),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="core_staff_role"),
            models.CheckConstraint(condition=Q(reach__in=Reach.values), name="core_staff_reach"),
        ]

    def __str__(self) -> str:
        return self.name


class SubjectKey(models.Model):
    """The key that seals a customer's private fields, wrapped with the installation's key."""

    holding: ClassVar[Holding] = Holding(subject="subject_id", derived=True)

    pk = models.CompositePrimaryKey("enterprise_id", "subject_id")
    enterprise = models.ForeignKey(Enterprise, on_delete=models.DO_NOTHING, related_name="+", db_index=False)
    subject_id = models.UUIDField()
    wrapped = models.BinaryField()


class Secret(models.Model):
    """The hash of a secret that somebody holds: write key, API key, claim code, invitation. No role may read it."""

    holding: ClassVar[Holding] = Holding(derived=True)

    id = models.UUIDField(primary_key=True, default=new_id)
    kind = models.CharField(max_length=20)
    hash = models.BinaryField()
    enterprise = models.ForeignKey(Enterprise, on_delete=models.DO_NOTHING, related_name="+", null=True)
    subject_id = models.UUIDField(null=True)
    scopes = ArrayField(models.CharField(max_length=60), default=list)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["kind", "hash"], name="core_secret_hash")]


@audited
class ApiKey(TenantModel):
    """What staff see of an API key; the secret itself is shown once and kept as a hash."""

    holding: ClassVar[Holding] = Holding()

    name = models.CharField(_("name"), max_length=100)
    secret_id = models.UUIDField(unique=True)
    hint = models.CharField(max_length=12)
    scopes = ArrayField(models.CharField(max_length=60), default=list)
    created_by = TenantForeignKey(Staff, null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(_("valid until"), null=True, blank=True)
    revoked_at = models.DateTimeField(null=True)
    last_used_on = models.DateField(null=True)


class Read(models.Model):
    """One look at private fields: who, for what, whose, which. Append-only."""

    holding: ClassVar[Holding] = Holding(append_only=True)

    id = models.BigAutoField(primary_key=True)
    enterprise = models.ForeignKey(Enterprise, on_delete=models.DO_NOTHING, related_name="+", db_index=False)
    read_at = models.DateTimeField()
    reader = models.CharField(max_length=60)
    purpose = models.CharField(max_length=20)
    subject_ids = ArrayField(models.UUIDField())
    fields = ArrayField(models.CharField(max_length=60))
    request_id = models.CharField(max_length=64, default="")

    class Meta:
        indexes: ClassVar = [models.Index(fields=["enterprise", "-id"], name="core_read_newest")]


class Access(models.Model):
    """Somebody read a customer's record in an hour, for a purpose: what the customer themself may know of `Read`.

    One row an hour however often they looked; no subject where a process went through many customers at once.
    """

    holding: ClassVar[Holding] = Holding(subject="subject_id", append_only=True)

    class Way(models.TextChoices):
        """How it was read."""

        PAGE = "page", pgettext_lazy("access", "At the desk")
        API = "api", pgettext_lazy("access", "By a program")
        EXPORT = "export", pgettext_lazy("access", "Exported")
        PROCESS = "process", pgettext_lazy("access", "By the house itself")

    id = models.BigAutoField(primary_key=True)
    enterprise = models.ForeignKey(Enterprise, on_delete=models.DO_NOTHING, related_name="+", db_index=False)
    subject_id = models.UUIDField(null=True)
    reader = models.CharField(max_length=60)
    role = models.CharField(max_length=12, default="")
    purpose = models.CharField(max_length=20)
    way = models.CharField(max_length=10, choices=Way.choices)
    hour = models.DateTimeField()
    read_at = models.DateTimeField()

    @property
    def role_label(self) -> Any:
        """The reader's role in words; "" where it has none."""
        return Role(self.role).label if self.role in Role.values else ""

    @property
    def purpose_label(self) -> Any:
        """What it was read for, in words."""
        return PURPOSES.get(self.purpose, self.purpose)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["enterprise", "subject_id", "hour", "reader", "purpose", "way"],
                name="core_access_once",
                nulls_distinct=False,
            )
        ]


@audited
class SavedView(TenantModel):
    """A list as somebody of the staff arranged it: the address says everything."""

    holding: ClassVar[Holding] = Holding()

    staff = TenantForeignKey(Staff)
    page = models.CharField(max_length=60)
    name = models.CharField(_("name"), max_length=80)
    query = models.CharField(max_length=2000, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["enterprise", "staff", "page", "name"], name="core_savedview_name"
            )
        ]


class Event(models.Model):
    """One thing that happened, kept for ever, never changed.

    The table is partitioned by the month of receipt; the migration writes it, Django only reads it. `payload` holds
    private properties sealed (`{"$sealed": "…"}`), as the event's schema says.
    """

    holding: ClassVar[Holding] = Holding(subject="customer_id", private=("payload",), append_only=True)

    id = models.UUIDField(primary_key=True)
    enterprise = models.ForeignKey(
        Enterprise, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False
    )
    seq = models.BigIntegerField(db_default=0)
    type = models.CharField(max_length=80)
    version = models.SmallIntegerField(default=1)
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField()
    customer_id = models.UUIDField(null=True)
    anonymous_id = models.CharField(max_length=200, null=True)
    source_id = models.UUIDField(null=True)
    store_id = models.UUIDField(null=True)
    payload = models.JSONField(default=dict)
    request_id = models.CharField(max_length=64, default="")

    class Meta:
        managed = False
        db_table = "core_event"


class Seen(models.Model):
    """Message ids of the last days, by which the same message counts once."""

    holding: ClassVar[Holding] = Holding(derived=True)

    pk = models.CompositePrimaryKey("enterprise_id", "source_id", "message_id")
    enterprise = models.ForeignKey(
        Enterprise, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False
    )
    source_id = models.UUIDField()
    message_id = models.TextField()
    seen_at = models.DateTimeField()

    class Meta:
        managed = False
        db_table = "core_seen"


class Reaction(models.Model):
    """An event that a subscriber has yet to work through, apart from the writing of the event."""

    holding: ClassVar[Holding] = Holding(subject="customer_id", derived=True)

    id = models.BigAutoField(primary_key=True)
    enterprise = models.ForeignKey(Enterprise, on_delete=models.DO_NOTHING, related_name="+", db_index=False)
    subscriber = models.CharField(max_length=80)
    event_id = models.UUIDField()
    received_at = models.DateTimeField()
    customer_id = models.UUIDField(null=True)
    attempts = models.SmallIntegerField(default=0)
    due_at = models.DateTimeField()
    error = models.TextField(default="")

    class Meta:
        indexes: ClassVar = [models.Index(fields=["due_at", "id"], name="core_reaction_due")]


class IdempotencyKey(models.Model):
    """The answer that a request with an Idempotency-Key was given, for those who ask again."""

    holding: ClassVar[Holding] = Holding(derived=True)

    pk = models.CompositePrimaryKey("enterprise_id", "key")
    enterprise = models.ForeignKey(Enterprise, on_delete=models.DO_NOTHING, related_name="+", db_index=False)
    key = models.CharField(max_length=200)
    digest = models.BinaryField()
    status = models.SmallIntegerField(null=True)
    answer = models.TextField(default="")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["created_at"], name="core_idempotency_age")]
