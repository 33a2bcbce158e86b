"""What a campaign is measured by: both sides, gain and harm."""

from dataclasses import dataclass
from typing import Any, Literal

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from guanxi.trials.models import Side

#: Harm to the relation shows soon after a contact: it counts for so many days at most.
RELATION_DAYS = 7


@dataclass(frozen=True, slots=True)
class Measure:
    """One thing that may follow for a customer of either arm.

    Attributes:
        kind: money and number are added up; of a share it counts only whether it happened.
        good: Whether more of it is better.
        soon: Counted over `RELATION_DAYS` only.
        made_of: The outcomes that it adds up, with their signs, where it is not an outcome itself.
    """

    name: str
    side: Side
    label: Any
    kind: Literal["money", "number", "share"]
    good: bool = True
    soon: bool = False
    made_of: tuple[tuple[str, int], ...] = ()

    def days(self, window: int) -> int:
        """For how many days from a customer's turn it counts."""
        return min(window, RELATION_DAYS) if self.soon else window

    @property
    def parts(self) -> tuple[tuple[str, int], ...]:
        """The outcomes that it adds up, with their signs."""
        return self.made_of or ((self.name, 1),)


MEASURES = (
    Measure("turnover", Side.ENTERPRISE, _("Turnover"), "money"),
    Measure("margin", Side.ENTERPRISE, _("Margin, where the cost is known"), "money"),
    Measure(
        "gain", Side.ENTERPRISE, _("Margin minus the cost of contacts"), "money",
        made_of=(("margin", 1), ("cost", -1)),
    ),
    Measure("orders", Side.ENTERPRISE, pgettext_lazy("measure", "Orders"), "number"),
    Measure("saved", Side.CUSTOMER, _("Saved by discounts"), "money"),
    Measure("redemptions", Side.CUSTOMER, _("Customers who redeemed a coupon"), "share"),
    Measure("clicks", Side.CUSTOMER, _("Customers who opened a link"), "share"),
    Measure("answers", Side.CUSTOMER, _("Customers who answered"), "share"),
    Measure("contacts", Side.CUSTOMER, _("Contacts from us, all together"), "number", good=False),
    Measure("opt_outs", Side.CUSTOMER, _("Customers who permit less than before"), "share", good=False, soon=True),
    Measure("complaints", Side.CUSTOMER, _("Customers who complained"), "share", good=False, soon=True),
)  # fmt: skip
BY_NAME = {measure.name: measure for measure in MEASURES}
#: More of these is harm that stops a campaign.
HARM = ("opt_outs", "complaints")
