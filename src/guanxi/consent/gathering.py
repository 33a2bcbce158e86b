"""The facts that the gate judges by, of many customers in one statement. It gathers and never judges.

What is individual (the times of contacts, a load) is fetched where it can matter: at a cap, near the limit of the
pressure. Everybody else shares their situation with thousands, and each situation is judged once (`judging.py`). A fact
that is left out must not change the answer; `tests/consent/test_setwise.py` draws worlds and compares.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from guanxi.consent import pressure
from guanxi.consent.judging import Policy, Quiet, Situation, Terms, Wish
from guanxi.consent.pressure import Past
from guanxi.core import arrays
from guanxi.core.postgresql import line
from guanxi.core.postgresql.line import Statement
from guanxi.core.viewer import Viewer
from guanxi.trials import holdout


class Fact(NamedTuple):
    """What is known of one customer, or of all in the same situation."""

    strength: int | None
    limit: int | None
    quiets: list[str] | None
    weekly_cap: int | None
    paused_until: datetime | None
    ended_at: datetime | None
    hold: str | None
    matter_open: bool
    contacted_at: list[datetime] | None
    load: float | None
    contacts: int | None
    answered: int | None
    refused: int | None
    permission_ids: list[str] | None

    def terms(self, channel: str) -> Terms:
        """What was permitted."""
        return Terms(
            strength=self.strength,
            limits={} if self.limit is None else {channel: self.limit},
            quiets=tuple(_quiet(words) for words in self.quiets or ()),
            weekly_cap=self.weekly_cap,
            paused_until=self.paused_until,
            ends_at=self.ended_at,
            permission_ids=tuple(self.permission_ids or ()),
        )

    def situation(self, *, left_alone: bool) -> Situation:
        """What is going on."""
        return Situation(
            matter_open=self.matter_open,
            hold=self.hold,
            left_alone=left_alone,
            contacted_at=tuple(self.contacted_at or ()),
            load=self.load or 0.0,
            past=Past(self.contacts or 0, self.answered or 0, self.refused or 0),
        )


def _quiet(words: str) -> Quiet:
    start, end, zone = words.split(" ", 2)
    return Quiet(time.fromisoformat(start), time.fromisoformat(end), zone)


#: In the order of `Fact`.
COLUMNS = (
    "strength smallint, channel_limit smallint, quiets text[], weekly_cap smallint, paused_until timestamptz, "
    "ended_at timestamptz, hold text, matter boolean, contacted timestamptz[], load float8, contacts bigint, "
    "answered bigint, refused bigint, permissions text[]"
)
NAMES = ", ".join(column.split()[0] for column in COLUMNS.split(", "))

# What candidates in the same situation share: everything but the load, of which they have one up to the same step, and
# the moments of contacts, of which they have as many.
_STEP = "ceil(load * 20) / 20"
_ALIKE = {
    "contacted": "cardinality(contacted)", "load": _STEP, "hold": "hold IS NULL", "ended_at": "ended_at IS NULL",
    "permissions": "NULL::text",
}  # fmt: skip
# 64 bits: of a million situations two would share a key once in thirty million plans, and sending asks again.
_KEY = f"hash_record_extended(ROW({', '.join(_ALIKE.get(name, name) for name in NAMES.split(', '))}), 0)"
_SHARED = {
    "contacted": "max(contacted)",
    "load": f"max({_STEP})", "matter": "bool_or(matter)", "permissions": "NULL",
}  # fmt: skip

# $1 enterprise, $2 purpose, $3 channel, $4 now, $5 cap of the enterprise, $6 whether everybody's contacts and load are
# wanted, $7 weight of the contact, $8 limit of the pressure.
_FACTS = """
WITH record AS ({records}),
person AS (
  SELECT DISTINCT record.root_id, claim.person_id
    FROM people_claim AS claim JOIN record ON record.record_id = claim.customer_id
   WHERE claim.enterprise_id = $1::uuid
), giver AS (
  SELECT root_id, record_id AS giver_id, 'customer' AS giver_kind FROM record
  UNION ALL SELECT root_id, person_id, 'person' FROM person
), said AS (
  SELECT giver_kind, giver_id, min(strength) FILTER (WHERE channel = '') AS strength,
         min(strength) FILTER (WHERE channel <> '') AS closed,
         max(quiet_from::text || ' ' || quiet_to::text || ' ' || zone) FILTER (WHERE channel = '') AS quiet,
         min(weekly_cap) FILTER (WHERE channel = '') AS weekly_cap,
         max(paused_until) FILTER (WHERE channel = '') AS paused_until,
         min(ends_at) FILTER (WHERE channel = '') AS ends_at, max(id::text) FILTER (WHERE channel = '') AS id
    FROM consent_permission
   WHERE enterprise_id = $1::uuid AND receiver_kind = 'enterprise' AND receiver_id = $1::uuid
     AND purpose = $2::text AND channel IN ('', $3::text) AND {among}
   GROUP BY giver_kind, giver_id HAVING bool_or(channel = '')
), terms AS (
  SELECT giver.root_id, min(said.strength) AS strength, min(said.closed) AS channel_limit,
         array_agg(DISTINCT said.quiet) FILTER (WHERE said.quiet IS NOT NULL) AS quiets,
         min(said.weekly_cap) AS weekly_cap, max(said.paused_until) AS paused_until, min(said.ends_at) AS ends_at,
         array_agg(said.id) AS permissions
    FROM said JOIN giver USING (giver_kind, giver_id) GROUP BY giver.root_id
), held AS (
  SELECT record.root_id, min(hold.why) AS why FROM consent_hold AS hold
    JOIN record ON record.record_id = hold.customer_id
   WHERE hold.enterprise_id = $1::uuid AND hold.lifted_at IS NULL AND $2::text = ANY(hold.purposes)
   GROUP BY record.root_id
), opened AS (
  SELECT DISTINCT record.root_id FROM consent_matter AS matter JOIN record ON record.record_id = matter.customer_id
   WHERE matter.enterprise_id = $1::uuid AND matter.closed_at IS NULL
), called AS (
  SELECT record.root_id, array_agg(contact.happened_at ORDER BY contact.happened_at) AS moments
    FROM consent_contact AS contact JOIN record ON record.record_id = contact.customer_id
   WHERE contact.enterprise_id = $1::uuid AND contact.direction = 'out' AND contact.purpose = $2::text
     AND contact.happened_at > $4::timestamptz - interval '7 days' AND contact.happened_at <= $4::timestamptz
     AND ($6::boolean OR $5::smallint IS NOT NULL OR record.root_id IN
          (SELECT root_id FROM terms WHERE weekly_cap >= 0))
   GROUP BY record.root_id
), here AS (
  SELECT record.root_id,
         sum(consent_decayed(kept.load, kept.as_of, $4::timestamptz, (SELECT consent_half_life($1::uuid)))) AS load,
         sum(kept.contacts) AS contacts, sum(kept.answered) AS answered, sum(kept.refused) AS refused
    FROM consent_pressure AS kept JOIN record ON record.record_id = kept.customer_id
   WHERE kept.enterprise_id = $1::uuid GROUP BY record.root_id
), elsewhere AS (
  SELECT person.root_id, sum(there.load) AS load
    FROM consent_elsewhere((SELECT array_agg(person_id) FROM person), $4::timestamptz) AS there
    JOIN person USING (person_id) GROUP BY person.root_id
), everything AS (
  SELECT root.root_id, terms.strength, terms.channel_limit, terms.quiets, terms.weekly_cap,
         CASE WHEN terms.paused_until > $4::timestamptz THEN terms.paused_until END AS paused_until,
         CASE WHEN terms.ends_at <= $4::timestamptz THEN terms.ends_at END AS ended_at,
         held.why AS hold, opened.root_id IS NOT NULL AS matter,
         CASE WHEN $6::boolean OR cardinality(called.moments) >= coalesce(terms.weekly_cap, $5::smallint)
              THEN called.moments END AS contacted,
         $6::boolean OR round((coalesce(here.load, 0) + coalesce(elsewhere.load, 0)) * 1e6) / 1e6
           + $7::float8 > $8::float8 AS near,
         round((coalesce(here.load, 0) + coalesce(elsewhere.load, 0)) * 1e6) / 1e6 AS load,
         here.contacts, here.answered, here.refused, terms.permissions
    FROM (SELECT DISTINCT root_id FROM record) AS root
    LEFT JOIN terms USING (root_id) LEFT JOIN held USING (root_id) LEFT JOIN opened USING (root_id)
    LEFT JOIN called USING (root_id) LEFT JOIN here USING (root_id) LEFT JOIN elsewhere USING (root_id)
)
SELECT root_id, strength, channel_limit, quiets, weekly_cap, paused_until, ended_at, hold, matter, contacted,
       CASE WHEN near THEN load END AS load, CASE WHEN near THEN contacts END AS contacts,
       CASE WHEN near THEN answered END AS answered, CASE WHEN near THEN refused END AS refused, permissions
  FROM everything
