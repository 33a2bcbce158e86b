"""Reasons of scores in words: a code with its facts, as measures give them, said in the reader's language.
Pure."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from guanxi.core import formats

Reason = Mapping[str, Any]


def texts(reasons: Iterable[Reason], currency: str) -> list[str]:
    """Each reason as a sentence; a code that nobody knows any more is left out."""
    return [_WORDS[reason["code"]](reason, currency) for reason in reasons if reason.get("code") in _WORDS]


def _days(number: float) -> str:
    return ngettext("%(days)s day", "%(days)s days", round(number)) % {"days": formats.number(number, 0)}


def _once(reason: Reason, currency: str) -> str:
    return _("Bought once, %(ago)s ago: the figure is that of customers like them.") % {
        "ago": _days(reason["days"])
    }


def _often(reason: Reason, currency: str) -> str:
    return _("Bought on %(number)s days, about every %(gap)s.") % {
        "number": formats.number(reason["purchases"], 0),
        "gap": _days(reason["gap"]),
    }


def _worth(reason: Reason, currency: str) -> str:
    return _("Spends %(mean)s a time, all customers together %(everybody)s.") % {
        "mean": formats.money(reason["mean"], currency),
        "everybody": formats.money(reason["everybody"], currency),
    }


def _recent(reason: Reason, currency: str) -> str:
    return _("Was here %(ago)s ago, within their usual time.") % {"ago": _days(reason["days"])}


def _silent(reason: Reason, currency: str) -> str:
    return _("Silent for %(ago)s, where %(gap)s is usual for them.") % {
        "ago": _days(reason["days"]),
        "gap": _days(reason["gap"]),
    }


def _rhythm(reason: Reason, currency: str) -> str:
    return _("Keeps a rhythm of about %(gap)s.") % {"gap": _days(reason["gap"])}


def _gap(reason: Reason, currency: str) -> str:
    return _("Comes about every %(gap)s, without a rhythm.") % {"gap": _days(reason["gap"])}


def _first(reason: Reason, currency: str) -> str:
    return _("Bought once so far: there is no rhythm yet.")


def _more(reason: Reason, currency: str) -> str:
    return _("Buys more than before: %(number)s orders in the last %(days)s.") % {
        "number": formats.number(reason["recent"], 0),
        "days": _days(reason["days"]),
    }


def _less(reason: Reason, currency: str) -> str:
    return _("Buys less than before: %(number)s orders in the last %(days)s.") % {
        "number": formats.number(reason["recent"], 0),
        "days": _days(reason["days"]),
    }


def _department(reason: Reason, currency: str) -> str:
    return _("Spends %(share)s in %(department)s.") % {
        "share": formats.percent(reason["share"]),
        "department": reason["department"],
    }


_WORDS: Mapping[str, Callable[[Reason, str], str]] = {
    "once": _once, "often": _often, "worth": _worth, "recent": _recent, "silent": _silent, "rhythm": _rhythm,
    "gap": _gap, "first": _first, "more": _more, "less": _less, "department": _department,
}  # fmt: skip
