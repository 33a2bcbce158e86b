"""What could be tried next: groups of customers, what they do unasked, and how many of them are needed to know."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from guanxi.core import formats
from guanxi.core.viewer import Viewer
from guanxi.estimators.power import Trial
from guanxi.market.loop.lines import Line, nothing_measured, unknown
from guanxi.mining import queries as mining
from guanxi.mining.models import Score
from guanxi.trials import holdout

#: A trial of four weeks, one in two left alone, is to show a tenth more orders.
WEEKS, LIFT = 4, 0.10
TRIAL = Trial(share=0.5)

_HABIT = """
WITH whole AS (
  SELECT c.root_id, count(o.id) FILTER (WHERE o.placed_at >= %(from)s AND o.placed_at < %(now)s) AS orders
    FROM people_customer AS c
    LEFT JOIN sales_order AS o ON o.enterprise_id = c.enterprise_id AND o.customer_id = c.id AND o.state <> 'cancelled'
   WHERE c.enterprise_id = %(tenant)s AND c.identified {among}
   GROUP BY c.root_id)
SELECT count(*), coalesce(avg(orders), 0)::float8, coalesce(var_samp(orders), 0)::float8 FROM whole
"""
_ORDERS = """
SELECT c.root_id, count(*) FROM sales_order AS o
  JOIN people_customer AS c ON c.enterprise_id = o.enterprise_id AND c.id = o.customer_id
 WHERE o.enterprise_id = %s AND o.placed_at >= %s AND o.placed_at < %s AND o.state <> 'cancelled' GROUP BY c.root_id
"""


@dataclass(frozen=True, slots=True)
class Group:
    """Customers with whom something could be tried, and their orders of the last weeks without it.

    `needed` people show a tenth more orders; `smallest` is what the people there are could show, as a share.
    """

    name: str
    label: str
    people: int
    mean: float
    needed: int | None
    smallest: float | None


def slipping_for(viewer: Viewer) -> QuerySet[Score]:
    """Scores of the customers whose value names silence as a reason: as the measure has it, three usual gaps."""
    return mining.scores_for(viewer, "value").filter(reasons__contains=[{"code": "silent"}])


def groups_for(viewer: Viewer) -> Iterator[Group | None]:
    """Groups to try something with, those who are slipping first; None where nothing is measured."""
    if mining.last_good_run(viewer) is None:
        yield None
    else:
        roots = list(slipping_for(viewer).values_list("customer_id", flat=True))
        yield _group(viewer, "slipping", _("Win back those who are slipping"), roots)
    yield _group(viewer, "everybody", _("Something for everybody"), None)


def line(group: Group | None, currency: str) -> Line:
    """What is said of a group."""
    if group is None:
        return nothing_measured()
    people = formats.number(group.people, 0)
    if group.needed is None or group.smallest is None:
        return unknown(
            group.name,
            _("%(what)s: %(people)s customers, too few orders in four weeks to plan a trial.")
            % {"what": group.label, "people": people},
        )
    said = {
        "needed": formats.number(group.needed, 0), "people": people, "smallest": formats.percent(group.smallest),
        "lift": formats.percent(LIFT), "mean": formats.number(100 * group.mean, 0),
    }  # fmt: skip
    if group.people >= group.needed:
        text = _(
            "100 of them place %(mean)s orders in four weeks. %(needed)s people, half of them left alone, show a "
            "change of %(lift)s; there are %(people)s."
        )
    else:
        text = _(
            "100 of them place %(mean)s orders in four weeks. A change of %(lift)s needs %(needed)s people, half of "
            "them left alone; there are %(people)s, who show a change of %(smallest)s or more."
        )
    return Line(group.name, group.label, _("%(needed)s people") % said, group.needed, text % said)


def orders_in_half_year(viewer: Viewer) -> dict[UUID, float]:
    """Orders of each whole in the half-year of the hold-out until now."""
    year, half = holdout.period_of(viewer.now).split("H")
    begins = datetime(int(year), 1 if half == "1" else 7, 1, tzinfo=UTC)
    with connection.cursor() as cursor:
        cursor.execute(_ORDERS, [viewer.tenant, begins, viewer.now])
        return {root: float(count) for root, count in cursor.fetchall()}


def _group(viewer: Viewer, name: str, label: str, roots: list[UUID] | None) -> Group:
    facts: dict[str, object] = {
        "tenant": viewer.tenant,
        "from": viewer.now - timedelta(weeks=WEEKS),
        "now": viewer.now,
    }
    among = "" if roots is None else "AND c.root_id = ANY(%(roots)s)"
    with connection.cursor() as cursor:
        cursor.execute(_HABIT.format(among=among), facts | ({} if roots is None else {"roots": roots}))  # type: ignore[arg-type]  # lists of ids are arrays to psycopg
        people, mean, variance = cursor.fetchone()
    if mean <= 0 or variance <= 0:
        return Group(name, label, people, mean, None, None)
    needed = TRIAL.people(LIFT * mean, mean=mean, variance=variance)
    return Group(
        name, label, people, mean, needed, TRIAL.smallest(people, mean=mean, variance=variance) / mean
    )