"""

_GIVEN = Statement(
    _FACTS.format(
        records="SELECT root_id, record_id FROM unnest($9::uuid[], $10::uuid[]) AS given (root_id, record_id)",
        among="giver_id IN (SELECT giver_id FROM giver)",
        permissions="array_agg(said.id::text)",
    ),
    kept=False,
    binary=True,
)


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of everybody: the wish, the time, and what of the policy decides which facts are wanted."""

    viewer: Viewer
    wish: Wish
    policy: Policy

    @property
    def values(self) -> tuple[Any, ...]:
        """The first values of every statement, but whether everybody's contacts are wanted."""
        unit = pressure.weight(self.wish.channel, self.wish.purpose, weights=self.policy.weights)
        return unit, self.policy.limit


def of_some(question: Question, wholes: Iterable[tuple[UUID, UUID]]) -> dict[UUID, Fact]:
    """The whole facts of a few thousand customers, given as pairs of root and record."""
    pairs = list(wholes)
    viewer, wish, policy = question.viewer, question.wish, question.policy
    rows = line.say(
        _GIVEN, viewer.tenant, wish.purpose, wish.channel, viewer.now, policy.weekly_cap, True, *question.values,
        arrays.uuids([root for root, _record in pairs]), arrays.uuids([record for _root, record in pairs]),
    ).rows  # fmt: skip
    return {row[0]: Fact(*row[1:]) for row in rows}


