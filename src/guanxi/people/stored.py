"""Customers as they are stored, loaded and rewritten in batches: the import's way to say something new of many."""

from __future__ import annotations

import base64
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import connection

from guanxi.core import arrays, sealing
from guanxi.core.viewer import Viewer
from guanxi.people import records
from guanxi.people.identifiers import Identifier, Kind
from guanxi.people.models import Customer


@dataclass(slots=True, eq=False)
class Stored:
    """A record that an identifier points at; `draft` where it is yet to be written by the same batch."""

    id: UUID
    root_id: UUID
    source_key: str | None
    draft: records.Draft | None = None
    row: Customer | None = None
    name: str | None = None
    private: dict[str, Any] = field(default_factory=dict)


# One look-up after the other, whatever the planner knows of the tables: joined whole they grow with each batch.
_KNOWN = """
SELECT asked.kind, asked.digest, record.root_id
  FROM unnest(%(kinds)b::text[], %(digests)b::bytea[]) AS asked (kind, digest)
 CROSS JOIN LATERAL (SELECT customer_id FROM people_identifier AS one WHERE one.enterprise_id = %(enterprise)s
                        AND one.kind = asked.kind AND one.digest = asked.digest OFFSET 0) AS known
 CROSS JOIN LATERAL (SELECT root_id FROM people_customer AS one WHERE one.id = known.customer_id OFFSET 0) AS record
UNION ALL
SELECT 'source_key', convert_to(source_key, 'UTF8'), root_id FROM people_customer
 WHERE enterprise_id = %(enterprise)s AND source_key = ANY(%(keys)b::text[])
"""


def load(
    viewer: Viewer, digests: Mapping[Identifier, bytes], keys: Collection[str]
) -> dict[Identifier, Stored]:
    """The customers that these identifiers and source keys point at, opened, by three queries."""
    if not digests and not keys:
        return {}
    with arrays.wide() as cursor:
        cursor.execute(
            _KNOWN,
            {
                "enterprise": viewer.tenant,
                "kinds": arrays.texts([one.kind for one in digests]),
                "digests": arrays.blobs(digests.values()),
                "keys": arrays.texts(keys),
            },
        )
        found = cursor.fetchall()
    if not found:
        return {}
    named = {(one.kind, digest): one for one, digest in digests.items()}
    pointed = {
        (
            Identifier(kind, bytes(digest).decode())
            if kind == Kind.SOURCE_KEY
            else named[kind, bytes(digest)]
        ): root
        for kind, digest, root in found
    }
    rows = _opened(viewer, set(pointed.values()))
    return {one: rows[root] for one, root in pointed.items() if root in rows}


def _opened(viewer: Viewer, root_ids: set[UUID]) -> dict[UUID, Stored]:
    if not root_ids:
        return {}
    rows = list(Customer.objects.filter(enterprise_id=viewer.tenant, pk__in=root_ids).defer("grams"))
    count = len(rows)
    sealed = [(row.pk, row.name) for row in rows] + [(row.pk, row.private_fields) for row in rows]
    texts = sealing.reveal(viewer, sealed, fields=("name", "private_fields"))
    return {
        row.pk: Stored(
            row.pk, row.root_id, row.source_key, None, row, name, json.loads(private) if private else {}
        )
        for row, name, private in zip(rows, texts[:count], texts[count:], strict=True)
    }


