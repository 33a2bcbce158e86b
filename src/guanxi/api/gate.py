"""The gate as a whole over the API: what it refused, contact pressure, the enterprise's own policy, legal bases."""

from datetime import time
from typing import Annotated, Any, Literal

from pydantic import Field

from guanxi.api.permissions import Channel, Clock, Purpose, Strength, VerdictOut
from guanxi.api.shell import ApiRequest, In, Out, Page, Paging, Query, Router, page
from guanxi.api.types import Count, Id, Moment, Text
from guanxi.consent import reports, services, whatif
from guanxi.consent.judging import Policy, Quiet

router = Router(reads="gate.read", writes="gate.change", tags=["Permissions and the gate"])

Asked = Literal["news", "offers", "research", "community", "recognition", "learning"]
Serving = Literal["service", "orders"]
Share = Annotated[float, Field(ge=0, le=10)]
Words = Annotated[Text, Field(max_length=500)]


class PolicyIn(In):
    """What the enterprise allows itself; what is left out stays as it stands. `least` is a strength by purpose."""

    limit: Share | None = None
    half_life: Annotated[float, Field(ge=1, le=730)] | None = None
    weekly_cap: Annotated[Count, Field(le=100)] | None = None
    quiet_from: Clock | None = None
    quiet_to: Clock | None = None
    weights: dict[Channel, Share] | None = None
    least: dict[Asked, Strength] | None = None


class PolicyOut(Out):
    """What the enterprise allows itself beyond what its customers permit."""

    limit: float
    half_life: float
    weekly_cap: int | None
    quiet_from: time | None
    quiet_to: time | None
    weights: dict[str, float]
    least: dict[str, int]


class RefusedOut(Out):
    """How often the gate gave a reason in each of the last 13 weeks, oldest first."""

    reason: str
    outcome: Literal["defer", "deny"]
    weeks: list[int]
    total: int
    customers: int


class RefusalsOut(Out):
    """Refusals of the last 13 weeks by reason; `outcomes` counts all answers."""

    outcomes: dict[str, int]
    items: list[RefusedOut]


class RefusedFilter(Paging):
    """Of which reason; of all where none is named."""

    reason: Annotated[str, Field(max_length=24, pattern=r"^[a-z_]*$")] = ""


class ShiftOut(Out):
    """How many contacts, to how many customers, would have got another answer."""

    before: str
    after: str
    contacts: int
    customers: int


class TrialOut(Out):
    """What a policy would have done to the contacts of the last 90 days."""

    since: Moment
    asked: int
    changed: int
    customers: int
    before: dict[str, int]
    after: dict[str, int]
    shifts: list[ShiftOut]


class HeavyOut(Out):
    """A customer with much contact pressure."""

    customer_id: Id
    load: float


class PressureOut(Out):
    """How contact pressure lies on the customers: above `limit` only a strong permission bears it."""

    limit: float
    half_life: float
    customers: int
    near: int
    over: int
    heaviest: list[HeavyOut]


class BasisIn(In):
    """A contract or a law on which contact for a purpose stands, in words that customers read."""

    purpose: Serving
    basis: Literal["contract", "duty"]
    words: Words


class BasisOut(Out):
    """A basis that stands."""

    purpose: Purpose
    basis: Literal["contract", "duty"]
    words: str
    since: Moment


class BasesOut(Out):
    """The bases that stand."""

    items: list[BasisOut]


@router.get("/gate/policy", response=PolicyOut)
def read_policy(request: ApiRequest) -> object:
    """What the enterprise allows itself."""
    return _policy_out(reports.policy_for(request.viewer))


@router.patch("/gate/policy", response=PolicyOut)
def set_policy(request: ApiRequest, body: PolicyIn) -> object:
    """Change what the enterprise allows itself; it holds from the next question on."""
    services.set_policy(viewer=request.viewer, policy=_policy(request, body))
    return _policy_out(reports.policy_for(request.viewer))


