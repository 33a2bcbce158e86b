"""The words of permission: purposes, channels, strengths, and the reasons of the gate in everybody's language."""

from collections.abc import Mapping
from typing import Any

from django.db.models import IntegerChoices, TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Purpose(TextChoices):
    """What somebody is contacted or data are read for."""

    SERVICE = "service", _("Service")
    ORDERS = "orders", _("Orders")
    NEWS = "news", _("News")
    OFFERS = "offers", _("Offers")
    RESEARCH = "research", _("Research")
    COMMUNITY = "community", _("Community")
    RECOGNITION = "recognition", _("Recognition")
    LEARNING = "learning", _("Learning")


class Channel(TextChoices):
    """A way to carry messages."""

    EMAIL = "email", pgettext_lazy("channel", "E-mail")
    SMS = "sms", pgettext_lazy("channel", "SMS")
    PHONE = "phone", pgettext_lazy("channel", "Phone")
    CHAT = "chat", pgettext_lazy("channel", "Chat")
    MESSENGER = "messenger", pgettext_lazy("channel", "Messenger")
    POST = "post", pgettext_lazy("channel", "Post")
    DISPLAY = "display", pgettext_lazy("channel", "Display")


class Strength(IntegerChoices):
    """How much a permission allows: one ladder for everybody."""

    NONE = 0, pgettext_lazy("strength", "none")
    SITUATION = 1, pgettext_lazy("strength", "situation")
    INFORMED = 2, pgettext_lazy("strength", "informed")
    PERSONAL = 3, pgettext_lazy("strength", "personal")
    PRESENT = 4, pgettext_lazy("strength", "present")
    DELEGATE = 5, pgettext_lazy("strength", "delegate")


#: The rungs as a person reads them: a name and what it allows. These words are kept with each permission.
RUNGS: Mapping[Strength, tuple[Any, Any]] = {
    Strength.NONE: (_("Leave me alone"), _("Only what law and contract demand")),
    Strength.SITUATION: (_("Stick to the matter"), _("Answers only to what you have going on")),
    Strength.INFORMED: (_("Tell me"), _("General messages, without your personal data")),
    Strength.PERSONAL: (_("Know me"), _("Chosen by your needs and your purchases")),
    Strength.PRESENT: (_("Be there"), _("Knows you in the store, reminds you when you pass by")),
    Strength.DELEGATE: (_("Do it for me"), _("Renews, books and reorders within your limits")),
}

#: What somebody who has said nothing allows. Answers belong to serving; everything else has to be asked for.
DEFAULTS: Mapping[str, Strength] = {Purpose.SERVICE: Strength.SITUATION, Purpose.ORDERS: Strength.SITUATION}

#: Purposes under which data are read because a contract or the customer's own matter demands it.
CONTRACTUAL = frozenset({Purpose.SERVICE, Purpose.ORDERS})


class Reason(TextChoices):
    """Why the gate answered as it did; stable codes for machines, words for staff."""

    PERMITTED = "permitted", _("Permitted")
    NOTICE = "notice", _("A notice that law or contract demands")
    NO_PERMISSION = "no_permission", _("Nothing was permitted for this purpose")
    TOO_LOW = "strength_too_low", _("The permission is not strong enough")
    ENDED = "permission_ended", _("The permission has ended")
    CHANNEL = "channel_not_permitted", _("Not by this channel")
    NO_MATTER = "no_open_matter", _("No matter is open to which this would be an answer")
    HOLD = "on_hold", _("Something is open that has to be settled first")
    LEFT_ALONE = "left_alone", _("In the group that is left alone for comparison")
    PAUSED = "paused", _("The customer has asked for a pause")
    CAP = "weekly_cap", _("Contacted as often this week as was permitted")
    QUIET = "quiet_hours", _("Quiet hours where the customer is")
    CONTRACT = "legal_contract", _("A contract with the customer demands it")
    DUTY = "legal_duty", _("A law demands it")
    PRESSURE = "contact_pressure", _("Contacted too much lately")
    HOUSE_CAP = "enterprise_cap", _("Contacted as often this week as we allow ourselves")
    HOUSE_QUIET = "enterprise_quiet_hours", _("Our own quiet hours")


#: The same reasons as the person reads them.
REASONS_FOR_PERSON: Mapping[str, Any] = {
    Reason.PERMITTED: _("You permitted it."),
    Reason.NOTICE: _("Law or contract demands this notice."),
    Reason.NO_PERMISSION: _("You have not permitted this purpose."),
    Reason.TOO_LOW: _("It asked for more than you permit."),
    Reason.ENDED: _("Your permission had ended."),
    Reason.CHANNEL: _("You do not want this channel."),
    Reason.NO_MATTER: _("You had nothing going on that this would answer."),
    Reason.HOLD: _("Something of yours is still open and comes first."),
    Reason.LEFT_ALONE: _("This half-year you belong to the few who get no unasked offers, for comparison."),
    Reason.PAUSED: _("You asked for a pause."),
    Reason.CAP: _("You had been contacted as often this week as you allow."),
    Reason.QUIET: _("It was in your quiet hours."),
    Reason.CONTRACT: _("Your contract with them demands it."),
    Reason.DUTY: _("A law demands it."),
    Reason.PRESSURE: _("You had been contacted a lot lately."),
    Reason.HOUSE_CAP: _("They had contacted you as often this week as they allow themselves."),
    Reason.HOUSE_QUIET: _("It was in their own quiet hours."),
}


class Basis(TextChoices):
    """What allows a contact where it is not the customer's permission; only for purposes that serve them."""

    CONTRACT = "contract", pgettext_lazy("legal basis", "Contract")
    DUTY = "duty", pgettext_lazy("legal basis", "Legal duty")


#: The reason code that names a basis.
REASONS_OF_BASES: Mapping[str, Reason] = {Basis.CONTRACT: Reason.CONTRACT, Basis.DUTY: Reason.DUTY}


class ProofKind(TextChoices):
    """How it can be shown that somebody permitted something."""

    SIGNED_FORM = "signed_form", _("Signed form")
    DOUBLE_OPT_IN = "double_opt_in", _("Sign-up confirmed by e-mail or code")
    CHECKBOX = "checkbox", _("Record of a ticked box")
    RECORDED_CALL = "recorded_call", _("Recorded call")
    VERBAL_NOTE = "verbal_note", _("Note of what was said")
    EXISTING_CUSTOMER = "existing_customer", _("They are a customer already")


#: The greatest strength that each kind of proof carries: what follows somebody about needs more than a ticked box.
CARRIES: Mapping[str, Strength] = {
    ProofKind.SIGNED_FORM: Strength.DELEGATE,
    ProofKind.DOUBLE_OPT_IN: Strength.PRESENT,
    ProofKind.CHECKBOX: Strength.PERSONAL,
    ProofKind.RECORDED_CALL: Strength.PERSONAL,
    ProofKind.VERBAL_NOTE: Strength.INFORMED,
    ProofKind.EXISTING_CUSTOMER: Strength.SITUATION,
}


class Outcome(TextChoices):
    """What the gate may answer."""

    ALLOW = "allow", _("Allowed")
    DEFER = "defer", _("Later")
    DENY = "deny", _("Refused")
