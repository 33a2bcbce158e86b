"""Who an event belongs to: identifiers in, customers out, set-wise, inside the digester's transaction.

The rules are in `matching`; here they meet the tables. New identifiers are learnt, new visitors get a record, anonymous
wholes join an identified one, and two identified ones become a pair for a steward.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from guanxi.core import sealing
from guanxi.core.errors import DomainError
from guanxi.core.viewer import Viewer
from guanxi.people import identifiers as spelling
from guanxi.people import matching, queries, records, unions
from guanxi.people.identifiers import Identifier, Kind
from guanxi.people.matching import Verdict, Whole

TRIES = 5


class Contended(DomainError):
    """Others kept taking the same identifiers; the batch may be tried again."""

    code = "people.contended"
    status = 503


class _Lost(Exception):
    """Somebody else wrote one of our new identifiers first."""


@dataclass(slots=True)
class _Plan:
    """What a batch will write."""

    known: dict[Identifier, Whole]
    drafts: dict[UUID, records.Draft] = field(default_factory=dict)
    learnt: list[tuple[UUID, Identifier]] = field(default_factory=list)
    joins: list[tuple[UUID, UUID, str]] = field(default_factory=list)
    doubts: list[unions.Suspicion] = field(default_factory=list)
    identified: set[UUID] = field(default_factory=set)
    # The identifiers of each whole: a batch names thousands, and asks for those of one.
    of_root: dict[UUID, set[Identifier]] = field(default_factory=lambda: defaultdict(set))

    def __post_init__(self) -> None:
        for one, whole in self.known.items():
            self.of_root[whole.root].add(one)

    def know(self, one: Identifier, whole: Whole) -> None:
        """That an identifier points at a whole."""
        before = self.known.get(one)
        if before is not None:
            self.of_root[before.root].discard(one)
        self.known[one] = whole
        self.of_root[whole.root].add(one)


def resolve_batch(
    viewer: Viewer,
    identifier_lists: Sequence[Sequence[tuple[str, str]]],
    now: datetime,
    *,
    source: str = "event",
) -> list[UUID | None]:
    """The customer (root) that each list of identifiers means; None where nothing of it is an identifier.

    Args:
        identifier_lists: Kind and value, as they came; junk is passed by.
        now: When these identifiers became known.
        source: What the new identifiers and records are from.
    """
    region = queries.region_for(viewer) if _has_phone(identifier_lists) else "CN"
    spelt = [spelling.normalise_all(one, region=region)[0] for one in identifier_lists]
    for _try in range(TRIES):
        try:
            with transaction.atomic():
                return _resolve(viewer, spelt, now, source)
        except _Lost:
            continue
    raise Contended


def _resolve(
    viewer: Viewer, spelt: Sequence[Sequence[Identifier]], now: datetime, source: str
) -> list[UUID | None]:
    plan = _Plan(_known(viewer, {one for several in spelt for one in several}))
    rules = _rules(viewer, plan)
    targets = [
        _place(plan, several, matching.decide(several, plan.known, rules)) if several else None
        for several in spelt
    ]
    _write(viewer, plan, now, source)
    moved = {absorbed: kept for kept, absorbed, _rule in plan.joins}
    return [_follow(moved, target) for target in targets]


def _rules(viewer: Viewer, plan: _Plan) -> Sequence[matching.Rule]:
    """The enterprise's rules, read only where two identified customers may meet."""
    if len({whole.root for whole in plan.known.values() if whole.identified}) < 2:
        return ()
    return [matching.Rule(row.name, frozenset(row.kinds)) for row in queries.rules_for(viewer) if row.active]


def _place(plan: _Plan, several: Sequence[Identifier], verdict: Verdict) -> UUID:
    target = verdict.target
    if len(several) == 1 and target is not None:
        one = several[0]
        if one.weak or plan.known[one].identified:
            # Nothing to learn: what most events are.
            return target
    strong = any(not one.weak for one in several)
    if target is None:
        key = next((one.value for one in several if one.kind == Kind.SOURCE_KEY), None)
        draft = records.Draft(
            source_key=key,
            identifiers=[one for one in verdict.learn if one.value != key or one.kind != Kind.SOURCE_KEY],
        )
        plan.drafts[draft.id] = draft
        target = draft.id
        whole = Whole(target, identified=draft.identified)
    else:
        whole = Whole(target, identified=strong or _identified(plan, target))
        _learn(plan, target, verdict.learn)
        if strong and not _identified(plan, target):
            plan.identified.add(target)
    for one in verdict.learn:
        plan.know(one, whole)
    for other in verdict.join:
        plan.joins.append((target, other, verdict.rule or "anonymous"))
        _replace_root(plan, other, whole)
    _replace_root(plan, target, whole)
    plan.doubts += [_suspicion(target, other) for other in verdict.doubt]
    return target


