"""Which column fills which field, and how the file writes dates and numbers: a proposal, never a decision. Pure."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import islice
from typing import Any

from guanxi.core.importing import values
from guanxi.core.importing.reading import Broken, Record
from guanxi.core.importing.targets import Target, TargetField

SAMPLES = 5
LOOKED_AT = 1_000
NEAR = 0.84
_SEPARATORS = re.compile(r"[\W_]+")
_HINT = re.compile(r"[(\uff08\[].*?[)\uff09\]]")
_DAY = re.compile(r"^\s*(\d{1,2})[-/.](\d{1,2})[-/.](\d{2,4})\b")


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a file: its heading, its first non-empty values and the share of cells that are filled."""

    heading: str
    samples: tuple[str, ...]
    filled: float
    looks: str


@dataclass(frozen=True, slots=True)
class Guess:
    """A proposal for a whole file."""

    mapping: dict[str, str]
    habits: values.Habits


def look(
    headings: Sequence[str], records: Iterable[Record | Broken], *, limit: int = LOOKED_AT
) -> list[Column]:
    """Describe the columns from the first rows; samples are the first values that are not empty and not equal."""
    rows = [found.cells for found in islice(records, limit) if isinstance(found, Record)]
    columns = []
    for place, heading in enumerate(headings):
        cells = [row[place] for row in rows if place < len(row) and not values.is_empty(row[place])]
        columns.append(
            Column(
                heading=heading,
                samples=_samples(cells),
                filled=len(cells) / len(rows) if rows else 0.0,
                looks=_looks(cells[:200]),
            )
        )
    return columns


def guess(columns: Sequence[Column], fields: Sequence[TargetField], *, zone: str) -> Guess:
    """Propose a field for each column: the same name or alias first, then near ones, then values."""
    return Guess(mapping=_mapping(columns, fields), habits=_habits(columns, zone))


def guess_target(
    columns: Sequence[Column], targets: Sequence[tuple[Target, Sequence[TargetField]]]
) -> Target | None:
    """The target whose fields these columns fill best."""

    def worth(pair: tuple[Target, Sequence[TargetField]]) -> tuple[bool, float]:
        mapping = _mapping(columns, pair[1])
        required = {field.name for field in pair[1] if field.required}
        return required <= set(mapping.values()), len(mapping) - 0.01 * len(pair[1])

    return max(targets, key=worth)[0] if targets else None


def normal(name: str) -> str:
    """A heading without capitals, width, signs and remarks in brackets: `E-Mail (work)` is `email`."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    bare = _SEPARATORS.sub("", _HINT.sub("", folded))
    return bare or _SEPARATORS.sub("", folded)


def _mapping(columns: Sequence[Column], fields: Sequence[TargetField]) -> dict[str, str]:
    offers = [
        (score, -place, column.heading, field.name)
        for place, column in enumerate(columns)
        for field in fields
        if (score := _likeness(column, field)) >= NEAR
    ]
    mapping: dict[str, str] = {}
    for _score, _place, heading, name in sorted(offers, reverse=True):
        if heading not in mapping and name not in mapping.values():
            mapping[heading] = name
    return {column.heading: mapping[column.heading] for column in columns if column.heading in mapping}


def _likeness(column: Column, field: TargetField) -> float:
    heading = normal(column.heading)
    names = {normal(name): weight for name, weight in _names(field)}
    if heading in names:
        return names[heading]
    ratio = max(
        (SequenceMatcher(None, heading, name).ratio() for name in names if len(name) > 3), default=0.0
    )
    contained = any(len(name) > 3 and (heading.endswith(name) or heading.startswith(name)) for name in names)
    by_name = max(ratio * 0.98, 0.86 if contained else 0.0)
    if field.type in ("email", "phone") and column.looks == field.type:
        return max(by_name, 0.85)
    return by_name if _may_become(column, field) else 0.0


def _names(field: TargetField) -> list[tuple[str, float]]:
    last = field.name.rpartition(".")[2]
    spoken = [(str(field.label), 1.99)] if field.label else []
    return [*((alias, 1.98) for alias in field.aliases), (last, 1.97), *spoken, (field.name, 2.0)]


def _may_become(column: Column, field: TargetField) -> bool:
    """A near name does not count when the values cannot be meant."""
    kinds = {"date": ("date", "datetime", "compact"), "datetime": ("date", "datetime", "compact")}
    numbers = ("integer", "decimal", "money", "compact")
    if field.type in kinds:
        return column.looks in (*kinds[field.type], "empty")
    if field.type in ("integer", "decimal", "money"):
        return column.looks in (*numbers, "empty")
    return True


def _samples(cells: Sequence[Any]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for cell in cells:
        shown = " ".join(str(cell).split())
        found.setdefault(shown if len(shown) <= 80 else f"{shown[:79]}…")
        if len(found) == SAMPLES:
            break
    return tuple(found)


_SHAPES: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("email", re.compile(r"[^@\s]+@[^@\s]+\.\w+")),
    ("compact", re.compile(r"(19|20)\d{2}(0[1-9]|1[0-2])([0-2]\d|3[01])")),
    ("phone", re.compile(r"\+\d[\d\s().-]{7,18}|1[3-9]\d{9}|\(?0\d{2,4}\)?[\s-]\d{6,8}")),
    ("integer", re.compile(r"[+-]?\d{1,18}")),
    ("decimal", re.compile(r"[+-]?[\d., ' ]*\d[.,]?\d*", re.ASCII)),
    ("datetime", re.compile(r"\d{1,4}[-/.年]\d{1,2}[-/.月]\d{1,4}日?[T ]+.*\d[:时]\d\d.*")),
    ("date", re.compile(r"\d{1,4}[-/.年]\d{1,2}[-/.月]\d{1,4}日?|\d{1,2}[\s.-][A-Za-z]{3,9}[\s.-]\d{2,4}")),
    ("money", re.compile("[$€£¥\uffe5]\\s*[\\d.,]+|[\\d.,]+\\s*(元|€|USD|EUR|CNY)")),
)


def _looks(cells: Sequence[Any]) -> str:
    """The first shape that nine of ten values have."""
    if not cells:
        return "empty"
    shown = [str(cell).strip() for cell in cells]
    for name, shape in (*_SHAPES[5:7], *_SHAPES[:5], _SHAPES[7]):
        if sum(1 for text in shown if shape.fullmatch(text)) >= 0.9 * len(shown):
            return name
    words = {text.lower() for text in shown}
    return "boolean" if words <= values.TRUE | values.FALSE else "text"


def _habits(columns: Sequence[Column], zone: str) -> values.Habits:
    dates = [text for column in columns if column.looks in ("date", "datetime") for text in column.samples]
    numbers = [text for column in columns if column.looks in ("decimal", "money") for text in column.samples]
    return values.Habits(date_order=_order_of(dates), decimal_sign=_sign_of(numbers), zone=zone)


def _order_of(dates: Sequence[str]) -> values.DateOrder:
    """Day first unless a second part above 12 shows that the month stands first."""
    parts = [matched.groups() for text in dates if (matched := _DAY.match(text))]
    if not parts:
        return "YMD"
    if any(int(second) > 12 for _first, second, _third in parts):
        return "MDY"
    return "DMY"


def _sign_of(numbers: Sequence[str]) -> values.DecimalSign:
    commas = sum(1 for text in numbers if re.search(r",\d{1,2}\D*$", text))
    points = sum(1 for text in numbers if re.search(r"\.\d{1,2}\D*$", text))
    return "," if commas > points else "."
