"""Text of a cell to a typed value, or a reason why not. Pure; no table, no clock.

A converter raises `Bad` with the reason; a reason never repeats the value (it may be private).
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from functools import cache, partial
from typing import Any, Literal, get_args
from zoneinfo import ZoneInfo, available_timezones

from django.utils.translation import gettext as _

from guanxi.core.importing.targets import TargetField

DateOrder = Literal["YMD", "DMY", "MDY"]
DecimalSign = Literal[".", ","]
DATE_ORDERS: tuple[DateOrder, ...] = get_args(DateOrder)
DECIMAL_SIGNS: tuple[DecimalSign, ...] = get_args(DecimalSign)
EARLIEST, LATEST = 1900, 2199
LARGEST = Decimal(10) ** 12
EMPTY = frozenset({"", "-", "–", "—", "null", "none", "nan", "n/a", "na", "nil", "#n/a", "无", "空", "暂无"})
TRUE = frozenset({"1", "y", "yes", "true", "t", "on", "x", "✓", "✔", "是", "有", "对", "真", "开"})
FALSE = frozenset({"0", "n", "no", "false", "f", "off", "✗", "✘", "否", "无", "错", "假", "关", "没有"})
_MONTH_NAMES = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_MONTHS = {
    name: number
    for number, names in enumerate(_MONTH_NAMES, start=1)
    for name in (names, names[:3], names[:4])
}
_SIGNS = "$€£¥\uffe5₩₹"
_CURRENCY = re.compile(
    rf"(?:[A-Z]{{3}}|RMB|US\$|HK\$|NT\$|[{_SIGNS}元])?\s*(.*?)\s*(?:[A-Z]{{3}}|RMB|[{_SIGNS}元块圆])?"
)
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,2})?", re.ASCII | re.IGNORECASE)
_GROUPED = {
    ".": re.compile(r"[+-]?\d{1,3}([,'  ]\d{3})+(\.\d*)?|[+-]?\d{1,3}(,\d{2})+,\d{3}(\.\d*)?", re.ASCII),
    ",": re.compile(r"[+-]?\d{1,3}([.'  ]\d{3})+(,\d*)?", re.ASCII),
}
_WORDED = re.compile(
    r"(?:\w{3,9},?\s+)?(\d{1,2})(?:st|nd|rd|th)?[\s.-]+([a-z]{3,9})\.?,?[\s-]+(\d{4}|\d{2})", re.IGNORECASE
)
_WORDED_FIRST = re.compile(
    r"(?:\w{3,9},\s+)?([a-z]{3,9})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})", re.IGNORECASE
)
_DIGITS = re.compile(r"(\d{1,4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,4})\s*日?")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_CLOCK = re.compile(
    r"(上午|下午|晚上|凌晨)?\s*(\d{1,2})[:\uff1a时](\d{2})(?:[:\uff1a分](\d{2})(?:[.,]\d+)?)?[秒分]?\s*([ap]\.?m\.?)?",
    re.IGNORECASE,
)
_TAG_SIGNS = re.compile(r"[,;|\uff0c\uff1b、\n]")
_EMAIL = re.compile(r"[^@\s,;<>\"]+@[^@\s,;<>\"]+\.[^@\s,;<>\".]+")
_NAMED_EMAIL = re.compile(r".*<([^<>]+)>")
_PHONE = re.compile(r"[+(]?[\d\s()./+–-]{5,30}(?:\s*(?:ext|x|#|转)\.?\s*\d{1,6})?", re.IGNORECASE)
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")
_EXCEL_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001  spreadsheets know no zone


class Bad(ValueError):
    """A value that cannot become what the field wants; the message says why."""


@dataclass(frozen=True, slots=True)
class Habits:
    """How this file writes dates and numbers, and the zone in which its times are meant."""

    date_order: DateOrder = "YMD"
    decimal_sign: DecimalSign = "."
    zone: str = "UTC"


Converter = Callable[[Any], Any]


def converter(field: TargetField, habits: Habits) -> Converter:
    """The function that turns a cell into this field's value: None for empty, raises `Bad`."""
    make: dict[str, Converter] = {
        "text": partial(text, longest=field.longest),
        "integer": partial(integer, decimal_sign=habits.decimal_sign),
        "decimal": partial(decimal, decimal_sign=habits.decimal_sign),
        "money": partial(money, decimal_sign=habits.decimal_sign),
        "date": partial(day, order=habits.date_order),
        "datetime": partial(moment, order=habits.date_order, zone=zone_of(habits.zone)),
        "boolean": boolean,
        "choice": partial(choice, choices=field.choices),
        "email": email,
        "phone": phone,
        "tags": tags,
    }
    return make[field.type]


