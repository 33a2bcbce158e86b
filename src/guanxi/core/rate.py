"""Rate limits that hold across processes: token buckets in an unlogged table."""

import hashlib
from dataclasses import dataclass
from math import ceil

from guanxi.core.postgresql import line
from guanxi.core.postgresql.line import Answer, Statement


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


@dataclass(frozen=True, slots=True)
class Asked:
    """A bucket on its way to the database; its allowance comes with the next answer."""

    answer: Answer
    limit: int

    @property
    def allowance(self) -> Allowance:
        """What it answered."""
        tokens = float(self.answer.rows[0][0])
        allowed = tokens >= 0
        seconds = (self.limit - tokens if allowed else -tokens) * 60 / self.limit
        return Allowance(allowed, self.limit, max(0, int(tokens)), ceil(seconds))


_TAKE = Statement("""
INSERT INTO core_bucket AS bucket (key, tokens, at) VALUES ($1::bytea, $2::integer - 1, clock_timestamp())
ON CONFLICT (key) DO UPDATE SET
  tokens = greatest(-1, least($2::integer, greatest(bucket.tokens, 0)
    + extract(epoch FROM clock_timestamp() - bucket.at) * $2::integer / 60.0) - 1),
  at = clock_timestamp()
RETURNING tokens
""")


def take(bucket: str, *, per_minute: int) -> Allowance:
    """Take one token of `bucket`, which holds and refills `per_minute`. Works inside and outside a tenancy."""
    return ask(bucket, per_minute=per_minute).allowance


def ask(bucket: str, *, per_minute: int) -> Asked:
    """Take one token, without waiting for it."""
    key = hashlib.blake2b(bucket.encode(), digest_size=16).digest()
    return Asked(line.say(_TAKE, key, per_minute), per_minute)


_TAKE_SOME = Statement("""
WITH former AS (
  SELECT least($4::float8, greatest(bucket.tokens, 0)
    + extract(epoch FROM clock_timestamp() - bucket.at) * $2::float8 / 60.0) AS tokens
  FROM core_bucket bucket WHERE key = $1::bytea FOR UPDATE
), granted AS (
  SELECT floor(least(coalesce((SELECT tokens FROM former), $4::float8), $3::float8)) AS tokens
), kept AS (
  INSERT INTO core_bucket AS bucket (key, tokens, at)
  SELECT $1::bytea, coalesce((SELECT tokens FROM former), $4::float8) - tokens, clock_timestamp() FROM granted
  ON CONFLICT (key) DO UPDATE SET tokens = excluded.tokens, at = excluded.at
)
SELECT tokens::integer FROM granted
""")


def take_some(bucket: str, *, per_minute: int, wanted: int) -> int:
    """Take up to `wanted` tokens of `bucket`, which holds what two seconds refill; how many there were."""
    key = hashlib.blake2b(bucket.encode(), digest_size=16).digest()
    burst = max(1.0, per_minute / 30)
    return int(line.say(_TAKE_SOME, key, float(per_minute), float(wanted), burst).rows[0][0])
