"""Cells of charts as conditions in an address: exactly the customers that a bar or a square counted. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

PARAMETERS = ("value_min", "value_max", "level", "rfm", "cohort", "active", "department")


@dataclass(frozen=True, slots=True)
class Cell:
    """What was asked for; None means: not asked."""

    value_min: float | None = None
    value_max: float | None = None
    level: str | None = None
    recency: int | None = None
    frequency: int | None = None
    money: int | None = None
    cohort: int | None = None
    active: int | None = None
    department: str | None = None

    @property
    def of_score(self) -> bool:
        """Whether it asks about the value."""
        return any(one is not None for one in (self.value_min, self.value_max, self.level))

    @property
    def of_behaviour(self) -> bool:
        """Whether it asks how they buy."""
        asked = (self.recency, self.frequency, self.money, self.cohort, self.department)
        return any(one is not None for one in asked)


def read(parameters: Mapping[str, str]) -> Cell | None:
    """The cell that an address names; what cannot be read is as if it was not given. None where there is
    nothing."""
    recency, frequency, money = _fifths(parameters.get("rfm", ""))
    level = parameters.get("level", "").upper()
    cell = Cell(
        value_min=_number(parameters.get("value_min", "")),
        value_max=_number(parameters.get("value_max", "")),
        level=level if level in ("A", "B", "C") else None,
        recency=recency,
        frequency=frequency,
        money=money,
        cohort=month_number(parameters.get("cohort", "")),
        active=month_number(parameters.get("active", "")),
        department=parameters.get("department") or None,
    )
    return None if cell == Cell() else cell


def rfm(recency: int, frequency: int, money: int | None = None) -> str:
    """How an address names a cell of the grid."""
    return f"{recency}-{frequency}-{money or '*'}"


def month_number(text: str) -> int | None:
    """2017-03 as year * 12 + month - 1."""
    found = re.fullmatch(r"(\d{4})-(0[1-9]|1[0-2])", text)
    return int(found[1]) * 12 + int(found[2]) - 1 if found else None


def month_text(number: int) -> str:
    """A month as an address writes it: 2017-03."""
    return f"{number // 12:04d}-{number % 12 + 1:02d}"


def _number(text: str) -> float | None:
    return float(text) if re.fullmatch(r"-?\d{1,12}(\.\d{1,4})?", text) else None


def _fifths(text: str) -> tuple[int | None, int | None, int | None]:
    found = re.fullmatch(r"([1-5*])-([1-5*])-([1-5*])", text)
    if not found:
        return None, None, None
    one, two, three = (None if part == "*" else int(part) for part in found.groups())
    return one, two, three
