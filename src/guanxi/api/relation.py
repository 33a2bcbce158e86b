"""The enterprise's standing, who read a customer's record, and what persons say is wrong, over the API."""

from typing import Annotated, Any, Literal

from pydantic import Field

from guanxi.api.shell import ApiRequest, In, Out, Page, Paging, Query, Router, Status, page
from guanxi.api.types import Flag, Id, Moment, Text
from guanxi.consent import own, standing
from guanxi.core import access
from guanxi.people import disputes
from guanxi.people import queries as people

router = Router(reads="permissions.read", writes="customers.write", tags=["The other side of the relation"])


class ShareOut(Out):
    """How often something went well: `good` of `cases`."""

    name: Literal["promises", "mending", "pressure", "asking", "conduct"]
    good: int
    cases: int


class StandingOut(Out):
    """What every individual sees of the enterprise: 0 to 100 with its interval; null where too little is known."""

    value: int | None
    low: int | None
    high: int | None
    cases: int
    leaks: int
    surcharge: str
    shares: list[ShareOut]


class ReadingOut(Out):
    """Somebody read a customer's record within an hour; no customer where a process went through all."""

    reader: str
    role: str
    purpose: str
    way: Literal["page", "api", "export", "process"]
    customer_id: Id | None
    read_at: Moment


class DisputeFilter(Paging):
    """Those that wait for an answer, or all."""

    state: Literal["open", "accepted", "refused"] | None = None


class DisputeOut(Out):
    """A person says that a fact or a score about them is wrong."""

    id: Id
    customer_id: Id
    kind: Literal["fact", "score"]
    field: str
    proposed: str | None
    words: str | None
    state: Literal["open", "accepted", "refused"]
    answer: str | None
    raised_at: Moment
    answered_at: Moment | None


class AnswerIn(In):
    """What staff answer; a fact that is accepted is put right at once."""

    accept: Flag
    answer: Annotated[Text, Field(max_length=500)]


@router.get("/standing", response=StandingOut)
def read_standing(request: ApiRequest) -> dict[str, Any]:
    """The enterprise's own standing, and what it is counted from."""
    counts = own.counts_for(request.viewer)
    figure = standing.standing(counts)
    shares = [{"name": one.name, "good": one.good, "cases": one.cases} for one in figure.shares]
    return {
        "value": figure.value, "low": figure.low, "high": figure.high, "cases": figure.cases, "leaks": figure.leaks,
        "surcharge": str(standing.surcharge(counts)), "shares": shares,
    }  # fmt: skip


@router.get("/customers/{customer_id}/readings", needs="access.read", response=Page[ReadingOut])
def list_readings(request: ApiRequest, customer_id: Id, asked: Query[Paging]) -> dict[str, Any]:
    """Who read a customer's record, newest first; the customer reads the same at their own door."""
    _root, record_ids = people.whole_rows_for(request.viewer, customer_id)
    found = access.readings_of(request.viewer, request.viewer.tenant, record_ids)
    return page(
        request, found, asked, order=access.ORDER, present=lambda rows: [_reading(row) for row in rows]
    )


@router.get("/disputes", needs="customers.read", response=Page[DisputeOut])
def list_disputes(request: ApiRequest, asked: Query[DisputeFilter]) -> dict[str, Any]:
    """What persons say is wrong, newest first."""
    found = disputes.disputes_for(request.viewer)
    found = found.filter(state=asked.state) if asked.state else found
    return page(request, found, asked, order=("-raised_at", "-id"), present=lambda rows: _read(request, rows))


@router.post("/disputes/{dispute_id}/settle", response={204: None})
def settle_dispute(request: ApiRequest, dispute_id: Id, body: AnswerIn) -> Status[None]:
    """Answer one in words; the person reads them."""
    disputes.settle(viewer=request.viewer, dispute_id=dispute_id, accept=body.accept, answer=body.answer)
    return Status(204, None)


def _reading(row: Any) -> dict[str, Any]:
    return {
        "reader": row.reader, "role": row.role, "purpose": row.purpose, "way": row.way, "customer_id": row.subject_id,
        "read_at": row.read_at,
    }  # fmt: skip


def _read(request: ApiRequest, rows: list[Any]) -> list[dict[str, Any]]:
    return [_dispute(one) for one in disputes.read(request.viewer, rows)]


def _dispute(one: disputes.Read) -> dict[str, Any]:
    row = one.dispute
    return {
        "id": row.pk, "customer_id": row.customer_id, "kind": row.kind, "field": row.field, "proposed": one.proposed,
        "words": one.words, "state": row.state, "answer": one.answer, "raised_at": row.raised_at,
        "answered_at": row.answered_at,
    }  # fmt: skip
