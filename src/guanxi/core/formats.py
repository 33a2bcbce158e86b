"""How figures, money and moments are written for a reader: by language, in the viewer's zone and by its clock."""

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from html import escape
from typing import Literal

from babel import Locale, dates, numbers
from django.utils import timezone, translation
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from guanxi.core import tenancy
from guanxi.core.viewer import Viewer

NOTHING = "–"
# Beyond this a date says more than "5 weeks ago".
_RELATIVE_DAYS = 28
# Within so many days a timeline has a heading for each day, before that for each month.
_DAYS_APART = 10
# Where an enterprise reads its own money, the short sign is enough.
_SIGNS = {"CNY": "¥", "JPY": "¥", "USD": "$", "EUR": "€", "GBP": "£", "CAD": "$", "AUD": "$", "HKD": "$", "SGD": "$",
          "TWD": "$", "MXN": "$", "BRL": "R$", "INR": "₹", "KRW": "₩"}  # fmt: skip

Figure = int | float | Decimal


@lru_cache(maxsize=16)
def _locale(language: str) -> Locale:
    return Locale.parse(translation.to_locale(language))


def locale() -> Locale:
    """Babel's locale of the language in use."""
    return _locale(translation.get_language() or "en")


def _figure(value: object) -> Decimal | None:
    if value is None or value == "" or isinstance(value, bool):
        return None
    try:
        figure = Decimal(str(value))
    except InvalidOperation:
        return None
    return figure if figure.is_finite() else None


def money(value: object, currency: str, *, whole: bool = False) -> str:
    """An amount with its currency, as the language writes it."""
    return money_writer(currency, whole=whole)(value)


def money_writer(currency: str, *, whole: bool = False) -> Callable[[object], str]:
    """What writes amounts of one currency: for lists, which ask for language and viewer once and not in every row."""
    viewer = _viewer()
    own = viewer is not None and viewer.currency == currency
    frame = _frame(translation.get_language() or "en", currency, whole, own) if currency else None

    def write(value: object) -> str:
        figure = _figure(value)
        if figure is None:
            return NOTHING
        if not currency:
            return number(figure, 0 if whole else 2)
        if frame is None or figure < 0:
            return _written(figure, currency, whole=whole, own=own)
        before, group, point, places, after = frame
        digits = f"{figure:,.{places}f}"
        if (group, point) != (",", "."):
            digits = digits.translate({44: group, 46: point})
        return f"{before}{digits}{after}"

    return write


def _written(figure: Decimal, currency: str, *, whole: bool, own: bool) -> str:
    pattern = locale().currency_formats["standard"].pattern
    if whole:
        pattern = pattern.replace("0.00", "0")
    text = str(numbers.format_currency(figure, currency, pattern, locale=locale(), currency_digits=not whole))
    if not own:
        return text
    return text.replace(
        numbers.get_currency_symbol(currency, locale=locale()), _SIGNS.get(currency, currency)
    )


_SAMPLE = re.compile(r"^(\D*)1(\D?)234(\D?)56[78](?:(\D)(89))?(\D*)$")


@lru_cache(maxsize=256)
def _frame(language: str, currency: str, whole: bool, own: bool) -> tuple[str, str, str, int, str] | None:
    """What stands round and between the digits of an amount; None where a language groups them otherwise.

    A list writes hundreds of amounts, and writing a pattern out costs a tenth of a millisecond each.
    """
    found = _SAMPLE.match(_written(Decimal("1234567.89"), currency, whole=whole, own=own))
    if found is None or found[2] != found[3]:
        return None
    return found[1], found[2], found[4] or ".", len(found[5] or ""), found[6]


def number(value: object, places: int = 2) -> str:
    """A figure with the language's separators and at most so many places."""
    figure = _figure(value)
    if figure is None:
        return NOTHING
    pattern = "#,##0" + ("." + "#" * places if places else "")
    return str(numbers.format_decimal(figure, pattern, locale=locale()))


def compact(value: object) -> str:
    """A figure in three digits: 1.2K, 3.4万."""
    figure = _figure(value)
    return (
        NOTHING
        if figure is None
        else str(numbers.format_compact_decimal(figure, locale=locale(), fraction_digits=1))
    )


def percent(value: object, places: int = 0) -> str:
    """A share between 0 and 1 as a percentage."""
    figure = _figure(value)
    if figure is None:
        return NOTHING
    pattern = "#,##0" + ("." + "#" * places if places else "") + " %"
    return str(numbers.format_percent(figure, pattern, locale=locale()))


def _viewer() -> Viewer | None:
    try:
        return tenancy.current()
    except tenancy.NoTenancy:
        return None


