"""What a policy did: everybody whom chance put into an arm, whatever became of them, and what happened to them since.

Counted from decisions and outcomes alone. A customer counts once, in the arm of their first decision under the policy;
without an outcome they count with zero. Staff's own choices were not drawn by chance and stay out.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection

from guanxi.core.viewer import Viewer
from guanxi.estimators import power, rare, sequences
from guanxi.estimators.sequences import Interval, Moments
from guanxi.trials import holdout
from guanxi.trials.measured import Measured, measured
from guanxi.trials.models import Side

#: The action that does nothing: whoever drew it is the control group.
NOTHING = "nothing"
#: Until as many people were drawn on its first day, a policy counts as one that people enter one by one.
USUAL = 5000

# The planner knows nothing of a policy of a minute ago, guesses one row and would join a million by nested loops.
_BY_HASH, _AS_BEFORE = "SET LOCAL enable_nestloop TO off", "SET LOCAL enable_nestloop TO on"
_ARM = """
WITH drawn AS MATERIALIZED (
  SELECT d.id, c.root_id, d.chosen <> %(nothing)s AS treated, d.decided_at
    FROM trials_decision AS d
    JOIN people_customer AS c ON c.enterprise_id = d.enterprise_id AND c.id = d.customer_id
   WHERE d.enterprise_id = %(tenant)s AND d.policy = %(policy)s AND d.chance IS NOT NULL AND d.seed IS NOT NULL),
arm AS MATERIALIZED (
  SELECT DISTINCT ON (root_id) root_id, treated, decided_at FROM drawn ORDER BY root_id, decided_at, id)
"""
_PEOPLE = f"""{_ARM}
SELECT count(*) FILTER (WHERE treated), count(*) FILTER (WHERE NOT treated),
       count(*) FILTER (WHERE decided_at < (SELECT min(decided_at) FROM arm) + interval '1 day')
  FROM arm
"""
_OUTCOMES = f"""{_ARM}, brought AS MATERIALIZED (
  SELECT drawn.root_id, o.side, o.measure, sum(o.value)::float8 AS value
    FROM trials_outcome AS o JOIN drawn ON drawn.id = o.decision_id
   WHERE o.enterprise_id = %(tenant)s GROUP BY drawn.root_id, o.side, o.measure)
SELECT side, measure, coalesce(sum(value) FILTER (WHERE treated), 0),
       coalesce(sum(value * value) FILTER (WHERE treated), 0), coalesce(sum(value) FILTER (WHERE NOT treated), 0),
       coalesce(sum(value * value) FILTER (WHERE NOT treated), 0)
  FROM brought JOIN arm USING (root_id) GROUP BY side, measure ORDER BY side DESC, measure
"""


@dataclass(frozen=True, slots=True)
class Effect:
    """What a policy did by one measure, for one side.

    Attributes:
        estimate: The difference a customer; with `low` and `high` None while too few have been seen.
        verdict: `improved`, `worse`, `unproved`, or `early` while there is no range. More of a harm is worse.
        needed: How many more people would prove an effect of this size; None where it is proved or cannot be told.
    """

    measure: Measured
    side: str
    treated: Moments
    control: Moments
    estimate: float | None
    low: float | None
    high: float | None
    e_value: float | None
    verdict: str
    needed: int | None

    @property
    def people(self) -> int:
        """Customers in both arms."""
        return self.treated.n + self.control.n


def effects_of(
    viewer: Viewer, policy: str, *, expected: Sequence[tuple[str, str]] = (), alpha: float = 0.05
) -> list[Effect]:
    """What a policy did: one effect a measure and side.

    Args:
        policy: As in the decisions, for example `campaign:<id>`.
        expected: Pairs of side and measure that are answered also while nobody has such an outcome.
    """
    facts: dict[str, UUID | str] = {"tenant": viewer.tenant, "policy": policy, "nothing": NOTHING}
    with connection.cursor() as cursor:
        cursor.execute(_BY_HASH)
        cursor.execute(_PEOPLE, facts)
        treated, control, first_day = cursor.fetchone()
        cursor.execute(_OUTCOMES, facts)
        rows = {(side, name): sums for side, name, *sums in cursor.fetchall()}
        cursor.execute(_AS_BEFORE)
    planned = first_day if first_day >= USUAL else USUAL
    for pair in expected:
        rows.setdefault(pair, [0.0] * 4)
    return [
        effect(
            measured(name),
            side,
            Moments(treated, *sums[:2]),
            Moments(control, *sums[2:]),
            planned=planned,
            alpha=alpha,
        )
        for (side, name), sums in rows.items()
        if treated and control
    ]


def effect(
    measure: Measured,
    side: str,
    treated: Moments,
    control: Moments,
    *,
    planned: int = USUAL,
    alpha: float = 0.05,
) -> Effect:
    """The effect that these two arms show."""
    if measure.once:
        seen: Interval | None = rare.bounded(treated, control, bound=1.0, alpha=alpha)
    else:
        seen = sequences.difference(treated, control, planned=planned, alpha=alpha)
    if seen is None:
        return Effect(measure, side, treated, control, None, None, None, None, "early", None)
    verdict = seen.verdict
    if measure.harm:
        verdict = {"improved": "worse", "worse": "improved"}.get(verdict, verdict)
    needed = _needed(seen.estimate, treated, control) if verdict == "unproved" else None
    return Effect(
        measure, side, treated, control, seen.estimate, seen.low, seen.high, seen.e_value, verdict, needed
    )


def effect_of_holdout(
    viewer: Viewer, outcomes: Mapping[UUID, float], measure: str = "orders", *, alpha: float = 0.05
) -> Effect:
    """What all unasked offers of this half-year did together: those left alone against everybody else.

    Args:
        outcomes: What each customer (root) did in the half-year; who is missing did nothing. The caller brings them,
            because what a customer does is known on higher floors only.
    """
    treated: list[float] = []
    control: list[float] = []
    for root_id, left in _everybody(viewer):
        (control if left else treated).append(outcomes.get(root_id, 0.0))
    return effect(
        measured(measure), Side.ENTERPRISE, Moments.of(treated), Moments.of(control),
        planned=max(len(treated) + len(control), 1), alpha=alpha,
    )  # fmt: skip


def _everybody(viewer: Viewer) -> Iterator[tuple[UUID, bool]]:
    period = holdout.period_of(viewer.now)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM people_customer WHERE enterprise_id = %s AND id = root_id", [viewer.tenant]
        )
        while rows := cursor.fetchmany(10_000):
            for (root_id,) in rows:
                yield root_id, holdout.held_out(viewer.tenant, root_id, period)


def _needed(estimate: float, treated: Moments, control: Moments) -> int | None:
    """How many more people would prove an effect of this size, divided as now."""
    n = treated.n + control.n
    mean = (treated.total + control.total) / n
    share = treated.n / n
    # Each arm's spread weighs as its part of the standard error.
    variance = treated.variance * (1 - share) + control.variance * share
    if estimate == 0 or mean <= 0 or variance <= 0:
        return None
    return max(power.Trial(share=share).people(estimate, mean=mean, variance=variance) - n, 0) or None


def as_facts(effect: Effect) -> dict[str, Any]:
    """An effect for machines: names, counts and figures a customer."""
    return {
        "measure": effect.measure.name, "side": effect.side, "verdict": effect.verdict, "needed": effect.needed,
        "treated": effect.treated.n, "control": effect.control.n, "treated_mean": effect.treated.mean,
        "control_mean": effect.control.mean, "estimate": effect.estimate, "low": effect.low, "high": effect.high,
        "e_value": effect.e_value,
    }  # fmt: skip
