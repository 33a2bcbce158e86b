"""The bus: packages subscribe to event types of other packages, downwards and upwards alike.

Two kinds of subscriber. A *fold* runs inside the writer's transaction on the whole batch, SQL only, and keeps
counters and states; a *reaction* (rules, journeys, webhooks) has a row of its own in the same transaction and is worked
through afterwards with its own retry, so that a slow or broken one delays nobody.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from guanxi.core.models import Event

Fold = Callable[["Sequence[Event]"], None]
React = Callable[["Event"], None]


@dataclass(frozen=True, slots=True)
class Subscriber:
    """A subscription: which types, and what to call."""

    name: str
    pattern: str
    call: Callable[..., None]

    def wants(self, type_: str) -> bool:
        """Whether events of this type are for it; `*` stands for any part."""
        return fnmatchcase(type_, self.pattern)


_folds: list[Subscriber] = []
_reactions: dict[str, Subscriber] = {}


def fold(pattern: str, function: Fold) -> None:
    """Call `function(batch)` with the events of matching types, inside the transaction that writes them."""
    _folds.append(Subscriber(f"{function.__module__}.{function.__name__}", pattern, function))


def react(pattern: str, name: str, function: React) -> None:
    """Call `function(event)` for each event of a matching type, later, at least once.

    Raises:
        ValueError: The name is taken; rows that wait would find the wrong function.
    """
    if name in _reactions:
        raise ValueError(f"A reaction named {name!r} is registered already.")
    _reactions[name] = Subscriber(name, pattern, function)


def folds() -> Sequence[Subscriber]:
    """The folds in the order of registration."""
    return tuple(_folds)


def reactions_to(type_: str) -> list[str]:
    """Names of the reactions that want events of this type."""
    return [name for name, subscriber in _reactions.items() if subscriber.wants(type_)]


def reaction(name: str) -> Subscriber:
    """The reaction of this name.

    Raises:
        KeyError: No package registers it any more.
    """
    return _reactions[name]
