"""Past campaigns with what they did, and the loop report, over the API."""

from datetime import date
from typing import Any, Literal

from guanxi.api.shell import ApiRequest, Out, Router
from guanxi.api.types import Id, Moment
from guanxi.market.loop import queries as loop
from guanxi.market.past import queries

router = Router(reads="mining.read", writes="mining.run", tags=["Effects"])


class PastCampaignOut(Out):
    """A past campaign and what a matched comparison says it did: turnover a customer and week, never proof."""

    id: Id
    source_key: str
    name: str
    kind: str
    starts_on: date
    ends_on: date
    standing: Literal["measured", "no_before", "no_after", "nobody", ""]
    trust: Literal["fair", "little", "none", ""]
    effect: float | None
    low: float | None
    high: float | None
    says: str
    trusts: str


class PastCampaignWhole(PastCampaignOut):
    """A past campaign with balance, placebo, weeks and everything else that was found."""

    report: dict[str, Any]


class LoopLineOut(Out):
    """One figure of the loop report, or a sentence that says what is not known."""

    name: str
    label: str
    value: str
    figure: float | None
    note: str
    known: bool


class LoopPartOut(Out):
    """One heading of the loop report."""

    name: str
    title: str
    lines: list[LoopLineOut]


class LoopOut(Out):
    """The loop report: from what came in to what to try next."""

    as_of: Moment
    currency: str
    parts: list[LoopPartOut]


@router.get("/past/campaigns", response=list[PastCampaignOut])
def list_past_campaigns(request: ApiRequest) -> object:
    """List the past campaigns, the oldest first."""
    return [_out(one) for one in queries.campaigns_for(request.viewer)]


@router.get("/past/campaigns/{campaign_id}", response=PastCampaignWhole)
def read_past_campaign(request: ApiRequest, campaign_id: Id) -> object:
    """Read one past campaign with everything that was found."""
    shown = queries.campaign_for(request.viewer, campaign_id)
    return {**_out(shown), "report": shown.report}


@router.get("/loop", response=LoopOut)
def read_loop(request: ApiRequest) -> object:
    """Read the loop report in the language of the request."""
    return loop.report_for(request.viewer).facts()


def _out(shown: queries.Shown) -> dict[str, Any]:
    own = {
        name: getattr(shown.campaign, name)
        for name in ("id", "source_key", "name", "kind", "starts_on", "ends_on")
    }
    seen = shown.hindsight
    found = {name: getattr(seen, name) if seen else None for name in ("effect", "low", "high")}
    words = {"says": shown.says, "trusts": shown.trusts}
    return {
        **own,
        **found,
        **words,
        "standing": seen.standing if seen else "",
        "trust": seen.trust if seen else "",
    }
