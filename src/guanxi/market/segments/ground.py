"""The ground on which conditions are counted: one narrow row a customer, and the past as days by type of event.

Both are kept by what is marked: `claim` takes marks away and says who is touched, `renew` brings their rows up to date.
`lay` makes everything anew from the log and the records. Whatever reads the log and whatever forgets marks of it do so
in one statement, so that no event counts twice or never.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import connection

from guanxi.core.schemas import registered
from guanxi.core.viewer import Viewer

BATCH = 20_000
EVERYBODY = "*"

_TABLES = """
CREATE TEMPORARY TABLE IF NOT EXISTS market_claimed (customer_id uuid, kind text, day integer, cents bigint)
  ON COMMIT DELETE ROWS;
CREATE TEMPORARY TABLE IF NOT EXISTS market_touched (root_id uuid PRIMARY KEY, moved boolean) ON COMMIT DELETE ROWS;
TRUNCATE market_claimed, market_touched
"""
_CLAIM = """
WITH gone AS (
  DELETE FROM market_mark WHERE id IN (
    SELECT id FROM market_mark WHERE enterprise_id = %(tenant)s ORDER BY id LIMIT %(batch)s)
  RETURNING customer_id, kind, day, cents)
INSERT INTO market_claimed SELECT * FROM gone
"""
_TOUCH = """
INSERT INTO market_touched (root_id, moved)
SELECT id, bool_or(moved) FROM (
  SELECT customer_id AS id, kind = '~' AS moved FROM market_claimed WHERE customer_id IS NOT NULL
  UNION ALL
  SELECT record.root_id, claimed.kind = '~' FROM market_claimed AS claimed
    JOIN people_customer AS record ON record.id = claimed.customer_id) AS each
GROUP BY id
"""
# Of a whole whose records have changed the past is read anew; what waits of it is in the log already.
_FORGET = """
DELETE FROM market_happening AS past USING market_touched AS touched
 WHERE past.enterprise_id = %(tenant)s AND past.customer_id = touched.root_id AND touched.moved
"""
_REREAD = """
WITH records AS (
  SELECT record.id, record.root_id FROM people_customer AS record JOIN market_touched AS touched
    ON touched.root_id = record.root_id AND touched.moved WHERE record.enterprise_id = %(tenant)s
), told AS (
  DELETE FROM market_mark AS mark USING records WHERE mark.customer_id = records.id AND mark.day IS NOT NULL
    AND mark.enterprise_id = %(tenant)s)
INSERT INTO market_happening (enterprise_id, type, customer_id, days, cents)
SELECT %(tenant)s, type, root_id, array_agg(day ORDER BY day DESC, cents), {cents}
  FROM (SELECT event.type, records.root_id, {day} AS day, {amount} AS cents FROM records JOIN core_event AS event
    ON event.enterprise_id = %(tenant)s AND event.customer_id = records.id
    WHERE event.type <> ALL(%(own)s)) AS each
 GROUP BY type, root_id
"""
_APPEND = """
INSERT INTO market_happening AS past (enterprise_id, type, customer_id, days, cents)
SELECT %(tenant)s, kind, root_id, array_agg(day ORDER BY day DESC, cents),
       CASE WHEN bool_or(cents IS NOT NULL) THEN array_agg(coalesce(cents, 0) ORDER BY day DESC, cents) END
  FROM (SELECT claimed.kind, record.root_id, claimed.day, claimed.cents FROM market_claimed AS claimed
          JOIN people_customer AS record ON record.id = claimed.customer_id
          JOIN market_touched AS touched ON touched.root_id = record.root_id AND NOT touched.moved
         WHERE claimed.day IS NOT NULL) AS each
 GROUP BY kind, root_id