_SETTLED = Statement(
    f"INSERT INTO gate_fact (root_id, left_alone, {NAMES}, key) SELECT root_id, false, {NAMES}, {_KEY} FROM ("
    + _FACTS.format(
        records="SELECT root_id, record_id FROM gate_record", among="true", permissions="NULL::text[]"
    )
    + ") AS found",
    kept=False,
)
_PREPARE = f"""
DROP TABLE IF EXISTS gate_record, gate_fact, gate_left, gate_judged, gate_answer;
CREATE TEMP TABLE gate_record ON COMMIT DROP AS
  SELECT candidate.root_id, profile.customer_id AS record_id
    FROM gate_candidate AS candidate JOIN people_profile AS profile ON profile.root_id = candidate.root_id
   WHERE profile.enterprise_id = %s;
ANALYZE gate_record;
CREATE TEMP TABLE gate_fact (root_id uuid, left_alone boolean, key bigint, {COLUMNS}) ON COMMIT DROP;
CREATE TEMP TABLE gate_judged (key bigint, left_alone boolean, outcome text, reason text, until timestamptz)
  ON COMMIT DROP;
CREATE TEMP TABLE gate_answer (root_id uuid, outcome text, reason text, until timestamptz) ON COMMIT DROP
"""
_SITUATIONS = f"""
SELECT key, left_alone, count(*), {", ".join(_SHARED.get(name, f"min({name})") for name in NAMES.split(", "))}
  FROM gate_fact GROUP BY key, left_alone
"""
_SINGLES = f"""
SELECT root_id, left_alone, {NAMES} FROM gate_fact JOIN gate_judged USING (key, left_alone) WHERE outcome = ''
"""
_ANSWER = """
ANALYZE gate_judged;
INSERT INTO gate_answer (root_id, outcome, reason, until)
SELECT root_id, outcome, reason, until FROM gate_fact JOIN gate_judged USING (key, left_alone) WHERE outcome <> ''
"""


class Alike(NamedTuple):
    """A situation, and how many candidates are in it; load and contacts are at least those of each of them."""

    key: int
    left_alone: bool
    many: int
    fact: Fact


