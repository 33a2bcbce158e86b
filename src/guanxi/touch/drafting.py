"""What the log says of a message: its type, its payload, and who is meant. Pure.

Traits of `identify` and `group` are private as a whole: they are where names and addresses come. Properties of other
messages are facts; the schema of their type says which of them are private.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from guanxi.core.events import Draft
from guanxi.people import customfields
from guanxi.people.customfields import Definition
from guanxi.touch import message as messages
from guanxi.touch import naming
from guanxi.touch.message import Message

Identifiers = tuple[tuple[str, str], ...]
_GREATEST_TRAIT = 320


def draft(message: Message, received_at: datetime, customer_id: UUID | None) -> Draft:
    """The event that a message is."""
    return Draft(
        type=naming.event_type(message.kind, message.name),
        occurred_at=messages.occurred_at(message, received_at),
        payload=payload(message),
        customer_id=customer_id,
        anonymous_id=message.anonymous or None,
        message_id=message.id,
    )


def payload(message: Message) -> dict[str, Any]:
    """What the log keeps of a message."""
    if message.kind in ("identify", "group"):
        said: dict[str, Any] = {"traits": message.data} if message.data else {}
        if message.group:
            said["group"] = message.group
    else:
        said = dict(message.data)
        if message.name:
            said.setdefault("event" if message.kind == "track" else "name", message.name)
    if message.context:
        said.setdefault("context", message.context)
    return said


def identifiers(message: Message) -> Identifiers:
    """All that says who is meant, as it came; `people` knows how to spell it and which of it is junk.

    Only `identify` and `alias` join keys to one customer. Any other message belongs to the user, where it names one,
    and says nothing of the device.
    """
    user = (("source_key", message.user),) if message.user else ()
    if message.kind == "alias":
        return (*user, ("anonymous", message.former))
    device = (("anonymous", message.anonymous),) if message.anonymous else ()
    if message.kind != "identify":
        return user or device
    return (*user, *_traits(message, "email", "phone"), *device)


def name_of(message: Message) -> str:
    """What the traits of `identify` say that somebody is called."""
    if message.kind != "identify":
        return ""
    whole = _trait(message, "name")
    parts = (_trait(message, "firstName", "first_name"), _trait(message, "lastName", "last_name"))
    return whole or " ".join(part for part in parts if part)


def fields_of(message: Message, definitions: Sequence[Definition]) -> dict[str, Any]:
    """What the traits of `identify` say of the enterprise's own fields.

    What a field cannot hold stays in the event alone, and so does a trait that says nothing: a website that sends an
    empty form takes no fact away.
    """
    found = {}
    for definition in definitions:
        given = message.data.get(definition.name)
        if not isinstance(given, str | int | float):
            continue
        try:
            value = customfields.parse(definition, given)
        except customfields.BadField:
            continue
        if value is not None:
            found[definition.name] = value
    return found


def _traits(message: Message, *names: str) -> Identifiers:
    return tuple((name, value) for name in names if (value := _trait(message, name)))


def _trait(message: Message, *names: str) -> str:
    values = (message.data.get(name) for name in names)
    return next(
        (value.strip()[:_GREATEST_TRAIT] for value in values if isinstance(value, str) and value.strip()), ""
    )
