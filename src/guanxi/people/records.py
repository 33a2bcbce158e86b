"""Writing many customer records at once: seals, grams and rows. Services and the import stand on it.

One statement a table, whatever the number of rows (TRAPS §1: COPY is refused under row security).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

import psycopg
from django.db import connection

from guanxi.core import sealing
from guanxi.core.identity import new_id
from guanxi.people import naming
from guanxi.people.identifiers import Identifier

#: Where a fact is from, when it was so, when we knew it.
Origin = tuple[str, str, str]


@dataclass(slots=True)
class Draft:
    """A customer record to be written."""

    id: UUID = field(default_factory=new_id)
    kind: str = "person"
    name: str | None = None
    label: str = ""
    source_key: str | None = None
    identifiers: Sequence[Identifier] = ()
    fields: Mapping[str, Any] = field(default_factory=dict)
    private_fields: Mapping[str, Any] = field(default_factory=dict)
    home_store_id: UUID | None = None
    owner_id: UUID | None = None
    simulated: bool = False
    sources: Mapping[str, Origin] = field(default_factory=dict)
    created_at: datetime | None = (
        None  # when they became a customer; when the row is written, where nobody says
    )

    @property
    def identified(self) -> bool:
        return bool(self.source_key or self.name) or any(not one.weak for one in self.identifiers)


@lru_cache(maxsize=64)
def hasher(enterprise_id: UUID) -> naming.Hasher:
    """The gram hasher of a tenant; its salt follows from the installation's key, so grams of a stolen table say
    nothing."""
    return naming.Hasher(sealing.digest(enterprise_id, "people.grams"))


def grams(enterprise_id: UUID, *texts: str | None) -> list[int]:
    """The hashed grams of a record's name and label."""
    return hasher(enterprise_id).many(naming.name_grams(*(text for text in texts if text)))


def source_of(
    names: Iterable[str], source: str, happened_at: datetime, recorded_at: datetime
) -> dict[str, Origin]:
    """For each fact where it is from, when it was so, and when we knew it."""
    return dict.fromkeys(names, (source, happened_at.isoformat(), recorded_at.isoformat()))


def sources_text(sources: Mapping[str, Origin]) -> str:
    """The sources as JSON; the rows of a batch mostly say the same."""
    return _sources_text(tuple(sources.items()))


@lru_cache(maxsize=256)
def _sources_text(sources: tuple[tuple[str, Origin], ...]) -> str:
    return json.dumps(dict(sources))


_CUSTOMERS = """
WITH made AS (
  INSERT INTO people_customer (id, enterprise_id, root_id, kind, name, label, source_key, identified, simulated,
    home_store_id, owner_id, fields, private_fields, sources, grams, created_at)
  SELECT id, %(enterprise)s, id, kind, name, label, source_key, identified, simulated,
    home_store_id, owner_id, fields::jsonb, private_fields, sources::jsonb, grams::bigint[],
    coalesce(created_at, %(now)s)
    FROM unnest(%(id)b::uuid[], %(kind)b::text[], %(name)b::bytea[], %(label)b::text[], %(source_key)b::text[],
      %(identified)b::boolean[], %(simulated)b::boolean[], %(home_store_id)b::uuid[], %(owner_id)b::uuid[],
      %(fields)b::text[], %(private_fields)b::bytea[], %(sources)b::text[], %(grams)b::text[],
      %(created_at)b::timestamptz[])
      AS draft (id, kind, name, label, source_key, identified, simulated, home_store_id, owner_id,
      fields, private_fields, sources, grams, created_at)
  RETURNING id, enterprise_id, root_id)
INSERT INTO people_profile (customer_id, enterprise_id, root_id, events, orders, returns, spent, returned)
SELECT id, enterprise_id, root_id, 0, 0, 0, 0, 0 FROM made
"""

