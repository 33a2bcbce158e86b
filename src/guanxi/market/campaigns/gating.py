"""The one place where a plan asks the gate about many customers at once."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db import connection

from guanxi.consent import judging
from guanxi.consent import queries as consent
from guanxi.consent.judging import Terms, Wish
from guanxi.core.viewer import Viewer
from guanxi.people import queries as people

CANDIDATES = (
    "CREATE TEMPORARY TABLE IF NOT EXISTS gate_candidate (root_id uuid PRIMARY KEY) ON COMMIT DELETE ROWS"
)
ANSWERS = (
    "CREATE TEMPORARY TABLE IF NOT EXISTS gate_answer "
    "(root_id uuid PRIMARY KEY, outcome text, reason text, until timestamptz) ON COMMIT DELETE ROWS"
)


def judge(viewer: Viewer, *, purpose: str, channel: str, needs: int) -> None:
    """Judge everybody in `gate_candidate`; the answers stand in `gate_answer`."""
    # Stands in for `gate.judge_many` until that is there: the same judgement, one customer after the other.
    with connection.cursor() as cursor:
        cursor.execute(ANSWERS)
        cursor.execute("TRUNCATE gate_answer")
        cursor.execute("SELECT root_id FROM gate_candidate")
        answers = list(_answers(viewer, [row[0] for row in cursor.fetchall()], Wish(purpose, channel, needs)))
        cursor.executemany("INSERT INTO gate_answer VALUES (%s, %s, %s, %s)", answers)


def _answers(viewer: Viewer, roots: Iterable[UUID], wish: Wish) -> Iterable[tuple[Any, ...]]:
    for root in roots:
        _root, records = people.whole_rows_for(viewer, root)
        terms = consent.terms_of(viewer.tenant, records, viewer.now).get(wish.purpose, Terms())
        situation = consent.situation_of(viewer, records, wish.purpose, left_alone=False)
        judged = judging.may_contact(wish, terms, situation, viewer.now)
        yield root, str(judged.outcome), str(judged.reason), judged.until
