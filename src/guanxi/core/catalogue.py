"""What conditions may name and what rules may do: the attributes of a customer and the deeds of the house.

Each package registers its own in `wiring.py`; `core.conditions` type-checks against the attributes, and the border
(`Attribute.clean`) keeps out the values on which Python and the databases would disagree.
"""

import math
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from difflib import get_close_matches
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext_lazy as _

from guanxi.core.errors import Invalid


class ValueType(StrEnum):
    """The type of an attribute's values, as the condition language names it."""

    INT = "int"
    DOUBLE = "double"
    MONEY = "money"
    STRING = "string"
    BOOL = "bool"
    TIMESTAMP = "timestamp"
    STRINGS = "list<string>"


# Whole numbers beyond 2^53 are not exact as doubles, in JSON and in JavaScript: the language stays within them.
SAFE_INTEGER = 2**53 - 1
# Money has two decimals and stays within the same number of minor units.
MONEY_LIMIT = Decimal(SAFE_INTEGER).scaleb(-2)
DOUBLE_LIMIT = 1e60
# Doubles nearer to zero are zero: PostgreSQL aborts a query whose product underflows, DuckDB and Python do not.
SMALLEST_DOUBLE = 1e-60
# The years that every engine, Python and JSON agree on.
FIRST_TIMESTAMP = datetime(1900, 1, 1, tzinfo=UTC)
LAST_TIMESTAMP = datetime(2200, 1, 1, tzinfo=UTC)

_DEFAULT_RANGES: Mapping[ValueType, tuple[float, float]] = {
    ValueType.INT: (-(10**12), 10**12),
    ValueType.DOUBLE: (-1e15, 1e15),
    ValueType.MONEY: (-(10**12), 10**12),
}
_LIMITS: Mapping[ValueType, float] = {
    ValueType.INT: SAFE_INTEGER,
    ValueType.DOUBLE: DOUBLE_LIMIT,
    ValueType.MONEY: float(MONEY_LIMIT),
}


class BadValue(Invalid):
    """A value that an attribute may not hold."""

    code = "catalogue.bad_value"
    summary = _("{value} is not a value of {name} ({expected}).")


class UnknownName(Invalid):
    """Nothing of this name is in the catalogue."""

    code = "catalogue.unknown_name"
    summary = _("Nothing is called {name}.")


@dataclass(frozen=True, slots=True)
class Attribute:
    """One thing that is known of a customer and that a condition may name.

    Attributes:
        name: As conditions write it, with dots: `orders.count`.
        label: As pages write it, translated.
        source: Where PostgreSQL has it, as `table.column` by customer; empty where only the lake has it.
        lake: The column of the lake's table of customers; the name with underscores when empty.
        low, high: The range of numbers; needed so that arithmetic can be proved not to overflow.
        values: The words that a string may be, where they are few and fixed, with their labels.
        unit: What a number counts, for pages ("days").
    """

    name: str
    type: ValueType
    label: Any
    source: str = ""
    lake: str = ""
    low: float | None = None
    high: float | None = None
    values: Mapping[str, Any] | None = None
    unit: Any = ""
    description: Any = ""

    def __post_init__(self) -> None:
        """Check the declaration, so that a mistake stops the start and not a segment."""
        object.__setattr__(self, "type", ValueType(self.type))
        if not all(part.isidentifier() and part.isascii() for part in self.name.split(".")):
            raise ValueError(f"{self.name!r} is not a name that a condition can write.")
        limit = _LIMITS.get(self.type)
        if limit is None:
            return
        low, high = self.range
        if not -limit <= low <= high <= limit:
            raise ValueError(f"The range {low} to {high} of {self.name} leaves ±{limit} or is empty.")

    @property
    def column(self) -> str:
        """The column of the table of customers on which a rendered condition works, in every engine."""
        return self.lake or self.name.replace(".", "_")

    @property
    def range(self) -> tuple[float, float]:
        """The least and the greatest number that the attribute may hold."""
        low, high = _DEFAULT_RANGES.get(self.type, (0, 0))
        return (low if self.low is None else self.low, high if self.high is None else self.high)

    def clean(self, value: object) -> Any:
        """The value as conditions compare it; None stays None (unknown).

        Raises:
            BadValue: NaN, infinity, a wrong type, a number out of range, text that PostgreSQL cannot hold.
        """
        if value is None:
            return None
        cleaned = _CLEANERS[self.type](value, self)
        if cleaned is None:
            raise BadValue(name=self.name, value=repr(value)[:80], expected=self.type.value)
        return cleaned


def _whole(value: object, attribute: Attribute) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if attribute.range[0] <= value <= attribute.range[1] else None


def _real(value: object, attribute: Attribute) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    number = float(value)
    if not math.isfinite(number) or not attribute.range[0] <= number <= attribute.range[1]:
        return None
    return number if abs(number) >= SMALLEST_DOUBLE else 0.0