_IDENTIFIERS = """
INSERT INTO people_identifier (id, enterprise_id, customer_id, kind, digest, value, source, recorded_at)
SELECT id, %s, customer_id, kind, digest, value, %s, %s
  FROM unnest(%b::uuid[], %b::uuid[], %b::text[], %b::bytea[], %b::bytea[])
    AS given (id, customer_id, kind, digest, value)
ON CONFLICT (enterprise_id, kind, digest) DO NOTHING
RETURNING customer_id, kind, digest
"""


def wide() -> psycopg.Cursor[Any]:
    """A cursor that sends arrays as they are, in binary: Django's own would write each of them out as text twice."""
    connection.ensure_connection()
    return psycopg.Cursor(connection.connection)


def write(
    enterprise_id: UUID, drafts: Sequence[Draft], *, source: str, now: datetime
) -> set[tuple[str, bytes]]:
    """Write new records with their profiles and identifiers.

    Returns:
        Kind and digest of identifiers that somebody else holds already: they were not written.
    """
    if not drafts:
        return set()
    keys = sealing.new_keys(enterprise_id, [draft.id for draft in drafts])
    columns = [_row(enterprise_id, draft, keys[draft.id]) for draft in drafts]
    values = dict(zip(_COLUMNS, map(list, zip(*columns, strict=True)), strict=True))
    with wide() as cursor:
        cursor.execute(_CUSTOMERS, values | {"enterprise": enterprise_id, "now": now})
    given = [(draft.id, one) for draft in drafts for one in draft.identifiers]
    return write_identifiers(enterprise_id, given, keys, source=source, now=now)


_COLUMNS = (
    "id", "kind", "name", "label", "source_key", "identified", "simulated", "home_store_id", "owner_id", "fields",
    "private_fields", "sources", "grams", "created_at",
)  # fmt: skip


def _row(enterprise_id: UUID, draft: Draft, key: bytes) -> tuple[Any, ...]:
    return (
        draft.id,
        draft.kind,
        sealing.encrypt(key, draft.name) if draft.name else None,
        draft.label,
        draft.source_key,
        draft.identified,
        draft.simulated,
        draft.home_store_id,
        draft.owner_id,
        json.dumps(draft.fields) if draft.fields else "{}",
        sealing.encrypt(key, json.dumps(draft.private_fields, ensure_ascii=False))
        if draft.private_fields
        else None,
        sources_text(draft.sources),
        gram_text(enterprise_id, draft.name, draft.label),
        draft.created_at,
    )


def digest(enterprise_id: UUID, one: Identifier) -> bytes:
    """By what an identifier is found."""
    return sealing.digest(enterprise_id, f"{one.kind}:{one.value}")


def gram_text(enterprise_id: UUID, *texts: str | None) -> str:
    """Grams as PostgreSQL writes an array."""
    return "{" + ",".join(map(str, grams(enterprise_id, *texts))) + "}"


def write_identifiers(
    enterprise_id: UUID,
    given: Sequence[tuple[UUID, Identifier]],
    keys: Mapping[UUID, bytes],
    *,
    source: str,
    now: datetime,
) -> set[tuple[str, bytes]]:
    """Write identifiers of records; gives back kind and digest of those that somebody holds already."""
    if not given:
        return set()
    rows = sorted(
        (
            (
                new_id(),
                customer_id,
                one.kind,
                digest(enterprise_id, one),
                sealing.encrypt(keys[customer_id], one.value),
            )
            for customer_id, one in given
        ),
        # In one order for everybody: two writers who meet wait for each other and never both.
        key=lambda row: (row[2], row[3]),
    )
    with wide() as cursor:
        cursor.execute(_IDENTIFIERS, [enterprise_id, source[:60], now, *map(list, zip(*rows, strict=True))])
        written = {(kind, bytes(digest)) for _customer, kind, digest in cursor.fetchall()} if rows else set()
    return {(row[2], row[3]) for row in rows} - written
