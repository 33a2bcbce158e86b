"""Tables of the half that goes out: a message is what is to be said to whom, once; the outbox is how far it is."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from guanxi.consent.models import Verdict
from guanxi.consent.words import Channel, Outcome, Purpose, Strength
from guanxi.core.audit import audited
from guanxi.core.declaration import Holding
from guanxi.core.fields import TenantForeignKey, TenantModel
from guanxi.core.models import Staff
from guanxi.core.sealing import SealedField
from guanxi.people.models import Customer
from guanxi.touch.outgoing.words import State


@audited
class Template(TenantModel):
    """A text that is sent to many; what it says stands in its versions."""

    holding: ClassVar[Holding] = Holding()

    name = models.CharField(_("name"), max_length=100)
    created_by = TenantForeignKey(Staff, null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    retired_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["enterprise", "name"], name="touch_template_name")
        ]

    def __str__(self) -> str:
        return self.name


class Version(TenantModel):
    """What a template says from some moment on: `texts` is {language: {"subject": …, "body": …}}. Never changed."""

    holding: ClassVar[Holding] = Holding(append_only=True)

    template = TenantForeignKey(Template, db_index=False)
    number = models.IntegerField()
    texts = models.JSONField()
    made_by = models.CharField(max_length=60)
    made_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["enterprise", "template", "number"], name="touch_version_number")
        ]


@audited
class Account(TenantModel):
    """How an enterprise reaches people by one channel: which adapter, and its settings, sealed under this row's id."""

    holding: ClassVar[Holding] = Holding()

    channel = models.CharField(_("channel"), max_length=10, choices=Channel.choices)
    adapter = models.CharField(_("way"), max_length=20)
    settings = models.BinaryField(default=b"")
    per_minute = models.IntegerField(_("messages a minute"), default=6_000)
    paused_at = models.DateTimeField(null=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["enterprise", "channel"], name="touch_account_channel"),
            models.CheckConstraint(condition=Q(per_minute__gte=1), name="touch_account_rate"),
        ]


class Health(models.Model):
    """How a channel is doing: its circuit breaker and its last error."""

    holding: ClassVar[Holding] = Holding(derived=True)

    pk = models.CompositePrimaryKey("enterprise_id", "channel")
    enterprise = models.ForeignKey(
        "core.Enterprise", on_delete=models.DO_NOTHING, related_name="+", db_index=False
    )
    channel = models.CharField(max_length=10)
    failures = models.IntegerField(default=0)
    open_until = models.DateTimeField(null=True)
    error = models.CharField(max_length=300, default="")
    error_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    sent = models.BigIntegerField(default=0)


class Message(TenantModel):
    """What is to be said to a customer on an occasion, once. Never changed."""

    holding: ClassVar[Holding] = Holding(subject="customer", private=("facts",), append_only=True)

    customer = TenantForeignKey(Customer, db_index=False)
    template = TenantForeignKey(Template, db_index=False)
    version = TenantForeignKey(Version, db_index=False)
    occasion = models.CharField(max_length=200)
    channel = models.CharField(max_length=10, choices=Channel.choices)
    purpose = models.CharField(max_length=12, choices=Purpose.choices)
    needs = models.SmallIntegerField(choices=Strength.choices)
    asked_for = models.BooleanField(default=False)
    about = models.CharField(max_length=200, default="")
    facts = SealedField(null=True)
    not_before = models.DateTimeField(null=True)
    posted_by = models.CharField(max_length=60)
    posted_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["enterprise", "customer", "template", "occasion"], name="touch_message_once"
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["enterprise", "-posted_at", "-id"], name="touch_message_newest"),
        ]


