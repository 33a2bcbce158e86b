"""A campaign's plan, set by set: segment, overlap, hold-out, gate, control group. Everybody of the segment is in it.

The gate is asked before chance: only those who could be contacted are comparable, so that both arms are alike.
The draw is a hash (`trials.holdout`), the same in SQL and Python; decisions are written by `record` before anything
is sent.
"""

import json
import time
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from guanxi.consent import gate
from guanxi.core import events
from guanxi.core.identity import id_of
from guanxi.core.viewer import Viewer
from guanxi.market.models.campaigns import LIVE, Campaign, Overlap, Recipient, Round
from guanxi.trials import holdout
from guanxi.trials.models import Maker

CONTACT, NOTHING = "contact", "nothing"

_TABLES = """
CREATE TEMPORARY TABLE IF NOT EXISTS campaign_member (root_id uuid, reason text NOT NULL)
  ON COMMIT DELETE ROWS;
CREATE TEMPORARY TABLE IF NOT EXISTS campaign_answer (
  root_id uuid, channel text NOT NULL, outcome text, reason text, until timestamptz) ON COMMIT DELETE ROWS;
TRUNCATE campaign_member, campaign_answer;
"""
# Whoever is in the comparison of another campaign that is under way, while its days count for them.
_BUSY = """
SELECT recipient.customer_id AS root_id, campaign.id AS campaign_id
FROM market_campaign AS campaign JOIN market_round AS round ON round.campaign_id = campaign.id
  JOIN market_recipient AS recipient
    ON recipient.enterprise_id = campaign.enterprise_id AND recipient.round_id = round.id
WHERE campaign.enterprise_id = %(enterprise)s AND campaign.id <> %(campaign)s AND campaign.state = ANY(%(live)s)
  AND NOT round.stale AND (round.recorded_at IS NOT NULL OR %(soon)s) AND recipient.arm <> ''
  AND (recipient.reached_at IS NULL
       OR recipient.reached_at + campaign.window_days * interval '1 day' > %(now)s)
"""
_MEMBERS = f"""
INSERT INTO campaign_member
SELECT member.root_id,
  CASE WHEN busy.root_id IS NOT NULL THEN 'elsewhere' WHEN %(withheld)s AND {{held_out}} THEN 'hold_out' ELSE '' END
FROM (SELECT DISTINCT customer.root_id FROM market_membership AS membership
        JOIN people_customer AS customer
          ON customer.enterprise_id = membership.enterprise_id AND customer.id = membership.customer_id
      WHERE membership.enterprise_id = %(enterprise)s AND membership.segment_id = %(segment)s
        AND membership.entered_at <= %(now)s) AS member
  LEFT JOIN (SELECT DISTINCT root_id FROM ({_BUSY}) AS any_busy WHERE %(exclude)s) AS busy USING (root_id)
ORDER BY root_id
"""
_OVERLAPS = f"""
SELECT campaign_id::text, count(DISTINCT root_id) FROM ({_BUSY}) AS busy JOIN campaign_member USING (root_id)
GROUP BY campaign_id ORDER BY 2 DESC, 1
"""
_FIRST_ANSWER = """
INSERT INTO campaign_answer SELECT root_id, %(channel)s, outcome, reason, until FROM gate_answer ORDER BY root_id
"""
# A further channel speaks where it allows what the former did not, or puts off what the former refused.
_FURTHER_ANSWER = """
UPDATE campaign_answer AS answer
SET channel = %(channel)s, outcome = further.outcome, reason = further.reason, until = further.until
FROM gate_answer AS further WHERE further.root_id = answer.root_id AND (
  further.outcome = 'allow' AND answer.outcome <> 'allow' OR further.outcome = 'defer' AND answer.outcome = 'deny')
"""
_RECIPIENTS = """
INSERT INTO market_recipient (enterprise_id, round_id, customer_id, turn, arm, standing, reason, channel, due_at,
                              decision_id)
SELECT %(enterprise)s, %(round)s, root_id, turn, CASE WHEN kept THEN arm ELSE '' END,
  CASE WHEN kept THEN 'waiting' ELSE 'out' END, CASE WHEN arm <> '' AND NOT kept THEN 'budget' ELSE reason END,
  channel, CASE WHEN kept THEN due END,
  CASE WHEN kept THEN (%(head)s || lpad(to_hex(turn), 12, '0'))::uuid END
FROM (
  SELECT *, arm <> '' AND (%(most)s::bigint IS NULL OR
    count(*) FILTER (WHERE arm = 'contact') OVER (ORDER BY turn) <= %(most)s::bigint) AS kept
  FROM (
    SELECT root_id, arm, reason, channel, due,
      row_number() OVER (ORDER BY arm = '', uuid_hash_extended(root_id, %(seed)s), root_id) AS turn
    FROM (
      SELECT root_id, channel, until AS due, CASE WHEN outcome IN ('allow', 'defer') THEN '' ELSE reason END AS reason,
        CASE WHEN outcome NOT IN ('allow', 'defer') THEN ''
             WHEN {place} < %(share)s THEN 'control' ELSE 'contact' END AS arm
      FROM campaign_answer
      UNION ALL SELECT root_id, '', NULL, coalesce(nullif(member.reason, ''), 'unknown'), ''
      FROM campaign_member AS member LEFT JOIN campaign_answer AS answer USING (root_id) WHERE answer.root_id IS NULL
    ) AS judged
  ) AS in_turn
) AS planned ORDER BY root_id
"""
_TALLY = """
SELECT arm, standing, reason, count(*) FROM market_recipient
WHERE enterprise_id = %(enterprise)s AND round_id = %(round)s GROUP BY 1, 2, 3 ORDER BY 4 DESC
"""