@dataclass(slots=True, eq=False)
class Change:
    """What a batch says anew of one stored customer; several rows of a batch may add to it."""

    stored: Stored
    changed: set[str] = field(default_factory=set)
    learnt: list[Identifier] = field(default_factory=list)

    def take(
        self,
        said: Mapping[str, Any],
        plain: Mapping[str, Any],
        private: Mapping[str, Any],
        learnt: Sequence[Identifier],
        source_key: str | None,
    ) -> dict[str, Any]:
        """Take over what differs; what was there before, as JSON, empty where nothing changed."""
        row = self.stored.row
        assert row is not None  # only drafts have none, and those are not changed but enriched
        before: dict[str, Any] = {}
        for name in ("kind", "label", "home_store_id", "simulated"):
            if name in said and said[name] != getattr(row, name):
                before[name] = _plain(getattr(row, name))
                setattr(row, name, said[name])
        if said.get("name") and said["name"] != self.stored.name:
            before["name"] = base64.b64encode(row.name).decode() if row.name else None
            self.stored.name = said["name"]
        if source_key and not row.source_key:
            before["source_key"] = None
            row.source_key = self.stored.source_key = source_key
        self._take_own(row, plain, private, before)
        if before:
            before["sources"] = {name: row.sources.get(name) for name in before}
        if learnt:
            before["learnt"] = [[one.kind, records.digest(row.enterprise_id, one).hex()] for one in learnt]
            self.learnt += learnt
        self.changed |= before.get("sources", {}).keys()
        return before

    def _take_own(
        self, row: Customer, plain: Mapping[str, Any], private: Mapping[str, Any], before: dict[str, Any]
    ) -> None:
        if any(row.fields.get(name) != value for name, value in plain.items()):
            before["fields"] = dict(row.fields)
            row.fields = row.fields | plain
        if any(self.stored.private.get(name) != value for name, value in private.items()):
            before["private_fields"] = (
                base64.b64encode(row.private_fields).decode() if row.private_fields else None
            )
            self.stored.private |= private


_REWRITE = """
UPDATE people_customer AS record SET kind = new.kind, name = new.name, label = new.label, source_key = new.source_key,
  identified = true, simulated = new.simulated, home_store_id = new.home_store_id, fields = new.fields::jsonb,
  private_fields = new.private_fields, sources = new.sources::jsonb, grams = new.grams::bigint[]
FROM unnest(%s::uuid[], %s::text[], %s::bytea[], %s::text[], %s::text[], %s::boolean[], %s::uuid[], %s::text[],
            %s::bytea[], %s::text[], %s::text[])
  AS new (id, kind, name, label, source_key, simulated, home_store_id, fields, private_fields, sources, grams)
WHERE record.id = new.id
"""


def rewrite(viewer: Viewer, changes: Sequence[Change], *, source: str) -> set[tuple[str, bytes]]:
    """Store what changed; kind and digest of identifiers that somebody else took meanwhile come back."""
    changed = [change for change in changes if change.changed or change.learnt]
    if not changed:
        return set()
    keys = sealing.keys_for(viewer.tenant, [change.stored.id for change in changed], create=True)
    columns = [
        _columns(viewer, change, keys[change.stored.id], source) for change in changed if change.changed
    ]
    if columns:
        with connection.cursor() as cursor:
            cursor.execute(
                _REWRITE,
                [list(column) for column in zip(*sorted(columns, key=lambda row: row[0]), strict=True)],
            )
    learnt = [(change.stored.id, one) for change in changed for one in change.learnt]
    return records.write_identifiers(viewer.tenant, learnt, keys, source=source, now=viewer.now)


def _columns(viewer: Viewer, change: Change, key: bytes, source: str) -> tuple[Any, ...]:
    row, stored = change.stored.row, change.stored
    assert row is not None  # see Change.take
    new_name = "name" in change.changed and stored.name
    new_private = "private_fields" in change.changed
    sources = row.sources | records.source_of(sorted(change.changed), source, viewer.now, viewer.now)
    return (
        row.pk,
        row.kind,
        sealing.encrypt(key, new_name) if new_name else row.name,
        row.label,
        row.source_key,
        row.simulated,
        row.home_store_id,
        json.dumps(row.fields, ensure_ascii=False),
        sealing.encrypt(key, json.dumps(stored.private, ensure_ascii=False))
        if new_private
        else row.private_fields,
        json.dumps(sources),
        records.gram_text(viewer.tenant, stored.name, row.label),
    )


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, UUID) else value
