"""What followed for both arms, joined from orders, permissions, contacts and the log: sparse, set by set.

A customer's days begin when their turn came, in the control group too. Only what is not zero has a row; the same fact
counts once, whenever the job runs.
"""

from typing import Any

from django.db import connection, transaction

from guanxi.core.viewer import Viewer
from guanxi.market.campaigns.measures import BY_NAME, RELATION_DAYS
from guanxi.market.models.campaigns import Campaign
from guanxi.trials.models import Side

#: Facts may be recorded so many days late.
GRACE_DAYS = 7
#: Events that are a complaint about being contacted, or about anything else.
COMPLAINTS = ("message.complained", "contact.reported", "complaint.opened")

# Each record of the whole as it is now: a merge brings what belongs to it.
_REACHED = """
CREATE TEMPORARY TABLE IF NOT EXISTS campaign_reached (
  decision_id uuid, record_id uuid, reached_at timestamptz, until timestamptz, soon timestamptz, sent boolean,
  occasion text) ON COMMIT DELETE ROWS;
TRUNCATE campaign_reached;
"""
_FILL = """
INSERT INTO campaign_reached
SELECT recipient.decision_id, record.id, recipient.reached_at,
  least(recipient.reached_at + %(days)s * interval '1 day', %(now)s),
  least(recipient.reached_at + %(soon)s * interval '1 day', %(now)s), recipient.standing = 'sent',
  %(policy)s || ':' || round.number
FROM market_round AS round
  JOIN market_recipient AS recipient ON recipient.enterprise_id = round.enterprise_id AND recipient.round_id = round.id
  JOIN people_customer AS root ON root.enterprise_id = recipient.enterprise_id AND root.id = recipient.customer_id
  JOIN people_customer AS record ON record.enterprise_id = root.enterprise_id AND record.root_id = root.root_id
WHERE round.enterprise_id = %(enterprise)s AND round.campaign_id = %(campaign)s AND recipient.reached_at IS NOT NULL
  AND recipient.reached_at > %(now)s - (%(days)s + %(grace)s) * interval '1 day'
"""
_ORDERS = """
FROM campaign_reached AS reached JOIN sales_order AS bought ON bought.enterprise_id = %(enterprise)s
  AND bought.customer_id = reached.record_id AND bought.placed_at > reached.reached_at
  AND bought.placed_at <= reached.until AND bought.state <> 'cancelled'
"""
_FACTS = {
    "turnover": f"""
SELECT decision_id, bought.placed_at AS at, bought.total AS value {_ORDERS}
UNION ALL SELECT decision_id, back.returned_at, -back.amount {_ORDERS}
  JOIN sales_return AS back ON back.enterprise_id = bought.enterprise_id AND back.order_id = bought.id
    AND back.returned_at > reached.reached_at AND back.returned_at <= reached.until""",
    "margin": f"SELECT decision_id, bought.placed_at, bought.total - bought.cost {_ORDERS} AND bought.cost IS NOT NULL",
    "orders": f"SELECT decision_id, bought.placed_at, 1 {_ORDERS}",
    "saved": f"SELECT decision_id, bought.placed_at, bought.discount {_ORDERS}",
    "cost": "SELECT DISTINCT decision_id, reached_at, %(cost)s::numeric FROM campaign_reached WHERE sent",
    "redemptions": """
SELECT decision_id, redeemed.redeemed_at, 1 FROM campaign_reached AS reached
  JOIN sales_redemption AS redeemed ON redeemed.enterprise_id = %(enterprise)s
    AND redeemed.customer_id = reached.record_id
    AND redeemed.redeemed_at > reached.reached_at AND redeemed.redeemed_at <= reached.until""",
    "opt_outs": """
SELECT decision_id, change.happened_at, 1 FROM campaign_reached AS reached
  LEFT JOIN people_claim AS claim ON claim.enterprise_id = %(enterprise)s AND claim.customer_id = reached.record_id
  JOIN consent_change AS change ON change.enterprise_id = %(enterprise)s
    AND change.giver_id IN (reached.record_id, claim.person_id) AND change.purpose = %(purpose)s
    AND change.recorded_at > reached.reached_at AND change.recorded_at <= reached.soon
    AND (change.strength < change.former_strength OR change.channel <> '' AND change.strength = 0)""",
    "complaints": """
SELECT decision_id, event.occurred_at, 1 FROM campaign_reached AS reached
  JOIN core_event AS event ON event.enterprise_id = %(enterprise)s AND event.customer_id = reached.record_id
    AND event.type = ANY(%(complaints)s)
    AND event.occurred_at > reached.reached_at AND event.occurred_at <= reached.soon""",
    "clicks": """
SELECT decision_id, event.occurred_at, 1 FROM campaign_reached AS reached
  JOIN core_event AS event ON event.enterprise_id = %(enterprise)s AND event.customer_id = reached.record_id
    AND event.type = 'message.clicked' AND event.payload ->> 'occasion' = reached.occasion
    AND event.occurred_at > reached.reached_at AND event.occurred_at <= reached.until""",
    "answers": """
SELECT decision_id, answer.happened_at, 1 FROM campaign_reached AS reached
  JOIN consent_contact AS answer ON answer.enterprise_id = %(enterprise)s AND answer.customer_id = reached.record_id
    AND answer.direction = 'in' AND answer.answers_id IS NOT NULL
    AND answer.happened_at > reached.reached_at AND answer.happened_at <= reached.until""",
    "contacts": """
SELECT decision_id, contact.happened_at, 1 FROM campaign_reached AS reached
  JOIN consent_contact AS contact ON contact.enterprise_id = %(enterprise)s AND contact.customer_id = reached.record_id
    AND contact.direction = 'out' AND contact.happened_at >= reached.reached_at
    AND contact.happened_at <= reached.until""",
}
_JOIN = """
INSERT INTO trials_outcome (id, enterprise_id, decision_id, side, measure, value, happened_at, recorded_at)
SELECT gen_random_uuid(), %(enterprise)s, decision_id, %(side)s, %(measure)s, sum(value), at, clock_timestamp()
FROM ({facts}) AS fact (decision_id, at, value) GROUP BY decision_id, at HAVING sum(value) <> 0
ON CONFLICT DO NOTHING
"""


@transaction.atomic
def join(*, viewer: Viewer, campaign: Campaign) -> int:
    """Join what followed for those whose days still count; how many facts were new."""
    values: dict[str, Any] = {
        "enterprise": viewer.tenant, "campaign": campaign.pk, "policy": campaign.policy, "now": viewer.now,
        "days": campaign.window_days, "soon": min(campaign.window_days, RELATION_DAYS), "grace": GRACE_DAYS,
        "cost": campaign.contact_cost, "purpose": campaign.purpose, "complaints": list(COMPLAINTS),
    }  # fmt: skip
    new = 0
    with connection.cursor() as cursor:
        cursor.execute(_REACHED)
        cursor.execute(_FILL, values)
        cursor.execute("ANALYZE campaign_reached")
        for measure, facts in _FACTS.items():
            side = BY_NAME[measure].side if measure in BY_NAME else Side.ENTERPRISE
            cursor.execute(_JOIN.format(facts=facts), {**values, "measure": measure, "side": side})
            new += cursor.rowcount
    return new
