"""The one gate: every outward contact and every reading of private data for a purpose asks here.

The answer is written down with its reason and the facts that were used, and shown to both sides.
"""

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction

from guanxi.consent import judging, queries
from guanxi.consent.judging import Judgement, Terms, Wish
from guanxi.consent.models import Verdict
from guanxi.consent.words import Outcome, Strength
from guanxi.core import events
from guanxi.core.viewer import Viewer
from guanxi.people import queries as people
from guanxi.trials import services as trials


@transaction.atomic
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
    judgement = _judge(viewer, root_id, record_ids, wish, kind)
    verdict = _write(viewer, root_id, record_ids, wish, judgement, kind=kind, about=about)
    if kind == Verdict.Kind.CONTACT and verdict.outcome != Outcome.ALLOW:
        events.emit(
            "contact.refused",
            customer_id=root_id,
            payload={
                "purpose": purpose, "channel": channel, "reason": verdict.reason, "outcome": verdict.outcome,
                "about": about,
            },
            key=str(verdict.pk),
        )  # fmt: skip
    return verdict


def _judge(viewer: Viewer, root_id: UUID, record_ids: Sequence[UUID], wish: Wish, kind: str) -> Judgement:
    terms = queries.terms_of(viewer.tenant, record_ids, viewer.now).get(wish.purpose, Terms())
    if kind == Verdict.Kind.READ:
        return judging.may_read(wish, terms, viewer.now)
    left_alone = not wish.asked_for and trials.in_holdout(
        viewer=viewer, root_id=root_id, purpose=wish.purpose
    )
    situation = queries.situation_of(viewer, record_ids, wish.purpose, left_alone=left_alone)
    return judging.may_contact(wish, terms, situation, viewer.now)


def _write(
    viewer: Viewer,
    root_id: UUID,
    record_ids: Sequence[UUID],
    wish: Wish,
    judgement: Judgement,
    *,
    kind: str,
    about: str,
) -> Verdict:
    return Verdict.objects.create(
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