@cache
def zones() -> frozenset[str]:
    """The names of all time zones; the library reads a folder of files to tell them."""
    return frozenset(available_timezones())


@cache
def zone_of(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def is_empty(cell: Any) -> bool:
    """Is there nothing in the cell, or a word that programs write for nothing?"""
    return (
        cell is None
        or (isinstance(cell, str) and (not cell or cell.strip().lower() in EMPTY))
        or cell != cell
    )


def text(cell: Any, *, longest: int = 1000) -> str | None:
    """Letters, trimmed; a whole number of a workbook without its `.0`."""
    if cell is None:
        return None
    if isinstance(cell, float):
        cell = int(cell) if cell.is_integer() else cell
    elif isinstance(cell, datetime):
        cell = cell.isoformat(sep=" ") if cell.time() != time() else cell.date().isoformat()
    value = (cell if isinstance(cell, str) else str(cell)).strip()
    if len(value) > longest:
        raise Bad(_("longer than {longest} signs").format(longest=longest))
    if not value.isprintable() and _FORBIDDEN.search(value):
        raise Bad(_("holds a control sign"))
    return value or None


def integer(cell: Any, *, decimal_sign: DecimalSign = ".") -> int | None:
    """A whole number."""
    value = decimal(cell, decimal_sign=decimal_sign)
    if value is None:
        return None
    if value != value.to_integral_value():
        raise Bad(_("not a whole number"))
    return int(value)


def decimal(cell: Any, *, decimal_sign: DecimalSign = ".") -> Decimal | None:
    """A number with the file's decimal sign; groups of thousands are understood."""
    if isinstance(cell, str):
        return _decimal_of(cell.strip(), decimal_sign)
    if cell is None:
        return None
    if isinstance(cell, bool) or not isinstance(cell, int | float | Decimal):
        raise Bad(_("not a number"))
    return _bounded(Decimal(repr(cell) if isinstance(cell, float) else cell))


def money(cell: Any, *, decimal_sign: DecimalSign = ".") -> Decimal | None:
    """An amount to the hundredth; a currency's sign or code beside it is passed over."""
    if isinstance(cell, str):
        cell = cell.strip()
        if cell and not (cell[0].isdigit() and cell[-1].isdigit()):
            cell = _bare_amount(cell)
    value = decimal(cell, decimal_sign=decimal_sign)
    if value is None or value.as_tuple().exponent == -2:
        return value
    return value.quantize(Decimal("0.01"))


def day(cell: Any, *, order: DateOrder = "YMD") -> date | None:
    """A day, in ISO form, in words, in Chinese or in the file's declared order."""
    if isinstance(cell, datetime):
        return _in_time(cell.date())
    if isinstance(cell, date):
        return _in_time(cell)
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return _in_time(_of_excel(cell).date())
    value = _words(cell)
    if not value:
        return None
    found, rest = _day_at_start(value, order)
    if rest and not _CLOCK.fullmatch(_without_zone(rest)):
        raise Bad(_("not a date"))
    return found


def moment(cell: Any, *, order: DateOrder = "YMD", zone: ZoneInfo) -> datetime | None:
    """A time with its zone: the one written, else the file's; a bare day is its midnight there."""
    if isinstance(cell, datetime):
        return _aware(cell, zone)
    if isinstance(cell, date):
        return _aware(datetime.combine(cell, time()), zone)
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return _aware(_of_excel(cell), zone)
    value = _words(cell)
    if not value:
        return None
    try:
        return _aware(datetime.fromisoformat(value), zone)
    except ValueError:
        pass
    found, rest = _day_at_start(value, order)
    bare = _without_zone(rest)
    return _aware(datetime.combine(found, _clock(bare)), zone if bare == rest else zone_of("UTC"))


def boolean(cell: Any) -> bool | None:
    """Yes or no, in the words of both languages."""
    if cell is None or isinstance(cell, bool):
        return cell
    word = str(int(cell) if isinstance(cell, float) and cell.is_integer() else cell).strip().lower()
    if word in TRUE:
        return True
    if word in FALSE:
        return False
    if word in EMPTY:
        return None
    raise Bad(_("neither yes nor no"))


def choice(cell: Any, *, choices: Sequence[str]) -> str | None:
    """One of the field's choices, capitals aside."""
    value = text(cell)
    if value is None or value in choices:
        return value
    folded = value.casefold()
    for one in choices:
        if one.casefold() == folded:
            return one
    if folded in EMPTY:
        return None
    raise Bad(_("not one of: {choices}").format(choices=", ".join(choices[:12])))


def email(cell: Any) -> str | None:
    """An address; `Ana <ana@example.com>` gives what is between the brackets."""
    value = text(cell, longest=320)
    if value is None or value.lower() in EMPTY:
        return None
    if named := _NAMED_EMAIL.fullmatch(value):
        value = named[1].strip()
    if not _EMAIL.fullmatch(value):
        raise Bad(_("not an e-mail address"))
    return value


def phone(cell: Any) -> str | None:
    """Digits with the usual signs between; who owns the field makes it international."""
    value = text(cell, longest=60)
    if value is None or value.lower() in EMPTY:
        return None
    if re.fullmatch(r"\d(\.\d+)?e\+?\d+", value, re.IGNORECASE):
        raise Bad(_("a spreadsheet has rounded this number; format the column as text and export again"))
    if not _PHONE.fullmatch(value):
        raise Bad(_("not a telephone number"))
    return value


def tags(cell: Any) -> list[str] | None:
    """Words parted by comma, semicolon or bar, each once."""
    if isinstance(cell, list | tuple):
        words = [str(word) for word in cell]
    else:
        words = _TAG_SIGNS.split(text(cell, longest=4000) or "")
    return list(dict.fromkeys(word.strip() for word in words if word.strip())) or None


def _decimal_of(value: str, sign: DecimalSign) -> Decimal | None:
    if not (sign == "." and value.isascii() and _NUMBER.fullmatch(value)):
        if value.lower() in EMPTY:
            return None
        value = _plain(value, sign)
    try:
        return _bounded(Decimal(value))
    except InvalidOperation:
        raise Bad(_("not a number")) from None


def _plain(value: str, sign: DecimalSign) -> str:
    value = value.replace("\u2212", "-").replace("\xa0", " ").replace("\u202f", " ").replace("’", "'")
    if value.startswith("(") and value.endswith(")"):  # accountants write minus so
        value = f"-{value[1:-1]}"
    if _GROUPED[sign].fullmatch(value):
        for group in {".", ",", "'", " "} - {sign}:
            value = value.replace(group, "")
    plain = value.replace(",", ".") if sign == "," else value
    if not _NUMBER.fullmatch(plain):
        raise Bad(_("not a number (decimal sign “{sign}”)").format(sign=sign))
    return plain


def _bare_amount(value: str) -> str:
    negative = value.startswith(("-", "\u2212")) or (value.startswith("(") and value.endswith(")"))
    bare = value.strip("-\u2212()").strip()
    matched = _CURRENCY.fullmatch(bare)
    inner = matched[1] if matched and matched[1] else bare
    return f"-{inner}" if negative and not inner.startswith("-") else inner


def _bounded(value: Decimal) -> Decimal:
    if not value.is_finite():
        raise Bad(_("not a number"))
    if abs(value) >= LARGEST:
        raise Bad(_("too large"))
    return value


def _words(cell: Any) -> str:
    """The text of a date's cell; empty for a word that means nothing."""
    if cell is not None and not isinstance(cell, str):
        raise Bad(_("not a date"))
    value = (cell or "").strip()
    return "" if value.lower() in EMPTY else value


def _day_at_start(value: str, order: DateOrder) -> tuple[date, str]:
    """The day that a text begins with, and what follows it."""
    if matched := _DIGITS.match(value):
        return _of_parts(matched.groups(), order), value[matched.end() :].lstrip(" T,")
    if matched := _COMPACT.fullmatch(value):
        return _of_parts(matched.groups(), "YMD"), ""
    if matched := _WORDED.match(value):
        return _of_words(matched[1], matched[2], matched[3]), value[matched.end() :].lstrip(" ,")
    if matched := _WORDED_FIRST.match(value):
        return _of_words(matched[2], matched[1], matched[3]), value[matched.end() :].lstrip(" ,")
    raise Bad(_("not a date"))


def _of_parts(parts: Sequence[str], order: DateOrder) -> date:
    first, second, third = (int(part) for part in parts)
    if len(parts[0]) >= 3:
        year, month, number = first, second, third
    elif order == "YMD" and len(parts[2]) >= 3:
        raise Bad(_("day and month are unclear: declare the order of dates"))
    elif order == "YMD":
        year, month, number = first, second, third
    elif order == "DMY":
        number, month, year = first, second, third
    else:
        month, number, year = first, second, third
    return _day_of(year, month, number, order)


def _of_words(number: str, month: str, year: str) -> date:
    if month.lower() not in _MONTHS:
        raise Bad(_("not a date"))
    return _day_of(int(year), _MONTHS[month.lower()], int(number), "YMD")


def _day_of(year: int, month: int, number: int, order: str) -> date:
    if year < 100:  # two digits: 70–99 are the last century
        year += 1900 if year >= 70 else 2000
    try:
        return _in_time(date(year, month, number))
    except ValueError as error:
        if isinstance(error, Bad):
            raise
        raise Bad(_("no such day when read as {order}").format(order=order)) from None


def _in_time(value: date) -> date:
    if not EARLIEST <= value.year <= LATEST:
        raise Bad(
            _("the year must lie between {earliest} and {latest}").format(earliest=EARLIEST, latest=LATEST)
        )
    return value


def _aware(value: datetime, zone: ZoneInfo) -> datetime:
    _in_time(value)
    return value if value.tzinfo else value.replace(tzinfo=zone).astimezone(UTC)


def _clock(value: str) -> time:
    if not value:
        return time()
    matched = _CLOCK.fullmatch(value)
    if not matched:
        raise Bad(_("not a time"))
    part, hour, minute, second, half = matched.groups()
    hours = int(hour)
    if half or part:
        late = (half or "").lower().startswith("p") or part in ("下午", "晚上")
        hours = hours % 12 + 12 * late
    try:
        return time(hours, int(minute), int(second or 0))
    except ValueError:
        raise Bad(_("not a time")) from None


def _without_zone(value: str) -> str:
    return value.removesuffix("Z").removesuffix("UTC").strip()


def _of_excel(number: float) -> datetime:
    """The serial number of days by which spreadsheets keep dates."""
    if not 1 <= number < 109_574:
        raise Bad(_("not a date"))
    return _EXCEL_EPOCH + timedelta(days=number)
