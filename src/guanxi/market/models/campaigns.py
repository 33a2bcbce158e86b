"""Tables of campaigns: what was meant, who was meant, who was left for comparison, what it did."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from guanxi.consent.words import Channel, Purpose, Reason, Strength
from guanxi.core.audit import audited
from guanxi.core.declaration import Holding
from guanxi.core.fields import TenantForeignKey, TenantModel
from guanxi.core.models import Staff
from guanxi.market.models.segments import Segment
from guanxi.touch.outgoing.words import Ending


class State(models.TextChoices):
    """How far a campaign is."""

    DRAFT = "draft", pgettext_lazy("campaign", "Draft")
    APPROVED = "approved", pgettext_lazy("campaign", "Approved")
    RUNNING = "running", pgettext_lazy("campaign", "Running")
    PAUSED = "paused", pgettext_lazy("campaign", "Paused")
    DRAINED = "drained", pgettext_lazy("campaign", "Sends no more")
    ENDED = "ended", pgettext_lazy("campaign", "Ended")


#: The only moves; the database refuses every other (`market_campaign_moves()` says the same).
MOVES: dict[str, frozenset[str]] = {
    State.DRAFT: frozenset({State.APPROVED}),
    State.APPROVED: frozenset({State.RUNNING, State.DRAFT}),
    State.RUNNING: frozenset({State.PAUSED, State.DRAINED}),
    State.PAUSED: frozenset({State.RUNNING, State.DRAINED}),
    State.DRAINED: frozenset({State.ENDED}),
    State.ENDED: frozenset(),
}
#: In these states a campaign has customers of its own, whom others may have to leave alone.
LIVE = (State.APPROVED, State.RUNNING, State.PAUSED, State.DRAINED)


class Overlap(models.TextChoices):
    """What to do with customers who are in another campaign now."""

    EXCLUDE = "exclude", _("Leave out whoever is in another campaign")
    ALLOW = "allow", _("Let customers be in several campaigns")


class Success(models.TextChoices):
    """The measure by which a campaign is judged."""

    MARGIN = "margin", _("Margin")
    TURNOVER = "turnover", _("Turnover")
    ORDERS = "orders", _("Orders")
    REDEMPTIONS = "redemptions", _("Coupons redeemed")
    CLICKS = "clicks", _("Clicks")
    ANSWERS = "answers", _("Answers")


class StopRule(models.TextChoices):
    """When a campaign stops by itself."""

    WORSE = "worse", _("When it is proved worse for customers")
    DECIDED = "decided", _("When it is proved worse for customers, or its effect is proved either way")


@audited
class Campaign(TenantModel):
    """Something offered or told to the customers of a segment, with a control group."""

    holding: ClassVar[Holding] = Holding()

    name = models.CharField(_("name"), max_length=100)
    goal = models.CharField(_("goal"), max_length=500, default="", blank=True)
    segment = TenantForeignKey(Segment, db_index=False, verbose_name=_("segment"))
    purpose = models.CharField(_("purpose"), max_length=12, choices=Purpose.choices, default=Purpose.OFFERS)
    needs = models.SmallIntegerField(
        _("strength it needs"), choices=Strength.choices, default=Strength.INFORMED
    )
    # In order of preference: each customer gets the first that the gate allows.
    channels = ArrayField(
        models.CharField(max_length=10, choices=Channel.choices), verbose_name=_("channels")
    )
    # The message template of each channel: {"email": id}.
    templates = models.JSONField(default=dict)
    offer_id = models.UUIDField(null=True)
    starts_at = models.DateTimeField(_("not before"), null=True, blank=True)
    ends_at = models.DateTimeField(_("until"), null=True, blank=True)
    pace_hour = models.IntegerField(_("at most an hour"), default=1_000)
    pace_day = models.IntegerField(_("at most a day"), default=10_000)
    control_share = models.FloatField(_("control group"), default=0.1)
    window_days = models.SmallIntegerField(_("days that count"), default=14)
    contact_cost = models.DecimalField(_("cost of a contact"), max_digits=12, decimal_places=4, default=0)
    budget = models.DecimalField(_("budget"), max_digits=14, decimal_places=2, null=True, blank=True)
    success = models.CharField(
        _("judged by"), max_length=12, choices=Success.choices, default=Success.TURNOVER
    )
    again_after_days = models.SmallIntegerField(_("again after days"), null=True, blank=True)
    overlap = models.CharField(
        _("other campaigns"), max_length=8, choices=Overlap.choices, default=Overlap.EXCLUDE
    )
    stop_rule = models.CharField(
        _("stops by itself"), max_length=8, choices=StopRule.choices, default=StopRule.WORSE
    )
    # How much more harm of 100 customers is too much: opt-outs and complaints beyond those of the control group.
    tolerance = models.DecimalField(_("harm that stops it"), max_digits=5, decimal_places=2, default=1)
    state = models.CharField(max_length=8, choices=State.choices, default=State.DRAFT)
    state_at = models.DateTimeField()
    seed = models.BigIntegerField()
    created_by = TenantForeignKey(Staff, null=True, db_index=False)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["enterprise", "name"], name="market_campaign_name"),
            models.CheckConstraint(condition=Q(state__in=State.values), name="market_campaign_state"),
            models.CheckConstraint(
                condition=Q(control_share__gte=0.05, control_share__lte=0.5), name="market_campaign_control"
            ),
            models.CheckConstraint(
                condition=Q(pace_hour__gt=0, pace_day__gt=0, window_days__gt=0), name="market_campaign_pace"
            ),
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(starts_at__isnull=True) | Q(ends_at__gt=F("starts_at")),
                name="market_campaign_span",
            ),
            models.CheckConstraint(
                condition=Q(contact_cost__gte=0, tolerance__gte=0), name="market_campaign_costs"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["enterprise", "state"], name="market_campaign_by_state")]

    def __str__(self) -> str:
        return self.name

    @property
    def policy(self) -> str:
        """The name under which its decisions stand in the trials."""
        return f"campaign:{self.pk}"

    @property
    def moves(self) -> frozenset[str]:
        """The states it may go to."""
        return MOVES[self.state]


class Move(TenantModel):
    """One move of a campaign: who, what, why."""

    holding: ClassVar[Holding] = Holding(append_only=True)

    campaign = TenantForeignKey(Campaign, db_index=False)
    former = models.CharField(max_length=8, choices=State.choices)
    state = models.CharField(max_length=8, choices=State.choices)
    why = models.CharField(max_length=500, default="")
    moved_by = models.CharField(max_length=60)
    moved_at = models.DateTimeField()
    recorded_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["enterprise", "campaign", "moved_at"], name="market_move_campaign")
        ]


class Round(TenantModel):
    """One going-through of the segment: the only one of a campaign, or one of several, n days apart.

    `tally` says how many recipients stand how (`"contact:sent"`), changed in the transaction that changes them.
    """

    holding: ClassVar[Holding] = Holding(derived=True)

    campaign = TenantForeignKey(Campaign, db_index=False)
    number = models.SmallIntegerField()
    planned_at = models.DateTimeField()
    planned_by = models.CharField(max_length=60)
    # When the control group and the decisions were written down; before that nothing is sent.
    recorded_at = models.DateTimeField(null=True)
    # The campaign was changed since: nobody approves this plan.
    stale = models.BooleanField(default=False)
    size = models.IntegerField(default=0)
    # Up to here the queue has been gone through; only those who were put off wait behind it.
    passed = models.IntegerField(default=0)
    tally = models.JSONField(default=dict)
    # How many of its customers are in which other campaign that is under way.
    overlaps = models.JSONField(default=list)
    seconds = models.FloatField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["enterprise", "campaign", "number"], name="market_round_number")
        ]


class Arm(models.TextChoices):
    """What chance decided for a customer who could be contacted."""

    NONE = "", _("Not in the comparison")
    CONTACT = "contact", _("Contact")
    CONTROL = "control", _("Control group")


class Standing(models.TextChoices):
    """How a recipient stands."""

    OUT = "out", _("Not contacted")
    WAITING = "waiting", pgettext_lazy("recipient", "Waiting")
    SENT = "sent", pgettext_lazy("recipient", "Handed over")
    REFUSED = "refused", _("Refused at sending")
    LEFT = "left", _("Left alone for comparison")


class Refusal(models.TextChoices):
    """Why a customer of the segment is not contacted, besides the gate's own reasons."""

    HOLD_OUT = "hold_out", _("In the half-year's group that gets no unasked offers")
    ELSEWHERE = "elsewhere", _("In another campaign now")
    UNKNOWN = "unknown", _("Not known to the gate")
    BUDGET = "budget", _("The budget does not reach this far")
    CONTROL = "control", _("In the control group of this campaign")
    KNOWN = "known", _("Had this message already")
    NO_ADDRESS = "no_address", _("No address for the channel")


