"""Reads of people. Every function says for whom it reads; names and identifiers are opened here and nowhere else."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _

from guanxi.core import paging, sealing, subjects, viewers, visibility
from guanxi.core.compiled import compiled
from guanxi.core.errors import NotFound
from guanxi.core.models import Enterprise, Event
from guanxi.core.postgresql import line
from guanxi.core.postgresql.line import Statement
from guanxi.core.tenancy import tenancy
from guanxi.core.viewer import Viewer
from guanxi.people import identifiers as spelling
from guanxi.people import naming, records, relations
from guanxi.people.customfields import Definition
from guanxi.people.merging import Conflict, Fact, Tally, choose
from guanxi.people.models import (
    Customer,
    CustomField,
    Identifier,
    MatchRule,
    Merge,
    Pair,
    PairState,
    Profile,
)

SEARCH_LIMIT = 200


@dataclass(frozen=True, slots=True)
class Found:
    """What a search gave: customers (roots), and whether there are more than are looked at."""

    ids: tuple[UUID, ...]
    more: bool = False


@dataclass(frozen=True, slots=True)
class Known:
    """An identifier as the 360 page shows it."""

    id: UUID
    record_id: UUID
    kind: str
    value: str | None
    source: str
    recorded_at: datetime
    verified_at: datetime | None

    @property
    def label(self) -> str:
        kind = next((kind for kind in spelling.Kind if kind == self.kind), None)
        return str(spelling.LABELS[kind]) if kind else self.kind

    @property
    def shown(self) -> str:
        return self.value or _("erased")

    @property
    def masked(self) -> str:
        return spelling.masked(self.kind, self.value) if self.value else "••••"


@dataclass(frozen=True, slots=True)
class Whole:
    """A customer with all its records: what counts, from where, and what the records disagree on."""

    root: Customer
    records: tuple[Customer, ...]
    asked_id: UUID
    title: str
    facts: Mapping[str, Fact]
    conflicts: tuple[Conflict, ...]
    identifiers: tuple[Known, ...]
    tally: Tally
    record_titles: Mapping[UUID, str] = field(default_factory=dict)

    @property
    def id(self) -> UUID:
        return self.root.pk

    @property
    def record_ids(self) -> list[UUID]:
        return [record.pk for record in self.records]

    @property
    def merged(self) -> bool:
        """Whether the id that was asked for is an old one."""
        return self.asked_id != self.root.pk

    @property
    def name(self) -> str | None:
        fact = self.facts.get("name")
        return str(fact.value) if fact else None


def titles_for(viewer: Viewer, customer_ids: Collection[UUID]) -> dict[UUID, str]:
    """What to call each of these records in a list of something else (orders, runs, pairs)."""
    if not customer_ids:
        return {}
    rows = Customer.objects.filter(enterprise_id=viewer.tenant, pk__in=set(customer_ids)).only(
        "name", "label", "source_key"
    )
    return {key: title for key, (title, _named) in titles_of(viewer, list(rows)).items()}


_SEARCH = Statement("SELECT * FROM people_search($1::bigint[], $2, $3)")


def search(viewer: Viewer, text: str, *, limit: int = SEARCH_LIMIT) -> Found:
    """Customers by any part of a name or label, or by a whole identifier; exact names first.

    What comes back are ids only: they are read again under policy and visibility.
    """
    text = text.strip()[:200]
    ids = dict.fromkeys(_by_identifier(viewer, text))
    asked = naming.asked_grams(text)
    found: list[UUID] = []
    if asked:
        hasher = records.hasher(viewer.tenant)
        grams, whole = hasher.many(asked), hasher.one(naming.asked_whole(text))
        rows = line.say(_SEARCH, "{" + ",".join(map(str, grams)) + "}", whole, limit).rows
        found = [row[0] for row in rows]
    ids.update(dict.fromkeys(found))
    return Found(tuple(ids)[:limit], more=len(found) >= limit)


def _by_identifier(viewer: Viewer, text: str) -> list[UUID]:
    if not spelling.guessed_kinds(text):
        return []
    guesses = spelling.guesses(text, region=region_for(viewer))
    keys = [guess.value for guess in guesses if guess.kind == spelling.Kind.SOURCE_KEY]
    wanted = Q(pk__in=[])
    for guess in guesses:
        wanted |= Q(kind=guess.kind, digest=records.digest(viewer.tenant, guess))
    pointed = Identifier.objects.filter(wanted, enterprise_id=viewer.tenant).values_list("customer__root_id")
    named = Customer.objects.filter(enterprise_id=viewer.tenant, source_key__in=keys).values_list("root_id")
    return [row[0] for row in pointed.union(named)[:50]]


def region_for(viewer: Viewer) -> str:
    """The region in which an enterprise's national phone numbers are read."""
    row = _places(viewer).first
    return row[0] or spelling.region_of(row[1], row[2]) if row else "CN"


