"""Runs of the measures and the scores they gave, over the API."""

from typing import Annotated, Any, Literal

from pydantic import Field

from guanxi.api.shell import ApiRequest, In, Out, Page, Paging, Query, Router, page
from guanxi.api.types import Id, Moment
from guanxi.mining import queries, reasons, services

router = Router(reads="mining.read", writes="mining.run", tags=["Mining"])


class RunAsked(In):
    """What to run."""

    kind: Literal["measures"] = "measures"


class RunOut(Out):
    """A run. `as_of` is the time of the enterprise's clock, the others are real."""

    id: Id
    kind: str
    state: Literal["waiting", "running", "done", "failed"]
    asked_at: Moment
    started_at: Moment | None
    ended_at: Moment | None
    as_of: Moment
    engine: str
    step: str
    progress: int
    rows: dict[str, int]
    seconds: dict[str, float]


class RunWhole(RunOut):
    """A run with what it found, or why it failed."""

    report: dict[str, Any]
    error: str


class ScoreOut(Out):
    """A measure of a customer: the figure, its interval, what it rests on, and why."""

    customer_id: Id
    measure: str
    value: float
    lo: float
    hi: float
    evidence: int
    level: Literal["A", "B", "C"]
    horizon_days: int
    as_of: Moment
    model_version: str
    reasons: list[dict[str, Any]]
    words: list[str]


class ScoreFilter(Paging):
    """Which scores."""

    measure: Annotated[Literal["value", "consumption"], Field(description="Which measure.")] = "value"


@router.get("/mining/runs", response=Page[RunOut])
def list_runs(request: ApiRequest, paging: Query[Paging]) -> object:
    """List runs of the measures, newest first."""
    return page(request, queries.runs_for(request.viewer), paging, order=queries.RUNS_ORDER)


@router.post("/mining/runs", response={201: RunOut})
def start_run(request: ApiRequest, body: RunAsked) -> object:
    """Ask for a run; while one is under way the answer is 409."""
    return services.start(request.viewer)


@router.get("/mining/runs/{run_id}", response=RunWhole)
def read_run(request: ApiRequest, run_id: Id) -> object:
    """Read one run with its report."""
    return queries.run_for(request.viewer, run_id)


@router.get("/mining/scores", response=Page[ScoreOut])
def list_scores(request: ApiRequest, wanted: Query[ScoreFilter]) -> object:
    """List the scores of a measure, highest first."""
    rows = queries.scores_for(request.viewer, wanted.measure)
    return page(
        request,
        rows,
        wanted,
        order=queries.SCORES_ORDER,
        present=lambda found: [_out(request, one) for one in found],
    )


@router.get("/mining/customers/{customer_id}/scores", response=list[ScoreOut])
def read_scores(request: ApiRequest, customer_id: Id) -> object:
    """Read the scores of one customer; an old id of a merged customer gives those of the whole."""
    return [_out(request, one) for one in queries.scores_of(request.viewer, customer_id)]


def _out(request: ApiRequest, score: Any) -> dict[str, Any]:
    words = reasons.texts(score.reasons, request.viewer.currency)
    names = ScoreOut.model_fields.keys() - {"measure", "words"}
    return {**{name: getattr(score, name) for name in names}, "measure": score.construct, "words": words}