def _now_and_there(moment: datetime) -> tuple[datetime, datetime]:
    viewer = _viewer()
    zone = viewer.timezone if viewer else timezone.get_current_timezone()
    now = viewer.now if viewer else timezone.now()
    return now.astimezone(zone), moment.astimezone(zone)


def day(value: date | datetime | None) -> str:
    """A day: 3 May 2024."""
    if value is None:
        return NOTHING
    if isinstance(value, datetime):
        value = _now_and_there(value)[1].date()
    return _date(translation.get_language() or "en", value, "medium")


@lru_cache(maxsize=4096)
def _date(language: str, value: date, form: Literal["medium", "long"]) -> str:
    """A day as babel writes it; kept, because the rows of a list repeat few days."""
    return str(dates.format_date(value, form, locale=_locale(language)))


def day_long(value: datetime) -> str:
    """A day with its name: Friday, 20 November 2026."""
    return str(dates.format_date(_now_and_there(value)[1].date(), "full", locale=locale()))


def day_heading(value: datetime) -> str:
    """The heading of a stretch of a timeline: Today, Tuesday 17 November; months where it lies further back."""
    now, there = _now_and_there(value)
    apart = (now.date() - there.date()).days
    if apart in (0, 1):
        return gettext("Yesterday") if apart else gettext("Today")
    if abs(apart) < _DAYS_APART:
        return str(dates.format_skeleton("MMMMEEEEd", there.date(), locale=locale()))
    if there.year == now.year:
        return str(dates.format_date(there.date(), "LLLL", locale=locale()))
    return str(dates.format_skeleton("yMMMM", there.date(), locale=locale()))


def line_time(value: datetime) -> str:
    """What stands beside a line of a timeline: the time of day, or the day where the heading is a month."""
    now, there = _now_and_there(value)
    if abs((now.date() - there.date()).days) < _DAYS_APART:
        return there.strftime("%H:%M")
    return str(dates.format_skeleton("d", there.date(), locale=locale()))


def clock_time(value: datetime) -> str:
    """The time of day in the viewer's zone: 14:06."""
    return _now_and_there(value)[1].strftime("%H:%M")


def exact(value: datetime | None) -> str:
    """A moment to the minute, in the viewer's zone, with the zone's name."""
    return NOTHING if value is None else _exact(translation.get_language() or "en", _now_and_there(value)[1])


def _exact(language: str, there: datetime) -> str:
    return f"{_date(language, there.date(), 'long')} {there:%H:%M} {there.tzname()}"


def relative(value: datetime) -> str:
    """How long ago, or a date where that says more. From yesterday on in days of the calendar, as headings count."""
    return _relative(translation.get_language() or "en", *_now_and_there(value))


def _relative(language: str, now: datetime, there: datetime) -> str:
    apart, days = there - now, (now.date() - there.date()).days
    # What lies ahead is told by its day: the clock of an enterprise may stand still while its machines go on.
    if days > _RELATIVE_DAYS or apart > timedelta(hours=1):
        return _date(language, there.date(), "medium")
    if days == 1:
        return gettext("yesterday")
    if days > 1:
        return _apart(language, timedelta(days=-days))
    if abs(apart) < timedelta(seconds=45):
        return gettext("just now")
    return _apart(language, timedelta(minutes=round(apart / timedelta(minutes=1))))


@lru_cache(maxsize=4096)
def _apart(language: str, apart: timedelta) -> str:
    """A distance in words; kept, because putting it into words costs as much as all the rest and lists repeat them."""
    return str(dates.format_timedelta(apart, add_direction=True, threshold=1.2, locale=_locale(language)))


def when(value: datetime | date | None) -> SafeString | str:
    """A moment, relative, with the exact one on hover."""
    return moment_writer()(value)


def moment_writer() -> Callable[[datetime | date | None], SafeString | str]:
    """What writes moments: for lists, which ask for language, zone and clock once and not in every row."""
    language, viewer = translation.get_language() or "en", _viewer()
    zone = viewer.timezone if viewer else timezone.get_current_timezone()
    now = (viewer.now if viewer else timezone.now()).astimezone(zone)

    def write(value: datetime | date | None) -> SafeString | str:
        if value is None:
            return NOTHING
        if not isinstance(value, datetime):
            return format_html('<time datetime="{}">{}</time>', value.isoformat(), day(value))
        there = value.astimezone(zone)
        said, title = escape(_relative(language, now, there)), escape(_exact(language, there))
        # Escaped by hand: every row of every list passes here, and `format_html` takes four times as long.
        return SafeString(f'<time datetime="{value.isoformat()}" title="{title}">{said}</time>')

    return write
