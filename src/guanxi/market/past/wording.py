"""What a past campaign did and how far to trust it, in plain sentences. Pure."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from guanxi.core import formats
from guanxi.market.models import Hindsight, Measurable

TRAITS = {
    "spent_1": gettext_lazy("Spent in the last four weeks"),
    "spent_2": gettext_lazy("Spent five to eight weeks before"),
    "spent_3": gettext_lazy("Spent nine to twelve weeks before"),
    "orders_1": gettext_lazy("Orders in the last four weeks"),
    "orders_2": gettext_lazy("Orders five to eight weeks before"),
    "orders_3": gettext_lazy("Orders nine to twelve weeks before"),
    "spent": gettext_lazy("Spent a week, all weeks before"),
    "recency": gettext_lazy("Days since the last purchase"),
    "coupons": gettext_lazy("Coupons redeemed before"),
    "discount": gettext_lazy("Share of discounts"),
    "own": gettext_lazy("Share spent on the campaign's products"),
    "facts": gettext_lazy("Household is known"),
}
OUTCOMES = {
    "turnover": gettext_lazy("Turnover a week"),
    "orders": gettext_lazy("Orders a week"),
    "saved": gettext_lazy("Saved by the customer a week"),
}


_AGAINST = {
    "few": gettext_lazy("only %(count)s customers were addressed"),
    "others": gettext_lazy("the comparison rests on few others (as many as %(others)s)"),
    "support": gettext_lazy("only %(share)s of them have their like among the others"),
    "balance": gettext_lazy("before it they differed from the others more than weighting can mend"),
    "placebo": gettext_lazy("the same comparison finds a difference in weeks without a campaign"),
    "drift": gettext_lazy("in weeks without a campaign it drifts by half as much as the figure or more"),
    "unchecked": gettext_lazy("there are too few weeks before it for a check"),
    "model": gettext_lazy("another way of weighting gives another figure (%(other)s)"),
}


def not_yet() -> str:
    """Of a campaign that was never measured."""
    return _("Not measured yet.")


def effect(found: Hindsight, currency: str) -> str:
    """How much more or less those addressed spent than their like."""
    if found.standing != Measurable.MEASURED or found.effect is None:
        return str(found.get_standing_display())
    low, high = (formats.money(one, currency) for one in (found.low, found.high))
    said = {"amount": formats.money(abs(found.effect), currency), "low": low, "high": high}
    if (found.low or 0) > 0:
        return (
            _(
                "Those addressed spent %(amount)s a week more than customers like them (range %(low)s to %(high)s)."
            )
            % said
        )
    if (found.high or 0) < 0:
        return (
            _(
                "Those addressed spent %(amount)s a week less than customers like them (range %(low)s to %(high)s)."
            )
            % said
        )
    return _("No difference from customers like them can be told (range %(low)s to %(high)s a week).") % said


def figures(found: Hindsight, currency: str) -> tuple[str, str]:
    """The figure a customer and week, and its range."""
    if found.effect is None:
        return "", ""
    money = formats.money_writer(currency)
    return money(found.effect), _("%(low)s to %(high)s") % {
        "low": money(found.low),
        "high": money(found.high),
    }


def trust(level: str, report: Mapping[str, Any]) -> str:
    """How far to trust the figure, and why not further."""
    if not level:
        return ""
    said = {
        "fair": _("Trust it fairly: nobody was left alone by chance, but every check holds."),
        "little": _("Trust it little:"),
        "none": _("Do not trust it:"),
    }[level]
    reasons = [_against(name, report) for name in report.get("against", [])]
    if not reasons:
        return said
    return _("%(said)s %(reasons)s.") % {"said": said, "reasons": _("; ").join(reasons)}


def trait(name: str) -> str:
    """What was known, in words; the kinds of other campaigns are the enterprise's own words."""
    if name in TRAITS:
        return str(TRAITS[name])
    when, _colon, kind = name.partition(":")
    if when == "during":
        return _("Weeks in other campaigns at the same time (%(kind)s)") % {"kind": kind}
    return _("Weeks in other campaigns before (%(kind)s)") % {"kind": kind}


def assumptions(report: Mapping[str, Any]) -> list[str]:
    """What must be true for the figure to be the effect."""
    before, after = (formats.number(report.get(name, 0), 1) for name in ("weeks_before", "weeks_after"))
    return [
        _(
            "Whatever made the enterprise choose these customers, and also makes them spend, is in the list of what "
            "was known before. What nobody wrote down is not."
        ),
        _("A campaign to one customer does not change what another buys."),
        _others(report.get("also", {})),
        _(
            "%(before)s weeks before it are known and %(after)s weeks of it are counted; what came later is not seen."
        )
        % {"before": before, "after": after},
    ]


def _others(also: Mapping[str, Any]) -> str:
    if not also.get("names"):
        return _("None of those addressed was in another campaign at the same time.")
    return _(
        "%(customers)s of those addressed were in other campaigns at the same time (%(names)s). The others are "
        "weighted to have been in such campaigns as much; the figure is what this one added."
    ) % {"customers": formats.number(also["customers"], 0), "names": ", ".join(also["names"])}


def hidden(value: float) -> str:
    """How strong something unseen would have to be."""
    if value <= 1.001:
        return _("The range holds zero: nothing unseen is needed to explain the difference.")
    return _(
        "Something unseen that made being addressed and spending more both %(times)s times as likely could explain the "
        "whole difference."
    ) % {"times": formats.number(value, 2)}


def _against(name: str, report: Mapping[str, Any]) -> str:
    figures = {
        "count": formats.number(report.get("compared", 0), 0), "others": formats.number(report.get("effective", 0), 0),
        "share": formats.percent(report.get("support", 0)),
        "other": formats.number((report.get("richer") or {}).get("effect", 0), 2),
    }  # fmt: skip
    return str(_AGAINST.get(name, name)) % figures
