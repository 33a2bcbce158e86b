"""Slots: places on a page that other packages fill. A package gives query, component and order; the door renders."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from guanxi.core.viewer import Viewer

Query = Callable[[Viewer, Any], Mapping[str, Any] | None]


@dataclass(frozen=True, slots=True)
class Filling:
    """What one package puts into a slot.

    Attributes:
        name: `package.thing`, unique in its slot.
        query: Gives the component's variables for a viewer and a subject, or None where there is nothing to show.
        template: The door's component that shows them; "" where the values themselves are wanted.
        order: Smaller comes first.
        facts: What the slot wants to know beforehand, such as the column of a panel or the key of an entry.
    """

    name: str
    query: Query | None = None
    template: str = ""
    order: int = 100
    facts: Mapping[str, Any] = field(default_factory=dict)


_slots: dict[str, dict[str, Filling]] = defaultdict(dict)


def register(
    slot: str, *, name: str, query: Query | None = None, template: str = "", order: int = 100, **facts: Any
) -> None:
    """Fill a slot; registering the same name again replaces it."""
    _slots[slot][name] = Filling(name, query, template, order, facts)


def fillings(slot: str) -> list[Filling]:
    """What fills a slot, in order."""
    return sorted(_slots[slot].values(), key=lambda filling: (filling.order, filling.name))


@dataclass(frozen=True, slots=True)
class Shown:
    """A filling with its variables, ready for the door to render."""

    filling: Filling
    variables: Mapping[str, Any]


def shown(slot: str, viewer: Viewer, subject: Any = None) -> list[Shown]:
    """The fillings that have something to show this viewer about a subject."""
    result = []
    for filling in fillings(slot):
        variables = filling.query(viewer, subject) if filling.query else {}
        if variables is not None:
            result.append(Shown(filling, variables))
    return result