def _learn(plan: _Plan, target: UUID, learn: Sequence[Identifier]) -> None:
    """A record that is not yet written takes the identifiers with it, one that is gets rows of its own."""
    draft = plan.drafts.get(target)
    if draft is None:
        plan.learnt += [(target, one) for one in learn]
    else:
        draft.identifiers = [*draft.identifiers, *learn]


def _identified(plan: _Plan, root: UUID) -> bool:
    return any(plan.known[one].identified for one in plan.of_root[root])


def _replace_root(plan: _Plan, root: UUID, whole: Whole) -> None:
    for one in tuple(plan.of_root[root]):
        plan.know(one, whole)


def _suspicion(target: UUID, other: UUID) -> unions.Suspicion:
    reason = matching.Reason("identifier", "both", 8.0).stored()
    return unions.Suspicion(target, other, 0.9, "event", [reason])


def _follow(moved: Mapping[UUID, UUID], target: UUID | None) -> UUID | None:
    while target is not None and target in moved:
        target = moved[target]
    return target


def _write(viewer: Viewer, plan: _Plan, now: datetime, source: str) -> None:
    lost = records.write(viewer.tenant, list(plan.drafts.values()), source=source, now=now)
    if plan.learnt:
        keys = sealing.keys_for(viewer.tenant, [root for root, _one in plan.learnt], create=True)
        lost |= records.write_identifiers(viewer.tenant, plan.learnt, keys, source=source, now=now)
    if lost:
        raise _Lost
    if plan.identified:
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE people_customer SET identified = true WHERE enterprise_id = %s AND id = ANY(%s)",
                [viewer.tenant, list(plan.identified)],
            )
    for kept, absorbed, rule in plan.joins:
        unions.join(viewer, kept, absorbed, reason=rule)
    unions.propose(viewer=viewer, suspicions=plan.doubts)


_KEYED = """
SELECT record.source_key, record.root_id, whole.identified
  FROM people_customer AS record JOIN people_customer AS whole ON whole.id = record.root_id
 WHERE record.enterprise_id = %s AND record.source_key = ANY(%s)
"""
_KNOWN = """
SELECT known.kind, known.digest, record.root_id, whole.identified
  FROM unnest(%(kinds)s::text[], %(digests)s::bytea[]) AS asked (kind, digest)
  JOIN people_identifier AS known
    ON known.enterprise_id = %(enterprise)s AND known.kind = asked.kind AND known.digest = asked.digest
  JOIN people_customer AS record ON record.id = known.customer_id
  JOIN people_customer AS whole ON whole.id = record.root_id
"""


def _known(viewer: Viewer, asked: set[Identifier]) -> dict[Identifier, Whole]:
    """What is known of these identifiers: first by the source's keys, which stand open, then the others by digest."""
    result: dict[Identifier, Whole] = {}
    with connection.cursor() as cursor:
        keys = [one.value for one in asked if one.kind == Kind.SOURCE_KEY]
        if keys:
            cursor.execute(_KEYED, [viewer.tenant, keys])
            for key, root, identified in cursor.fetchall():
                result[Identifier(Kind.SOURCE_KEY, key)] = Whole(root, identified)
        by_digest = {
            (one.kind, records.digest(viewer.tenant, one)): one for one in asked if one not in result
        }
        if by_digest:
            kinds, digests = zip(*by_digest, strict=True)
            said: dict[str, Any] = {
                "enterprise": viewer.tenant,
                "kinds": list(kinds),
                "digests": list(digests),
            }
            cursor.execute(_KNOWN, said)
            for kind, digest, root, identified in cursor.fetchall():
                result[by_digest[kind, bytes(digest)]] = Whole(root, identified)
    return result


def _has_phone(lists: Sequence[Sequence[tuple[str, str]]]) -> bool:
    return any(kind == Kind.PHONE for several in lists for kind, _value in several)
