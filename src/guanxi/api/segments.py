"""Segments over the API: define, count a condition, members, why."""

from typing import Annotated, Any

from django.http import HttpResponse
from pydantic import Field

from guanxi.api.shell import ApiRequest, In, Out, Page, Paging, Query, Router, page
from guanxi.api.types import Id, Moment
from guanxi.market.segments import queries, services

router = Router(reads="segments.read", writes="segments.write", tags=["Segments"])

Text = Annotated[
    str, Field(min_length=1, max_length=10_000, description="A condition, in the condition language.")
]
Name = Annotated[str, Field(min_length=1, max_length=100)]


class SegmentIn(In):
    """A segment to be defined."""

    name: Name
    condition: Text
    note: Annotated[str, Field(max_length=500)] = ""


class SegmentChange(In):
    """What is to be changed; what is left out stays."""

    name: Name | None = None
    condition: Text | None = None
    note: Annotated[str, Field(max_length=500)] | None = None


class SegmentOut(Out):
    """A segment. `size` is null until it has been counted; `entered` and `left` are those of the last seven days."""

    id: Id
    name: str
    note: str
    condition: str
    size: int | None
    entered: int
    left: int
    error: str
    retired_at: Moment | None


class PartOut(Out):
    """A part of a condition: of how many customers it is true, and of how many unknown."""

    text: str
    selected: int
    unknown: int


class CountIn(In):
    """A condition to be counted."""

    condition: Text


class CountOut(Out):
    """How many customers a condition selects, of how many."""

    size: int
    base: int
    parts: list[PartOut]


class MemberOut(Out):
    """A customer in a segment."""

    customer_id: Id
    entered_at: Moment


class WhyOut(Out):
    """A part of a condition with its answer for one customer: true, false, or null for unknown."""

    text: str
    value: bool | None
    missing: list[str]
    parts: list["WhyOut"]


@router.get("/segments", response=list[SegmentOut])
def list_segments(request: ApiRequest) -> object:
    """List the segments in use, by name."""
    return queries.segments_for(request.viewer)


@router.post("/segments", response={201: SegmentOut})
def create_segment(request: ApiRequest, body: SegmentIn) -> object:
    """Define a segment; who is in it is counted within seconds."""
    made = services.create(viewer=request.viewer, name=body.name, condition=body.condition, note=body.note)
    return queries.listed_for(request.viewer, made.pk)


@router.post("/segments/count", response=CountOut)
def count_condition(request: ApiRequest, body: CountIn) -> object:
    """Count the customers whom a condition selects now, and for each of its parts how many are unknown."""
    return queries.count_for(request.viewer, body.condition)


@router.get("/segments/{segment_id}", response=SegmentOut)
def read_segment(request: ApiRequest, segment_id: Id) -> object:
    """Read one segment."""
    return queries.listed_for(request.viewer, segment_id)


@router.patch("/segments/{segment_id}", response=SegmentOut)
def change_segment(request: ApiRequest, segment_id: Id, body: SegmentChange) -> object:
    """Change what a segment is called or says; the former definition stays in its history."""
    services.change(
        viewer=request.viewer, segment_id=segment_id, name=body.name, condition=body.condition, note=body.note
    )
    return queries.listed_for(request.viewer, segment_id)


@router.delete("/segments/{segment_id}", response={204: None})
def retire_segment(request: ApiRequest, segment_id: Id) -> object:
    """Put a segment out of use; 409 while other segments name it."""
    services.retire(viewer=request.viewer, segment_id=segment_id)
    return HttpResponse(status=204)


@router.get("/segments/{segment_id}/members", response=Page[MemberOut])
def list_members(request: ApiRequest, segment_id: Id, paging: Query[Paging]) -> object:
    """List the customers in a segment whom this key may see, in order of their ids."""
    return page(request, queries.memberships_for(request.viewer, segment_id), paging, order=("customer_id",))


@router.get("/segments/{segment_id}/why/{customer_id}", response=WhyOut)
def explain_membership(request: ApiRequest, segment_id: Id, customer_id: Id) -> Any:
    """Say why a customer is in a segment or not: each part of its condition with its answer."""
    return queries.why_for(request.viewer, segment_id, customer_id)
