"""Rows of files become customers: the import target `people.customer`, one batch at a time, set-wise.

A row is matched by the run's keys in their order. What an existing customer says is changed, never deleted; an
identifier that belongs to somebody else is left with them and the two are put before a steward; two customers who both
could be meant are a conflict, and nothing is written.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from guanxi.core import arrays
from guanxi.core.identity import new_id
from guanxi.core.importing.targets import Action, Outcome, Prepare, Row, TargetField
from guanxi.core.postgresql import line
from guanxi.core.viewer import Viewer
from guanxi.people import identifiers as spelling
from guanxi.people import queries, records, restoring, unions
from guanxi.people.identifiers import Identifier
from guanxi.people.sheaves import Binder, Sheaf
from guanxi.people.stored import Change, Stored, load, rewrite
from guanxi.people.wishes import IDENTIFIERS, OWN, SOURCE_KEY, Reader, Wish

SOURCE = "import"
_TYPES: Mapping[str, Any] = {
    "text": "text", "int": "integer", "decimal": "decimal", "date": "date", "bool": "boolean", "choice": "choice",
}  # fmt: skip


def fields(viewer: Viewer) -> tuple[TargetField, ...]:
    """The enterprise's own fields."""
    return tuple(
        TargetField(
            OWN + one.name,
            _TYPES[one.type],
            label=one.label,
            private=one.private,
            choices=one.choices,
            aliases=(one.name,),
        )
        for one in queries.definitions_for(viewer)
    )


@dataclass
class _Batch:
    """What a batch knows and what it will write."""

    viewer: Viewer
    known: dict[Identifier, Stored]
    digests: dict[Identifier, bytes]
    drafts: dict[UUID, records.Draft] = field(default_factory=dict)
    changes: dict[UUID, Change] = field(default_factory=dict)
    doubts: list[unions.Suspicion] = field(default_factory=list)
    used: frozenset[UUID] = frozenset()

    @cached_property
    def origin(self) -> records.Origin:
        return _origin(self.viewer)

    def id_for(self, wish: Wish) -> UUID:
        """Made from the source's key; new where a record holds that one already."""
        return wish.made_id if wish.made_id and wish.made_id not in self.used else new_id()


def prepare(viewer: Viewer) -> Prepare:
    """What reads and packs the rows of a run ahead of `apply`."""
    return Binder(Reader(viewer), _origin(viewer)).bind


def _origin(viewer: Viewer) -> records.Origin:
    """Where and when what the rows say became known."""
    now = viewer.now.isoformat()
    return SOURCE, now, now


def apply(viewer: Viewer, rows: Sequence[Row], *, run_id: UUID, dry: bool) -> list[Outcome]:
    """Bring one batch in; writes nothing when `dry`. Of a `Sheaf`, those who are new and alone are packed already."""
    if not isinstance(rows, Sheaf):
        return _decide(viewer, rows, dry=dry)
    parcel = rows.parcel
    known = records.known(viewer.tenant, parcel)
    if known:
        parcel = parcel.only(set(parcel.places) - known)
    outcomes = _created(viewer, rows, parcel, dry=dry)
    others = [place for place in range(len(rows)) if place not in outcomes]
    decided = _decide(viewer, [rows[place] for place in others], dry=dry)
    outcomes |= dict(zip(others, decided, strict=True))
    return [outcomes[place] for place in range(len(rows))]


def _created(viewer: Viewer, rows: Sheaf, parcel: records.Parcel, *, dry: bool) -> dict[int, Outcome]:
    """Write what is packed: what became of each row, by its place; they are told while the server writes."""
    written = None if dry else records.ship(viewer.tenant, parcel, source=SOURCE, now=viewer.now)
    line.push()
    outcomes = {
        place: Outcome(rows.numbers[place], Action.CREATE, UUID(bytes=key), rows.notes.get(place, ""))
        for place, key in zip(parcel.places, parcel.customers[0].bare(), strict=True)
    }
    if written is not None:
        for place in parcel.owners_of(written.taken):
            outcomes[place] = _noted(outcomes[place], _taken_meanwhile())
    return outcomes


def _decide(viewer: Viewer, rows: Sequence[Row], *, dry: bool) -> list[Outcome]:
    """What becomes of each row, one after the other; it is written together."""
    if not rows:
        return []
    reader = Reader(viewer)
    several = [reader.wish(row) for row in rows]
    wishes = [one for one in several if isinstance(one, Wish)]
    digests = {one: digest for wish in wishes for one, digest in wish.digests.items()}
    known = load(viewer, digests, {wish.source_key for wish in wishes if wish.source_key})
    batch = _Batch(viewer, known, digests, used=_used(viewer, wishes))
    outcomes = [_place(batch, one) if isinstance(one, Wish) else one for one in several]
    return outcomes if dry else _write(batch, outcomes)


def _used(viewer: Viewer, wishes: Sequence[Wish]) -> frozenset[UUID]:
    """Ids that records hold already: a customer whose key was changed or erased keeps its id."""
    ids = [wish.made_id for wish in wishes if wish.made_id]
    with arrays.wide() as cursor:
        cursor.execute(
            "SELECT id FROM people_customer WHERE enterprise_id = %s AND id = ANY(%b::uuid[])",
            [viewer.tenant, arrays.uuids(ids)],
        )
        return frozenset(row[0] for row in cursor.fetchall())