@compiled
def _places(viewer: Viewer) -> QuerySet[Enterprise, tuple[str, str, str]]:
    return Enterprise.objects.filter(pk=viewer.tenant).values_list("country", "zone", "currency")


def record_ids_for(viewer: Viewer, customer_id: UUID) -> list[UUID]:
    """All records of the whole that an id, old or new, belongs to.

    Raises:
        NotFound: There is none, or the viewer may not see it.
    """
    return whole_rows_for(viewer, customer_id)[1]


def everything_for(
    viewer: Viewer, customer_id: UUID, *, taken: bool = False
) -> dict[str, list[dict[str, Any]]]:
    """Everything that is held about a customer, by table, private fields in plain text.

    Args:
        taken: Whether it leaves the house; the customer reads that in the access log.

    Raises:
        NotFound: There is none, or the viewer may not see it.
    """
    viewer.require("customers.export")
    _root, record_ids = whole_rows_for(viewer, customer_id)
    return subjects.export(viewer.for_purpose("export") if taken else viewer, record_ids)


def everything_own(viewer: Viewer, enterprise_id: UUID) -> dict[str, list[dict[str, Any]]]:
    """Everything that an enterprise holds about an individual, for themselves: the records that they have proved.

    Raises:
        NotFound: They have no relation to this enterprise.
    """
    record_ids = relations.own_records(viewer, enterprise_id)
    if not record_ids:
        raise NotFound(field="enterprise")
    # Most tables are the enterprise's own: it is asked in its name, for these records alone.
    with tenancy(viewers.for_process(enterprise_id, "portal", request_id=viewer.request_id)) as portal:
        return subjects.export(portal, record_ids)


def whole_rows_for(viewer: Viewer, customer_id: UUID) -> tuple[UUID, list[UUID]]:
    """The root and all records of the whole that an id belongs to.

    Raises:
        NotFound: There is none, or the viewer may not see it.
    """
    ids = dict(_records_of(viewer, customer_id).rows)
    root_id = next(iter(ids.values()), None)
    if root_id is None or root_id not in ids:
        raise NotFound(field="customer")
    return root_id, list(ids)


def keyed_for(viewer: Viewer, source_keys: Collection[str]) -> dict[str, UUID]:
    """The records that these source keys name."""
    rows = Customer.objects.filter(enterprise_id=viewer.tenant, source_key__in=set(source_keys))
    return {key: id_ for key, id_ in rows.values_list("source_key", "pk") if key}


def wholes_for(
    viewer: Viewer, customer_ids: Collection[UUID]
) -> tuple[dict[UUID, UUID], dict[UUID, list[UUID]]]:
    """Of many ids, old or new, the root of each, and all records of each root; those whom the viewer sees."""
    asked = Customer.objects.filter(enterprise_id=viewer.tenant, pk__among=list(customer_ids))
    roots = dict(asked.values_list("pk", "root_id"))
    found = Customer.objects.filter(enterprise_id=viewer.tenant, root_id__among=list(set(roots.values())))
    wholes: dict[UUID, list[UUID]] = {}
    for key, root_id in visibility.visible(viewer, found).values_list("pk", "root_id"):
        wholes.setdefault(root_id, []).append(key)
    seen = {root_id: ids for root_id, ids in wholes.items() if root_id in ids}
    return {key: root_id for key, root_id in roots.items() if root_id in seen}, seen


@compiled
def _records_of(viewer: Viewer, customer_id: UUID) -> QuerySet[Customer, tuple[UUID, UUID]]:
    return _whole_of(viewer, customer_id).values_list("pk", "root_id")


