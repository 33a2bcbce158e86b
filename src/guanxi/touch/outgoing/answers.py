"""What somebody answers to a message: they lower the permission it stood on, it came back, they complained.

Nobody is signed in here: the link's token, or the report's key, names one message, and only what that message stood on
is lowered. Nothing is ever raised.
"""

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal
from uuid import UUID

from django.db import transaction

from guanxi.consent import queries as consent_queries
from guanxi.consent import services as consent
from guanxi.consent.judging import Terms
from guanxi.consent.services import Statement
from guanxi.consent.words import Channel, Purpose, Strength
from guanxi.core import events, tenancy, viewers
from guanxi.core.errors import NotFound
from guanxi.core.viewer import Viewer
from guanxi.people import queries as people
from guanxi.touch.models import Attempt, Message, Outbox, Report
from guanxi.touch.outgoing import queries, recipients, reports, sending, tokens
from guanxi.touch.outgoing.reports import Told
from guanxi.touch.outgoing.words import State

PROCESS = "unsubscribing"
PAUSE = timedelta(days=30)
Choice = Literal["channel", "less", "pause", "stop"]


@dataclass(frozen=True, slots=True)
class Link:
    """What the page of a link shows: which enterprise, which purpose, which channel. Nothing about a customer."""

    token: str
    enterprise: str
    purpose: Purpose
    channel: Channel


def link_of(token: str) -> Link:
    """What a token of a message is about.

    Raises:
        NotFound: It is none of ours.
    """
    viewer, message_id = _opened(token)
    with tenancy.tenancy(viewer):
        message = _message(viewer, message_id)
        return Link(token, queries.house_of(viewer), Purpose(message.purpose), Channel(message.channel))


def lower(token: str, choice: Choice = "channel") -> Link:
    """Lower the permission on which a message stood.

    Args:
        choice: `channel`: no more for this purpose by this channel (one click); `less`: once a week at most; `pause`:
            nothing for thirty days; `stop`: nothing for this purpose by any channel.

    Raises:
        NotFound: The token is none of ours.
    """
    viewer, message_id = _opened(token)
    with tenancy.tenancy(viewer):
        message = _message(viewer, message_id)
        _lower(viewer, message, choice, proof=f"link in message {message_id}")
        _tell(viewer, message, "message.unsubscribed", choice=choice)
        return Link(token, queries.house_of(viewer), Purpose(message.purpose), Channel(message.channel))


def _opened(token: str) -> tuple[Viewer, UUID]:
    named = tokens.read(token)
    if named is None:
        raise NotFound(field="token")
    return viewers.for_process(named.enterprise_id, PROCESS), named.message_id


def _message(viewer: Viewer, message_id: UUID) -> Message:
    message = Message.objects.filter(enterprise_id=viewer.tenant, pk=message_id).first()
    if message is None:
        raise NotFound(field="message")
    return message


def _lower(viewer: Viewer, message: Message, choice: Choice, *, proof: str) -> None:
    root_id, record_ids = people.whole_rows_for(viewer, message.customer_id)
    terms = consent_queries.terms_of(viewer.tenant, record_ids, viewer.now).get(message.purpose, Terms())
    said = [_statement(viewer, message, terms, choice)]
    if choice == "channel" and terms.strength is None:
        # Where nothing was said the purpose's default holds, which a channel alone does not limit.
        said.append(_base(message.purpose, terms, strength=Strength.NONE))
    consent.note(viewer=viewer, customer_id=root_id, statements=said, proof=proof)


def _statement(viewer: Viewer, message: Message, terms: Terms, choice: Choice) -> Statement:
    if choice == "channel":
        return Statement(purpose=message.purpose, channel=message.channel, strength=Strength.NONE)
    if choice == "stop":
        return _base(message.purpose, terms, strength=Strength.NONE)
    if choice == "less":
        cap = terms.weekly_cap
        return _base(
            message.purpose, terms, weekly_cap=max(0, cap - 1) if cap is not None and cap <= 1 else 1
        )
    until = max(filter(None, [terms.paused_until, viewer.now + PAUSE]))
    return _base(message.purpose, terms, paused_until=until)


def _base(purpose: str, terms: Terms, **changes: Any) -> Statement:
    """What holds for the purpose as a whole, with changes that make it stricter."""
    quiet = terms.quiets[0] if terms.quiets else None
    given: dict[str, Any] = {
        "strength": terms.strength or Strength.NONE, "quiet_from": quiet.start if quiet else None,
        "quiet_to": quiet.end if quiet else None, "weekly_cap": terms.weekly_cap, "paused_until": terms.paused_until,
        "ends_at": terms.ends_at,
    }  # fmt: skip
    return Statement(purpose=purpose, **{**given, **changes})


def _tell(viewer: Viewer, message: Message, type_: str, **more: str) -> None:
    payload = {
        "occasion": message.occasion, "template": str(message.template_id), "channel": message.channel,
        "about": message.about, "message_id": str(message.pk), **more,
    }  # fmt: skip
    events.emit(type_, customer_id=message.customer_id, payload=payload)


@transaction.atomic
def take_report(*, viewer: Viewer, raw: bytes) -> Told | None:
    """Read a mail that came back; what it said of one of our messages, None where nothing or nothing new.

    A bounce for good marks the address; a complaint lowers the permission and is told.
    """
    told = reports.read(raw)
    if told is None:
        return None
    attempt = Attempt.objects.filter(enterprise_id=viewer.tenant, key=told.key).first()
    digest = hashlib.sha256(raw).digest()
    if attempt is None or Report.objects.filter(enterprise_id=viewer.tenant, digest=digest).exists():
        return None
    Report.objects.create(
        enterprise_id=viewer.tenant, digest=digest, kind=told.kind, message_id=attempt.message_id, code=told.code[:40],
        detail=told.detail[:300], read_at=viewer.now,
    )  # fmt: skip
    message = _message(viewer, attempt.message_id)
    if told.kind == "bounced":
        _bounced(viewer, message, told)
    elif told.kind == "complained":
        _settle(viewer, message, State.COMPLAINED, told)
        _lower(viewer, message, "channel", proof=f"complaint about message {message.pk}")
        _tell(viewer, message, "message.complained", detail=told.detail)
    elif told.kind == "delivered":
        _tell(viewer, message, "message.delivered")
    return told


def _bounced(viewer: Viewer, message: Message, told: Told) -> None:
    _settle(viewer, message, State.BOUNCED, told)
    kind = queries.reaches_by(viewer, message.channel)
    root_id, _records = people.whole_rows_for(viewer, message.customer_id)
    person = recipients.recipients(viewer, [root_id], kind).get(root_id)
    for address in {told.recipient, "" if told.recipient or not person else person.address} - {""}:
        if told.hard:
            sending.mark_dead(viewer, message.customer_id, kind, address, code=told.code, detail=told.detail)
    _tell(viewer, message, "message.bounced", detail=f"{told.code} {told.detail}".strip())


def _settle(viewer: Viewer, message: Message, state: State, told: Told) -> None:
    rows = Outbox.objects.filter(
        enterprise_id=viewer.tenant, message_id=message.pk, state__in=(State.SENT, State.UNKNOWN)
    )
    rows.update(state=state, detail=f"{told.code} {told.detail}".strip()[:300])