class Outbox(models.Model):
    """A message that the gate allows, and how far it has come. The database refuses one whose verdict does not allow
    it, or belongs to another customer, channel or purpose. Times to wait for are the machine's.
    """

    holding: ClassVar[Holding] = Holding(subject="customer", derived=True)

    message = models.OneToOneField(
        Message, on_delete=models.DO_NOTHING, primary_key=True, db_constraint=False, related_name="outbox"
    )
    enterprise = models.ForeignKey(
        "core.Enterprise", on_delete=models.DO_NOTHING, related_name="+", db_index=False
    )
    customer = TenantForeignKey(Customer, db_index=False)
    channel = models.CharField(max_length=10, choices=Channel.choices)
    purpose = models.CharField(max_length=12, choices=Purpose.choices)
    # The verdict that allows it; replaced by the one of the moment of sending.
    verdict = TenantForeignKey(Verdict, db_index=False)
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    due_at = models.DateTimeField()
    attempts = models.SmallIntegerField(default=0)
    # The idempotency key towards the provider, and of which worker; new with each handing over.
    attempt_id = models.UUIDField(null=True)
    worker = models.CharField(max_length=80, default="")
    began_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=24, default="")
    detail = models.CharField(max_length=300, default="")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["enterprise", "verdict"], name="touch_outbox_verdict"),
            models.CheckConstraint(condition=Q(state__in=State.values), name="touch_outbox_state"),
            models.CheckConstraint(
                condition=~Q(state="sending") | Q(attempt_id__isnull=False), name="touch_outbox_attempt"
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["enterprise", "channel", "due_at"],
                name="touch_outbox_due",
                condition=Q(state="queued"),
            ),
            models.Index(fields=["worker"], name="touch_outbox_sending", condition=Q(state="sending")),
            models.Index(
                fields=["enterprise", "customer"], name="touch_outbox_in_hand", condition=Q(state="sending")
            ),
            models.Index(fields=["enterprise", "state", "-message"], name="touch_outbox_newest"),
            models.Index(fields=["enterprise", "customer"], name="touch_outbox_customer"),
        ]


class Waiting(models.Model):
    """The waiting room: a message that the gate put off. It is asked about again when its time comes."""

    holding: ClassVar[Holding] = Holding(subject="customer", derived=True)

    message = models.OneToOneField(
        Message, on_delete=models.DO_NOTHING, primary_key=True, db_constraint=False, related_name="waiting"
    )
    enterprise = models.ForeignKey(
        "core.Enterprise", on_delete=models.DO_NOTHING, related_name="+", db_index=False
    )
    customer = TenantForeignKey(Customer, db_index=False)
    due_at = models.DateTimeField()
    until = models.DateTimeField()
    reason = models.CharField(max_length=24)
    outcome = models.CharField(max_length=6, choices=Outcome.choices, default=Outcome.DEFER)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["enterprise", "due_at"], name="touch_waiting_due", condition=Q(ended_at__isnull=True)
            ),
            models.Index(fields=["enterprise", "customer"], name="touch_waiting_customer"),
        ]


class Attempt(TenantModel):
    """One handing over to a provider, or what was learnt of one afterwards. Kept for ever."""

    holding: ClassVar[Holding] = Holding(append_only=True)

    message = TenantForeignKey(Message, db_index=False)
    key = models.UUIDField()
    outcome = models.CharField(max_length=10, choices=State.choices)
    code = models.CharField(max_length=40, default="")
    detail = models.CharField(max_length=300, default="")
    worker = models.CharField(max_length=80, default="")
    happened_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["enterprise", "message"], name="touch_attempt_message"),
            models.Index(fields=["enterprise", "key"], name="touch_attempt_key"),
        ]


class Report(TenantModel):
    """Something that came back about a message (a bounce, a complaint), read once."""

    holding: ClassVar[Holding] = Holding(append_only=True)

    digest = models.BinaryField()
    kind = models.CharField(max_length=12)
    message = TenantForeignKey(Message, null=True, db_index=False)
    code = models.CharField(max_length=40, default="")
    detail = models.CharField(max_length=300, default="")
    read_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["enterprise", "digest"], name="touch_report_once")
        ]


class Undeliverable(TenantModel):
    """An address that nobody reads any more: what was sent there came back for good. Found by its digest."""

    holding: ClassVar[Holding] = Holding(subject="customer")

    customer = TenantForeignKey(Customer, db_index=False)
    kind = models.CharField(max_length=20)
    digest = models.BinaryField()
    code = models.CharField(max_length=40, default="")
    detail = models.CharField(max_length=300, default="")
    marked_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["enterprise", "kind", "digest"], name="touch_undeliverable_once")
        ]


class Letter(models.Model):
    """A message at the person's own door: they read it there."""

    holding: ClassVar[Holding] = Holding(subject="customer", private=("subject", "body"), derived=True)

    message = models.OneToOneField(
        Message, on_delete=models.DO_NOTHING, primary_key=True, db_constraint=False, related_name="+"
    )
    enterprise = models.ForeignKey(
        "core.Enterprise", on_delete=models.DO_NOTHING, related_name="+", db_index=False
    )
    customer = TenantForeignKey(Customer, db_index=False)
    subject = SealedField()
    body = SealedField()
    arrived_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["customer", "-arrived_at"], name="touch_letter_newest"),
        ]
