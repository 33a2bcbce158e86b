"""Rate limits that hold across processes: token buckets in an unlogged table."""

import hashlib
from dataclasses import dataclass
from math import ceil

from django.db import connection


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a bucket answered.

    Attributes:
        allowed: Whether this request may pass.
        limit: Requests a minute.
        remaining: Requests that may follow at once.
        reset_seconds: Until the bucket is full again (or, when refused, until the next request may pass).
    """

    allowed: bool
    limit: int
    remaining: int
    reset_seconds: int


_TAKE = """
INSERT INTO core_bucket AS bucket (key, tokens, at) VALUES (%(key)s, %(limit)s - 1, clock_timestamp())
ON CONFLICT (key) DO UPDATE SET
  tokens = greatest(-1, least(%(limit)s, greatest(bucket.tokens, 0)
    + extract(epoch FROM clock_timestamp() - bucket.at) * %(limit)s / 60.0) - 1),
  at = clock_timestamp()
RETURNING tokens
"""


def take(bucket: str, *, per_minute: int) -> Allowance:
    """Take one token of `bucket`, which holds and refills `per_minute`. Works inside and outside a tenancy."""
    key = hashlib.blake2b(bucket.encode(), digest_size=16).digest()
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, {"key": key, "limit": per_minute})
        tokens = float(cursor.fetchone()[0])
    allowed = tokens >= 0
    seconds = (per_minute - tokens if allowed else -tokens) * 60 / per_minute
    return Allowance(allowed, per_minute, max(0, int(tokens)), ceil(seconds))
