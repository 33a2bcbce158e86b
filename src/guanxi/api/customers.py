"""Customers over the API: list, search, one, making, changing, merging and undoing, identifiers, timeline,
duplicates."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from guanxi.api.shell import ApiRequest, In, Out, Page, Paging, Query, Router, Status, page
from guanxi.api.types import NO_NUL, Amount, Count, Flag, Id, Moment, Number, QueryFlag, Text
from guanxi.people import listing, queries, services, timeline
from guanxi.people.listing import Criteria, Listed
from guanxi.people.merging import Fact
from guanxi.people.queries import Whole
from guanxi.people.services import Change

router = Router(reads="customers.read", writes="customers.write", tags=["Customers"])

Name = Annotated[str, Field(max_length=200, pattern=NO_NUL)]
Kind = Literal["person", "firm"]
IdentifierKind = Literal["source_key", "card", "email", "phone", "open_id", "tag", "device", "anonymous"]
Scalar = str | bool | int | float | None
Order = Literal["-last_seen_at", "last_seen_at", "-spent", "spent", "-orders", "orders"]


class IdentifierIn(In):
    """Something that points at a customer; it is brought to one spelling, and junk is refused."""

    kind: IdentifierKind
    value: Annotated[Text, Field(max_length=320)]


class OwnFields(In):
    """The enterprise's own fields by name; null takes a fact away."""

    name: Annotated[Text, Field(max_length=60)]
    value: Annotated[str, Field(max_length=2000, pattern=NO_NUL)] | Flag | Number | None = None


class CustomerIn(In):
    """A new customer."""

    kind: Kind = "person"
    name: Name = ""
    label: Name = ""
    source_key: Name = ""
    home_store_id: Id | None = None
    owner_id: Id | None = None
    identifiers: Annotated[list[IdentifierIn], Field(max_length=20)] = []
    fields: Annotated[list[OwnFields], Field(max_length=100)] = []
    source: Annotated[str, Field(max_length=60, pattern=NO_NUL)] = "api"
    happened_at: Moment | None = None


class CustomerChange(In):
    """What is to be said anew; what is left out stays, an empty text takes a fact away."""

    kind: Kind | None = None
    name: Name | None = None
    label: Name | None = None
    home_store_id: Id | None = None
    owner_id: Id | None = None
    fields: Annotated[list[OwnFields], Field(max_length=100)] = []
    source: Annotated[str, Field(max_length=60, pattern=NO_NUL)] = "api"
    happened_at: Moment | None = None


class CustomerMade(Out):
    """The id of a new customer."""

    id: Id


class Counters(Out):
    """What a customer's events add up to."""

    events: Count
    orders: int
    returns: int
    spent: Amount
    first_seen_at: Moment | None
    last_seen_at: Moment | None
    last_order_at: Moment | None


class CustomerOut(Out):
    """A customer in a list. `title` is the name, or what stands for it where there is none or it is not for
    this key."""

    id: Id
    kind: Kind
    title: str
    named: bool
    identified: bool
    simulated: bool
    home_store_id: Id | None
    owner_id: Id | None
    created_at: Moment
    counters: Counters


class FactOut(Out):
    """What is known, from where and since when; `others` is what other records of the customer say instead."""

    name: str
    value: str
    source: str
    happened_at: str
    recorded_at: str
    record_id: Id
    others: list[str]


class IdentifierOut(Out):
    """Something that points at the customer; `value` is null where it was erased or is not for this key."""

    id: Id
    record_id: Id
    kind: str
    value: str | None
    source: str
    recorded_at: Moment
    verified_at: Moment | None


class CustomerWhole(CustomerOut):
    """A customer with everything that is known. An old id answers with the whole it is part of: `asked_id` is
    not `id`."""

    asked_id: Id
    merged: bool
    record_ids: list[Id]
    facts: list[FactOut]
    identifiers: list[IdentifierOut]


class EventOut(Out):
    """One thing that happened; sealed properties are left out."""

    id: str
    type: str
    kind: str
    title: str
    detail: str
    occurred_at: Moment
    properties: dict[str, Any]


class MergeIn(In):
    """The customer that becomes part of this one."""

    other_id: Id
    reason: Annotated[str, Field(max_length=500, pattern=NO_NUL)] = ""


class MergeOut(Out):
    """A merge; `undone_at` is null while it holds."""

    id: Id
    kept_id: Id
    absorbed_id: Id
    record_ids: list[Id]
    reason: str
    merged_at: Moment
    merged_by: str
    undone_at: Moment | None


class PreviewOut(Out):
    """What two customers would be together. Nothing has happened yet."""

    kept_id: Id
    absorbed_id: Id
    record_ids: list[Id]
    facts: list[FactOut]
    conflicts: list[str]
    counters: Counters


class PairOut(Out):
    """Two customers who may be one."""

    id: Id
    left_id: Id
    right_id: Id
    score: float
    method: str
    state: Literal["open", "accepted", "rejected", "stale"]
    found_at: Moment
    decided_at: Moment | None
    merge_id: Id | None


