"""The events of messages, and how they read on a timeline."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from guanxi.consent.words import Channel, Reason
from guanxi.core.schemas import EventSchema
from guanxi.touch.outgoing.words import Ending


def _line(payload: Mapping[str, Any]) -> str:
    channel, reason = payload.get("channel"), payload.get("reason")
    words = [
        str(payload.get("about") or ""),
        str(Channel(channel).label) if channel in Channel.values else "",
        str(Ending(reason).label) if reason in Ending.values else "",
        str(Reason(reason).label) if reason in Reason.values else "",
        str(payload.get("detail") or "")[:120],
    ]
    return " · ".join(word for word in words if word)


SCHEMAS = tuple(
    EventSchema(type_, label, private=(), line=_line, icon=icon)
    for type_, label, icon in (
        ("message.sent", _("Message sent"), "s3"),
        ("message.in_doubt", _("Message handed over, no answer noted"), "s4"),
        ("message.failed", _("Message not sent"), "s6"),
        ("message.delivered", _("Message delivered"), "s3"),
        ("message.bounced", _("Message came back"), "s6"),
        ("message.complained", _("Complained about a message"), "s6"),
        ("message.clicked", _("Opened a link of a message"), "s2"),
        ("message.unsubscribed", _("Lowered a permission from a message"), "s2"),
    )
)
