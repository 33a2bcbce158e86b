"""The fold of the market: each event leaves a mark, by which segments are brought up to date afterwards.

One insert for a batch, in the writer's transaction, and one notice: counting is not the digester's work.
"""

import re
from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache

from guanxi.core import arrays, tenancy
from guanxi.core.models import Event
from guanxi.core.postgresql import line
from guanxi.core.postgresql.line import Statement
from guanxi.core.schemas import schema_of

CHANNEL = "guanxi_market"
#: What segments themselves tell counts for no segment, or it would never end.
OWN_TYPES = frozenset({"segment.entered", "segment.left"})
# As `ground` reads the same amounts from the log.
_AMOUNT = re.compile(r"-?[0-9]{1,13}(\.[0-9]{1,20})?")
_MARK = Statement("""
WITH marked AS (
  INSERT INTO market_mark (enterprise_id, customer_id, kind, day, cents)
  SELECT $1::uuid, customer, kind, (at AT TIME ZONE $2)::date - DATE '1970-01-01', cents::bigint
    FROM unnest($3::uuid[], $4::text[], $5::timestamptz[], $6::text[]) AS row (customer, kind, at, cents))
SELECT pg_notify('guanxi_market', '')
""")


def mark(batch: Sequence[Event]) -> None:
    """Mark the customers of these events."""
    events = [event for event in batch if event.customer_id is not None and event.type not in OWN_TYPES]
    if not events:
        return
    viewer = tenancy.current()
    line.say(
        _MARK,
        viewer.tenant,
        viewer.zone,
        arrays.uuids([event.customer_id for event in events]),
        arrays.texts([event.type for event in events]),
        arrays.moments([event.occurred_at for event in events]),
        arrays.texts([_cents(event) for event in events]),
    )


def _cents(event: Event) -> str | None:
    name = _amount_of(event.type)
    if not name:
        return None
    said = str(event.payload.get(name))
    return str(int(Decimal(said) * 100)) if _AMOUNT.fullmatch(said) else "0"


@lru_cache
def _amount_of(type_: str) -> str:
    return schema_of(type_).amount