@router.post("/gate/policy/try", needs="gate.read", response=TrialOut)
def try_policy(request: ApiRequest, body: PolicyIn) -> object:
    """What this policy would have done to the contacts of the last 90 days; changes nothing."""
    tried = whatif.what_if(request.viewer, _policy(request, body), reports.policy_for(request.viewer))
    shifts = [
        {"before": before, "after": after, "contacts": shift.contacts, "customers": len(shift.customers)}
        for (before, after), shift in sorted(tried.shifts.items())
    ]
    return {
        "since": tried.since, "asked": tried.asked, "changed": tried.changed, "customers": tried.customers,
        "before": dict(tried.before), "after": dict(tried.after), "shifts": shifts,
    }  # fmt: skip


@router.get("/gate/refusals", response=RefusalsOut)
def count_refusals(request: ApiRequest) -> object:
    """Refusals by reason and week."""
    answers = reports.answers_for(request.viewer)
    items = [
        {
            "reason": str(one.reason), "outcome": one.outcome, "weeks": list(one.weeks), "total": one.total,
            "customers": one.customers,
        }
        for one in answers.refused
    ]  # fmt: skip
    return {"outcomes": dict(answers.outcomes), "items": items}


@router.get("/gate/refused", response=Page[VerdictOut])
def list_refused(request: ApiRequest, asked: Query[RefusedFilter]) -> dict[str, Any]:
    """The single refusals of the last 13 weeks, newest first."""
    return page(request, reports.refused_for(request.viewer, asked.reason), asked, order=("-asked_at", "-id"))


@router.get("/gate/pressure", response=PressureOut)
def read_pressure(request: ApiRequest) -> object:
    """How much unasked contact lies on the customers now."""
    pressed = reports.pressed_for(request.viewer)
    heaviest = [{"customer_id": key, "load": round(load, 4)} for key, load in pressed.heaviest]
    return {
        "limit": pressed.policy.limit, "half_life": pressed.policy.half_life, "customers": pressed.customers,
        "near": pressed.near, "over": pressed.over, "heaviest": heaviest,
    }  # fmt: skip


@router.get("/gate/bases", response=BasesOut)
def list_bases(request: ApiRequest) -> object:
    """The contracts and laws on which contact stands beside permission."""
    return {"items": reports.bases_for(request.viewer)}


@router.post("/gate/bases", response={201: BasisOut})
def state_basis(request: ApiRequest, body: BasisIn) -> object:
    """State a contract or a law for a purpose; what was said before ends."""
    return services.state_basis(viewer=request.viewer, **body.model_dump())


@router.post("/gate/bases/{purpose}/end", response=BasesOut)
def end_basis(request: ApiRequest, purpose: Serving) -> object:
    """Contact for a purpose stands on permission again."""
    services.end_basis(viewer=request.viewer, purpose=purpose)
    return {"items": reports.bases_for(request.viewer)}


def _policy(request: ApiRequest, body: PolicyIn) -> Policy:
    standing = reports.policy_for(request.viewer)
    said = body.model_dump(exclude_unset=True)
    start = said.get("quiet_from", standing.quiet.start if standing.quiet else None)
    end = said.get("quiet_to", standing.quiet.end if standing.quiet else None)
    if (start is None) != (end is None):
        raise services.BadPolicy(field="quiet_from")
    return Policy(
        limit=standing.limit if body.limit is None else body.limit,
        half_life=standing.half_life if body.half_life is None else body.half_life,
        weights=dict(standing.weights) | {str(key): value for key, value in (body.weights or {}).items()},
        weekly_cap=said.get("weekly_cap", standing.weekly_cap),
        quiet=Quiet(start, end, request.viewer.zone) if start and end else None,
        least=standing.least
        if body.least is None
        else {str(key): int(value) for key, value in body.least.items()},
        bases=standing.bases,
    )


def _policy_out(policy: Policy) -> dict[str, Any]:
    return {
        "limit": policy.limit, "half_life": policy.half_life, "weekly_cap": policy.weekly_cap,
        "quiet_from": policy.quiet.start if policy.quiet else None,
        "quiet_to": policy.quiet.end if policy.quiet else None,
        "weights": dict(policy.weights), "least": dict(policy.least),
    }  # fmt: skip