#: Every reason that a page may have to say in words.
REASONS = {**dict(Reason.choices), **dict(Ending.choices), **dict(Refusal.choices)}


class Recipient(models.Model):
    """One customer of the segment in one round: the arm, or the reason why not contacted.

    A million are written at once, by `campaigns.planning` alone and for members just read: the ids of customer,
    campaign and decision are not foreign keys, whose checks took half of the time. Row security holds all the same.
    """

    holding: ClassVar[Holding] = Holding(subject="customer_id", derived=True)

    pk = models.CompositePrimaryKey("enterprise_id", "customer_id", "round_id")
    enterprise = models.ForeignKey(
        "core.Enterprise", on_delete=models.DO_NOTHING, related_name="+", db_index=False, db_constraint=False
    )
    round_id = models.UUIDField()
    # The root of the whole when the round was planned.
    customer_id = models.UUIDField()
    # The place in the queue, drawn by chance over both arms, so that they come at the same times.
    turn = models.IntegerField()
    arm = models.CharField(max_length=7, choices=Arm.choices, default=Arm.NONE)
    standing = models.CharField(max_length=8, choices=Standing.choices)
    reason = models.CharField(max_length=24, default="")
    channel = models.CharField(max_length=10, choices=Channel.choices, default="")
    due_at = models.DateTimeField(null=True)
    decision_id = models.UUIDField(null=True)
    # When the customer's turn came, in either arm: from here the days count.
    reached_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            # Chance is on record before anything is sent.
            models.CheckConstraint(
                condition=Q(reached_at__isnull=True) | Q(decision_id__isnull=False),
                name="market_recipient_recorded",
            ),
            models.CheckConstraint(
                condition=~Q(arm="control") | Q(standing__in=["waiting", "left", "out"]),
                name="market_recipient_control",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["enterprise", "round_id", "turn"], name="market_recipient_turn"),
            models.Index(
                fields=["enterprise", "round_id", "due_at"],
                name="market_recipient_due",
                condition=Q(standing="waiting", due_at__isnull=False),
            ),
        ]