def undo(viewer: Viewer, outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Take a batch back; see `restoring`."""
    return restoring.undo(viewer, outcomes)


def _place(batch: _Batch, wish: Wish) -> Outcome:
    """Decide what becomes of a row, and remember it for the rows after it."""
    found = {one.kind: batch.known[one] for one in wish.keys if one in batch.known}
    order = wish.match or (SOURCE_KEY, *IDENTIFIERS)
    target = next((found[kind] for kind in order if kind in found), None)
    if target is not None and SOURCE_KEY not in found and _another_key(target, wish):
        # Known to its system under another key: a family with one telephone, not one customer.
        return _create(batch, wish, found)
    if target is None:
        return _create(batch, wish, found)
    others = {one.root_id: one for one in found.values() if one.root_id != target.root_id}
    if others and SOURCE_KEY not in found:
        reason = _("its identifiers belong to {count} customers").format(count=len(others) + 1)
        batch.doubts += [_doubt(target.root_id, other) for other in others]
        return Outcome(wish.number, Action.CONFLICT, target.id, reason)
    batch.doubts += [_doubt(target.root_id, other) for other in others]
    return _update(batch, wish, target, others)


def _another_key(target: Stored, wish: Wish) -> bool:
    return bool(wish.source_key and target.source_key and wish.source_key != target.source_key)


def _create(batch: _Batch, wish: Wish, found: Mapping[str, Stored]) -> Outcome:
    free = [one for one in wish.identifiers if one not in batch.known]
    notes = wish.notes + _left_with_others(wish, free)
    draft = wish.draft(batch.id_for(wish), free, batch.origin)
    batch.drafts[draft.id] = draft
    stored = Stored(draft.id, draft.id, draft.source_key, draft=draft)
    for one in free:
        batch.known[one] = stored
    if wish.source_key:
        batch.known[Identifier(SOURCE_KEY, wish.source_key)] = stored
    batch.doubts += [_doubt(draft.id, root_id) for root_id in {one.root_id: None for one in found.values()}]
    return Outcome(wish.number, Action.CREATE, draft.id, "; ".join(notes))


def _update(batch: _Batch, wish: Wish, target: Stored, others: Mapping[UUID, Stored]) -> Outcome:
    learnt = [one for one in wish.identifiers if one not in batch.known]
    taken = [one for one in wish.identifiers if one in batch.known and batch.known[one].root_id in others]
    notes = wish.notes + [_note(one) for one in taken]
    for one in learnt:
        batch.known[one] = target
    if target.draft is not None:
        changed = _enrich(target.draft, wish, learnt)
        note = _("the same customer as an earlier row")
        return Outcome(
            wish.number, Action.UPDATE if changed else Action.UNCHANGED, target.id, "; ".join([note, *notes])
        )
    change = batch.changes.get(target.id)
    if change is None:
        change = batch.changes[target.id] = Change(target)
    before = change.take(wish.said, wish.plain, wish.private, learnt, wish.source_key)
    action = Action.UPDATE if before else Action.UNCHANGED
    return Outcome(wish.number, action, target.id, "; ".join(notes), before or None)


def _enrich(draft: records.Draft, wish: Wish, learnt: Sequence[Identifier]) -> bool:
    """A row that repeats a customer of the same batch adds what it knows to the record that is yet to be written."""
    before = (
        draft.name,
        draft.label,
        draft.kind,
        draft.home_store_id,
        dict(draft.fields),
        dict(draft.private_fields),
    )
    draft.name = wish.said.get("name") or draft.name
    draft.label = wish.said.get("label") or draft.label
    draft.grams = None
    draft.kind = wish.said.get("kind") or draft.kind
    draft.home_store_id = wish.said.get("home_store_id") or draft.home_store_id
    draft.fields = {**draft.fields, **wish.plain}
    draft.private_fields = {**draft.private_fields, **wish.private}
    draft.identifiers = [*draft.identifiers, *learnt]
    after = (
        draft.name,
        draft.label,
        draft.kind,
        draft.home_store_id,
        dict(draft.fields),
        dict(draft.private_fields),
    )
    return before != after or bool(learnt)


def _left_with_others(wish: Wish, free: Sequence[Identifier]) -> list[str]:
    return [_note(one) for one in wish.identifiers if one not in free]


def _note(one: Identifier) -> str:
    kind = spelling.LABELS[spelling.Kind(one.kind)]
    return _("{kind} stays with another customer; both are before a steward").format(kind=kind)


def _doubt(one: UUID, other: UUID) -> unions.Suspicion:
    return unions.Suspicion(
        one, other, 0.8, SOURCE, [{"field": "identifier", "level": "both", "weight": 6.0}]
    )


def _write(batch: _Batch, outcomes: list[Outcome]) -> list[Outcome]:
    viewer = batch.viewer
    drafts, changes = list(batch.drafts.values()), list(batch.changes.values())
    lost = records.write(viewer.tenant, drafts, source=SOURCE, now=viewer.now, digests=batch.digests)
    lost |= rewrite(viewer, changes, source=SOURCE)
    unions.propose(viewer=viewer, suspicions=batch.doubts)
    if not lost:
        return outcomes
    # Somebody else took an identifier while this batch ran: the customer is there, without it.
    losers = {draft.id for draft in batch.drafts.values() if _has_lost(viewer, draft.identifiers, lost)}
    return [_noted(one, _taken_meanwhile()) if one.target_id in losers else one for one in outcomes]


def _taken_meanwhile() -> str:
    return _("an identifier was taken meanwhile")


def _has_lost(viewer: Viewer, several: Iterable[Identifier], lost: set[tuple[str, bytes]]) -> bool:
    return any((one.kind, records.digest(viewer.tenant, one)) in lost for one in several)


def _noted(outcome: Outcome, note: str) -> Outcome:
    return replace(outcome, reason="; ".join(filter(None, [outcome.reason, note])))