def _whole_of(viewer: Viewer, customer_id: UUID) -> QuerySet[Customer]:
    root_id = Customer.objects.filter(pk=customer_id).values("root_id")
    return visibility.visible(viewer, Customer.objects.filter(root_id__in=root_id))


@compiled
def _full_records_of(viewer: Viewer, customer_id: UUID) -> QuerySet[Customer]:
    # Who works where is the enterprise's own affair: an individual's role may not read it.
    beside = ("profile",) if viewer.kind == "self" else ("profile", "home_store", "owner")
    return _whole_of(viewer, customer_id).select_related(*beside).defer("grams")


def whole_for(viewer: Viewer, customer_id: UUID) -> Whole:
    """A customer with everything its records say; opens the private fields, which is written down.

    Raises:
        NotFound: There is none, or the viewer may not see it.
    """
    found = _full_records_of(viewer, customer_id).rows
    found.sort(key=lambda row: (row.pk != row.root_id, row.created_at, row.pk))
    # A person sees the records that are theirs, also where the enterprise put them under one that is not: then the
    # oldest of theirs stands for the whole.
    if not found or (found[0].pk != found[0].root_id and viewer.kind != "self"):
        raise NotFound(field="customer")
    return _whole(viewer, found[0], found, customer_id)


def wholes_after(viewer: Viewer, last: UUID | None, *, size: int) -> list[Whole]:
    """The next identified customers in order of their ids, opened by one reading: for processes that go through all."""
    roots = Customer.objects.filter(enterprise_id=viewer.tenant, root_id=F("pk"), identified=True).order_by(
        "pk"
    )
    ids = list((roots.filter(pk__gt=last) if last else roots).values_list("pk", flat=True)[:size])
    if not ids:
        return []
    rows = list(
        Customer.objects.filter(root_id__in=ids)
        .select_related("profile", "home_store", "owner")
        .defer("grams")
    )
    known = list(
        Identifier.objects.filter(customer_id__in=[row.pk for row in rows]).order_by(
            "kind", "recorded_at", "pk"
        )
    )
    names, private, values = _opened(viewer, rows, known)
    opened = {row.pk: (name, extra) for row, name, extra in zip(rows, names, private, strict=True)}
    by_root: dict[UUID, list[Customer]] = {}
    for row in sorted(rows, key=lambda row: (row.pk != row.root_id, row.created_at, row.pk)):
        by_root.setdefault(row.root_id, []).append(row)
    identifiers: dict[UUID, list[tuple[Identifier, str | None]]] = {}
    root_of = {row.pk: row.root_id for row in rows}
    for one, value in zip(known, values, strict=True):
        identifiers.setdefault(root_of[one.customer_id], []).append((one, value))
    return [
        _assembled(by_root[root_id][0], by_root[root_id], root_id, opened, identifiers.get(root_id, []))
        for root_id in ids
        if root_id in by_root
    ]


def _whole(viewer: Viewer, root: Customer, found: Sequence[Customer], asked_id: UUID) -> Whole:
    known = _identifiers_of(root.enterprise_id, [row.pk for row in found]).rows
    names, private, values = _opened(viewer, found, known)
    opened = {row.pk: (name, extra) for row, name, extra in zip(found, names, private, strict=True)}
    return _assembled(root, found, asked_id, opened, list(zip(known, values, strict=True)))


@compiled
def _identifiers_of(enterprise_id: UUID, record_ids: list[UUID]) -> QuerySet[Identifier]:
    rows = Identifier.objects.filter(enterprise_id=enterprise_id, customer_id__among=record_ids)
    return rows.order_by("kind", "recorded_at", "pk")


def _assembled(
    root: Customer,
    found: Sequence[Customer],
    asked_id: UUID,
    opened: Mapping[UUID, tuple[str | None, dict[str, Any]]],
    known: Sequence[tuple[Identifier, str | None]],
) -> Whole:
    """A whole of its records, their opened fields and their identifiers."""
    facts = [_facts(row, *opened[row.pk]) for row in found]
    chosen, conflicts = choose(root.pk, facts)
    named = chosen.get("name")
    return Whole(
        root=root,
        records=tuple(found),
        asked_id=asked_id,
        title=str(named.value) if named else _fallback(root),
        facts=chosen,
        conflicts=tuple(conflicts),
        identifiers=tuple(
            Known(one.pk, one.customer_id, one.kind, value, one.source, one.recorded_at, one.verified_at)
            for one, value in known
        ),
        tally=sum((_tally(row.profile) for row in found), Tally()),
        record_titles={row.pk: opened[row.pk][0] or _fallback(row) for row in found},
    )


