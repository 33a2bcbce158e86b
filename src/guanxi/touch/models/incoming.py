"""Tables of the half that comes in: sources, the inbox, and what was set aside on the way through it."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from guanxi.core.audit import audited
from guanxi.core.declaration import Holding
from guanxi.core.fields import TenantForeignKey, TenantModel
from guanxi.core.models import Staff


class SourceKind(models.TextChoices):
    """What speaks to us through a write key."""

    WEBSITE = "website", _("Website")
    APP = "app", _("App")
    SERVER = "server", _("Server")
    DEVICE = "device", _("Device")


class AsideState(models.TextChoices):
    """What became of a message that was set aside."""

    WAITING = "waiting", _("Waiting")
    REPLAYED = "replayed", _("Replayed")
    DISMISSED = "dismissed", _("Dismissed")


@audited
class Source(TenantModel):
    """Something that sends events: a website, an app, a server, a device. It holds a write key."""

    holding: ClassVar[Holding] = Holding()

    name = models.CharField(_("name"), max_length=100)
    kind = models.CharField(_("kind"), max_length=10, choices=SourceKind.choices, default=SourceKind.WEBSITE)
    secret_id = models.UUIDField(null=True)
    hint = models.CharField(max_length=16, default="", blank=True)
    # After a rotation the former key works on until it is revoked, so that nothing is lost while it is replaced.
    former_secret_id = models.UUIDField(null=True)
    former_hint = models.CharField(max_length=16, default="", blank=True)
    former_until = models.DateTimeField(null=True)
    created_by = TenantForeignKey(Staff, null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["enterprise", "name"], name="touch_source_name"),
            models.CheckConstraint(condition=Q(kind__in=SourceKind.values), name="touch_source_kind"),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["former_until"], name="touch_source_former", condition=Q(former_until__isnull=False)
            )
        ]

    def __str__(self) -> str:
        return self.name


class Tally(models.Model):
    """What a source sent in an hour: a row that only counts up."""

    holding: ClassVar[Holding] = Holding(derived=True)

    pk = models.CompositePrimaryKey("enterprise_id", "source_id", "hour")
    enterprise = models.ForeignKey(
        "core.Enterprise", on_delete=models.DO_NOTHING, related_name="+", db_index=False
    )
    source_id = models.UUIDField()
    hour = models.DateTimeField()
    received = models.IntegerField(default=0)
    duplicates = models.IntegerField(default=0)
    refused = models.IntegerField(default=0)
    aside = models.IntegerField(default=0)
    last_at = models.DateTimeField()


class Inbox(models.Model):
    """What the gateway acknowledged and nobody has digested yet. Outside row security (`core/exempt.py`): the web
    process may only insert, and nobody but the digester's role may read.
    """

    id = models.BigAutoField(primary_key=True)
    enterprise_id = models.UUIDField()
    source_id = models.UUIDField()
    received_at = models.DateTimeField()
    lane = models.SmallIntegerField()
    # The lane of the other key, where a message says that two keys are one customer; else -1.
    second_lane = models.SmallIntegerField()
    refused = models.BooleanField()
    request_id = models.TextField()
    body = models.BinaryField()


@audited
class Quarantined(TenantModel):
    """A message that could not be taken at the border, as it came; it can be mended and replayed."""

    holding: ClassVar[Holding] = Holding()

    source = TenantForeignKey(Source)
    received_at = models.DateTimeField()
    code = models.CharField(max_length=20)
    detail = models.TextField(default="")
    # What was called, and when the source says it sent the message: a replay reads it in the same way.
    call = models.CharField(max_length=20)
    sent = models.TextField(default="")
    body = models.TextField()
    state = models.CharField(max_length=10, choices=AsideState.choices, default=AsideState.WAITING)
    settled_by = TenantForeignKey(Staff, null=True)
    settled_at = models.DateTimeField(null=True)
    request_id = models.CharField(max_length=64, default="")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(state__in=AsideState.values), name="touch_quarantined_state")
        ]
        indexes: ClassVar = [
            models.Index(fields=["enterprise", "state", "-id"], name="touch_quarantined_newest")
        ]


@audited
class Poison(TenantModel):
    """A message that broke the digester, with what was said when it broke; it can be replayed once that is mended."""

    holding: ClassVar[Holding] = Holding()

    source = TenantForeignKey(Source)
    received_at = models.DateTimeField()
    message = models.TextField()
    error = models.TextField()
    traceback = models.TextField()
    state = models.CharField(max_length=10, choices=AsideState.choices, default=AsideState.WAITING)
    settled_by = TenantForeignKey(Staff, null=True)
    settled_at = models.DateTimeField(null=True)
    request_id = models.CharField(max_length=64, default="")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(state__in=AsideState.values), name="touch_poison_state")
        ]
        indexes: ClassVar = [models.Index(fields=["enterprise", "state", "-id"], name="touch_poison_newest")]
