"""Why a condition selects somebody or not: each part of its text with its answer and what was missing."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from guanxi.core.conditions import predicate, tree
from guanxi.core.conditions.predicate import Facts


@dataclass(frozen=True, slots=True)
class Finding:
    """One part of a condition for one customer.

    Attributes:
        text: The part as it was written.
        value: True, False, or None for unknown.
        missing: The names of attributes and questions that are not known.
        parts: The parts of which it is made, where it is a combination.
    """

    text: str
    start: int
    end: int
    value: bool | None
    missing: tuple[str, ...]
    parts: tuple["Finding", ...] = ()

    def decisive(self) -> Iterator["Finding"]:
        """The smallest parts that made the whole what it is."""
        same = [part for part in self.parts if part.value is self.value]
        if not self.parts or not same:
            yield self
        for part in same:
            yield from part.decisive()


def explain(node: tree.Node, text: str, facts: Facts, now: datetime) -> Finding:
    """What a condition's tree says of one customer, part by part."""
    parts = tuple(explain(part, text, facts, now) for part in _combined(node))
    names = {
        part.attribute.name if isinstance(part, tree.Known) else part.key
        for part in node.walk()
        if isinstance(part, tree.Known | tree.Asked)
    }
    missing = {name for name in names if facts.get(name) is None}
    return Finding(
        text=text[node.start : node.end],
        start=node.start,
        end=node.end,
        value=predicate.build(node)(facts, now),
        missing=tuple(sorted(missing)),
        parts=parts,
    )


def _combined(node: tree.Node) -> tuple[tree.Node, ...]:
    match node:
        case tree.All(parts=parts) | tree.Some(parts=parts):
            return parts
        case tree.Not(part=part) | tree.Held(part=part):
            return (part,)
        case _:
            return ()
