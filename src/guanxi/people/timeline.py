"""How an event reads on a customer's timeline. Sealed properties stay sealed: a line is no reason to open them.
Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from guanxi.core import schemas
from guanxi.core.events import SEALED
from guanxi.core.models import Event

#: What kind of happening a type of event is: the colour of its mark, and the filters of the timeline.
KINDS: Mapping[str, tuple[str, ...]] = {
    "order": ("order.", "coupon.", "product.returned"),
    "web": (
        "page.",
        "screen.",
        "product.",
        "products.",
        "cart.",
        "checkout.",
        "promotion.",
        "wishlist.",
        "track.",
    ),
    "message": ("message.", "email.", "sms.", "call.", "chat."),
    "permission": ("permission.", "consent.", "contact."),
    "service": ("case.", "survey.", "complaint."),
    "person": ("need.", "circle.", "community.", "relation."),
    "system": ("customer.",),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a timeline."""

    id: str
    time: datetime
    kind: str
    type: str
    title: str
    detail: str
    payload: Mapping[str, Any]
    href: str = ""
    quote: str = ""
    why: str = ""
    simulated: bool = False


def kind_of(type_: str) -> str:
    """What kind of happening a type of event is."""
    for kind, prefixes in KINDS.items():
        if type_.startswith(prefixes):
            return kind
    return "system"


def patterns_of(kind: str) -> tuple[str, ...]:
    """The patterns of event types that a filter of the timeline means; none for an unknown one."""
    return tuple(f"{prefix}*" for prefix in KINDS.get(kind, ()))


def lines(events: Sequence[Event]) -> list[Line]:
    """Events as lines, in their order."""
    return [_line(event) for event in events]


def _line(event: Event) -> Line:
    schema = schemas.schema_of(event.type)
    payload = {
        name: value
        for name, value in schema.lifted(event.version, event.payload).items()
        if not _sealed(value)
    }
    label = str(schema.label)
    said = _said(schema, payload)
    simulated = bool(payload.get("simulated", False))
    title, detail = (said, "") if said else (label, _what(payload))
    return Line(
        str(event.id),
        event.occurred_at,
        kind_of(event.type),
        event.type,
        title,
        detail,
        payload,
        simulated=simulated,
    )


def _said(schema: schemas.EventSchema, payload: Mapping[str, Any]) -> str:
    if schema.line is None:
        return ""
    try:
        return str(schema.line(payload))
    except (KeyError, TypeError, ValueError, ArithmeticError, AttributeError):
        return ""  # a property that the line wants is sealed, or came otherwise than its schema says


def _what(payload: Mapping[str, Any]) -> str:
    """The one property that says most, for types without a line of their own."""
    for name in ("path", "product", "product_id", "query", "coupon", "url", "id"):
        value = payload.get(name)
        if isinstance(value, str | int) and value != "":
            return str(value)[:120]
    return ""


def _sealed(value: object) -> bool:
    return isinstance(value, dict) and value.keys() == {SEALED}