@transaction.atomic
def plan(*, viewer: Viewer, campaign: Campaign, asked_by: str = "", number: int = 1) -> Round:
    """Plan a round: everybody of the segment gets an arm or the reason why not; a former plan of it gives way."""
    began = time.perf_counter()
    _one_at_a_time(viewer)
    former = Round.objects.filter(
        enterprise_id=viewer.tenant, campaign=campaign, number=number, recorded_at=None
    )
    for one in former:
        Recipient.objects.filter(enterprise_id=viewer.tenant, round_id=one.pk).delete()
    former.delete()
    made = Round.objects.create(
        enterprise_id=viewer.tenant, campaign=campaign, number=number, planned_at=viewer.now,
        planned_by=asked_by or viewer.actor,
    )  # fmt: skip
    values = values_of(viewer, campaign)
    made.overlaps = gather(values, soon=True)
    ask_the_gate(viewer, campaign)
    with connection.cursor() as cursor:
        place = holdout.place_in_action_in_sql("%(enterprise)s::text", "root_id::text", "%(action)s")
        cursor.execute(_RECIPIENTS.format(place=place), {**values, **_draw(campaign, made)})
    made.tally = tally_of(viewer, made.pk)
    made.size = sum(made.tally.values())
    made.seconds = time.perf_counter() - began
    made.save(update_fields=["overlaps", "tally", "size", "seconds"])
    events.emit(
        "campaign.planned",
        payload={
            "campaign": str(campaign.pk), "name": campaign.name, "round": number, "size": made.size,
            "contact": made.tally.get("contact:waiting:", 0), "control": made.tally.get("control:waiting:", 0),
        },
    )  # fmt: skip
    return made


def action_of(campaign: Campaign) -> str:
    """What the draw of this campaign's control group is called; the same for all its rounds."""
    return f"{campaign.policy}:{campaign.seed}"


def tally_of(viewer: Viewer, round_id: UUID) -> dict[str, int]:
    """How many recipients of a round stand how, counted: `arm:standing:reason`."""
    with connection.cursor() as cursor:
        cursor.execute(_TALLY, {"enterprise": viewer.tenant, "round": round_id})
        return {f"{arm}:{standing}:{reason}": count for arm, standing, reason, count in cursor.fetchall()}


def _one_at_a_time(viewer: Viewer) -> None:
    """Two plans of an enterprise made at once would not see each other's customers."""
    with connection.cursor() as cursor:
        # A million rows in one statement take longer than a page may.
        cursor.execute(
            "SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0; "
            "SET LOCAL work_mem = '256MB'"
        )
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"campaigns:{viewer.tenant}"]
        )


def values_of(viewer: Viewer, campaign: Campaign) -> dict[str, Any]:
    """What the statements of a plan need to know."""
    return {
        "enterprise": viewer.tenant, "campaign": campaign.pk, "segment": campaign.segment_id, "now": viewer.now,
        "live": list(LIVE), "exclude": campaign.overlap == Overlap.EXCLUDE,
        "withheld": campaign.purpose in holdout.WITHHELD, "period": holdout.period_of(viewer.now),
    }  # fmt: skip


def _draw(campaign: Campaign, made: Round) -> dict[str, Any]:
    most = None
    if campaign.budget is not None and campaign.contact_cost > 0:
        most = int(campaign.budget / campaign.contact_cost)
    return {
        "round": made.pk, "seed": campaign.seed, "share": campaign.control_share, "action": action_of(campaign),
        "most": most,
        # Ids in order, so that the index of a million decisions grows at its end.
        "head": str(id_of(made.pk, "decisions"))[:24],
    }  # fmt: skip


