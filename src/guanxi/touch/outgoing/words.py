"""The words of the outgoing half: states of a message, and why one was not sent, in everybody's language."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class State(TextChoices):
    """How a message stands that the gate has allowed."""

    QUEUED = "queued", pgettext_lazy("message", "Waits to be sent")
    SENDING = "sending", pgettext_lazy("message", "Being sent")
    SENT = "sent", pgettext_lazy("message", "Sent")
    BOUNCED = "bounced", pgettext_lazy("message", "Came back")
    COMPLAINED = "complained", pgettext_lazy("message", "Complained about")
    FAILED = "failed", pgettext_lazy("message", "Could not be sent")
    UNKNOWN = "unknown", pgettext_lazy("message", "Handed over, no answer noted")
    STOPPED = "stopped", pgettext_lazy("message", "Stopped")


#: What has left the house, or may have: never sent again by itself.
GONE = (State.SENDING, State.SENT, State.BOUNCED, State.COMPLAINED, State.UNKNOWN)


class Ending(TextChoices):
    """Why a message was not sent, where it was not the gate."""

    NO_ADDRESS = "no_address", _("No address for this channel")
    UNDELIVERABLE = "undeliverable", _("Earlier messages to this address came back")
    REJECTED = "rejected", _("The provider refused it")
    GAVE_UP = "gave_up", _("Tried too often without success")
    NO_CHANNEL = "no_channel", _("The channel is not set up")
    MERGED = "merged", _("The customer has it already under another record")
    CANCELLED = "cancelled", _("Cancelled by staff")
    NOTHING_LEFT = "nothing_left", _("There was nothing left to give them")
    NO_CUSTOMER = "no_customer", _("The customer is not there any more")
    ERASED = "erased", _("Its content was erased")
    NOT_SENT = "not_sent", _("Staff decided that it was not sent")
