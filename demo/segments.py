"""Segments to begin with, for the retailer and for the small world: what a shop asks first."""

from collections.abc import Mapping

from guanxi.core.tenancy import tenancy
from guanxi.core.viewer import Viewer
from guanxi.market.models import Segment
from guanxi.market.segments import refreshing, services

#: Name, condition and note, in an order in which each comes after those it names.
STARTERS: tuple[tuple[str, str, str], ...] = (
    (
        "Regulars",
        'events("order.placed", days(90)) >= 3 && orders.count >= 5',
        "Bought three times in the last 90 days.",
    ),
    (
        "Slipping away",
        "orders.count >= 5 && now - orders.last_at > days(60) && now - orders.last_at < days(365)",
        "Used to buy often, and has not for two months.",
    ),
    ("New", 'orders.count == 1 && events("order.placed", days(60)) == 1', "Bought once, lately."),
    ("Valuable", "value.amount > 1000.0", "Expected to be worth more than a thousand in three years."),
    ("Valuable and slipping", 'in_segment("Valuable") && in_segment("Slipping away")', "Call these first."),
    (
        "Long loyal",
        'held(orders.count >= 10, days(30)) && !in_segment("Slipping away")',
        "Ten orders or more for at least a month.",
    ),
    (
        "A tenth of the regulars",
        'in_segment("Regulars") && bucket("trial", 100) < 10',
        "For trying something out.",
    ),
)
SMALL: Mapping[str, str] = {"Regulars": 'events("order.placed", days(365)) >= 1 && orders.count >= 1'}


def start(viewer: Viewer, *, small: bool = False) -> int:
    """Define the first segments of an enterprise that has none, and count them; how many were defined.

    Args:
        small: In the small world nobody buys three times: its regulars have bought once.
    """
    with tenancy(viewer):
        if Segment.objects.filter(enterprise_id=viewer.tenant).exists():
            return 0
        for name, condition, note in STARTERS:
            text = SMALL.get(name, condition) if small else condition
            services.create(viewer=viewer, name=name, condition=text, note=note)
    refreshing.refresh_wholly(viewer)
    return len(STARTERS)
