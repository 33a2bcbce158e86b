"""Rows of files become customers: the import target `people.customer`, one batch at a time, set-wise.

A row is matched by the run's keys in their order. What an existing customer says is changed, never deleted; an
identifier that belongs to somebody else is left with them and the two are put before a steward; two customers who both
could be meant are a conflict, and nothing is written.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from guanxi.core import queries as core_queries
from guanxi.core.identity import id_of, new_id
from guanxi.core.importing.targets import Action, Outcome, Row, TargetField
from guanxi.core.viewer import Viewer
from guanxi.people import customfields, queries, records, restoring, unions
from guanxi.people import identifiers as spelling
from guanxi.people.identifiers import Identifier, Kind, Refused
from guanxi.people.models import Customer
from guanxi.people.naming import is_han
from guanxi.people.stored import Change, Stored, load, rewrite

SOURCE = "import"
OWN = "fields."
_TYPES: Mapping[str, Any] = {
    "text": "text", "int": "integer", "decimal": "decimal", "date": "date", "bool": "boolean", "choice": "choice",
}  # fmt: skip
_IDENTIFIERS = (Kind.EMAIL.value, Kind.PHONE.value, Kind.CARD.value)
_PLAIN = ("kind", "label", "simulated")


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


@dataclass(slots=True)
class _Wish:
    """What one row says, spelt."""

    number: int
    source_key: str | None
    identifiers: list[Identifier]
    said: dict[str, Any]
    plain: dict[str, Any]
    private: dict[str, Any]
    known_since: datetime | None
    notes: list[str]
    match: tuple[str, ...]


@dataclass(slots=True)
class _Batch:
    """What a batch knows and what it will write."""

    viewer: Viewer
    known: dict[Identifier, Stored]
    drafts: dict[UUID, records.Draft] = field(default_factory=dict)
    changes: dict[UUID, Change] = field(default_factory=dict)
    doubts: list[unions.Suspicion] = field(default_factory=list)
    used: frozenset[UUID] = frozenset()

    def id_for(self, source_key: str | None) -> UUID:
        """Made from the source's key, so that the same file gives the same ids everywhere; new where it is used."""
        made = made_id(self.viewer, source_key) if source_key else None
        return made if made and made not in self.used else new_id()


def apply(viewer: Viewer, rows: Sequence[Row], *, run_id: UUID, dry: bool) -> list[Outcome]:
    """Bring one batch in; writes nothing when `dry`."""
    reading = _Reading(viewer)
    wishes = [reading.wish(row) for row in rows]
    asked = {one for wish in wishes if isinstance(wish, _Wish) for one in _keys(wish)}
    batch = _Batch(viewer, load(viewer, asked), used=_used(viewer, wishes))
    outcomes = [_place(batch, wish) if isinstance(wish, _Wish) else wish for wish in wishes]
    if not dry:
        outcomes = _write(batch, outcomes)
    return outcomes


def made_id(viewer: Viewer, source_key: str) -> UUID:
    """The id that a customer of this source key gets."""
    return id_of(viewer.tenant, "customer", source_key)


def _used(viewer: Viewer, wishes: Sequence[_Wish | Outcome]) -> frozenset[UUID]:
    """Ids that records hold already: a customer whose key was changed or erased keeps its id."""
    ids = [made_id(viewer, one.source_key) for one in wishes if isinstance(one, _Wish) and one.source_key]
    return frozenset(
        Customer.objects.filter(enterprise_id=viewer.tenant, pk__in=ids).values_list("pk", flat=True)
    )


