"""The one gate: every outward contact and every reading of private data for a purpose asks here.

The answer is written down with its reason and the facts that were used, and shown to both sides.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from guanxi.consent import between, gathering, judging, queries, writing
from guanxi.consent.gathering import Fact, GoingOn, Question
from guanxi.consent.judging import Judgement, Wish
from guanxi.consent.models import Verdict
from guanxi.consent.policies import InForce
from guanxi.consent.words import Outcome, Reason, Strength
from guanxi.core import events
from guanxi.core.identity import id_of
from guanxi.core.viewer import Viewer
from guanxi.people import queries as people
from guanxi.trials import holdout
from guanxi.trials import services as trials

#: Makes or empties the table of those whom `judge_many` is asked about.
CANDIDATES = """
CREATE TEMPORARY TABLE IF NOT EXISTS gate_candidate (root_id uuid) ON COMMIT DELETE ROWS;
TRUNCATE gate_candidate
"""


def ask(
    viewer: Viewer,
    customer_id: UUID,
    *,
    purpose: str,
    channel: str = "",
    needs: int = Strength.INFORMED,
    kind: str = Verdict.Kind.CONTACT,
    about: str = "",
    asked_for: bool = False,
) -> Verdict:
    """May we contact this customer, or read their data, for this purpose?

    Args:
        channel: The way of the contact; empty for a reading.
        needs: The strength that the act needs, 0 for a notice that law or contract demands.
        about: What the contact is about, as the person will read it.
        asked_for: Whether the customer asked for it.

    Raises:
        NotFound: There is no such customer, or the viewer may not see them.
    """
    root_id, record_ids = people.whole_rows_for(viewer, customer_id)
    wish = Wish(purpose, channel, needs, asked_for)
    # No savepoint: nothing in here fails and is caught.
    with transaction.atomic(savepoint=False):
        judgement = _judge(viewer, root_id, record_ids, wish, kind)
        verdict = _verdict(viewer, root_id, record_ids, wish, judgement, kind=kind, about=about)
        writing.write(verdict)
        if kind == Verdict.Kind.CONTACT and verdict.outcome != Outcome.ALLOW:
            _announce(viewer, [verdict])
    return verdict


def ask_many(
    viewer: Viewer,
    customer_ids: Sequence[UUID],
    *,
    purpose: str,
    channel: str,
    needs: int = Strength.INFORMED,
    about: str = "",
    asked_for: bool = False,
) -> dict[UUID, Verdict]:
    """May we contact these customers? As `ask`, set-wise, for a few thousand at a time.

    Returns:
        The written verdict for each of the given ids; two ids of one whole have the same one. Ids that the viewer may
        not see are left out.
    """
    with transaction.atomic():
        roots, wholes = people.wholes_for(viewer, customer_ids)
        standing = InForce(viewer.tenant, viewer.now)
        wish = Wish(purpose, channel, needs, asked_for)
        question = Question(viewer, wish, standing.policy)
        facts = gathering.of_some(question, [(root, one) for root, ids in wholes.items() for one in ids])
        alone = (
            set() if asked_for else trials.leave_alone(viewer=viewer, root_ids=list(wholes), purpose=purpose)
        )
        verdicts = {
            root_id: _verdict(
                viewer, root_id, wholes[root_id], wish, _judged(question, fact, left_alone=root_id in alone),
                kind=Verdict.Kind.CONTACT, about=about,
            )
            for root_id, fact in facts.items()
        }  # fmt: skip
        writing.write(*verdicts.values())
        _announce(viewer, [one for one in verdicts.values() if one.outcome != Outcome.ALLOW])
    return {asked: verdicts[root_id] for asked, root_id in roots.items()}


def judge_many(
    viewer: Viewer, *, purpose: str, channel: str, needs: int = Strength.INFORMED, asked_for: bool = False
) -> Mapping[tuple[str, str], int]:
    """What would the gate answer now? For planning: no verdict is written and nobody counts as left alone.

    Reads the temporary table `gate_candidate(root_id uuid)`, which the caller has filled in this transaction, each root
    once, and leaves `gate_answer(root_id uuid, outcome text, reason text, until timestamptz)` beside it, until the end
    of the transaction. Neither has a key: to keep one up for a million takes longer than to judge them.
    Candidates that are no customers of the enterprise get no row.

    Returns:
        How many there are of each outcome and reason.
    """
    wish = Wish(purpose, channel, needs, asked_for)
    question = Question(viewer, wish, InForce(viewer.tenant, viewer.now).policy)
    with transaction.atomic():
        gathering.of_candidates(question, withheld=not asked_for and purpose in holdout.WITHHELD)
        counts = Counter[tuple[str, str]]()
        gathering.answer(list(_together(question, counts)))
        gathering.answer_singly(list(_singly(question, counts)))
    return counts


#: A friend's message, forward, tag or invitation passes the same gate.
ask_between = between.ask

#: What depends on how much exactly, and when: where one of them delays, everybody is judged by their own facts.
_INDIVIDUAL = frozenset({Reason.PRESSURE, Reason.CAP, Reason.HOUSE_CAP})


def _together(
    question: Question, counts: Counter[tuple[str, str]]
) -> Iterator[tuple[int, bool, str, str, datetime | None]]:
    """The answer of each situation. It is judged with the most of load and contacts that anybody in it has: what does
    not delay the one does not delay the others."""
    for one in gathering.situations():
        found = _judged(question, one.fact, left_alone=one.left_alone)
        delays = {found.reason, *found.facts.get("also", ())} if found.outcome == Outcome.DEFER else set()
        if delays & _INDIVIDUAL:
            yield one.key, one.left_alone, "", "", None
        else:
            counts[found.outcome.value, found.reason.value] += one.many
            yield one.key, one.left_alone, found.outcome.value, found.reason.value, found.until


def _singly(
    question: Question, counts: Counter[tuple[str, str]]
) -> Iterator[tuple[UUID, str, str, datetime | None]]:
    for root_id, left_alone, fact in gathering.singles():
        found = _judged(question, fact, left_alone=left_alone)
        counts[found.outcome.value, found.reason.value] += 1
        yield root_id, found.outcome.value, found.reason.value, found.until


def _judged(question: Question, fact: Fact, *, left_alone: bool) -> Judgement:
    wish, now = question.wish, question.viewer.now
    situation = fact.situation(left_alone=left_alone)
    return judging.may_contact(wish, fact.terms(wish.channel), situation, now, question.policy)


def _judge(viewer: Viewer, root_id: UUID, record_ids: Sequence[UUID], wish: Wish, kind: str) -> Judgement:
    # All of them are on their way before the first is waited for.
    said = queries.saying(viewer.tenant, record_ids)
    if kind == Verdict.Kind.READ:
        return judging.may_read(wish, said.terms(wish.purpose), viewer.now)
    standing = InForce(viewer.tenant, viewer.now)
    going_on = GoingOn(viewer, record_ids, wish.purpose)
    left_alone = not wish.asked_for and trials.in_holdout(
        viewer=viewer, root_id=root_id, purpose=wish.purpose
    )
    situation = going_on.situation(left_alone=left_alone)
    return judging.may_contact(wish, said.terms(wish.purpose), situation, viewer.now, standing.policy)


def _verdict(
    viewer: Viewer,
    root_id: UUID,
    record_ids: Sequence[UUID],
    wish: Wish,
    judgement: Judgement,
    *,
    kind: str,
    about: str,
) -> Verdict:
    return Verdict(
        enterprise_id=viewer.tenant,
        customer_id=root_id,
        record_ids=list(record_ids),
        kind=kind,
        purpose=wish.purpose,
        channel=wish.channel,
        needs=wish.needs,
        asked_for=wish.asked_for,
        about=about,
        outcome=judgement.outcome,
        reason=judgement.reason,
        until=judgement.until,
        facts=dict(judgement.facts),
        asked_by=viewer.actor,
        asked_at=viewer.now,
    )


def _announce(viewer: Viewer, refused: Sequence[Verdict]) -> None:
    drafts = [
        events.Draft(
            "contact.refused",
            viewer.now,
            {
                "purpose": one.purpose, "channel": one.channel, "reason": str(one.reason),
                "outcome": str(one.outcome), "about": one.about,
            },
            one.customer_id,
            message_id=str(one.pk),
        )
        for one in refused
    ]  # fmt: skip
    if drafts:
        events.write(drafts, source_id=id_of(viewer.tenant, "source", "guanxi"))
