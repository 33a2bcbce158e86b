"""Event schemas: what each type of event carries and which of it is private.

Each package registers the types that it emits; a type nobody registered (a `track` call of a customer's own) is kept
with the default schema.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Payload = Mapping[str, Any]
# What a foreign sender may put beside its facts that names somebody.
PRIVATE_BY_DEFAULT = (
    "email", "phone", "name", "firstName", "lastName", "first_name", "last_name", "address", "birthday", "ip",
    "username", "title", "avatar", "message", "body", "text",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class EventSchema:
    """One type of event.

    Attributes:
        type: Past tense, `order.placed`.
        version: The newest version; older ones are lifted by `upcasters`.
        label: What it is called on a page (a lazy translation).
        private: Names of properties that are sealed with the customer's key.
        line: Turns a payload into the line that a timeline shows; None shows the label alone.
        upcasters: From version n to n + 1.
        icon: Colour of its mark on the timeline: one of s1 … s8.
        amount: The property that says for how much money it was, where there is one.
    """

    type: str
    label: Any = ""
    version: int = 1
    private: tuple[str, ...] = PRIVATE_BY_DEFAULT
    line: Callable[[Payload], str] | None = None
    upcasters: Mapping[int, Callable[[Payload], Payload]] = field(default_factory=dict)
    icon: str = "s8"
    amount: str = ""

    def lifted(self, version: int, payload: Payload) -> Payload:
        """A payload of an older version in the shape of the newest."""
        for step in range(version, self.version):
            payload = self.upcasters[step](payload)
        return payload


_schemas: dict[str, EventSchema] = {}


def register(schema: EventSchema) -> None:
    """Make a type of event known."""
    _schemas[schema.type] = schema


def schema_of(type_: str) -> EventSchema:
    """The schema of a type; for one that nobody registered, one that seals whatever usually names somebody."""
    return _schemas.get(type_) or EventSchema(type_, label=type_)


def registered() -> dict[str, EventSchema]:
    """All known types, by name."""
    return dict(sorted(_schemas.items()))
