"""What would a campaign have looked like at a past date, and how many customers does it need to show an effect?

The segment are those members of today who were in it then; what they permit is as it stands today, while caps, holds
and the hold-out are as they were. Nobody was contacted: what they bought in the days after is what happens by itself.
"""

import math
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from guanxi.core.viewer import Viewer
from guanxi.market.campaigns import planning
from guanxi.market.models.campaigns import Campaign, Simulation

# Two-sided 5 % and a chance of 80 % to see it; looked at daily the range is about 1.6 times as wide as looked at once.
_NORMAL = 1.96 + 0.84
DAILY = 1.6
#: A lift for which the number of customers is told.
LIFT = 0.1

_COUNTS = """
SELECT CASE WHEN outcome IN ('allow', 'defer') THEN outcome ELSE reason END, count(*) FROM campaign_answer GROUP BY 1
UNION ALL SELECT reason, count(*) FROM campaign_member WHERE reason <> '' GROUP BY 1 ORDER BY 2 DESC
"""
_BY_ITSELF = """
SELECT count(*), coalesce(sum(bought.total), 0)::float8, coalesce(sum(bought.total * bought.total), 0)::float8,
  count(*) FILTER (WHERE bought.orders > 0)
FROM campaign_answer AS answer LEFT JOIN (
  SELECT record.root_id, sum(o.total) AS total, count(*) AS orders
  FROM sales_order AS o JOIN people_customer AS record
    ON record.enterprise_id = o.enterprise_id AND record.id = o.customer_id
  WHERE o.enterprise_id = %(enterprise)s AND o.placed_at > %(now)s AND o.state <> 'cancelled'
    AND o.placed_at <= %(now)s::timestamptz + %(days)s * interval '1 day'
  GROUP BY record.root_id
) AS bought USING (root_id) WHERE answer.outcome IN ('allow', 'defer')
"""


@transaction.atomic
def simulate(*, viewer: Viewer, campaign: Campaign, at: datetime) -> Simulation:
    """Work out the plan of a past date and what happened then, without writing a recipient."""
    then = replace(viewer, now=at)
    values = planning.values_of(then, campaign)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        planning.gather({**values, "live": []}, soon=False)
        planning.ask_the_gate(then, campaign)
        cursor.execute(_COUNTS)
        counts = {reason: int(count) for reason, count in cursor.fetchall()}
        cursor.execute(_BY_ITSELF, {**values, "days": campaign.window_days})
        n, total, squares, buyers = cursor.fetchone()
    report = {"counts": counts, **power(n, total, squares, buyers, share=campaign.control_share)}
    made, _new = Simulation.objects.update_or_create(
        enterprise_id=viewer.tenant,
        campaign=campaign,
        at=at,
        defaults={"made_at": viewer.now, "report": report},
    )
    return made


def power(n: int, total: float, squares: float, buyers: int, *, share: float) -> dict[str, Any]:
    """What happens by itself, and the smallest effect that so many customers can show when looked at daily.

    Args:
        n, total, squares: Customers who could be contacted, the sum of what they bought and of its squares.
        share: The part of the control group.
    """
    control, contact = n * share, n * (1 - share)
    mean = total / n if n else 0.0
    spread = math.sqrt(max(squares - n * mean**2, 0.0) / (n - 1)) if n > 1 else 0.0
    rate = buyers / n if n else 0.0
    arms = math.sqrt(1 / contact + 1 / control) if n else 0.0
    needed = (
        math.ceil((DAILY * _NORMAL * spread / (LIFT * mean)) ** 2 / (share * (1 - share)))
        if mean > 0
        else None
    )
    return {
        "eligible": n, "contact": round(contact), "control": round(control), "mean": mean, "spread": spread,
        "rate": rate, "visible": DAILY * _NORMAL * spread * arms,
        "visible_rate": DAILY * _NORMAL * math.sqrt(rate * (1 - rate)) * arms,
        "lift": LIFT, "needed": needed,
    }  # fmt: skip
