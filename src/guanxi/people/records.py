"""Writing many customer records at once: seals, grams and rows. Services and the import stand on it.

One statement a table, whatever the number of rows (TRAPS §1: COPY is refused under row security).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache, partial
from operator import itemgetter
from types import MappingProxyType
from typing import Any, NamedTuple
from uuid import UUID

from guanxi.core import arrays, sealing
from guanxi.core.arrays import Column
from guanxi.core.identity import new_id
from guanxi.core.postgresql import line
from guanxi.core.postgresql.line import Answer, Statement
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
    grams: str | None = None  # as `gram_text` makes them, where that was done ahead

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


_CUSTOMERS = Statement("""
WITH made AS (
  INSERT INTO people_customer (id, enterprise_id, root_id, kind, name, label, source_key, identified, simulated,
    home_store_id, owner_id, fields, private_fields, sources, grams, created_at)
  SELECT id, $1::uuid, id, kind, name, label, source_key, identified, simulated,
    home_store_id, owner_id, fields::jsonb, private_fields, sources::jsonb, grams::bigint[],
    coalesce(created_at, $2::timestamptz)
    FROM unnest($3::uuid[], $4::text[], $5::bytea[], $6::text[], $7::text[], $8::boolean[], $9::boolean[],
      $10::uuid[], $11::uuid[], $12::text[], $13::bytea[], $14::text[], $15::text[], $16::timestamptz[])
      AS draft (id, kind, name, label, source_key, identified, simulated, home_store_id, owner_id,
      fields, private_fields, sources, grams, created_at)
  RETURNING id, enterprise_id, root_id)
INSERT INTO people_profile (customer_id, enterprise_id, root_id, events, orders, returns, spent, returned)
SELECT id, enterprise_id, root_id, 0, 0, 0, 0, 0 FROM made
""")

_IDENTIFIERS = Statement("""
INSERT INTO people_identifier (id, enterprise_id, customer_id, kind, digest, value, source, recorded_at)
SELECT id, $1::uuid, customer_id, kind, digest, value, $2, $3::timestamptz
  FROM unnest($4::uuid[], $5::uuid[], $6::text[], $7::bytea[], $8::bytea[])
    AS given (id, customer_id, kind, digest, value)
ON CONFLICT (enterprise_id, kind, digest) DO NOTHING
""")

_WRITTEN = Statement("SELECT id FROM people_identifier WHERE id = ANY($1::uuid[])")


class Parcel(NamedTuple):
    """Records that are sealed and encoded: nothing is left to be done but to send them. It asks no database.

    Attributes:
        places: Of each record, where it stood among the drafts; they travel in the order of their ids.
        wrapped: The key of each.
        customers: Their columns; the first is their ids.
        owners: Of each identifier, where the draft of its record stood.
        identifiers: Their columns: id, record, kind, digest, sealed value.
    """

    places: list[int]
    wrapped: Column
    customers: list[Column]
    owners: list[int]
    identifiers: list[Column]

    def only(self, wanted: Collection[int]) -> Parcel:
        """The records whose drafts stood at these places."""
        kept = [place for place, drafted in enumerate(self.places) if drafted in wanted]
        named = [place for place, owner in enumerate(self.owners) if owner in wanted]
        return Parcel(
            [self.places[place] for place in kept],
            self.wrapped.at(kept),
            [column.at(kept) for column in self.customers],
            [self.owners[place] for place in named],
            [column.at(named) for column in self.identifiers],
        )

    def owners_of(self, pointers: Collection[tuple[str, bytes]]) -> set[int]:
        """Where the drafts stood that have one of these identifiers, told by kind and digest."""
        if not pointers:
            return set()
        _ids, _records, kinds, digests, _sealed = self.identifiers
        each = zip(self.owners, kinds.bare(), digests.bare(), strict=True)
        return {owner for owner, kind, digest in each if (kind.decode(), digest) in pointers}


# The planner would rather join the whole table: a statement that is kept knows no lengths of lists.
_KNOWN = Statement("""
SELECT asked.place FROM unnest($2::text[], $3::bytea[], $4::integer[]) AS asked (kind, digest, place)
 CROSS JOIN LATERAL (SELECT FROM people_identifier AS one WHERE one.enterprise_id = $1::uuid
                        AND one.kind = asked.kind AND one.digest = asked.digest OFFSET 0) AS found
