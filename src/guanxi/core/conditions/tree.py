"""The typed tree of a condition: what every compiler compiles."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from decimal import Decimal
from hashlib import blake2b

from guanxi.core.catalogue import Attribute, ValueType

Value = bool | int | float | Decimal | str | datetime | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Range:
    """What a number may be: from `low` to `high`, and zero or at least `least` away from it."""

    low: float
    high: float
    least: float = 1.0

    @property
    def largest(self) -> float:
        """The greatest distance from zero."""
        return max(abs(self.low), abs(self.high))


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A part with its type and its place in the text."""

    type: ValueType
    start: int
    end: int
    range: Range | None = None

    def children(self) -> Iterator["Node"]:
        """The parts of which this one is made."""
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, Node):
                yield value
            elif isinstance(value, tuple):
                yield from (item for item in value if isinstance(item, Node))

    def walk(self) -> Iterator["Node"]:
        """This part and all parts below it."""
        yield self
        for child in self.children():
            yield from child.walk()


@dataclass(frozen=True, slots=True, kw_only=True)
class Constant(Node):
    """A literal. `text` is how a number was written, until it is known to be an int, a double or money."""

    value: Value
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Now(Node):
    """The viewer's time: an argument, never the database's clock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known(Node):
    """The value of an attribute; unknown where it is missing."""

    attribute: Attribute


@dataclass(frozen=True, slots=True, kw_only=True)
class Has(Node):
    """Whether an attribute is known: always true or false."""

    attribute: Attribute


@dataclass(frozen=True, slots=True, kw_only=True)
class Not(Node):
    """Kleene's negation: of unknown, unknown."""

    part: Node


@dataclass(frozen=True, slots=True, kw_only=True)
class All(Node):
    """`&&`: false when one is false, else unknown when one is unknown."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Some(Node):
    """`||`: true when one is true, else unknown when one is unknown."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice(Node):
    """`condition ? then : otherwise`; unknown when the condition is."""

    condition: Node
    then: Node
    otherwise: Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison(Node):
    """Two values of one type; unknown when one of them is."""

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Arithmetic(Node):
    """`+ - * / %` on numbers; a division by zero is unknown."""

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Negation(Node):
    """A number with its sign turned."""

    part: Node


@dataclass(frozen=True, slots=True, kw_only=True)
class ToDouble(Node):
    """`double(x)` of a whole number or money."""

    part: Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift(Node):
    """A timestamp moved by a fixed duration."""

    part: Node
    by: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class OneOf(Node):
    """`x in [a, b]`, over constants."""

    item: Node
    choices: tuple[Constant, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Holds(Node):
    """`"a" in tags`, over an attribute that is a list."""

    item: Node
    listing: Node


@dataclass(frozen=True, slots=True, kw_only=True)
class TextTest(Node):
    """`startsWith`, `endsWith`, `contains`."""

    method: str
    subject: Node
    pattern: Node


@dataclass(frozen=True, slots=True)
class Where:
    """What a counted event must carry: a public property of its payload beside a constant."""

    name: str
    operator: str
    value: Decimal | str | bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked(Node):
    """What no attribute holds: past events, company, chance. Whoever gives the facts answers under `key`.

    Attributes:
        function: `events`, `total`, `in_segment`, `in_list`, `bucket`; `since` for the state of a `Held`.
        subject: The type of event, the name of the segment or list, the seed, the text of the state.
        days: How many calendar days back events count, today included; None counts all.
        parts: Into how many buckets customers fall.
        where: What each event must carry.
        key: The same for all questions with the same answer.
    """

    function: str
    subject: str
    key: str
    days: int | None = None
    parts: int = 0
    where: tuple[Where, ...] = ()

    @property
    def column(self) -> str:
        """The column of a table of customers that holds the answers."""
        return "asked_" + blake2b(self.key.encode(), digest_size=8).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Held(Node):
    """A state that has been true without a break for a time; unknown where the state is, or its beginning."""

    part: Node
    since: Asked
    least: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Size(Node):
    """The number of code points of a text, or of items of a list."""

    part: Node