def gather(values: Mapping[str, Any], *, soon: bool) -> list[dict[str, Any]]:
    """The members of the segment, and how many of them are in which other campaign."""
    held_out = holdout.held_out_in_sql("%(enterprise)s::text", "root_id::text", "%(period)s::text")
    with connection.cursor() as cursor:
        cursor.execute(_TABLES)
        cursor.execute(_MEMBERS.format(held_out=held_out), {**values, "soon": soon})
        cursor.execute("ANALYZE campaign_member")
        cursor.execute(_OVERLAPS, {**values, "soon": soon})
        return [{"campaign": campaign, "customers": count} for campaign, count in cursor.fetchall()]


def ask_the_gate(viewer: Viewer, campaign: Campaign) -> None:
    """The first channel that allows; else the first that only puts off; else the refusal of the first."""
    with connection.cursor() as cursor:
        for number, channel in enumerate(campaign.channels):
            cursor.execute(gate.CANDIDATES)
            cursor.execute(
                "INSERT INTO gate_candidate SELECT root_id FROM campaign_answer WHERE outcome <> 'allow'"
                if number
                else "INSERT INTO gate_candidate SELECT root_id FROM campaign_member WHERE reason = '' ORDER BY root_id"
            )
            cursor.execute("ANALYZE gate_candidate")
            gate.judge_many(viewer, purpose=campaign.purpose, channel=channel, needs=campaign.needs)
            cursor.execute(_FURTHER_ANSWER if number else _FIRST_ANSWER, {"channel": channel})


# Another campaign may have begun since the plan was made; whoever is in it now leaves both arms alike.
_LEAVE = f"""
UPDATE market_recipient AS recipient SET standing = 'out', reason = 'elsewhere', arm = '', decision_id = NULL
FROM (SELECT DISTINCT root_id FROM ({_BUSY}) AS any_busy WHERE %(exclude)s) AS busy
WHERE recipient.enterprise_id = %(enterprise)s AND recipient.round_id = %(round)s AND recipient.arm <> ''
  AND recipient.customer_id = busy.root_id
"""
_HOLD_OUTS = """
INSERT INTO trials_holdout (id, enterprise_id, customer_id, period, recorded_at)
SELECT (%(head)s || lpad(to_hex(turn), 12, '0'))::uuid, enterprise_id, customer_id, %(period)s, %(now)s
FROM market_recipient WHERE enterprise_id = %(enterprise)s AND round_id = %(round)s AND reason = 'hold_out'
ON CONFLICT DO NOTHING
"""
_DECISIONS = """
INSERT INTO trials_decision (id, enterprise_id, customer_id, maker, policy, occasion, eligible, chosen, chance, seed,
                             facts, decided_by, decided_at, recorded_at)
SELECT decision_id, enterprise_id, customer_id, %(maker)s, %(policy)s, %(occasion)s, %(eligible)s::jsonb,
  CASE arm WHEN 'contact' THEN 'contact' ELSE 'nothing' END,
  CASE arm WHEN 'contact' THEN 1 - %(share)s ELSE %(share)s END, %(seed)s, '{}', %(actor)s, %(now)s, clock_timestamp()
FROM market_recipient WHERE enterprise_id = %(enterprise)s AND round_id = %(round)s AND arm <> '' ORDER BY turn
"""


@transaction.atomic
def record(*, viewer: Viewer, campaign: Campaign, round_: Round) -> bool:
    """Write down who was drawn into which arm, before anything is sent; whether it had not been done yet."""
    _one_at_a_time(viewer)
    locked = Round.objects.select_for_update().get(enterprise_id=viewer.tenant, pk=round_.pk)
    if locked.recorded_at:
        return False
    values = {**values_of(viewer, campaign), **_draw(campaign, locked), "soon": False}
    share = campaign.control_share
    with connection.cursor() as cursor:
        cursor.execute(_LEAVE, values)
        moved = cursor.rowcount
        cursor.execute(_HOLD_OUTS, {**values, "head": str(id_of(locked.pk, "hold-outs"))[:24]})
        cursor.execute(_DECISIONS, {
            **values, "maker": Maker.CAMPAIGN, "policy": campaign.policy, "occasion": occasion_of(campaign, locked),
            "eligible": json.dumps([{"action": CONTACT, "chance": 1 - share}, {"action": NOTHING, "chance": share}]),
            "actor": viewer.actor,
        })  # fmt: skip
    locked.recorded_at = viewer.now
    if moved:
        locked.tally = tally_of(viewer, locked.pk)
    locked.save(update_fields=["recorded_at", "tally"])
    return True


def occasion_of(campaign: Campaign, round_: Round) -> str:
    """What makes a message of this round the same message: nobody gets it twice."""
    return f"{campaign.policy}:{round_.number}"
