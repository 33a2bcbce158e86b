"""The facts an enterprise keeps besides ours: what a value of each type may be. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext_lazy as _

from guanxi.core.errors import Invalid

NAME = re.compile(r"^[a-z][a-z0-9_]{0,59}$")
LONGEST_TEXT = 2000
_YES = frozenset({"true", "yes", "y", "1", "是", "on"})
_NO = frozenset({"false", "no", "n", "0", "否", "off"})


class BadField(Invalid):
    """A value that its custom field cannot hold."""

    code = "people.bad_field"
    summary = _("“{label}” cannot hold “{value}”.")


class UnknownField(Invalid):
    """A custom field that the enterprise does not have."""

    code = "people.unknown_field"
    summary = _("There is no field “{name}”. Known: {known}.")


@dataclass(frozen=True, slots=True)
class Definition:
    """A custom field as far as values are concerned."""

    name: str
    label: str
    type: str = "text"
    choices: tuple[str, ...] = ()
    private: bool = False


def parse(definition: Definition, given: Any) -> Any:
    """A value as JSON keeps it; None takes the fact away.

    Raises:
        BadField: The field cannot hold it.
    """
    if given is None or (isinstance(given, str) and not given.strip()):
        return None
    try:
        return _PARSERS[definition.type](definition, given)
    except (ValueError, InvalidOperation, OverflowError) as error:
        raise BadField(field=definition.name, label=definition.label, value=str(given)[:80]) from error


def parse_all(
    definitions: Sequence[Definition], given: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The values for everybody and the private ones.

    Raises:
        UnknownField: A name that is not defined.
        BadField: A value that does not fit.
    """
    by_name = {definition.name: definition for definition in definitions}
    plain: dict[str, Any] = {}
    private: dict[str, Any] = {}
    for name, value in given.items():
        definition = by_name.get(name)
        if definition is None:
            raise UnknownField(field=name, name=name, known=", ".join(sorted(by_name)) or "–")
        (private if definition.private else plain)[name] = parse(definition, value)
    return plain, private


def _text(_definition: Definition, given: Any) -> str:
    text = str(given).strip()
    if len(text) > LONGEST_TEXT or "\x00" in text:
        raise ValueError
    return text


def _integer(_definition: Definition, given: Any) -> int:
    number = int(str(given).replace(",", "").strip())
    if abs(number) >= 2**63:
        raise ValueError
    return number


def _decimal(_definition: Definition, given: Any) -> str:
    number = Decimal(str(given).replace(",", "").strip())
    if not number.is_finite() or abs(number.adjusted()) > 30:
        raise ValueError
    return format(number, "f")


def _date(_definition: Definition, given: Any) -> str:
    day = given if isinstance(given, date) else date.fromisoformat(str(given).strip()[:10])
    if not 1900 <= day.year <= 2199:
        raise ValueError
    return day.isoformat()[:10]


def _boolean(_definition: Definition, given: Any) -> bool:
    word = str(given).strip().casefold()
    if word not in _YES | _NO:
        raise ValueError
    return word in _YES


def _choice(definition: Definition, given: Any) -> str:
    wanted = str(given).strip()
    for choice in definition.choices:
        if choice.casefold() == wanted.casefold():
            return choice
    raise ValueError


_PARSERS = {
    "text": _text,
    "int": _integer,
    "decimal": _decimal,
    "date": _date,
    "bool": _boolean,
    "choice": _choice,
}
