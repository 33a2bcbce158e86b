"""Writing verdicts down: one statement for one as for thousands, which nobody waits for."""

import json

from guanxi.consent.models import Verdict
from guanxi.core import arrays
from guanxi.core.fields import Among
from guanxi.core.postgresql import line
from guanxi.core.postgresql.line import Statement

_INSERT = Statement("""
INSERT INTO consent_verdict (id, enterprise_id, customer_id, record_ids, outcome, reason, until, facts, kind, purpose,
                             channel, needs, asked_for, about, asked_by, asked_at)
SELECT id, $1::uuid, customer_id, record_ids::uuid[], outcome, reason, until, facts::jsonb, $2, $3, $4, $5::smallint,
       $6::boolean, $7, $8, $9::timestamptz
  FROM unnest($10::uuid[], $11::uuid[], $12::text[], $13::text[], $14::text[], $15::timestamptz[], $16::text[])
    AS given (id, customer_id, record_ids, outcome, reason, until, facts)
""")


def write(*verdicts: Verdict) -> None:
    """Write down verdicts that answer the same question."""
    if not verdicts:
        return
    one = verdicts[0]
    line.say(
        _INSERT, one.enterprise_id, str(one.kind), str(one.purpose), str(one.channel), int(one.needs), one.asked_for,
        one.about, one.asked_by, one.asked_at,
        arrays.uuids(each.pk for each in verdicts),
        arrays.uuids(each.customer_id for each in verdicts),
        arrays.texts(Among.written(each.record_ids) for each in verdicts),
        arrays.texts(str(each.outcome) for each in verdicts),
        arrays.texts(str(each.reason) for each in verdicts),
        arrays.moments(each.until for each in verdicts),
        arrays.texts(json.dumps(each.facts) for each in verdicts),
    )  # fmt: skip
