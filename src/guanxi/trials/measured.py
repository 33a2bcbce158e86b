"""What effects are measured in, and how they are said: names, units, and whether more of it is better. Pure."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from guanxi.core import formats

if TYPE_CHECKING:
    from guanxi.trials.effects import Effect


@dataclass(frozen=True, slots=True)
class Measured:
    """Something that happens to a customer after a decision.

    Attributes:
        what: In a sentence: "more orders".
        money: An amount; said per customer. Else a count; said per 100 customers.
        harm: More of it is worse.
        once: Happens to a customer once or not at all.
    """

    name: str
    what: Any
    money: bool = False
    harm: bool = False
    once: bool = False


MEASURES = {
    each.name: each
    for each in (
        Measured("orders", pgettext_lazy("more or fewer …", "orders")),
        Measured("turnover", pgettext_lazy("more or fewer …", "turnover"), money=True),
        Measured("margin", pgettext_lazy("more or fewer …", "margin"), money=True),
        Measured("saved", pgettext_lazy("more or fewer …", "money saved"), money=True),
        Measured("redemptions", pgettext_lazy("more or fewer …", "coupons redeemed")),
        Measured("visits", pgettext_lazy("more or fewer …", "visits")),
        Measured("clicks", pgettext_lazy("more or fewer …", "clicks")),
        Measured("answers", pgettext_lazy("more or fewer …", "answers")),
        Measured("opt_outs", pgettext_lazy("more or fewer …", "permissions withdrawn"), harm=True, once=True),
        Measured("complaints", pgettext_lazy("more or fewer …", "complaints"), harm=True, once=True),
        Measured("pressure", pgettext_lazy("more or fewer …", "contact pressure"), harm=True),
    )
}


def measured(name: str) -> Measured:
    """The measure of this name; one that nobody declared is counted under its own name."""
    return MEASURES.get(name) or Measured(name, name)


def amount(measure: Measured, value: float, currency: str) -> str:
    """A figure a customer as people say it: money a customer, anything else per 100 customers."""
    return formats.money(value, currency) if measure.money else formats.number(100 * value, 1)


def sentence(effect: "Effect", currency: str = "") -> str:
    """An effect in one plain paragraph: how much, in which range, whether that is proved."""
    if effect.estimate is None or effect.low is None or effect.high is None:
        return _(
            "Too early to say anything about %(what)s: %(treated)s customers and %(control)s left alone are too few."
        ) % {
            "what": effect.measure.what, "treated": formats.number(effect.treated.n, 0),
            "control": formats.number(effect.control.n, 0),
        }  # fmt: skip
    return f"{_brought(effect, currency)} {_proof(effect)}"


def _brought(effect: "Effect", currency: str) -> str:
    measure, estimate = effect.measure, effect.estimate or 0.0
    said = {
        "what": measure.what, "amount": amount(measure, abs(estimate), currency),
        "low": amount(measure, effect.low or 0.0, currency), "high": amount(measure, effect.high or 0.0, currency),
    }  # fmt: skip
    if measure.money and estimate >= 0:
        text = _(
            "%(amount)s more %(what)s a customer than doing nothing (range %(low)s to %(high)s, on any day)."
        )
    elif measure.money:
        text = _(
            "%(amount)s less %(what)s a customer than doing nothing (range %(low)s to %(high)s, on any day)."
        )
    elif estimate >= 0:
        text = _(
            "%(amount)s more %(what)s per 100 customers than doing nothing (range %(low)s to %(high)s, on any day)."
        )
    else:
        text = _(
            "%(amount)s fewer %(what)s per 100 customers than doing nothing (range %(low)s to %(high)s, on any day)."
        )
    return text % said


def _proof(effect: "Effect") -> str:
    if effect.verdict == "improved":
        return _("Proved: better than doing nothing.")
    if effect.verdict == "worse":
        return _("Proved: worse than doing nothing.")
    if effect.needed is None:
        return _("Not proved yet.")
    return _("Not proved yet: about %(needed)s more people are needed to know whether that is real.") % {
        "needed": formats.number(_rounded(effect.needed), 0)
    }


def _rounded(count: int) -> int:
    """To two digits: an estimate of people needed is no more exact than that."""
    step = int(10 ** max(len(str(count)) - 2, 0))
    return -(-count // step) * step