def undo(viewer: Viewer, outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Take a batch back; see `restoring`."""
    return restoring.undo(viewer, outcomes)


class _Reading:
    """Rows to wishes: identifiers spelt, names composed, stores found, own fields typed."""

    def __init__(self, viewer: Viewer) -> None:
        self.region = queries.region_for(viewer)
        self.definitions = {OWN + one.name: one for one in queries.definitions_for(viewer)}
        stores = list(core_queries.stores_for(viewer))
        self.stores = {store.name.casefold(): store.pk for store in stores} | {
            store.code.casefold(): store.pk for store in stores
        }

    def wish(self, row: Row) -> _Wish | Outcome:
        """What the row says, or why it can say nothing."""
        given, notes = row.values, list[str]()
        key = self._spelt(Kind.SOURCE_KEY, given.get("source_key"), notes)
        several = [self._spelt(kind, given.get(kind), notes) for kind in _IDENTIFIERS]
        found = [one for one in several if one is not None]
        said = {name: given[name] for name in _PLAIN if given.get(name) is not None}
        name = composed(given)
        if name:
            said["name"] = name
        store = given.get("store")
        if store:
            said["home_store_id"] = self.stores.get(str(store).strip().casefold())
            if said["home_store_id"] is None:
                del said["home_store_id"]
                notes.append(_("there is no store “{store}”").format(store=str(store)[:60]))
        if key is None and not found and not name and not said.get("label"):
            return Outcome(
                row.number, Action.REJECT, None, "; ".join(notes) or _("nothing tells this customer apart")
            )
        try:
            plain, private = self._own(given)
        except customfields.BadField as error:
            return Outcome(row.number, Action.REJECT, None, str(error))
        value = key.value if key else None
        return _Wish(
            row.number, value, found, said, plain, private, given.get("known_since"), notes, row.match
        )

    def _spelt(self, kind: str, given: Any, notes: list[str]) -> Identifier | None:
        if given is None:
            return None
        found = spelling.normalise(kind, given, region=self.region)
        if isinstance(found, Refused):
            if found.code != "empty":
                label = spelling.LABELS[spelling.Kind(kind)]
                notes.append(_("{kind} not taken: {reason}").format(kind=label, reason=found.reason))
            return None
        return found

    def _own(self, given: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        plain: dict[str, Any] = {}
        private: dict[str, Any] = {}
        for name, definition in self.definitions.items():
            value = customfields.parse(definition, given.get(name)) if name in given else None
            if value is not None:
                (private if definition.private else plain)[definition.name] = value
        return plain, private


def composed(given: Mapping[str, Any]) -> str | None:
    """The name of a row: as it stands, or from family and given name in the order of their culture."""
    name = given.get("name")
    if name:
        return " ".join(str(name).split())[:200]
    family, given_name = (str(given.get(part) or "").strip() for part in ("family_name", "given_name"))
    if family and given_name and is_han(family[0]):
        return f"{family}{given_name}"[:200]
    return f"{given_name} {family}".strip()[:200] or None


def _keys(wish: _Wish) -> list[Identifier]:
    own = [Identifier(Kind.SOURCE_KEY, wish.source_key)] if wish.source_key else []
    return [*own, *wish.identifiers]


def _place(batch: _Batch, wish: _Wish) -> Outcome:
    """Decide what becomes of a row, and remember it for the rows after it."""
    found = {one.kind: batch.known[one] for one in _keys(wish) if one in batch.known}
    order = wish.match or (Kind.SOURCE_KEY.value, *_IDENTIFIERS)
    target = next((found[kind] for kind in order if kind in found), None)
    if target is not None and Kind.SOURCE_KEY not in found and _another_key(target, wish):
        # Known to its system under another key: a family with one telephone, not one customer.
        return _create(batch, wish, found)
    if target is None:
        return _create(batch, wish, found)
    others = {one.root_id: one for one in found.values() if one.root_id != target.root_id}
    if others and Kind.SOURCE_KEY not in found:
        reason = _("its identifiers belong to {count} customers").format(count=len(others) + 1)
        batch.doubts += [_doubt(target.root_id, other) for other in others]
        return Outcome(wish.number, Action.CONFLICT, target.id, reason)
    batch.doubts += [_doubt(target.root_id, other) for other in others]
    return _update(batch, wish, target, others)


def _another_key(target: Stored, wish: _Wish) -> bool:
    return bool(wish.source_key and target.source_key and wish.source_key != target.source_key)


def _create(batch: _Batch, wish: _Wish, found: Mapping[str, Stored]) -> Outcome:
    free = [one for one in wish.identifiers if one not in batch.known]
    notes = wish.notes + _left_with_others(wish, free)
    now = batch.viewer.now
    said = wish.said
    names = [*said, *wish.plain, *wish.private]
    draft = records.Draft(
        id=batch.id_for(wish.source_key),
        kind=said.get("kind", "person"),
        name=said.get("name"),
        label=str(said.get("label", ""))[:200],
        source_key=wish.source_key,
        identifiers=free,
        fields=wish.plain,
        private_fields=wish.private,
        home_store_id=said.get("home_store_id"),
        simulated=bool(said.get("simulated", False)),
        sources=records.source_of(names, SOURCE, now, now),
        created_at=wish.known_since,
    )
    batch.drafts[draft.id] = draft
    stored = Stored(draft.id, draft.id, draft.source_key, draft=draft)
    for one in (*free, *([Identifier(Kind.SOURCE_KEY, wish.source_key)] if wish.source_key else [])):
        batch.known[one] = stored
    batch.doubts += [
        _doubt(draft.id, other.root_id) for other in {one.root_id: one for one in found.values()}.values()
    ]
    return Outcome(wish.number, Action.CREATE, draft.id, "; ".join(notes))


def _update(batch: _Batch, wish: _Wish, target: Stored, others: Mapping[UUID, Stored]) -> Outcome:
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


def _enrich(draft: records.Draft, wish: _Wish, learnt: Sequence[Identifier]) -> bool:
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


def _left_with_others(wish: _Wish, free: Sequence[Identifier]) -> list[str]:
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
    lost = records.write(viewer.tenant, list(batch.drafts.values()), source=SOURCE, now=viewer.now)
    lost |= rewrite(viewer, list(batch.changes.values()), source=SOURCE)
    unions.propose(viewer=viewer, suspicions=batch.doubts)
    if not lost:
        return outcomes
    # Somebody else took an identifier while this batch ran: the customer is there, without it.
    losers = {draft.id for draft in batch.drafts.values() if _has_lost(viewer, draft.identifiers, lost)}
    note = _("an identifier was taken meanwhile")
    return [_noted(one, note) if one.target_id in losers else one for one in outcomes]


def _has_lost(viewer: Viewer, several: Iterable[Identifier], lost: set[tuple[str, bytes]]) -> bool:
    return any((one.kind, records.digest(viewer.tenant, one)) in lost for one in several)


def _noted(outcome: Outcome, note: str) -> Outcome:
    return replace(outcome, reason="; ".join(filter(None, [outcome.reason, note])))
