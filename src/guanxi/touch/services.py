"""What staff do with sources and with what was set aside."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import msgspec
from django.db import IntegrityError, connection, transaction
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from guanxi.core import secrets
from guanxi.core.errors import DomainError, NotFound
from guanxi.core.viewer import Viewer
from guanxi.touch import cloudevents, inbox, keys, segment
from guanxi.touch import message as messages
from guanxi.touch.message import Message, Refusal
from guanxi.touch.models import AsideState, Poison, Quarantined, Source, SourceKind

# How long a replaced key works on, so that nothing is lost while websites and tills get the new one.
FORMER_KEY_LIVES = timedelta(hours=24)
# Of each kind at a time, so that deleting a flood holds nobody up.
FORGET_PORTION = 5_000


class NameTaken(DomainError):
    """Another source has this name."""

    code = "touch.name_taken"
    summary = _("Another source has this name.")


class SourceClosed(DomainError):
    """A closed source gets no key any more."""

    code = "touch.source_closed"
    summary = _("This source is closed.")


class StillRefused(DomainError):
    """The mended message cannot be taken either."""

    code = "touch.still_refused"
    status = 422


@dataclass(frozen=True, slots=True)
class NewKey:
    """A source with its new write key; the text is shown once and kept nowhere."""

    source: Source
    text: str


def create_source(*, viewer: Viewer, name: str, kind: str = SourceKind.WEBSITE) -> NewKey:
    """A new source with its write key."""
    viewer.require("sources.manage")
    source = Source(enterprise_id=viewer.tenant, name=name.strip(), kind=kind, created_by_id=viewer.staff_id)
    try:
        with transaction.atomic():
            source.save(force_insert=True)
    except IntegrityError as error:
        raise NameTaken(field="name") from error
    return _with_new_key(source)


def rotate_key(*, viewer: Viewer, source_id: UUID) -> NewKey:
    """A new write key; the former one works for another day unless it is revoked."""
    source = _open_source(viewer, source_id)
    if source.former_secret_id:
        secrets.revoke(source.former_secret_id)
    source.former_secret_id, source.former_hint = source.secret_id, source.hint
    source.former_until = Now() + FORMER_KEY_LIVES
    return _with_new_key(source)


def revoke_former_key(*, viewer: Viewer, source_id: UUID) -> None:
    """Make the key that was replaced worthless at once."""
    viewer.require("sources.manage")
    _drop_former(_source(viewer, source_id))


def close_source(*, viewer: Viewer, source_id: UUID) -> None:
    """Take no more events from this source; what came stays."""
    source = _open_source(viewer, source_id)
    for secret_id in (source.secret_id, source.former_secret_id):
        if secret_id:
            secrets.revoke(secret_id)
    source.closed_at, source.secret_id, source.former_secret_id, source.former_until = Now(), None, None, None
    source.save()
    keys.forget()


def drop_former_keys(*, viewer: Viewer) -> int:
    """Make the replaced keys worthless whose day is over; how many."""
    due = list(Source.objects.filter(enterprise_id=viewer.tenant, former_until__lte=Now()))
    for source in due:
        _drop_former(source)
    return len(due)


def replay_quarantined(*, viewer: Viewer, row_id: UUID, mended: str) -> None:
    """Send a message on its way again as it was mended.

    Raises:
        StillRefused: It cannot be taken as it is now; the row keeps the mended text and waits on.
    """
    viewer.require("sources.manage")
    row = _waiting(Quarantined, viewer, row_id)
    try:
        message = _read_again(row, mended.encode())
    except (Refusal, UnicodeEncodeError) as error:
        raise StillRefused(str(error), field="body") from error
    _put(row, message)
    _settle(row, viewer, AsideState.REPLAYED, body=mended)


def replay_all_quarantined(*, viewer: Viewer, row_ids: Iterable[UUID]) -> tuple[int, int]:
    """Send these messages again as they are; how many went, and how many are still refused."""
    viewer.require("sources.manage")
    went = still = 0
    rows = Quarantined.objects.filter(
        enterprise_id=viewer.tenant, state=AsideState.WAITING, id__in=list(row_ids)
    )
    for row in rows.select_for_update().order_by("id"):
        try:
            _put(row, _read_again(row, row.body.encode()))
        except Refusal:
            still += 1
        else:
            _settle(row, viewer, AsideState.REPLAYED)
            went += 1
    return went, still


def replay_poison(*, viewer: Viewer, row_ids: Iterable[UUID]) -> int:
    """Give these messages to the digester again; how many."""
    viewer.require("sources.manage")
    rows = Poison.objects.filter(enterprise_id=viewer.tenant, state=AsideState.WAITING, id__in=list(row_ids))
    chosen = list(rows.select_for_update().order_by("id"))
    for row in chosen:
        try:
            message = msgspec.json.decode(row.message, type=Message)
        except msgspec.MsgspecError as error:
            raise StillRefused(str(error)) from error
        _put(row, message)
        _settle(row, viewer, AsideState.REPLAYED)
    return len(chosen)


def replay_all(*, viewer: Viewer, row_ids: Iterable[UUID]) -> tuple[int, int]:
    """Send these messages again, whichever way they were set aside; how many went, and how many are still refused."""
    chosen = list(row_ids)
    went, still = replay_all_quarantined(viewer=viewer, row_ids=chosen)
    return went + replay_poison(viewer=viewer, row_ids=chosen), still


def dismiss(*, viewer: Viewer, quarantined: Sequence[UUID] = (), poison: Sequence[UUID] = ()) -> int:
    """Leave these messages where they are for good; how many."""
    viewer.require("sources.manage")
    settled = {"state": AsideState.DISMISSED, "settled_by_id": viewer.staff_id, "settled_at": viewer.now}
    chosen = {"enterprise_id": viewer.tenant, "state": AsideState.WAITING}
    return Quarantined.objects.filter(**chosen, id__in=quarantined).update(**settled) + Poison.objects.filter(
        **chosen, id__in=poison
    ).update(**settled)


def forget_aside(*, viewer: Viewer, days: int) -> int:
    """Delete a portion of what was set aside so many days ago, with its history; how many messages went."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT touch_forget_aside(%s, %s)", [days, FORGET_PORTION])
        return int(cursor.fetchone()[0])


