"""Permissions and the gate over the API: what a customer permits, and may we contact or read?"""

from datetime import time
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from guanxi.api.shell import ApiRequest, In, Out, Page, Paging, Query, Router, page
from guanxi.api.types import Count, Flag, Id, Moment, Text
from guanxi.consent import gate, queries, services
from guanxi.people import queries as people
from guanxi.people import relations

router = Router(reads="permissions.read", writes="permissions.write", tags=["Permissions and the gate"])

Purpose = Literal["service", "orders", "news", "offers", "research", "community", "recognition", "learning"]
Channel = Literal["email", "sms", "phone", "chat", "messenger", "post", "display"]
Strength = Annotated[
    Count, Field(le=5, description="0 none, 1 situation, 2 informed, 3 personal, 4 present, 5 delegate")
]
About = Annotated[Text, Field(max_length=200)]


def _clock(value: Any) -> Any:
    if isinstance(value, str) and len(value) == 5 and value[2] == ":" and value.replace(":", "").isascii():
        try:
            return time.fromisoformat(value)
        except ValueError:
            pass
    raise ValueError("a time of day is written like 21:00")


Clock = Annotated[
    time,
    BeforeValidator(_clock),
    WithJsonSchema({"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$"}),
]


class StatementIn(In):
    """What a customer told you that they permit; without a channel for the purpose as a whole."""

    customer_id: Id
    purpose: Purpose
    strength: Strength
    proof: About
    channel: Channel | None = None
    quiet_from: Clock | None = None
    quiet_to: Clock | None = None
    weekly_cap: Annotated[Count, Field(le=100)] | None = None
    paused_until: Moment | None = None
    ends_at: Moment | None = None


class PurposeOut(Out):
    """What one purpose allows: the strictest of all that was said for the records of this customer.

    `said` is false where nothing was said and the default of the purpose holds.
    """

    purpose: Purpose
    strength: int
    said: bool
    closed_channels: list[Channel]
    weekly_cap: int | None
    paused_until: Moment | None
    ends_at: Moment | None


class PermissionsOut(Out):
    """What a customer permits, purpose by purpose. `claimed`: a person looks after it at the front door."""

    customer_id: Id
    claimed: bool
    items: list[PurposeOut]


class CustomerFilter(In):
    """Which customer."""

    customer_id: Id


class AskIn(In):
    """May we contact this customer (with a channel), or read their data, for this purpose?"""

    customer_id: Id
    purpose: Purpose
    kind: Literal["contact", "read"] = "contact"
    channel: Channel | None = None
    needs: Strength = 2
    about: Annotated[str, Field(max_length=200, pattern=r"^[^\x00]*$")] = ""
    asked_for: Flag = False


class VerdictOut(Out):
    """One answer of the gate. `reason` is a stable code; `facts` are what it was judged by."""

    id: Id
    customer_id: Id
    kind: Literal["contact", "read"]
    purpose: Purpose
    channel: str
    needs: int
    about: str
    outcome: Literal["allow", "defer", "deny"]
    reason: str
    until: Moment | None
    facts: dict[str, Any]
    asked_at: Moment


class VerdictFilter(Paging):
    """About which customer; about all where none is named."""

    customer_id: Id | None = None


class ContactOut(Out):
    """One contact in the book."""

    id: Id
    customer_id: Id
    verdict_id: Id
    purpose: Purpose
    channel: Channel
    about: str
    happened_at: Moment


@router.get("/permissions", response=PermissionsOut)
def read_permissions(request: ApiRequest, asked: Query[CustomerFilter]) -> object:
    """What a customer permits."""
    return _permissions(request, asked.customer_id)


@router.post("/permissions", response=PermissionsOut)
def note_permission(request: ApiRequest, body: StatementIn) -> object:
    """Write down what a customer permits; what a person set at the front door can be lowered, not raised."""
    terms = body.model_dump(exclude={"customer_id", "proof"})
    said = services.Statement(**{**terms, "channel": body.channel or ""})
    services.note(viewer=request.viewer, customer_id=body.customer_id, statements=[said], proof=body.proof)
    return _permissions(request, body.customer_id)


@router.post("/gate/ask", needs="customers.write", response={201: VerdictOut})
def ask_gate(request: ApiRequest, body: AskIn) -> object:
    """Ask the gate. The answer is kept, and the person reads it at the front door."""
    facts = body.model_dump(exclude={"customer_id"})
    return gate.ask(request.viewer, body.customer_id, **{**facts, "channel": body.channel or ""})


@router.get("/gate/verdicts", response=Page[VerdictOut])
def list_verdicts(request: ApiRequest, asked: Query[VerdictFilter]) -> dict[str, Any]:
    """The answers of the gate, newest first."""
    found = queries.verdicts_for(request.viewer, asked.customer_id)
    return page(request, found, asked, order=("-asked_at", "-id"))


@router.post(
    "/gate/verdicts/{customer_id}/{verdict_id}/contacted", needs="customers.write", response={201: ContactOut}
)
def record_contact(request: ApiRequest, customer_id: Id, verdict_id: Id) -> object:
    """The contact that a verdict allowed has been made; counts once."""
    verdict = queries.verdict_for(request.viewer, customer_id, verdict_id)
    return services.record_contact(viewer=request.viewer, verdict=verdict)


def _permissions(request: ApiRequest, customer_id: Any) -> dict[str, Any]:
    root_id, record_ids = people.whole_rows_for(request.viewer, customer_id)
    items = [
        {
            "purpose": one.purpose, "strength": one.strength, "said": one.said, "closed_channels": one.closed_channels,
            "weekly_cap": one.terms.weekly_cap, "paused_until": one.terms.paused_until, "ends_at": one.terms.ends_at,
        }
        for one in queries.permitted_for(request.viewer, record_ids)
    ]  # fmt: skip
    return {
        "customer_id": root_id,
        "claimed": relations.claimed_of(request.viewer, record_ids),
        "items": items,
    }