class Portion(TenantModel):
    """What was handed over at one time."""

    holding: ClassVar[Holding] = Holding(append_only=True)

    campaign = TenantForeignKey(Campaign, db_index=False)
    round = TenantForeignKey(Round, db_index=False)
    handed_at = models.DateTimeField()
    contacts = models.IntegerField()
    controls = models.IntegerField()
    refused = models.JSONField(default=dict)
    recorded_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["enterprise", "campaign", "-handed_at"], name="market_portion_campaign")
        ]


class Effect(TenantModel):
    """What a campaign did by one measure, as seen on one day. Rows of later days do not change it."""

    holding: ClassVar[Holding] = Holding(derived=True)

    campaign = TenantForeignKey(Campaign, db_index=False)
    measure = models.CharField(max_length=20)
    side = models.CharField(max_length=10)
    day = models.DateField()
    treated = models.IntegerField()
    treated_total = models.DecimalField(max_digits=18, decimal_places=4)
    control = models.IntegerField()
    control_total = models.DecimalField(max_digits=18, decimal_places=4)
    # For each customer; empty while too few have been seen.
    estimate = models.FloatField(null=True)
    low = models.FloatField(null=True)
    high = models.FloatField(null=True)
    e_value = models.FloatField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["enterprise", "campaign", "measure", "day"], name="market_effect_day"
            )
        ]


class Simulation(TenantModel):
    """What a campaign's plan would have been at a past date, and what happened then by itself."""

    holding: ClassVar[Holding] = Holding(derived=True)

    campaign = TenantForeignKey(Campaign, db_index=False)
    at = models.DateTimeField()
    made_at = models.DateTimeField()
    # Empty while it is being worked out.
    report = models.JSONField(default=dict)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["enterprise", "campaign", "at"], name="market_simulation_once")
        ]