ON CONFLICT (enterprise_id, type, customer_id) DO UPDATE SET
  days = CASE WHEN past.days[1] <= excluded.days[cardinality(excluded.days)] THEN excluded.days || past.days
    ELSE (SELECT array_agg(day ORDER BY day DESC, cents)
            FROM unnest(excluded.days || past.days, excluded.cents || past.cents) AS each (day, cents)) END,
  cents = CASE WHEN past.days[1] <= excluded.days[cardinality(excluded.days)] OR excluded.cents IS NULL
    THEN excluded.cents || past.cents
    ELSE (SELECT array_agg(cents ORDER BY day DESC, cents)
            FROM unnest(excluded.days || past.days, excluded.cents || past.cents) AS each (day, cents)) END
"""
_COLUMNS = (
    "created_at", "first_seen_at", "last_seen_at", "first_order_at", "last_order_at", "value", "gap", "events",
    "orders", "returns", "recency", "frequency", "money", "identified", "simulated", "spent", "kind", "store",
    "department", "fields",
)  # fmt: skip
_FEATURES = f"""
INSERT INTO market_feature AS feature (enterprise_id, customer_id, {", ".join(_COLUMNS)})
SELECT root.enterprise_id, root.id, root.created_at, summed.first_seen_at, summed.last_seen_at,
       summed.first_order_at, summed.last_order_at, score.value, behaviour.gap, summed.events, summed.orders,
       summed.returns, behaviour.recency, behaviour.frequency, behaviour.money,
       CASE WHEN summed.records = 1 THEN root.identified ELSE (SELECT bool_or(one.identified)
         FROM people_customer AS one WHERE one.enterprise_id = %(tenant)s AND one.root_id = root.id) END,
       root.simulated, summed.spent, root.kind, store.code, nullif(behaviour.department, ''),
       CASE WHEN summed.records = 1 THEN root.fields ELSE (
         SELECT coalesce(jsonb_object_agg(key, value), '{{{{}}}}') FROM (
           SELECT DISTINCT ON (said.key) said.key, said.value FROM people_customer AS one
             CROSS JOIN LATERAL jsonb_each(one.fields) AS said (key, value)
            WHERE one.enterprise_id = %(tenant)s AND one.root_id = root.id AND said.value <> 'null'
            ORDER BY said.key, one.id <> root.id, one.created_at, one.id) AS chosen) END
  FROM people_customer AS root
  JOIN (SELECT profile.root_id, count(*) AS records, sum(events) AS events, sum(orders) AS orders,
               sum(returns) AS returns,
               sum(spent) AS spent, min(first_seen_at) AS first_seen_at, max(last_seen_at) AS last_seen_at,
               min(first_order_at) AS first_order_at, max(last_order_at) AS last_order_at
          FROM people_profile AS profile {{profiles}}
         WHERE profile.enterprise_id = %(tenant)s GROUP BY profile.root_id) AS summed ON summed.root_id = root.id
  LEFT JOIN mining_score AS score ON score.enterprise_id = %(tenant)s AND score.customer_id = root.id
    AND score.construct = 'value'
  LEFT JOIN mining_behaviour AS behaviour ON behaviour.enterprise_id = %(tenant)s AND behaviour.customer_id = root.id
  LEFT JOIN core_store AS store ON store.id = root.home_store_id
 WHERE root.enterprise_id = %(tenant)s AND root.root_id = root.id
ON CONFLICT (enterprise_id, customer_id) DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in _COLUMNS)}
 WHERE ({", ".join(f"feature.{name}" for name in _COLUMNS)}) IS DISTINCT FROM
       ({", ".join(f"excluded.{name}" for name in _COLUMNS)})
"""
_OF_TOUCHED = "JOIN market_touched AS touched ON touched.root_id = profile.root_id"
_DROP = """
DELETE FROM market_feature AS feature WHERE feature.enterprise_id = %(tenant)s {which}
   AND NOT EXISTS (SELECT FROM people_customer AS record
                    WHERE record.id = feature.customer_id AND record.root_id = record.id)
