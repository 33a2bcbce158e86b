"""What a campaign did: both arms compared by every measure, with a range that holds whenever it is looked at.

Everybody who came to their turn counts in the arm that chance gave them, also those whom the gate refused at sending:
what is measured is the campaign, not the message. A customer counts once their days are over, so that both arms are
seen for the same time.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet

from guanxi.core.resolve import resolve
from guanxi.core.viewer import Viewer
from guanxi.estimators import rates
from guanxi.estimators.rates import Share
from guanxi.market.campaigns import outcomes, queries
from guanxi.market.campaigns.measures import MEASURES, Measure
from guanxi.market.models.campaigns import Campaign, Effect, State

DAY = timedelta(days=1)
LEVEL = 0.05


@dataclass(frozen=True, slots=True)
class Sums:
    """One arm by one measure: customers whose days are over, sum and squares of their outcomes, how many had one."""

    n: int = 0
    total: float = 0.0
    squares: float = 0.0
    hits: int = 0


_COUNTED = """
SELECT arm, count(*) FROM market_recipient AS recipient JOIN market_round AS round
  ON round.enterprise_id = recipient.enterprise_id AND round.id = recipient.round_id
WHERE round.enterprise_id = %(enterprise)s AND round.campaign_id = %(campaign)s
  AND recipient.reached_at <= %(before)s AND recipient.arm <> '' GROUP BY arm
"""
_SUMS = """
SELECT arm, sum(value), sum(value * value), count(*) FILTER (WHERE value > 0)
FROM (
  SELECT recipient.arm, recipient.decision_id, sum(outcome.value * part.sign)::float8 AS value
  FROM market_round AS round
    JOIN market_recipient AS recipient
      ON recipient.enterprise_id = round.enterprise_id AND recipient.round_id = round.id
    JOIN trials_outcome AS outcome
      ON outcome.enterprise_id = round.enterprise_id AND outcome.decision_id = recipient.decision_id
    JOIN unnest(%(parts)s::text[], %(signs)s::int[]) AS part (measure, sign) ON part.measure = outcome.measure
  WHERE round.enterprise_id = %(enterprise)s AND round.campaign_id = %(campaign)s
    AND recipient.reached_at <= %(before)s
  GROUP BY recipient.arm, recipient.decision_id
) AS customer GROUP BY arm
"""


def campaigns_to_measure(viewer: Viewer) -> QuerySet[Campaign]:
    """The campaigns for which something may still follow."""
    return queries.campaigns_for(viewer).filter(state__in=(State.RUNNING, State.PAUSED, State.DRAINED))


@transaction.atomic
def measure(*, viewer: Viewer, campaign: Campaign) -> list[Effect]:
    """Join the outcomes and keep what both arms show today; of two looks of a day the second stands."""
    outcomes.join(viewer=viewer, campaign=campaign)
    day = viewer.now.astimezone(viewer.timezone).date()
    Effect.objects.filter(enterprise_id=viewer.tenant, campaign=campaign, day=day).delete()
    planned = sum(round_.size for round_ in queries.rounds_for(viewer, campaign) if round_.recorded_at)
    found = [_effect(viewer, campaign, one, day, max(planned, 1)) for one in MEASURES]
    return Effect.objects.bulk_create(found)


def _effect(viewer: Viewer, campaign: Campaign, measured: Measure, day: Any, planned: int) -> Effect:
    arms = sums_of(viewer, campaign, measured)
    treated, control = arms["contact"], arms["control"]
    effect = Effect(
        enterprise_id=viewer.tenant, campaign=campaign, measure=measured.name, side=measured.side, day=day,
        treated=treated.n, treated_total=_total(measured, treated),
        control=control.n, control_total=_total(measured, control),
    )  # fmt: skip
    if treated.n and control.n:
        _compare(effect, measured, treated, control, planned)
    return effect


def _total(measured: Measure, arm: Sums) -> float:
    return float(arm.hits) if measured.kind == "share" else arm.total


def _compare(effect: Effect, measured: Measure, treated: Sums, control: Sums, planned: int) -> None:
    if measured.kind == "share":
        found = rates.difference(Share(treated.hits, treated.n), Share(control.hits, control.n), alpha=LEVEL)
        effect.estimate, effect.low, effect.high = found.estimate, found.low, found.high
        return
    # NumPy and SciPy are for those who measure; a page that reads what was found does not load them.
    moments = resolve("guanxi.estimators.sequences:Moments")
    interval = resolve("guanxi.estimators.sequences:difference")(
        moments(treated.n, treated.total, treated.squares), moments(control.n, control.total, control.squares),
        alpha=LEVEL, planned=planned,
    )  # fmt: skip
    if interval is not None:
        effect.estimate, effect.low, effect.high = interval.estimate, interval.low, interval.high
        effect.e_value = interval.e_value


def sums_of(viewer: Viewer, campaign: Campaign, measured: Measure) -> Mapping[str, Sums]:
    """Both arms by one measure, those customers whose days are over."""
    values: dict[str, Any] = {
        "enterprise": viewer.tenant, "campaign": campaign.pk,
        "before": viewer.now - measured.days(campaign.window_days) * DAY,
        "parts": [name for name, _sign in measured.parts], "signs": [sign for _name, sign in measured.parts],
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_COUNTED, values)
        counted = dict(cursor.fetchall())
        cursor.execute(_SUMS, values)
        sums = {arm: (total, squares, hits) for arm, total, squares, hits in cursor.fetchall()}
    return {arm: Sums(counted.get(arm, 0), *sums.get(arm, (0.0, 0.0, 0))) for arm in ("contact", "control")}
