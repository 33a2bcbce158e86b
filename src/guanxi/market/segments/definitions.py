"""The definitions of an enterprise's segments: parsed, in an order in which each comes after those it names."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from guanxi.core import conditions
from guanxi.core.catalogue import Vocabulary
from guanxi.core.conditions import Condition, ConditionError, postgresql, tree
from guanxi.core.errors import Invalid
from guanxi.core.viewer import Viewer
from guanxi.market.models import Segment
from guanxi.market.segments import place, vocabulary
from guanxi.market.segments.vocabulary import Names


class Circle(Invalid):
    """Segments that name each other in a circle have no members."""

    code = "segment.circle"
    summary = _("{names} name each other in a circle.")


@dataclass(frozen=True, slots=True)
class Defined:
    """A segment with what it says, or what is wrong with that."""

    id: UUID
    name: str
    text: str
    condition: Condition | None
    error: str = ""

    @property
    def needs(self) -> frozenset[str]:
        """The segments that it names."""
        return companions(self.condition, "in_segment") if self.condition else frozenset()


@dataclass(frozen=True, slots=True)
class Sql:
    """A condition on the ground.

    Attributes:
        fits: True, false or NULL of each customer.
        where: The same for whoever only wants those that fit; quicker.
        due: When time alone may change the answer next.
    """

    source: str
    fits: str
    where: str
    due: str
    parameters: Mapping[str, Any]


def companions(condition: Condition, function: str) -> frozenset[str]:
    """The names that a condition gives to a function."""
    return frozenset(node.subject for node in condition.asked if node.function == function)


def states(defined: Iterable[Defined]) -> list[str]:
    """The texts of the states whose beginnings have to be known."""
    found = {
        node.subject
        for one in defined
        if one.condition
        for node in one.condition.asked
        if node.function == "since"
    }
    return sorted(found)


def defined_for(viewer: Viewer, names: Names) -> list[Defined]:
    """The segments in use, each after those it names."""
    words = vocabulary.vocabulary_for(viewer, names)
    rows = Segment.objects.filter(enterprise_id=viewer.tenant, retired_at=None).order_by("created_at", "pk")
    return ordered([_defined(row, words) for row in rows])


def _defined(row: Segment, words: Vocabulary) -> Defined:
    try:
        return Defined(row.pk, row.name, row.condition, parsed(row.condition, words))
    except ConditionError as error:
        return Defined(row.pk, row.name, row.condition, None, str(error)[:500])


def parsed(text: str, words: Vocabulary) -> Condition:
    """The condition of a text; a text is read once for the same vocabulary."""
    key = (
        text,
        frozenset((each.name, each.type) for each in words),
        *(frozenset(words.names(function) or ()) for function in ("in_segment", "in_list")),
    )
    found = _read.get(key)
    if found is None:
        if len(_read) >= _MOST_READ:
            _read.clear()
        found = _read[key] = conditions.parse(text, words)
    return found


_MOST_READ = 500
_read: dict[tuple[object, ...], Condition] = {}


def ordered(defined: Sequence[Defined]) -> list[Defined]:
    """Each after those it names.

    Raises:
        Circle: Some name each other.
    """
    waiting = {one.name: one for one in defined}
    result: list[Defined] = []
    while waiting:
        ready = [one for one in waiting.values() if not one.needs & waiting.keys()]
        if not ready:
            raise Circle(field="condition", names=", ".join(sorted(waiting)))
        result += ready
        for one in ready:
            del waiting[one.name]
    return result


def rendered(
    viewer: Viewer, condition: Condition, names: Names, *, now: datetime | None = None, few: bool = False
) -> Sql:
    """The condition as SQL; `few` where it is asked about some customers only."""
    at = now or viewer.now
    ground = place.Ground(viewer.tenant, at, viewer.zone, names, few=few)
    writing = postgresql.Writing(ground, at)
    fits = writing.write(condition.tree)
    parts = condition.tree.parts if isinstance(condition.tree, tree.All) else (condition.tree,)
    where = " AND ".join(ground.required(part) or writing.write(part) for part in parts)
    moments = place.moments(condition.tree, writing, ground) if condition.uses_now else []
    moment = writing.value(at, "timestamptz") if moments else ""
    coming = ", ".join(f"CASE WHEN {one} > {moment} THEN {one} END" for one in moments)
    due = f"least({coming})" if moments else "NULL::timestamptz"
    # Where what time cannot change is not true, time cannot make the whole true. The beginning of a state is watched
    # of everybody.
    timeless = [writing.write(part) for part in parts if not conditions.moves_with_time(part)]
    if moments and timeless and not any(isinstance(node, tree.Held) for node in condition.tree.walk()):
        due = f"(CASE WHEN {' AND '.join(timeless)} THEN {due} END)"
    return Sql(
        ground.source, fits, where, due, {**writing.parameters, **ground.parameters, "tenant": viewer.tenant}
    )


def part_of(condition: Condition, node: tree.Node) -> Condition:
    """A part of a condition as a condition of its own."""
    return Condition(condition.text[node.start : node.end], node, conditions.predicate.build(node))
