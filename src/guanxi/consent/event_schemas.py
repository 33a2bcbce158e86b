"""The events that consent writes, and how they read on a timeline."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from guanxi.consent.individual import Report
from guanxi.consent.words import Channel, Purpose, Reason, Strength
from guanxi.core.schemas import EventSchema


def _changed(payload: Mapping[str, Any]) -> str:
    facts = {
        "purpose": _label(Purpose, payload.get("purpose")),
        "channel": _label(Channel, payload.get("channel")),
    }
    strength = payload.get("strength", 0)
    if payload.get("channel"):
        text = _("{purpose}, {channel}: not wanted") if strength == 0 else _("{purpose}, {channel}: wanted")
        return text.format(**facts)
    level = Strength(strength) if strength in Strength.values else Strength.NONE
    return _("{purpose}: {strength}, {level}").format(**facts, strength=int(level), level=level.label)


def _made(payload: Mapping[str, Any]) -> str:
    return " · ".join(filter(None, [payload.get("about", ""), *_how(payload)]))


def _refused(payload: Mapping[str, Any]) -> str:
    return " · ".join(
        filter(None, [_label(Reason, payload.get("reason")), payload.get("about", ""), *_how(payload)])
    )


def _leaked(payload: Mapping[str, Any]) -> str:
    return _("somebody else wrote to it: {domain}").format(domain=payload.get("domain", ""))


def _reported(payload: Mapping[str, Any]) -> str:
    return " · ".join(
        filter(None, [_label(Report.Why, payload.get("why")), payload.get("about", ""), *_how(payload)])
    )


def _how(payload: Mapping[str, Any]) -> tuple[str, str]:
    return _label(Purpose, payload.get("purpose")), _label(Channel, payload.get("channel"))


def _label(choices: Any, value: object) -> str:
    return str(choices(value).label) if value in choices.values else ""


SCHEMAS = (
    EventSchema(
        "permission.changed", gettext_lazy("Permission changed"), private=(), line=_changed, icon="s2"
    ),
    EventSchema("contact.made", gettext_lazy("Contacted"), private=(), line=_made, icon="s3"),
    EventSchema(
        "contact.refused", gettext_lazy("Contact refused by the gate"), private=(), line=_refused, icon="s6"
    ),
    EventSchema(
        "contact.reported",
        gettext_lazy("Contact reported by the customer"),
        private=(),
        line=_reported,
        icon="s6",
    ),
    EventSchema(
        "alias.leaked",
        gettext_lazy("An address given to us alone is in other hands"),
        private=(),
        line=_leaked,
        icon="s6",
    ),
)
