"""The one condition language: who and when, in CEL.

One parse, three compilers: a Python function for one customer (`predicate`), SQL of PostgreSQL for many (`postgresql`)
and a relational expression for other engines (`relational`, which only the analysing process imports). A missing value
makes a comparison unknown; unknown is not selected, and neither is its negation; `has()` is always true or false.
"""

from dataclasses import dataclass, field
from datetime import datetime

from guanxi.core import catalogue
from guanxi.core.catalogue import Attribute, Vocabulary
from guanxi.core.conditions import checking, explanation, predicate, tree
from guanxi.core.conditions.errors import ConditionError
from guanxi.core.conditions.explanation import Finding
from guanxi.core.conditions.predicate import Evaluate, Facts
from guanxi.core.conditions.tree import Asked

__all__ = ["Condition", "ConditionError", "Facts", "Finding", "moves_with_time", "parse"]


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition that fits the catalogue, ready for use."""

    text: str
    tree: tree.Node
    evaluate: Evaluate = field(repr=False, compare=False)

    @property
    def attributes(self) -> list[Attribute]:
        """What it names, by name."""
        named = {
            node.attribute.name: node.attribute
            for node in self.tree.walk()
            if isinstance(node, tree.Known | tree.Has)
        }
        return [named[name] for name in sorted(named)]

    @property
    def asked(self) -> list[Asked]:
        """What it asks beside attributes (past events, segments, lists, chance, states), by key."""
        found = {node.key: node for node in self.tree.walk() if isinstance(node, Asked)}
        return [found[key] for key in sorted(found)]

    @property
    def uses_now(self) -> bool:
        """Whether its answer changes with time alone."""
        return any(
            isinstance(node, tree.Now | tree.Held) or (isinstance(node, Asked) and node.days is not None)
            for node in self.tree.walk()
        )

    def test(self, facts: Facts, *, now: datetime) -> bool | None:
        """True, False, or None where it is unknown.

        Raises:
            BadValue: A fact that its attribute may not hold.
        """
        value: bool | None = self.evaluate(facts, now)
        return value

    def selects(self, facts: Facts, *, now: datetime) -> bool:
        """Whether the customer is meant: unknown is not."""
        return self.test(facts, now=now) is True

    def explain(self, facts: Facts, *, now: datetime) -> Finding:
        """Why it selects this customer or not."""
        return explanation.explain(self.tree, self.text, facts, now)


def moves_with_time(part: tree.Node) -> bool:
    """Whether the answer of a part changes with time alone."""
    return any(
        isinstance(node, tree.Now | tree.Held) or (isinstance(node, Asked) and node.days is not None)
        for node in part.walk()
    )


def parse(text: str, vocabulary: Vocabulary = catalogue.vocabulary) -> Condition:
    """The condition that a text says.

    Raises:
        ConditionError: What is wrong with it, and where.
    """
    checked = checking.check(text, vocabulary)
    return Condition(text=text, tree=checked, evaluate=predicate.build(checked))
