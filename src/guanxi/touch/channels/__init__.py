"""Ways to carry messages. Each folder is one slice (adapter, form of its settings); nothing else knows it.

A new one is found by its folder, whose module holds `ADAPTER`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

from django import forms

from guanxi.core.errors import DomainError
from guanxi.core.resolve import resolve
from guanxi.touch.outgoing.letters import Text

Settings = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Parcel:
    """A message on its way to one address.

    Attributes:
        key: The idempotency key: a provider that sees it twice has been given the same message twice.
        to: The address, as the channel understands it.
        leave: Address of the page where the recipient lowers their permission.
        one_click: Address that lowers it at a POST (RFC 8058); "" for a notice that cannot be refused.
    """

    key: UUID
    enterprise_id: UUID
    message_id: UUID
    customer_id: UUID
    enterprise: str
    to: str
    text: Text
    leave: str
    one_click: str = ""


class Refused(Exception):
    """The provider refuses this message for good. `address` says that nobody reads there any more."""

    def __init__(self, detail: str, *, code: str = "", address: bool = False) -> None:
        super().__init__(detail)
        self.code, self.address = code, address


class Later(Exception):
    """The provider does not take this message now; others it may take."""

    def __init__(self, detail: str, *, code: str = "") -> None:
        super().__init__(detail)
        self.code = code


class Down(Exception):
    """The provider cannot be reached, or takes nothing from us: no message was handed over."""


class Unsure(Exception):
    """The message was handed over and no answer came."""


class Session(Protocol):
    """An open way to a provider. One thread at a time uses it."""

    def send(self, parcel: Parcel, handing: Callable[[], None]) -> str:
        """Hand over one message; what the provider calls it.

        Args:
            handing: Called before the first byte after which the provider may have taken it.

        Raises:
            Refused, Later, Down, Unsure: What became of it otherwise.
        """

    def close(self) -> None:
        """End it; never fails."""


@dataclass(frozen=True, slots=True)
class Adapter:
    """One way to carry messages.

    Attributes:
        channels: The channels of consent that it can carry.
        reaches: The kind of identifier that it needs; "" where the customer's id is enough.
        repeatable: The provider knows the key: the same message may be handed over twice.
        connections: How many sessions are open at once.
        own_thread: It writes to our own database and so stays in the thread of the sender.
    """

    name: str
    label: Any
    about: Any
    channels: tuple[str, ...]
    reaches: Mapping[str, str]
    form: type[forms.Form]
    open: Callable[[Settings], Session]
    repeatable: bool = False
    connections: int = 1
    own_thread: bool = False


class UnknownAdapter(DomainError):
    """There is no such way to carry messages."""

    code = "touch.unknown_adapter"
    status = 422


@cache
def adapters() -> Mapping[str, Adapter]:
    """Every way, by name."""
    folders = sorted(path.parent.name for path in Path(__file__).parent.glob("*/__init__.py"))
    found: list[Adapter] = [resolve(f"guanxi.touch.channels.{name}:ADAPTER") for name in folders]
    return {adapter.name: adapter for adapter in found}


def adapter_of(name: str) -> Adapter:
    """The way of this name.

    Raises:
        UnknownAdapter: There is none.
    """
    if name not in adapters():
        raise UnknownAdapter(field="adapter")
    return adapters()[name]