def _with_new_key(source: Source) -> NewKey:
    issued = secrets.issue("write-key", enterprise_id=source.enterprise_id, subject_id=source.pk)
    source.secret_id, source.hint = issued.secret_id, issued.hint
    source.save()
    source.refresh_from_db()
    keys.forget()
    return NewKey(source, issued.text)


def _drop_former(source: Source) -> None:
    if source.former_secret_id:
        secrets.revoke(source.former_secret_id)
    source.former_secret_id, source.former_hint, source.former_until = None, "", None
    source.save()
    keys.forget()


def _source(viewer: Viewer, source_id: UUID) -> Source:
    source = Source.objects.select_for_update().filter(enterprise_id=viewer.tenant, pk=source_id).first()
    if source is None:
        raise NotFound
    return source


def _open_source(viewer: Viewer, source_id: UUID) -> Source:
    viewer.require("sources.manage")
    source = _source(viewer, source_id)
    if source.closed_at:
        raise SourceClosed
    return source


def _waiting(model: type[Quarantined], viewer: Viewer, row_id: UUID) -> Quarantined:
    rows = model.objects.select_for_update().filter(enterprise_id=viewer.tenant, state=AsideState.WAITING)
    row = rows.filter(pk=row_id).first()
    if row is None:
        raise NotFound
    return row


def _read_again(row: Quarantined, body: bytes) -> Message:
    if row.call == "events":
        return cloudevents.read(body)
    kind = row.call if row.call in segment.KINDS else ""
    return segment.read(body, kind=kind, sent=row.sent, own_id=f"quarantine:{row.pk}")


def _put(row: Quarantined | Poison, message: Message) -> None:
    """Into the inbox, as heard of now, with the time that its first arrival made of the source's time."""
    happened = messages.occurred_at(message, row.received_at).isoformat()
    timed = msgspec.structs.replace(message, time=happened, sent="")
    inbox.put(
        inbox.Arrival(row.enterprise_id, row.source_id, inbox.real_now(), row.request_id, "replay"), [timed]
    )


def _settle(row: Quarantined | Poison, viewer: Viewer, state: str, body: str = "") -> None:
    row.state, row.settled_by_id, row.settled_at = state, viewer.staff_id, viewer.now
    if body and isinstance(row, Quarantined):
        row.body = body
    row.save()
