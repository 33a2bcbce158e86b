"""The same ladder between individuals: what one person lets another, a circle or a community send them.

A friend's message, forward, tag or invitation is judged as a shop's campaign is (`judging.py`). Whoever asks learns
the answer and its reason, never what was permitted; the terms come from a function of the database that reads them for
the one question alone. Who may speak for a circle or a community is known by the package that keeps it: it asks first.
"""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from guanxi.consent import judging
from guanxi.consent.judging import Policy, Quiet, Situation, Terms, Wish
from guanxi.consent.models import Change, Giver, Permission, Receiver, VerdictBetween
from guanxi.consent.services import Statement, words_of
from guanxi.consent.words import Strength
from guanxi.core.errors import Invalid, NotAllowed
from guanxi.core.viewer import Viewer

#: Contact pressure is about enterprises; friends answer to what was permitted, hours and numbers.
_FRIENDS = Policy(limit=10.0)
INDIVIDUALS = (Receiver.PERSON, Receiver.CIRCLE, Receiver.COMMUNITY)


class NotBetween(Invalid):
    """Not a tie between individuals."""

    code = "consent.not_between"
    summary = _("Choose another person, a circle or a community; you cannot permit yourself something.")


def ask(
    viewer: Viewer,
    giver_id: UUID,
    *,
    receiver_kind: str,
    receiver_id: UUID,
    purpose: str,
    channel: str = "",
    needs: int = Strength.INFORMED,
    about: str = "",
) -> VerdictBetween:
    """May the viewer send this person something, for themselves or for a circle or community?

    Raises:
        NotAllowed: The viewer is no person, or asks in another person's name.
        NotBetween: They ask about themselves, or for an enterprise.
    """
    if viewer.person_id is None or (receiver_kind == Receiver.PERSON and receiver_id != viewer.person_id):
        raise NotAllowed
    if receiver_kind not in INDIVIDUALS or giver_id == viewer.person_id:
        raise NotBetween(field="receiver")
    # A person's word is never a notice of law or contract.
    wish = Wish(purpose, channel, max(needs, Strength.SITUATION))
    terms, contacted_at = _terms(giver_id, receiver_kind, receiver_id, wish, viewer.now)
    situation = Situation(contacted_at=tuple(contacted_at))
    judgement = judging.may_contact(wish, terms, situation, viewer.now, _FRIENDS)
    return VerdictBetween.objects.create(
        giver_id=giver_id,
        receiver_kind=receiver_kind,
        receiver_id=receiver_id,
        asked_by_id=viewer.person_id,
        purpose=purpose,
        channel=channel,
        needs=wish.needs,
        about=about,
        outcome=judgement.outcome,
        reason=judgement.reason,
        until=judgement.until,
        asked_at=viewer.now,
    )


def _terms(
    giver_id: UUID, receiver_kind: str, receiver_id: UUID, wish: Wish, now: datetime
) -> tuple[Terms, Sequence[datetime]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT * FROM consent_between(%s, %s, %s, %s, %s, %s)",
            [giver_id, receiver_kind, receiver_id, wish.purpose, wish.channel, now],
        )
        row = cursor.fetchone()
    if row is None:
        return Terms(), ()
    strength, limit, quiet_from, quiet_to, zone, weekly_cap, paused_until, ends_at, contacted_at = row
    terms = Terms(
        strength=strength,
        limits={} if limit is None else {wish.channel: limit},
        quiets=(Quiet(quiet_from, quiet_to, zone),) if quiet_from and quiet_to else (),
        weekly_cap=weekly_cap,
        paused_until=paused_until,
        ends_at=ends_at,
    )
    return terms, contacted_at


@transaction.atomic
def grant(*, viewer: Viewer, receiver_kind: str, receiver_id: UUID, statements: Sequence[Statement]) -> bool:
    """Write down what a person permits another person, a circle or a community; whether anything changed.

    Raises:
        NotAllowed: The viewer is no person.
        NotBetween: The receiver is the viewer, or no individual.
        BadTerms: A statement contradicts itself.
    """
    if viewer.person_id is None:
        raise NotAllowed
    if receiver_kind not in INDIVIDUALS or receiver_id == viewer.person_id:
        raise NotBetween(field="receiver")
    changed = [_keep(viewer, receiver_kind, receiver_id, statement) for statement in statements]
    return any(changed)


def withdraw(*, viewer: Viewer, receiver_kind: str, receiver_id: UUID, purpose: str = "") -> int:
    """Take back what was granted, for a purpose or for all; how many statements were lowered."""
    rows = granted_for(viewer).filter(receiver_kind=receiver_kind, receiver_id=receiver_id, strength__gt=0)
    rows = rows.filter(channel="", **({"purpose": purpose} if purpose else {}))
    statements = [Statement(purpose=row.purpose, strength=Strength.NONE) for row in rows]
    for statement in statements:
        grant(viewer=viewer, receiver_kind=receiver_kind, receiver_id=receiver_id, statements=[statement])
    return len(statements)


def _keep(viewer: Viewer, receiver_kind: str, receiver_id: UUID, statement: Statement) -> bool:
    statement.check()
    key: dict[str, Any] = {
        "enterprise_id": None, "giver_kind": Giver.PERSON, "giver_id": viewer.person_id,
        "receiver_kind": receiver_kind, "receiver_id": receiver_id, "purpose": statement.purpose,
        "channel": statement.channel,
    }  # fmt: skip
    terms = {name: value for name, value in asdict(statement).items() if name not in ("purpose", "channel")}
    former = Permission.objects.select_for_update().filter(
        enterprise__isnull=True, **{name: value for name, value in key.items() if name != "enterprise_id"}
    ).first()  # fmt: skip
    if former and all(getattr(former, name) == value for name, value in terms.items()):
        return False
    terms |= {"zone": viewer.zone, "words": words_of(statement.strength), "proof": "front door"}
    terms |= {"happened_at": viewer.now, "recorded_at": viewer.now}
    if former:
        Permission.objects.filter(pk=former.pk).update(**terms)
    else:
        Permission.objects.create(**key, **terms)
    was = former.strength if former else None
    Change.objects.create(**key, **terms, former_strength=was, changed_by=viewer.actor)
    return True


def granted_for(viewer: Viewer) -> QuerySet[Permission]:
    """What an individual permits other individuals."""
    return Permission.objects.filter(
        enterprise__isnull=True, giver_kind=Giver.PERSON, giver_id=_person(viewer)
    ).order_by("receiver_kind", "receiver_id", "purpose", "channel")


def history_for(viewer: Viewer) -> QuerySet[Change]:
    """What an individual granted to other individuals and took back, newest first."""
    found = Change.objects.filter(enterprise__isnull=True, giver_kind=Giver.PERSON, giver_id=_person(viewer))
    return found.order_by("-recorded_at", "-pk")


def answers_for(viewer: Viewer) -> QuerySet[VerdictBetween]:
    """Who wanted to send an individual something, and what the individual asked about others, newest first."""
    mine = Q(giver_id=_person(viewer)) | Q(asked_by_id=_person(viewer))
    return VerdictBetween.objects.filter(mine).order_by("-asked_at", "-pk")


def _person(viewer: Viewer) -> UUID:
    """Raises:
    NotAllowed: The viewer is no person.
    """
    if viewer.person_id is None:
        raise NotAllowed
    return viewer.person_id
