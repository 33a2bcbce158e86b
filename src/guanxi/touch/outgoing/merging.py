"""What a merge means for messages that have not left: nobody gets the same one twice."""

from collections.abc import Sequence

from guanxi.core.models import Event
from guanxi.core.postgresql import line
from guanxi.core.postgresql.line import Statement
from guanxi.touch.outgoing.words import Ending

# Of the messages of one whole with the same template and occasion one stays: what has left or is leaving, else the
# oldest. `pending` are those that can still be stopped.
_STOP = """
WITH whole AS (
  SELECT m.id, m.template_id, m.occasion, m.posted_at, o.state, w.ended_at, o.message_id IS NOT NULL AS boxed
  FROM people_customer c JOIN people_customer k ON k.enterprise_id = c.enterprise_id AND k.root_id = c.root_id
    JOIN touch_message m ON m.enterprise_id = k.enterprise_id AND m.customer_id = k.id
    LEFT JOIN touch_outbox o ON o.message_id = m.id
    LEFT JOIN touch_waiting w ON w.message_id = m.id
  WHERE c.enterprise_id = $1::uuid AND c.id = $2::uuid
), ranked AS (
  SELECT *, (boxed AND state = 'queued') OR (NOT boxed AND ended_at IS NULL) AS pending,
    row_number() OVER (PARTITION BY template_id, occasion
      ORDER BY coalesce(state, '') IN ('sending', 'sent', 'unknown', 'bounced', 'complained') DESC, posted_at, id)
      AS place
  FROM whole
), surplus AS (SELECT id FROM ranked WHERE place > 1 AND pending)
"""
_OUTBOX = Statement(
    _STOP + "UPDATE touch_outbox SET state = 'stopped', reason = $3, ended_at = $4::timestamptz "
    "WHERE enterprise_id = $1::uuid AND state = 'queued' AND message_id IN (SELECT id FROM surplus)"
)
_WAITING = Statement(
    _STOP + "UPDATE touch_waiting SET outcome = 'deny', reason = $3, ended_at = $4::timestamptz "
    "WHERE enterprise_id = $1::uuid AND ended_at IS NULL AND message_id IN (SELECT id FROM surplus)"
)


def stop_doubles(batch: Sequence[Event]) -> None:
    """Stop what a merged customer would get a second time, in the transaction that merges them."""
    for event in batch:
        for statement in (_OUTBOX, _WAITING):
            line.say(
                statement, event.enterprise_id, event.customer_id, Ending.MERGED.value, event.occurred_at
            )
