"""What a person says is wrong about them, a fact or a score, and what staff answer. The person reads every answer."""

from dataclasses import dataclass
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from guanxi.core import events, sealing, viewers
from guanxi.core.errors import DomainError, Invalid, NotAllowed, NotFound
from guanxi.core.tenancy import tenancy
from guanxi.core.viewer import Viewer
from guanxi.people import queries, relations
from guanxi.people.models import Dispute, DisputeState
from guanxi.people.services import Change, update

FACT, SCORE = Dispute.Kind.FACT, Dispute.Kind.SCORE
_LONGEST = 500


class OpenAlready(DomainError):
    """What is being looked at need not be said twice."""

    code = "people.disputed_already"
    summary = _("You have said so already; it waits for an answer.")


class AnswerMissing(Invalid):
    """A person who objects is owed a reason."""

    code = "people.answer_missing"
    summary = _("Answer in words: the person reads them.")


@dataclass(frozen=True, slots=True)
class Read:
    """A dispute in plain text; None for what nobody can read any more."""

    dispute: Dispute
    proposed: str | None
    words: str | None
    answer: str | None


@transaction.atomic
def contest(
    *, viewer: Viewer, enterprise_id: UUID, kind: str, field: str, proposed: str = "", words: str = ""
) -> UUID:
    """An individual says that a fact or a score about them is wrong.

    Args:
        field: The name of the fact, or the construct of the score.
        proposed: What it should be; for facts.

    Raises:
        NotFound: They have no relation to this enterprise.
        Invalid: Nothing is said, or too much.
        OpenAlready: The same is waiting for an answer.
    """
    record_ids = relations.own_records(viewer, enterprise_id)
    if viewer.person_id is None or not record_ids:
        raise NotFound(field="enterprise")
    proposed, words = proposed.strip(), words.strip()
    if (
        kind not in Dispute.Kind.values
        or not (proposed or words)
        or max(len(proposed), len(words)) > _LONGEST
    ):
        raise Invalid(_("Say what is wrong, in at most 500 characters."), field="words")
    key = sealing.keys_for(enterprise_id, record_ids[:1]).get(record_ids[0])
    if key is None:
        raise NotFound(field="enterprise")
    try:
        with transaction.atomic():
            row = Dispute.objects.create(
                enterprise_id=enterprise_id, customer_id=record_ids[0], person_id=viewer.person_id, kind=kind,
                field=field[:60], proposed=sealing.encrypt(key, proposed) if proposed else None,
                words=sealing.encrypt(key, words) if words else None, raised_at=viewer.now,
            )  # fmt: skip
    except IntegrityError as error:
        raise OpenAlready from error
    with tenancy(viewers.for_process(enterprise_id, "portal", request_id=viewer.request_id)):
        events.emit("dispute.raised", customer_id=record_ids[0], payload={"kind": kind, "field": field[:60]})
    return row.pk


@transaction.atomic
def settle(*, viewer: Viewer, dispute_id: UUID, accept: bool, answer: str) -> None:
    """Staff answer: a fact that is accepted is put right at once, with the person as its source.

    Raises:
        NotFound: There is none that waits, or the viewer may not see the customer.
        AnswerMissing: There are no words.
    """
    viewer.require("customers.write")
    if not answer.strip():
        raise AnswerMissing(field="answer")
    row = Dispute.objects.select_for_update().filter(pk=dispute_id, state=DisputeState.OPEN).first()
    if row is None:
        raise NotFound(field="dispute")
    queries.whole_rows_for(viewer, row.customer_id)
    key = sealing.keys_for(viewer.tenant, [row.customer_id], create=True)[row.customer_id]
    if accept and row.kind == Dispute.Kind.FACT and row.proposed:
        _put_right(viewer, row, sealing.decrypt(key, row.proposed))
    row.state = DisputeState.ACCEPTED if accept else DisputeState.REFUSED
    row.answer = sealing.encrypt(key, answer.strip()[:_LONGEST])
    row.answered_at, row.answered_by = viewer.now, viewer.actor
    row.save(update_fields=["state", "answer", "answered_at", "answered_by"])
    payload = {"kind": row.kind, "field": row.field, "state": row.state}
    events.emit("dispute.answered", customer_id=row.customer_id, payload=payload)


def _put_right(viewer: Viewer, row: Dispute, proposed: str) -> None:
    own = {definition.name for definition in queries.definitions_for(viewer)}
    if row.field == "name":
        update(viewer=viewer, customer_id=row.customer_id, change=Change(name=proposed), source="person")
    elif row.field in own:
        update(
            viewer=viewer,
            customer_id=row.customer_id,
            change=Change(fields={row.field: proposed}),
            source="person",
        )


def disputes_for(viewer: Viewer) -> QuerySet[Dispute]:
    """The disputes that a viewer may see: one's own at the front door, the enterprise's at the desk."""
    if viewer.kind == "self":
        return Dispute.objects.filter(person_id=viewer.person_id).select_related("enterprise")
    if not viewer.may("customers.read"):
        raise NotAllowed
    return Dispute.objects.filter(enterprise_id=viewer.tenant)


def read(viewer: Viewer, rows: list[Dispute]) -> list[Read]:
    """Disputes in plain text, in their order."""
    found = []
    for row in rows:
        sealed = [(row.customer_id, text) for text in (row.proposed, row.words, row.answer)]
        texts = sealing.reveal(viewer, sealed, fields=("dispute",), enterprise_id=row.enterprise_id)
        found.append(Read(row, *texts))
    return found


def contested_of(viewer: Viewer, enterprise_id: UUID) -> dict[str, Dispute]:
    """For each score of an individual the newest dispute about it."""
    rows = Dispute.objects.filter(
        person_id=viewer.person_id, enterprise_id=enterprise_id, kind=Dispute.Kind.SCORE
    ).order_by("raised_at", "pk")
    return {row.field: row for row in rows}