UNION ALL
SELECT asked.place FROM unnest($5::text[], $7::integer[]) AS asked (key, place)
 CROSS JOIN LATERAL (SELECT FROM people_customer AS one
                      WHERE one.enterprise_id = $1::uuid AND one.source_key = asked.key OFFSET 0) AS found
UNION ALL
SELECT asked.place FROM unnest($6::uuid[], $7::integer[]) AS asked (id, place)
 CROSS JOIN LATERAL (SELECT FROM people_customer AS one WHERE one.id = asked.id OFFSET 0) AS found
""")


def known(enterprise_id: UUID, parcel: Parcel) -> set[int]:
    """Where the drafts stood whose identifier, source key or id somebody has already."""
    if not parcel.places:
        return set()
    _ids, _records, kinds, digests, _sealed = parcel.identifiers
    ids, source_keys = parcel.customers[0], parcel.customers[4]
    found = line.say(
        _KNOWN,
        enterprise_id,
        kinds,
        digests,
        arrays.integers(parcel.owners),
        source_keys,
        ids,
        arrays.integers(parcel.places),
    )
    return {row[0] for row in found.rows}


class Written:
    """Records and identifiers on their way; to ask what became of them is to wait for it."""

    def __init__(self, identifiers: Sequence[Column], answer: Answer | None) -> None:
        self._identifiers, self._answer = identifiers, answer

    @property
    def taken(self) -> set[tuple[str, bytes]]:
        """Kind and digest of identifiers that somebody else holds already: they were not written."""
        if self._answer is None or self._answer.count == len(self._identifiers[0].values):
            return set()
        ids, _records, kinds, digests, _sealed = self._identifiers
        written = {row[0].bytes for row in line.say(_WRITTEN, ids).rows}
        each = zip(ids.bare(), kinds.bare(), digests.bare(), strict=True)
        return {(kind.decode(), digest) for id_, kind, digest in each if id_ not in written}


def write(
    enterprise_id: UUID,
    drafts: Sequence[Draft],
    *,
    source: str,
    now: datetime,
    digests: Mapping[Identifier, bytes] = MappingProxyType({}),
) -> set[tuple[str, bytes]]:
    """Write new records with their profiles and identifiers; `digests` are those that the caller has made already.

    Returns:
        Kind and digest of identifiers that somebody else holds already: they were not written.
    """
    return send(enterprise_id, drafts, source=source, now=now, digests=digests).taken


def send(
    enterprise_id: UUID,
    drafts: Sequence[Draft],
    *,
    source: str,
    now: datetime,
    digests: Mapping[Identifier, bytes] = MappingProxyType({}),
) -> Written:
    """Have new records written, without waiting for it."""
    return ship(enterprise_id, pack(enterprise_id, drafts, digests), source=source, now=now)


def pack(
    enterprise_id: UUID, drafts: Sequence[Draft], digests: Mapping[Identifier, bytes] = MappingProxyType({})
) -> Parcel:
    """Seal and encode new records; asks no database."""
    # In the order of their ids, which lie close together in seven indexes.
    places = sorted(range(len(drafts)), key=lambda place: drafts[place].id.int)
    drafts = [drafts[place] for place in places]
    keys = sealing.draw(draft.id for draft in drafts)
    given = [
        (place, draft.id, one, key.seal)
        for place, draft, key in zip(places, drafts, keys, strict=True)
        for one in draft.identifiers
    ]
    pointers = _pointers(enterprise_id, given, digests)
    return Parcel(
        places,
        arrays.blobs(key.wrapped for key in keys),
        _columns(enterprise_id, drafts, keys),
        [pointer.owner for pointer in pointers],
        _pointed(pointers),
    )


def ship(enterprise_id: UUID, parcel: Parcel, *, source: str, now: datetime) -> Written:
    """Have packed records written, without waiting for it."""
    if not parcel.places:
        return Written((), None)
    sealing.keep(enterprise_id, parcel.customers[0], parcel.wrapped)
    line.say(_CUSTOMERS, enterprise_id, now, *parcel.customers)
    return _store(enterprise_id, parcel.identifiers, source=source, now=now)


def _columns(enterprise_id: UUID, drafts: Sequence[Draft], keys: Sequence[sealing.NewKey]) -> list[Column]:
    each = list(zip(drafts, keys, strict=True))
    return [
        arrays.uuids(draft.id for draft in drafts),
        arrays.texts(draft.kind for draft in drafts),
        arrays.blobs(key.seal(draft.name) if draft.name else None for draft, key in each),
        arrays.texts(draft.label for draft in drafts),
        arrays.texts(draft.source_key for draft in drafts),
        arrays.booleans(draft.identified for draft in drafts),
        arrays.booleans(draft.simulated for draft in drafts),
        arrays.uuids(draft.home_store_id for draft in drafts),
        arrays.uuids(draft.owner_id for draft in drafts),
        arrays.texts(json.dumps(draft.fields) if draft.fields else "{}" for draft in drafts),
        arrays.blobs(_private(key, draft) for draft, key in each),
        arrays.texts(sources_text(draft.sources) for draft in drafts),
        arrays.texts(draft.grams or gram_text(enterprise_id, draft.name, draft.label) for draft in drafts),
        arrays.moments(draft.created_at for draft in drafts),
    ]


def _private(key: sealing.NewKey, draft: Draft) -> bytes | None:
    if not draft.private_fields:
        return None
    return key.seal(json.dumps(draft.private_fields, ensure_ascii=False))


def digest(enterprise_id: UUID, one: Identifier) -> bytes:
    """By what an identifier is found."""
    return sealing.digest(enterprise_id, f"{one.kind}:{one.value}")


def gram_text(enterprise_id: UUID, *texts: str | None) -> str:
    """Grams as PostgreSQL writes an array."""
    return hasher(enterprise_id).text(naming.name_grams(*(text for text in texts if text)))


def write_identifiers(
    enterprise_id: UUID,
    given: Sequence[tuple[UUID, Identifier]],
    keys: Mapping[UUID, bytes],
    *,
    source: str,
    now: datetime,
) -> set[tuple[str, bytes]]:
    """Write identifiers of records; gives back kind and digest of those that somebody holds already."""
    sealed = [(0, owner, one, partial(sealing.encrypt, keys[owner])) for owner, one in given]
    pointers = _pointers(enterprise_id, sealed, {})
    return _store(enterprise_id, _pointed(pointers), source=source, now=now).taken


class _Pointer(NamedTuple):
    """An identifier as it is stored; `owner` is where the draft of its record stood."""

    kind: str
    digest: bytes
    id: UUID
    customer_id: UUID
    sealed: bytes
    owner: int


def _pointers(
    enterprise_id: UUID,
    given: Sequence[tuple[int, UUID, Identifier, Callable[[str], bytes]]],
    digests: Mapping[Identifier, bytes],
) -> list[_Pointer]:
    """Sealed, in one order for everybody: two writers who meet wait for each other and never both."""
    pointers = [
        _Pointer(
            one.kind,
            digests.get(one) or digest(enterprise_id, one),
            new_id(),
            customer_id,
            seal(one.value),
            owner,
        )
        for owner, customer_id, one, seal in given
    ]
    return sorted(pointers, key=itemgetter(0, 1))


def _pointed(pointers: Sequence[_Pointer]) -> list[Column]:
    return [
        arrays.uuids(one.id for one in pointers),
        arrays.uuids(one.customer_id for one in pointers),
        arrays.texts(one.kind for one in pointers),
        arrays.blobs(one.digest for one in pointers),
        arrays.blobs(one.sealed for one in pointers),
    ]


def _store(enterprise_id: UUID, identifiers: Sequence[Column], *, source: str, now: datetime) -> Written:
    if not identifiers[0].values:
        return Written((), None)
    return Written(identifiers, line.say(_IDENTIFIERS, enterprise_id, source[:60], now, *identifiers))