def of_candidates(question: Question, *, withheld: bool) -> None:
    """Gather what decides about the customers of the temporary table `gate_candidate`; see `gate.judge_many`.

    Args:
        withheld: Whether the hold-out applies; nobody is recorded as left alone.
    """
    viewer, wish, policy = question.viewer, question.wish, question.policy
    with connection.cursor() as cursor:
        # Sorting and hashing a million in portions of the usual size takes half as long again.
        cursor.execute("SET LOCAL work_mem = '256MB'")
        cursor.execute(_PREPARE, [viewer.tenant])
        line.say(
            _SETTLED, viewer.tenant, wish.purpose, wish.channel, viewer.now, policy.weekly_cap, False,
            *question.values,
        )  # fmt: skip
        if withheld:
            period = holdout.period_of(viewer.now)
            cursor.execute(_LEAVE_ALONE, {"tenant": str(viewer.tenant), "period": period})


_LEAVE_ALONE = "UPDATE gate_fact SET left_alone = true WHERE " + holdout.held_out_in_sql(
    "%(tenant)s", "root_id::text", "%(period)s"
)


def situations() -> Iterator[Alike]:
    """The distinct situations among the candidates."""
    with arrays.wide() as cursor:
        cursor.execute(_SITUATIONS)
        for key, left_alone, many, *fact in cursor:
            yield Alike(key, left_alone, many, Fact(*fact))


def answer(judged: Iterable[tuple[int, bool, str, str, datetime | None]]) -> None:
    """Give each candidate the answer of their situation, in `gate_answer`; none where the outcome is empty."""
    with connection.cursor() as cursor:
        with cursor.copy("COPY gate_judged FROM STDIN") as copy:
            for row in judged:
                copy.write_row(row)
        cursor.execute(_ANSWER)


def singles() -> Iterator[tuple[UUID, bool, Fact]]:
    """Root, whether left alone, and exact facts of each candidate whose situation has no answer."""
    with arrays.wide() as cursor:
        cursor.execute(_SINGLES)
        for root_id, left_alone, *fact in cursor:
            yield root_id, left_alone, Fact(*fact)


def answer_singly(judged: Iterable[tuple[UUID, str, str, datetime | None]]) -> None:
    """Give these candidates an answer of their own, in `gate_answer`."""
    with connection.cursor() as cursor, cursor.copy("COPY gate_answer FROM STDIN") as copy:
        for row in judged:
            copy.write_row(row)


_GOING_ON = Statement(
    """
SELECT (SELECT min(why) FROM consent_hold WHERE enterprise_id = $1::uuid AND customer_id = ANY($2::uuid[])
           AND lifted_at IS NULL AND $4::text = ANY(purposes)),
       EXISTS (SELECT FROM consent_matter WHERE enterprise_id = $1::uuid AND customer_id = ANY($2::uuid[])
           AND closed_at IS NULL),
       ARRAY(SELECT happened_at FROM consent_contact WHERE enterprise_id = $1::uuid AND customer_id = ANY($2::uuid[])
           AND direction = 'out' AND purpose = $4::text AND happened_at > $3::timestamptz - interval '7 days'
           AND happened_at <= $3::timestamptz ORDER BY happened_at),
       round((coalesce(sum(consent_decayed(load, as_of, $3::timestamptz, consent_half_life($1::uuid))), 0)
            + coalesce((SELECT sum(there.load) FROM consent_elsewhere((SELECT array_agg(DISTINCT person_id)
                          FROM people_claim WHERE enterprise_id = $1::uuid AND customer_id = ANY($2::uuid[])),
                          $3::timestamptz) AS there), 0)) * 1e6) / 1e6,
       coalesce(sum(contacts), 0), coalesce(sum(answered), 0), coalesce(sum(refused), 0)
  FROM consent_pressure WHERE customer_id = ANY($2::uuid[])
""",
    binary=True,
)


class GoingOn:
    """What is going on with one customer, asked for and not yet waited for."""

    __slots__ = ("_answer",)

    def __init__(self, viewer: Viewer, record_ids: Sequence[UUID], purpose: str) -> None:
        self._answer = line.say(_GOING_ON, viewer.tenant, arrays.uuids(record_ids), viewer.now, purpose)

    def situation(self, *, left_alone: bool) -> Situation:
        """As the gate judges by it."""
        hold, matter, contacted, load, *past = self._answer.rows[0]
        return Situation(matter, hold, left_alone, tuple(contacted), load, Past(*past))