class Decision(In):
    """Whether they are one; `kept_id` says whose face the whole keeps."""

    decision: Literal["accept", "reject"]
    kept_id: Id | None = None


class CustomerFilter(Paging):
    """Which customers. `q` finds names by any part, pinyin and initials, and whole identifiers."""

    q: Annotated[str, Field(max_length=200, pattern=NO_NUL)] = ""
    kind: Literal["", "person", "firm"] = ""
    store_id: Id | None = None
    owner_id: Id | None = None
    seen_after: Moment | None = None
    seen_before: Moment | None = None
    visitors: Annotated[QueryFlag, Field(description="Customers known by a device alone, too.")] = False
    order: Order = "-last_seen_at"


class TimelineFilter(Paging):
    """Which happenings."""

    kind: Literal["", "order", "web", "message", "service", "permission", "person", "system"] = ""


class PairFilter(Paging):
    """Which pairs."""

    state: Literal["open", "accepted", "rejected", "stale"] = "open"


class PreviewFilter(In):
    """The customer that would become part of this one."""

    other_id: Id


@router.get("/customers", response=Page[CustomerOut])
def list_customers(request: ApiRequest, asked: Query[CustomerFilter]) -> dict[str, Any]:
    """The customers this key may see, by any part of a name, pinyin, initials or identifier."""
    criteria = Criteria(
        text=asked.q.strip(),
        kind=asked.kind,
        store_id=asked.store_id,
        owner_id=asked.owner_id,
        seen_after=asked.seen_after,
        seen_before=asked.seen_before,
        visitors=asked.visitors,
    )
    rows = listing.as_listed(listing.customers_for(request.viewer, criteria))
    order = listing.ORDERS[asked.order]
    return page(
        request,
        rows,
        asked,
        order=order,
        present=lambda found: _listed(listing.listed_for(request.viewer, found)),
    )


@router.post("/customers", response={201: CustomerMade})
def create_customer(request: ApiRequest, body: CustomerIn) -> object:
    """Keep a new customer; 409 where an identifier or the source key belongs to somebody already."""
    made = services.create(
        viewer=request.viewer,
        change=Change(
            kind=body.kind,
            name=body.name,
            label=body.label,
            source_key=body.source_key,
            home_store_id=body.home_store_id,
            owner_id=body.owner_id,
            fields=_own(body.fields),
        ),
        identifiers=[(one.kind, one.value) for one in body.identifiers],
        source=body.source or "api",
        happened_at=body.happened_at,
    )
    # Made here, so there is nothing to check.
    return Status(201, CustomerMade.model_construct(id=made))


@router.get("/customers/{customer_id}", response=CustomerWhole)
def read_customer(request: ApiRequest, customer_id: Id) -> dict[str, Any]:
    """One customer by any of its ids, old ones too."""
    return _whole(queries.whole_for(request.viewer, customer_id))


@router.patch("/customers/{customer_id}", response=CustomerWhole)
def change_customer(request: ApiRequest, customer_id: Id, body: CustomerChange) -> dict[str, Any]:
    """Say something new of a customer."""
    change = Change(
        kind=body.kind,
        name=body.name,
        label=body.label,
        home_store_id=body.home_store_id,
        owner_id=body.owner_id,
        fields=_own(body.fields),
    )
    services.update(
        viewer=request.viewer,
        customer_id=customer_id,
        change=change,
        source=body.source or "api",
        happened_at=body.happened_at,
    )
    return _whole(queries.whole_for(request.viewer, customer_id))


@router.get(
    "/customers/{customer_id}/export", needs="customers.export", response=dict[str, list[dict[str, Any]]]
)
def export_customer(request: ApiRequest, customer_id: Id) -> object:
    """Everything that is held about a customer, by table, private fields in plain text; the look is written down."""
    return queries.everything_for(request.viewer, customer_id, taken=True)


@router.post("/customers/{customer_id}/erase", needs="customers.erase", response={204: None})
def erase_customer(request: ApiRequest, customer_id: Id) -> object:
    """Make everything private of a customer unreadable for ever. This cannot be undone."""
    services.erase(viewer=request.viewer, customer_id=customer_id)
    return Status(204, None)


@router.post("/customers/{customer_id}/identifiers", response={201: CustomerMade})
def add_customer_identifier(request: ApiRequest, customer_id: Id, body: IdentifierIn) -> object:
    """Let one more identifier point at a customer; the same one again changes nothing."""
    made = services.add_identifier(
        viewer=request.viewer, customer_id=customer_id, kind=body.kind, value=body.value, source="api"
    )
    return Status(201, {"id": made})


@router.delete("/customers/{customer_id}/identifiers/{identifier_id}", response={204: None})
def remove_customer_identifier(request: ApiRequest, customer_id: Id, identifier_id: Id) -> object:
    """Let an identifier point at nobody."""
    services.remove_identifier(viewer=request.viewer, customer_id=customer_id, identifier_id=identifier_id)
    return Status(204, None)