def _amount(value: object, attribute: Attribute) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    number = Decimal(value)
    if not number.is_finite() or not attribute.range[0] <= number <= attribute.range[1]:
        return None
    return number if number == round(number, 2) else None


def _text(value: object, attribute: Attribute) -> str | None:
    return value if isinstance(value, str) and is_storable(value) else None


def _flag(value: object, attribute: Attribute) -> bool | None:
    return value if isinstance(value, bool) else None


def _moment(value: object, attribute: Attribute) -> datetime | None:
    if not isinstance(value, datetime) or value.tzinfo is None:
        return None
    return value if FIRST_TIMESTAMP <= value < LAST_TIMESTAMP else None


def _texts(value: object, attribute: Attribute) -> tuple[str, ...] | None:
    if isinstance(value, str) or not isinstance(value, Iterable):
        return None
    items = tuple(value)
    # An unknown element means something else in each engine: a list is known whole or not at all.
    return items if all(isinstance(item, str) and is_storable(item) for item in items) else None


_CLEANERS: Mapping[ValueType, Callable[[object, Attribute], Any]] = {
    ValueType.INT: _whole,
    ValueType.DOUBLE: _real,
    ValueType.MONEY: _amount,
    ValueType.STRING: _text,
    ValueType.BOOL: _flag,
    ValueType.TIMESTAMP: _moment,
    ValueType.STRINGS: _texts,
}


def is_storable(text: str) -> bool:
    """Whether PostgreSQL, JSON and Parquet can hold the text: no NUL, no lone surrogate."""
    return "\0" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)


@dataclass(frozen=True, slots=True)
class Deed:
    """A verb that rules and journeys may do; the package that owns it runs it.

    Attributes:
        name: With its package: `consent.ask`.
        label: As pages write it, translated.
        function: The service, as `package.module:attribute`; resolved when it runs.
        parameters: What it needs, by name.
        purpose: The purpose of consent under which it acts; empty where nobody is contacted.
    """

    name: str
    label: Any
    function: str
    parameters: Mapping[str, ValueType] = field(default_factory=dict)
    purpose: str = ""


class Vocabulary:
    """A set of attributes by name: what one condition is checked against."""

    def __init__(
        self, attributes: Iterable[Attribute] = (), names: Mapping[str, Collection[str]] | None = None
    ) -> None:
        """`names` are what a function may name, such as the segments that there are for `in_segment`."""
        self._attributes = {attribute.name: attribute for attribute in attributes}
        self._names = dict(names or {})

    def add(self, attribute: Attribute) -> None:
        """Add an attribute.

        Raises:
            ValueError: The name or its column is taken.
        """
        if attribute.name in self._attributes:
            raise ValueError(f"The attribute {attribute.name} is registered twice.")
        if attribute.column in {known.column for known in self._attributes.values()}:
            raise ValueError(f"The column {attribute.column} of {attribute.name} is another attribute's.")
        self._attributes[attribute.name] = attribute

    def get(self, name: str) -> Attribute | None:
        """The attribute of this name, if there is one."""
        return self._attributes.get(name)

    def nearest(self, name: str) -> list[str]:
        """Up to three names that somebody who wrote `name` may have meant."""
        near = get_close_matches(name, self._attributes, n=3, cutoff=0.5)
        last = name.rpartition(".")[2]
        return near or sorted(known for known in self._attributes if known.rpartition(".")[2] == last)[:3]

    def names(self, function: str) -> Collection[str] | None:
        """What a function may name; None where anything will do."""
        return self._names.get(function)

    def nearest_of(self, function: str, name: str) -> list[str]:
        """Up to three names that somebody who wrote `name` in this function may have meant."""
        return get_close_matches(name, self._names.get(function, ()), n=3, cutoff=0.4)

    def __iter__(self) -> Iterator[Attribute]:
        return iter(sorted(self._attributes.values(), key=lambda attribute: attribute.name))

    def __len__(self) -> int:
        return len(self._attributes)


vocabulary = Vocabulary()
_deeds: dict[str, Deed] = {}


def attribute(declared: Attribute) -> Attribute:
    """Register what conditions may name."""
    vocabulary.add(declared)
    return declared


def deed(declared: Deed) -> Deed:
    """Register what rules and journeys may do.

    Raises:
        ValueError: The name is taken.
    """
    if declared.name in _deeds:
        raise ValueError(f"The deed {declared.name} is registered twice.")
    _deeds[declared.name] = declared
    return declared


def deed_named(name: str) -> Deed:
    """The deed of this name.

    Raises:
        UnknownName: There is none; the message lists the nearest.
    """
    if name not in _deeds:
        raise UnknownName(name=name, nearest=get_close_matches(name, _deeds, n=3))
    return _deeds[name]


def deeds() -> list[Deed]:
    """All deeds, by name."""
    return sorted(_deeds.values(), key=lambda known: known.name)


# The longest duration that a condition may name; adding it to a timestamp stays within every engine's calendar.
LONGEST_DURATION = timedelta(days=36_525)
