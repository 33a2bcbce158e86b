"""The interval of a score in words: how likely it will be less, and how likely more. Pure.

Scores are means: of a skewed figure the mean lies high within its interval, so nothing is called "likely". Intervals of
all measures leave one chance in ten on either side.
"""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from guanxi.core import formats

YEAR_DAYS = 365.25
MONTH_DAYS = YEAR_DAYS / 12


def sentence(value: float, low: float, high: float, *, days: int, texts: tuple[str, str, str]) -> str:
    """What is expected when, and the chances of less and of more.

    Args:
        value: The figure.
        low: Less than this comes with one chance in ten.
        high: More than this comes with one chance in ten.
        days: How far the figure looks ahead.
        texts: Nothing, `low` and `high` as the language writes them.
    """
    nothing, low_text, high_text = texts
    said = {"within": _within(days), "low": low_text, "high": high_text}
    if low_text != nothing:
        return (
            _(
                "Expected within %(within)s; one chance in ten of less than %(low)s, one in ten of more than %(high)s."
            )
            % said
        )
    if high > value:
        return (
            _(
                "Expected within %(within)s; at least one chance in ten of nothing, one in ten of more than %(high)s."
            )
            % said
        )
    # Nine in ten bring nothing or little, and the mean is made by the rest.
    return (
        _(
            "Expected within %(within)s; most likely nothing or little, at most one chance in ten of more than this."
        )
        % said
    )


def _within(days: int) -> str:
    years, months = round(days / YEAR_DAYS), round(days / MONTH_DAYS)
    if years > 1 and abs(days - years * YEAR_DAYS) < MONTH_DAYS / 2:
        return ngettext("%(number)s year", "%(number)s years", years) % {"number": formats.number(years, 0)}
    if months > 2:
        return ngettext("%(number)s month", "%(number)s months", months) % {
            "number": formats.number(months, 0)
        }
    return ngettext("%(number)s day", "%(number)s days", days) % {"number": formats.number(days, 0)}