def _opened(
    viewer: Viewer, found: Sequence[Customer], known: Sequence[Identifier]
) -> tuple[list[str | None], list[dict[str, Any]], list[str | None]]:
    """Names, private fields and identifiers of some records by one opening, so that one read is written down."""
    hidden = visibility.masked(viewer, "people.Customer")
    sealed: list[tuple[UUID, bytes | None]] = [
        *((row.pk, None if "name" in hidden else row.name) for row in found),
        *((row.pk, None if "private_fields" in hidden else row.private_fields) for row in found),
        *((one.customer_id, None if "identifiers" in hidden else one.value) for one in known),
    ]
    tenant = found[0].enterprise_id if found else None
    texts = sealing.reveal(
        viewer, sealed, fields=("name", "private_fields", "identifier"), enterprise_id=tenant
    )
    count = len(found)
    private = [json.loads(text) if text else {} for text in texts[count : 2 * count]]
    return texts[:count], private, texts[2 * count :]


def _facts(row: Customer, name: str | None, private: Mapping[str, Any]) -> dict[str, Fact]:
    said: dict[str, Any] = {
        "name": name,
        "label": row.label,
        "home_store": row.home_store_id,
        **row.fields,
        **private,
    }
    return {
        key: Fact(value, row.pk, *_origin(row, key)) for key, value in said.items() if value not in (None, "")
    }


def _origin(row: Customer, key: str) -> tuple[str, str, str]:
    origin = row.sources.get(key)
    if not origin:
        return "", row.created_at.isoformat(), row.created_at.isoformat()
    source, happened_at, recorded_at = (*origin, "", "", "")[:3]
    return str(source), str(happened_at), str(recorded_at)


def _fallback(row: Called | Customer) -> str:
    """What to call somebody who has no name, or whose name was erased."""
    if row.label:
        return row.label
    if row.source_key:
        return row.source_key
    return _("Visitor {number}").format(number=str(row.pk)[-6:])


class Called(NamedTuple):
    """What a record can be called by."""

    pk: UUID
    name: bytes | None
    label: str
    source_key: str | None


def titles_of(viewer: Viewer, rows: Sequence[Called | Customer]) -> dict[UUID, tuple[str, bool]]:
    """For each record what to call it, and whether that is its name."""
    hidden = "name" in visibility.masked(viewer, "people.Customer")
    names = [None] * len(rows) if hidden else sealing.reveal(viewer, [(row.pk, row.name) for row in rows])
    return {
        row.pk: (name, True) if name else (_fallback(row), False)
        for row, name in zip(rows, names, strict=True)
    }


def _tally(profile: Profile) -> Tally:
    return Tally(
        profile.events,
        profile.orders,
        profile.returns,
        profile.spent,
        profile.returned,
        profile.first_seen_at,
        profile.last_seen_at,
        profile.first_order_at,
        profile.last_order_at,
    )


TIMELINE_ORDER = ("-occurred_at", "-seq")


def happenings_for(
    viewer: Viewer, record_ids: Sequence[UUID], *, types: Collection[str] = ()
) -> QuerySet[Event]:
    """What happened with the records of one whole; `types` may end with `*`. The caller has asked for the records."""
    rows = Event.objects.filter(customer_id__among=record_ids)
    if viewer.enterprise_id is not None:
        rows = rows.filter(enterprise_id=viewer.enterprise_id)
    if types:
        wanted = Q()
        for type_ in types:
            wanted |= Q(type__startswith=type_[:-1]) if type_.endswith("*") else Q(type=type_)
        rows = rows.filter(wanted)
    return rows


def timeline_for(
    viewer: Viewer,
    record_ids: Sequence[UUID],
    *,
    types: Collection[str] = (),
    cursor: str | None = None,
    size: int = 30,
) -> paging.Page[Event]:
    """One page of what happened with the records of one whole, newest first."""
    return paging.page_of(
        _happenings,
        viewer,
        list(record_ids),
        frozenset(types),
        order=TIMELINE_ORDER,
        cursor=cursor,
        size=size,
    )