"""
_LAY_PAST = """
WITH told AS (DELETE FROM market_mark WHERE enterprise_id = %(tenant)s AND day IS NOT NULL)
INSERT INTO market_happening (enterprise_id, type, customer_id, days, cents)
SELECT %(tenant)s, type, root_id, array_agg(day ORDER BY day DESC, cents), {cents}
  FROM (SELECT event.type, record.root_id, {day} AS day, {amount} AS cents FROM core_event AS event
          JOIN people_customer AS record ON record.id = event.customer_id
         WHERE event.enterprise_id = %(tenant)s AND event.type <> ALL(%(own)s)) AS each
 GROUP BY type, root_id ORDER BY type, root_id
"""
_AMOUNT = (
    r"trunc(CASE WHEN coalesce({0}, '') ~ '^-?[0-9]{{1,13}}(\.[0-9]{{1,20}})?$' THEN ({0})::numeric ELSE 0 END * 100)"
    "::bigint"
)


def claim(tenant: UUID) -> int:
    """Take the oldest marks away and note whom they touch; how many they were. Needs the enterprise's lock."""
    with connection.cursor() as cursor:
        cursor.execute(_TABLES)
        cursor.execute(_CLAIM, {"tenant": tenant, "batch": BATCH})
        marks = int(cursor.rowcount)
        if marks:
            cursor.execute(_TOUCH)
        return marks


def everybody_is_marked() -> bool:
    """Whether one of the marks taken means everybody."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM market_claimed WHERE kind = %s", [EVERYBODY])
        return bool(cursor.fetchone()[0])


def renew(viewer: Viewer) -> None:
    """Bring the rows of those who are touched up to date."""
    values = _values(viewer)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM market_touched WHERE moved")
        if cursor.fetchone()[0]:
            cursor.execute(_FORGET, values)
            cursor.execute(_from_log(_REREAD), values)
        cursor.execute(_APPEND, values)
        cursor.execute(_FEATURES.format(profiles=_OF_TOUCHED), values)
        cursor.execute(_DROP.format(which="AND customer_id IN (SELECT root_id FROM market_touched)"), values)


def renew_features(viewer: Viewer) -> None:
    """Bring what is known of everybody up to date; the past stays as it is."""
    with connection.cursor() as cursor:
        cursor.execute(_FEATURES.format(profiles=""), _values(viewer))
        cursor.execute(_DROP.format(which=""), _values(viewer))


def lay(viewer: Viewer) -> None:
    """Make the whole ground anew; marks that wait are in it already."""
    values = _values(viewer)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0")
        cursor.execute("SET LOCAL work_mem = '256MB'")
        cursor.execute("DELETE FROM market_happening WHERE enterprise_id = %(tenant)s", values)
        cursor.execute(_from_log(_LAY_PAST), values)
        renew_features(viewer)
        cursor.execute(
            "INSERT INTO market_ground (enterprise_id, zone, laid_at) VALUES (%(tenant)s, %(zone)s, now()) "
            "ON CONFLICT (enterprise_id) DO UPDATE SET zone = excluded.zone, laid_at = excluded.laid_at",
            values,
        )


def _values(viewer: Viewer) -> Mapping[str, Any]:
    amounts = {schema.type: schema.amount for schema in registered().values() if schema.amount}
    return {
        "tenant": viewer.tenant,
        "zone": viewer.zone,
        "own": ["segment.entered", "segment.left"],
        "amounts": list(amounts),
    }


def _from_log(statement: str) -> str:
    """The statement with what it takes of each event; the same as the fold marks."""
    amounts = {schema.type: schema.amount for schema in registered().values() if schema.amount}
    choice = " ".join(
        f"WHEN '{type_}' THEN {_AMOUNT.format(f'''event.payload ->> '{name}' ''')}"
        for type_, name in sorted(amounts.items())
    )
    return statement.format(
        day="(event.occurred_at AT TIME ZONE %(zone)s)::date - DATE '1970-01-01'",
        amount=f"CASE event.type {choice} END" if choice else "NULL::bigint",
        cents="CASE WHEN type = ANY(%(amounts)s) THEN array_agg(coalesce(cents, 0) ORDER BY day DESC, cents) END",
    )
