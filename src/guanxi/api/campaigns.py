"""Campaigns over the API: the draft, its plan, its moves, and what it did."""

from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import Field

from guanxi.api.permissions import Channel, Purpose, Strength
from guanxi.api.shell import ApiRequest, In, Out, Page, Paging, Query, Router, page
from guanxi.api.types import Amount, Count, Id, LongText, Moment, Number, Text
from guanxi.core.viewer import Viewer
from guanxi.market.campaigns import overview, queries, services
from guanxi.market.campaigns.overview import Row, Step

router = Router(reads="campaigns.read", writes="campaigns.write", tags=["Campaigns"])

State = Literal["draft", "approved", "running", "paused", "drained", "ended"]
Pace = Annotated[Count, Field(ge=1, le=services.LARGEST_PACE)]
Days = Annotated[Count, Field(ge=1, le=365)]


class CampaignIn(In):
    """What a campaign is to be. Channels stand in order of preference; each needs its message template."""

    name: Annotated[Text, Field(max_length=100)]
    segment_id: Id
    goal: Annotated[LongText, Field(max_length=500)] = ""
    purpose: Purpose = "offers"
    needs: Strength = 2
    channels: Annotated[list[Channel], Field(min_length=1, max_length=7)] = ["email"]
    templates: dict[Channel, Id] = {}
    offer_id: Id | None = None
    starts_at: Moment | None = None
    ends_at: Moment | None = None
    pace_hour: Pace = 1000
    pace_day: Pace = 10000
    control_share: Annotated[Number, Field(ge=0.05, le=0.5)] = 0.1
    window_days: Days = 14
    contact_cost: Amount = Decimal("0.00")
    budget: Amount | None = None
    success: Literal["margin", "turnover", "orders", "redemptions", "clicks", "answers"] = "turnover"
    again_after_days: Days | None = None
    overlap: Literal["exclude", "allow"] = "exclude"
    stop_rule: Literal["worse", "decided"] = "worse"
    tolerance: Annotated[Number, Field(ge=0, le=100)] = 1


class CampaignOut(Out):
    """A campaign."""

    id: Id
    name: str
    goal: str
    segment_id: Id
    purpose: Purpose
    needs: int
    channels: list[Channel]
    state: State
    state_at: Moment
    starts_at: Moment | None
    ends_at: Moment | None
    pace_hour: int
    pace_day: int
    control_share: float
    window_days: int
    success: str
    again_after_days: int | None
    overlap: str
    created_at: Moment


class StepOut(Out):
    """A part of the segment; all parts add up to it. `kind` is contact, waiting, control or out."""

    label: str
    count: int
    kind: Literal["contact", "waiting", "control", "out"]
    query: str


class OverlapOut(Out):
    """How many customers of the segment are in another campaign."""

    name: str
    customers: int


class MoveOut(Out):
    """Who moved a campaign, and why."""

    former: State
    state: State
    why: str
    moved_by: str
    moved_at: Moment


class EffectOut(Out):
    """What both groups brought by one measure, a customer, and the range in which the difference lies."""

    measure: str
    side: Literal["customer", "enterprise"]
    label: str
    treated: int
    control: int
    treated_total: float
    control_total: float
    estimate: float | None
    low: float | None
    high: float | None
    verdict: Literal["improved", "none", "worse"]


class CampaignWhole(CampaignOut):
    """A campaign with its plan, its moves and what it did."""

    size: int
    planned_at: Moment | None
    recorded_at: Moment | None
    stale: bool
    steps: list[StepOut]
    overlaps: list[OverlapOut]
    moves: list[MoveOut]
    effects: list[EffectOut]
    sentence: str


class RecipientOut(Out):
    """A customer of the segment: the group that chance gave them, or the reason why not contacted."""

    customer_id: Id
    arm: str
    standing: Literal["out", "waiting", "sent", "refused", "left"]
    reason: str
    channel: str
    due_at: Moment | None
    reached_at: Moment | None


class CampaignFilter(Paging):
    """Which campaigns."""

    state: State | None = None


class RecipientFilter(Paging):
    """Which customers; all where nothing is named."""

    arm: Literal["contact", "control"] | None = None
    standing: Literal["out", "waiting", "sent", "refused", "left"] | None = None
    reason: Annotated[str, Field(max_length=24, pattern=r"^[a-z_]*$")] | None = None


class Why(In):
    """Why it is moved."""

    why: Annotated[LongText, Field(max_length=500)] = ""


@router.get("/campaigns", response=Page[CampaignOut])
def list_campaigns(request: ApiRequest, wanted: Query[CampaignFilter]) -> object:
    """List campaigns, newest first."""
    found = queries.campaigns_for(request.viewer, state=wanted.state or "")
    return page(request, found, wanted, order=queries.CAMPAIGNS_ORDER)


@router.post("/campaigns", response={201: CampaignOut})
def create_campaign(request: ApiRequest, body: CampaignIn) -> object:
    """Write a campaign as a draft; nothing is sent."""
    return services.create(viewer=request.viewer, brief=_brief(body))