def _happenings(viewer: Viewer, record_ids: list[UUID], types: frozenset[str]) -> QuerySet[Event]:
    return happenings_for(viewer, record_ids, types=types)


def definitions_for(viewer: Viewer) -> list[Definition]:
    """The custom fields in use, in their order."""
    rows = CustomField.objects.filter(enterprise_id=viewer.tenant, archived_at=None)
    return [Definition(row.name, row.label, row.type, tuple(row.choices), row.private) for row in rows]


def rules_for(viewer: Viewer) -> QuerySet[MatchRule]:
    """What the enterprise lets a machine merge."""
    return MatchRule.objects.filter(enterprise_id=viewer.tenant).order_by("name")


def merges_for(viewer: Viewer, whole: Whole) -> list[Merge]:
    """The merges that made a whole, newest first; undone ones stay in the list."""
    ids = whole.record_ids
    rows = Merge.objects.filter(Q(kept_id__in=ids) | Q(absorbed_id__in=ids), enterprise_id=viewer.tenant)
    return list(rows.order_by("-merged_at")[:50])


def merge_for(viewer: Viewer, merge_id: UUID) -> Merge:
    """One merge.

    Raises:
        NotFound: There is none, or the viewer may not see its customers.
    """
    merge = Merge.objects.filter(pk=merge_id).first()
    if merge is None:
        raise NotFound(field="merge")
    whole_rows_for(viewer, merge.kept_id)
    return merge


@dataclass(frozen=True, slots=True)
class Preview:
    """What would be the whole if two customers were one."""

    kept: Whole
    absorbed: Whole
    facts: Mapping[str, Fact]
    conflicts: tuple[Conflict, ...]
    tally: Tally


def preview_for(viewer: Viewer, kept_id: UUID, absorbed_id: UUID) -> Preview:
    """Both customers side by side and what they would be together."""
    kept, absorbed = whole_for(viewer, kept_id), whole_for(viewer, absorbed_id)
    together = [kept.facts, absorbed.facts]
    facts, conflicts = choose(kept.id, [dict(one) for one in _as_root(kept.id, together)])
    return Preview(kept, absorbed, facts, tuple(conflicts), kept.tally + absorbed.tally)


def _as_root(root: UUID, together: Sequence[Mapping[str, Fact]]) -> Iterable[Mapping[str, Fact]]:
    """What a whole says counts as said by its root: the kept customer's facts go before the other's."""
    yield {name: replace(fact, record=root) for name, fact in together[0].items()}
    yield from together[1:]


def pairs_for(viewer: Viewer, *, state: str = PairState.OPEN, least: float = 0.0) -> QuerySet[Pair]:
    """Doubtful pairs of customers that the viewer may both see."""
    seen = visibility.visible(viewer, Customer.objects.filter(enterprise_id=viewer.tenant))
    rows = Pair.objects.filter(enterprise_id=viewer.tenant, state=state, score__gte=least)
    if seen.query.where.children and len(seen.query.where.children) > 1:
        rows = rows.filter(left_id__in=seen.values("pk"), right_id__in=seen.values("pk"))
    return rows


@compiled
def best_pairs_for(viewer: Viewer, *, size: int) -> QuerySet[Pair]:
    """The open pairs that most look like one customer."""
    return pairs_for(viewer).order_by("-score", "-id")[:size]


def pair_for(viewer: Viewer, pair_id: UUID) -> Pair:
    """One doubtful pair.

    Raises:
        NotFound: There is none, or the viewer may not see both customers.
    """
    pair = Pair.objects.filter(pk=pair_id).first()
    if pair is None:
        raise NotFound(field="pair")
    whole_rows_for(viewer, pair.left_id)
    whole_rows_for(viewer, pair.right_id)
    return pair


def open_pairs_of(viewer: Viewer, record_ids: Sequence[UUID]) -> list[Pair]:
    """Doubtful pairs in which a customer stands, for the note on its page."""
    return _open_pairs_of(viewer, list(record_ids)).rows


@compiled
def _open_pairs_of(viewer: Viewer, record_ids: list[UUID]) -> QuerySet[Pair]:
    rows = Pair.objects.filter(
        Q(left_id__among=record_ids) | Q(right_id__among=record_ids),
        enterprise_id=viewer.tenant,
        state=PairState.OPEN,
    )
    return rows.order_by("-score")[:5]