@router.get("/customers/{customer_id}/timeline", response=Page[EventOut])
def list_happenings(request: ApiRequest, customer_id: Id, asked: Query[TimelineFilter]) -> dict[str, Any]:
    """What happened with a customer over all channels, newest first."""
    _root, record_ids = queries.whole_rows_for(request.viewer, customer_id)
    rows = queries.happenings_for(request.viewer, record_ids, types=timeline.patterns_of(asked.kind))
    return page(request, rows, asked, order=queries.TIMELINE_ORDER, present=_events)


@router.get("/customers/{customer_id}/merge-preview", needs="customers.merge", response=PreviewOut)
def preview_merge(request: ApiRequest, customer_id: Id, asked: Query[PreviewFilter]) -> dict[str, Any]:
    """What two customers would be together, and where they disagree."""
    found = queries.preview_for(request.viewer, customer_id, asked.other_id)
    others = {one.field: [str(fact.value) for fact in one.others] for one in found.conflicts}
    return {
        "kept_id": found.kept.id,
        "absorbed_id": found.absorbed.id,
        "record_ids": [*found.kept.record_ids, *found.absorbed.record_ids],
        "facts": [_fact(name, fact, others.get(name, [])) for name, fact in found.facts.items()],
        "conflicts": [one.field for one in found.conflicts],
        "counters": found.tally,
    }


@router.post("/customers/{customer_id}/merge", needs="customers.merge", response={201: MergeOut})
def merge_customers(request: ApiRequest, customer_id: Id, body: MergeIn) -> object:
    """Make another customer part of this one. Can be undone at any time, with both histories whole."""
    made = services.merge(
        viewer=request.viewer, kept_id=customer_id, absorbed_id=body.other_id, reason=body.reason
    )
    return Status(201, made)


@router.post("/merges/{merge_id}/undo", needs="customers.merge", response=MergeOut)
def undo_merge(request: ApiRequest, merge_id: Id) -> object:
    """Take a merge back."""
    return services.undo(viewer=request.viewer, merge_id=merge_id)


@router.get("/duplicates", needs="customers.merge", response=Page[PairOut])
def list_duplicates(request: ApiRequest, asked: Query[PairFilter]) -> dict[str, Any]:
    """Customers who may be one, the surest first."""
    return page(request, queries.pairs_for(request.viewer, state=asked.state), asked, order=("-score", "-id"))


@router.post("/duplicates/{pair_id}/decision", needs="customers.merge", response=PairOut)
def decide_duplicate(request: ApiRequest, pair_id: Id, body: Decision) -> object:
    """Say whether two customers are one; `reopen` takes it back."""
    if body.decision == "accept":
        services.accept(viewer=request.viewer, pair_id=pair_id, kept_id=body.kept_id)
    else:
        services.reject(viewer=request.viewer, pair_id=pair_id)
    return queries.pair_for(request.viewer, pair_id)


@router.post("/duplicates/{pair_id}/reopen", needs="customers.merge", response=PairOut)
def reopen_duplicate(request: ApiRequest, pair_id: Id) -> object:
    """Take a decision back: a merge is undone, a refusal forgotten."""
    services.reopen(viewer=request.viewer, pair_id=pair_id)
    return queries.pair_for(request.viewer, pair_id)


def _own(fields: list[OwnFields]) -> dict[str, Any]:
    return {one.name: one.value for one in fields}


def _listed(rows: list[Listed]) -> list[dict[str, Any]]:
    return [
        {
            "id": row.id,
            "kind": row.kind,
            "title": row.title,
            "named": row.named,
            "identified": row.identified,
            "simulated": row.simulated,
            "home_store_id": row.store_id,
            "owner_id": row.owner_id,
            "created_at": row.created_at,
            "counters": row.tally,
        }
        for row in rows
    ]


def _whole(whole: Whole) -> dict[str, Any]:
    root = whole.root
    others = {one.field: [str(fact.value) for fact in one.others] for one in whole.conflicts}
    return {
        "id": whole.id,
        "asked_id": whole.asked_id,
        "merged": whole.merged,
        "kind": root.kind,
        "title": whole.title,
        "named": whole.name is not None,
        "identified": root.identified,
        "simulated": root.simulated,
        "home_store_id": root.home_store_id,
        "owner_id": root.owner_id,
        "created_at": root.created_at,
        "counters": whole.tally,
        "record_ids": whole.record_ids,
        "facts": [_fact(name, fact, others.get(name, [])) for name, fact in whole.facts.items()],
        "identifiers": list(whole.identifiers),
    }


def _fact(name: str, fact: Fact, others: list[str]) -> dict[str, Any]:
    return {
        "name": name,
        "value": str(fact.value),
        "source": fact.source,
        "happened_at": fact.happened_at,
        "recorded_at": fact.recorded_at,
        "record_id": fact.record,
        "others": others,
    }


def _events(rows: list[Any]) -> list[dict[str, Any]]:
    return [
        {
            "id": line.id,
            "type": line.type,
            "kind": line.kind,
            "title": line.title,
            "detail": line.detail,
            "occurred_at": line.time,
            "properties": dict(line.payload),
        }
        for line in timeline.lines(rows)
    ]