@router.get("/campaigns/{campaign_id}", response=CampaignWhole)
def read_campaign(request: ApiRequest, campaign_id: Id) -> object:
    """Read a campaign: whom its plan reaches, what was decided, what it did."""
    return _whole(request.viewer, campaign_id)


@router.put("/campaigns/{campaign_id}", response=CampaignOut)
def change_campaign(request: ApiRequest, campaign_id: Id, body: CampaignIn) -> object:
    """Say anew what a draft is to be; its plan is void."""
    return services.change(viewer=request.viewer, campaign_id=campaign_id, brief=_brief(body))


@router.get("/campaigns/{campaign_id}/customers", response=Page[RecipientOut])
def list_recipients(request: ApiRequest, campaign_id: Id, wanted: Query[RecipientFilter]) -> object:
    """List everybody of the segment: the group that chance gave them, or the reason why not contacted."""
    round_ = queries.round_for(request.viewer, campaign_id)
    found = queries.recipients_for(
        request.viewer,
        round_.pk,
        arm=wanted.arm or "",
        standing=wanted.standing or "",
        reason=wanted.reason or "",
    )
    return page(request, found, wanted, order=("turn",))


@router.post("/campaigns/{campaign_id}/plan", response={202: CampaignOut})
def plan_campaign(request: ApiRequest, campaign_id: Id) -> object:
    """Have a draft planned in the background: the segment, the control group, the gate."""
    services.ask_for_plan(viewer=request.viewer, campaign_id=campaign_id)
    return queries.campaign_for(request.viewer, campaign_id)


@router.post("/campaigns/{campaign_id}/approve", needs="campaigns.approve", response=CampaignOut)
def approve_campaign(request: ApiRequest, campaign_id: Id, body: Why) -> object:
    """Approve a planned draft; where somebody else may, whoever wrote it may not."""
    return services.approve(viewer=request.viewer, campaign_id=campaign_id, why=body.why)


@router.post("/campaigns/{campaign_id}/reopen", response=CampaignOut)
def reopen_campaign(request: ApiRequest, campaign_id: Id, body: Why) -> object:
    """Take an approval back."""
    return services.reopen(viewer=request.viewer, campaign_id=campaign_id, why=body.why)


@router.post("/campaigns/{campaign_id}/run", needs="campaigns.approve", response=CampaignOut)
def run_campaign(request: ApiRequest, campaign_id: Id, body: Why) -> object:
    """Let an approved campaign run, or a paused one go on."""
    return services.start(viewer=request.viewer, campaign_id=campaign_id, why=body.why)


@router.post("/campaigns/{campaign_id}/pause", response=CampaignOut)
def pause_campaign(request: ApiRequest, campaign_id: Id, body: Why) -> object:
    """Stop at once; whoever waits keeps their turn."""
    return services.pause(viewer=request.viewer, campaign_id=campaign_id, why=body.why)


@router.post("/campaigns/{campaign_id}/drain", response=CampaignOut)
def drain_campaign(request: ApiRequest, campaign_id: Id, body: Why) -> object:
    """Send no more and let finish what is queued; outcomes go on counting."""
    return services.drain(viewer=request.viewer, campaign_id=campaign_id, why=body.why)


@router.post("/campaigns/{campaign_id}/end", response=CampaignOut)
def end_campaign(request: ApiRequest, campaign_id: Id, body: Why) -> object:
    """End a campaign for good."""
    return services.end(viewer=request.viewer, campaign_id=campaign_id, why=body.why)


def _brief(body: CampaignIn) -> services.Brief:
    facts = body.model_dump()
    return services.Brief(
        **{
            **facts, "channels": tuple(body.channels), "tolerance": Decimal(str(body.tolerance)),
            "templates": {channel: str(id_) for channel, id_ in body.templates.items()},
        }
    )  # fmt: skip


def _whole(viewer: Viewer, campaign_id: Any) -> dict[str, Any]:
    whole = overview.whole_for(viewer, campaign_id)
    campaign, round_ = whole.campaign, whole.round
    return {
        **{name: getattr(campaign, name) for name in CampaignOut.model_fields},
        "size": round_.size if round_ else 0, "planned_at": round_.planned_at if round_ else None,
        "recorded_at": round_.recorded_at if round_ else None, "stale": bool(round_ and round_.stale),
        "steps": [_step(step) for step in whole.steps],
        "overlaps": [{"name": name, "customers": count} for name, count in whole.overlaps],
        "moves": [{name: getattr(move, name) for name in MoveOut.model_fields} for move, _who in whole.moves],
        "effects": [_effect(row) for row in whole.rows], "sentence": whole.sentence,
    }  # fmt: skip


def _step(step: Step) -> dict[str, Any]:
    return {"label": str(step.label), "count": step.count, "kind": step.kind, "query": step.query}


def _effect(row: Row) -> dict[str, Any]:
    names = EffectOut.model_fields.keys() - {"label", "verdict"}
    facts = {name: getattr(row.effect, name) for name in names}
    return {**facts, "label": str(row.measure.label), "verdict": row.state}
