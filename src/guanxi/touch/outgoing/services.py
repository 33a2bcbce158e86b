"""Writes of the outgoing half: messages, templates and channels. The sender's own writes stand in `sending`."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext_lazy as _

from guanxi.consent import gate
from guanxi.consent.models import Verdict
from guanxi.consent.words import Channel, Outcome, Purpose, Strength
from guanxi.core import arrays, sealing
from guanxi.core.errors import DomainError, Invalid
from guanxi.core.identity import new_id
from guanxi.core.postgresql import line
from guanxi.core.postgresql.line import Statement
from guanxi.core.viewer import Viewer
from guanxi.touch import channels
from guanxi.touch.models import Account, Attempt, Outbox, Template, Version, Waiting
from guanxi.touch.outgoing import letters, markup, queries, recipients
from guanxi.touch.outgoing.words import Ending, State

#: How many customers one call of `post` asks the gate about at a time.
PORTION = 2_000


class NameTaken(DomainError):
    """Another template of this enterprise has the name."""

    code = "touch.template_name_taken"
    summary = _("Another template has this name.")


class NoText(Invalid):
    """A version without a text in any language."""

    code = "touch.no_text"
    summary = _("Write subject and text in at least one language.")


class NotPending(DomainError):
    """The message is not in the state that this needs."""

    code = "touch.not_pending"
    summary = _("The message has gone on meanwhile; look at it again.")


class BadMessage(Invalid):
    """What is to be posted contradicts itself."""

    code = "touch.bad_message"
    summary = _("Channel, purpose, strength or occasion is not one that there is.")


@dataclass(slots=True)
class Posted:
    """What became of a posting.

    Attributes:
        queued: Allowed, on their way.
        deferred: Put off by the gate; in the waiting room.
        reasons: Why somebody is not contacted, by customer.
        known: Had this message on this occasion before.
    """

    queued: int = 0
    deferred: int = 0
    reasons: dict[UUID, str] = field(default_factory=dict)
    known: int = 0

    @property
    def refused(self) -> Mapping[str, int]:
        """How many are not contacted, by reason."""
        return Counter(self.reasons.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """What is posted: the same for all customers of a call."""

    template_id: UUID
    version_id: UUID
    channel: str
    purpose: str
    needs: int
    occasion: str
    about: str
    asked_for: bool
    not_before: datetime | None

    def check(self) -> None:
        """Raises:
        BadMessage: A word is none of ours.
        """
        for name, good in (
            ("channel", self.channel in Channel.values), ("purpose", self.purpose in Purpose.values),
            ("needs", self.needs in Strength.values), ("occasion", 0 < len(self.occasion) <= 200),
            ("about", len(self.about) <= 200),
        ):  # fmt: skip
            if not good:
                raise BadMessage(field=name)


@transaction.atomic
def post(
    *,
    viewer: Viewer,
    template_id: UUID,
    customer_ids: Sequence[UUID],
    channel: str,
    purpose: str,
    needs: int,
    occasion: str,
    about: str,
    asked_for: bool = False,
    facts: Mapping[UUID, Mapping[str, str]] | None = None,
    brings: Callable[[Sequence[UUID]], Mapping[UUID, Mapping[str, str]]] | None = None,
    not_before: datetime | None = None,
) -> Posted:
    """Have a message said to customers: once each on this occasion, where the gate allows it.

    Args:
        occasion: What makes it this message and not another (`campaign:…:step`); the same one is posted once.
        about: What it is about, as the person will read it.
        facts: What the template fills in, by customer.
        brings: Gives each of those whom the gate lets be written to what the message brings them, as facts by root; who
            gets nothing is not written to.
        not_before: Not earlier than this, by the enterprise's clock.

    Raises:
        NotFound: There is no such template.
        BadMessage: A word is none of ours.
    """
    viewer.require("messages.write")
    version = queries.newest_version_for(viewer, template_id)
    posting = Posting(
        template_id=template_id, version_id=version.pk, channel=channel, purpose=purpose, needs=needs,
        occasion=occasion, about=about, asked_for=asked_for, not_before=not_before,
    )  # fmt: skip
    posting.check()
    posted = Posted()
    roots = _roots(viewer, customer_ids, posted)
    given: Mapping[UUID, Mapping[str, str]] = {
        roots[key]: value for key, value in (facts or {}).items() if key in roots
    }
    distinct = list(dict.fromkeys(roots.values()))
    for start in range(0, len(distinct), PORTION):
        allowed = _allowed(viewer, posting, distinct[start : start + PORTION], posted)
        if brings:
            given = brings(list(allowed))
            posted.reasons |= {root_id: Ending.NOTHING_LEFT for root_id in allowed if root_id not in given}
            allowed = {root_id: verdict for root_id, verdict in allowed.items() if root_id in given}
        _store(viewer, posting, allowed, given, posted)
    return posted


_ROOTS = Statement(
    "SELECT id, root_id FROM people_customer WHERE enterprise_id = $1 AND id = ANY($2::uuid[])", binary=True
)
# Held until the end, so that no merge passes between looking for what they have and giving them more.
_HOLD_STILL = Statement(
    "SELECT id FROM people_customer WHERE enterprise_id = $1 AND root_id = ANY($2::uuid[]) ORDER BY id FOR KEY SHARE"
)
_HAVE = Statement(
    """
SELECT DISTINCT c.root_id FROM people_customer c JOIN touch_message m
  ON m.enterprise_id = c.enterprise_id AND m.customer_id = c.id AND m.template_id = $2 AND m.occasion = $3
WHERE c.enterprise_id = $1 AND c.root_id = ANY($4::uuid[])
""",
    binary=True,
)
_MESSAGES = Statement("""
INSERT INTO touch_message (id, enterprise_id, customer_id, template_id, version_id, occasion, channel, purpose, needs,
                           asked_for, about, facts, not_before, posted_by, posted_at)
SELECT row.id, $1::uuid, row.customer, $2::uuid, $3::uuid, $4, $5, $6, $7::smallint, $8::boolean, $9, row.facts,
       $10::timestamptz, $11, $12::timestamptz
FROM unnest($13::uuid[], $14::uuid[], $15::bytea[]) AS row (id, customer, facts)
ON CONFLICT (enterprise_id, customer_id, template_id, occasion) DO NOTHING RETURNING id
""")
# Times to wait for are the machine's: so much later as the enterprise's clock says.
_OUTBOX = Statement("""
INSERT INTO touch_outbox (message_id, enterprise_id, customer_id, channel, purpose, verdict_id, state, due_at, attempts,
                          worker, reason, detail)
SELECT row.message, $1::uuid, row.customer, $2, $3, row.verdict, 'queued', now() + make_interval(secs => $4::float8), 0,
       '', '', ''
FROM unnest($5::uuid[], $6::uuid[], $7::uuid[]) AS row (message, customer, verdict)
""")
_WAITING = Statement("""
INSERT INTO touch_waiting AS waiting (message_id, enterprise_id, customer_id, due_at, until, reason, outcome)
SELECT row.message, $1::uuid, row.customer, now() + greatest(row.until - $2::timestamptz, interval '1 second'),
       row.until, row.reason, 'defer'
FROM unnest($3::uuid[], $4::uuid[], $5::timestamptz[], $6::text[]) AS row (message, customer, until, reason)
ON CONFLICT (message_id) DO UPDATE SET due_at = excluded.due_at, until = excluded.until, reason = excluded.reason,
  outcome = 'defer', ended_at = NULL
""")


def _roots(viewer: Viewer, customer_ids: Sequence[UUID], posted: Posted) -> dict[UUID, UUID]:
    """The root of each customer; who is not there is counted as such."""
    wanted = list(dict.fromkeys(customer_ids))
    roots = dict(line.say(_ROOTS, viewer.tenant, arrays.uuids(wanted)).rows)
    posted.reasons |= {each: Ending.NO_CUSTOMER for each in wanted if each not in roots}
    return roots


def _allowed(
    viewer: Viewer, posting: Posting, root_ids: Sequence[UUID], posted: Posted
) -> dict[UUID, Verdict]:
    """The verdicts on those who do not have it yet and can be reached, without those that refuse."""
    line.say(_HOLD_STILL, viewer.tenant, arrays.uuids(root_ids))
    rows = line.say(_HAVE, viewer.tenant, posting.template_id, posting.occasion, arrays.uuids(root_ids)).rows
    have = {row[0] for row in rows}
    posted.known += len(have)
    kind = queries.reaches_by(viewer, posting.channel)
    reached = recipients.reached(viewer, root_ids, kind)
    open_ids = []
    for root_id in root_ids:
        if root_id in have:
            continue
        if reached.get(root_id):
            open_ids.append(root_id)
        else:
            posted.reasons[root_id] = Ending.UNDELIVERABLE if root_id in reached else Ending.NO_ADDRESS
    verdicts = gate.ask_many(
        viewer, open_ids, purpose=posting.purpose, channel=posting.channel, needs=posting.needs,
        about=posting.about, asked_for=posting.asked_for,
    )  # fmt: skip
    for root_id in open_ids:
        if root_id not in verdicts:
            posted.reasons[root_id] = Ending.NO_CUSTOMER
        elif verdicts[root_id].outcome == Outcome.DENY:
            posted.reasons[root_id] = verdicts[root_id].reason
    return {root_id: verdict for root_id, verdict in verdicts.items() if verdict.outcome != Outcome.DENY}


def _store(
    viewer: Viewer,
    posting: Posting,
    verdicts: Mapping[UUID, Verdict],
    facts: Mapping[UUID, Mapping[str, str]],
    posted: Posted,
) -> None:
    if not verdicts:
        return
    ids = {root_id: new_id() for root_id in verdicts}
    keys = sealing.keys_for(viewer.tenant, [key for key in ids if facts.get(key)], create=True)
    sealed = [
        sealing.encrypt(keys[key], msgspec.json.encode(facts[key]).decode()) if facts.get(key) else None
        for key in ids
    ]
    stored = line.say(
        _MESSAGES, viewer.tenant, posting.template_id, posting.version_id, posting.occasion, posting.channel,
        posting.purpose, posting.needs, posting.asked_for, posting.about, posting.not_before, viewer.actor,
        viewer.now, arrays.uuids(ids.values()), arrays.uuids(ids), arrays.blobs(sealed),
    )  # fmt: skip
    fresh = {UUID(str(row[0])) for row in stored.rows}
    posted.known += len(ids) - len(fresh)
    new = {root_id: ids[root_id] for root_id in verdicts if ids[root_id] in fresh}
    allowed = {key: verdicts[key] for key in new if verdicts[key].outcome == Outcome.ALLOW}
    later = {key: verdicts[key] for key in new if verdicts[key].outcome == Outcome.DEFER}
    wait = (posting.not_before - viewer.now).total_seconds() if posting.not_before else 0.0
    enqueue(
        viewer, posting.channel, posting.purpose, [(new[key], key, allowed[key].pk) for key in allowed],
        seconds=max(0.0, wait),
    )  # fmt: skip
    put_off(viewer, [(new[key], key, later[key]) for key in later])
    posted.queued += len(allowed)
    posted.deferred += len(later)


def enqueue(
    viewer: Viewer,
    channel: str,
    purpose: str,
    rows: Sequence[tuple[UUID, UUID, UUID]],
    *,
    seconds: float = 0.0,
) -> None:
    """Put messages into the outbox: (message, customer, allowing verdict). The database refuses any other."""
    if rows:
        messages, customers, verdicts = zip(*rows, strict=True)
        line.say(
            _OUTBOX, viewer.tenant, channel, purpose, seconds, arrays.uuids(messages),
            arrays.uuids(customers), arrays.uuids(verdicts),
        )  # fmt: skip


def put_off(viewer: Viewer, rows: Sequence[tuple[UUID, UUID, Verdict]]) -> None:
    """Put messages into the waiting room: (message, customer, deferring verdict)."""
    if rows:
        line.say(
            _WAITING, viewer.tenant, viewer.now, arrays.uuids([row[0] for row in rows]),
            arrays.uuids([row[1] for row in rows]), arrays.moments([row[2].until for row in rows]),
            arrays.texts([row[2].reason for row in rows]),
        )  # fmt: skip


@transaction.atomic
def cancel(*, viewer: Viewer, message_id: UUID) -> None:
    """Take back a message that has not left.

    Raises:
        NotPending: It has left, or was never there.
    """
    viewer.require("messages.write")
    queries.message_for(viewer, message_id)
    ended = {"ended_at": viewer.now, "reason": Ending.CANCELLED}
    count = Outbox.objects.filter(
        enterprise_id=viewer.tenant, message_id=message_id, state=State.QUEUED
    ).update(state=State.STOPPED, detail=viewer.actor, **ended)
    count += Waiting.objects.filter(
        enterprise_id=viewer.tenant, message_id=message_id, ended_at__isnull=True
    ).update(outcome=Outcome.DENY, **ended)
    if not count:
        raise NotPending


# Farther away than any time that somebody waits for.
_REST = """
UPDATE touch_outbox AS pending SET due_at = now() + interval '100 years' FROM touch_message AS message
WHERE message.enterprise_id = pending.enterprise_id AND message.id = pending.message_id
  AND pending.enterprise_id = %(tenant)s AND pending.state = 'queued' AND starts_with(message.occasion, %(occasion)s);
UPDATE touch_waiting AS pending SET due_at = now() + interval '100 years' FROM touch_message AS message
WHERE message.enterprise_id = pending.enterprise_id AND message.id = pending.message_id
  AND pending.enterprise_id = %(tenant)s AND pending.ended_at IS NULL AND starts_with(message.occasion, %(occasion)s)
"""
_GO_ON = """
UPDATE touch_outbox AS pending SET due_at = now() FROM touch_message AS message
WHERE message.enterprise_id = pending.enterprise_id AND message.id = pending.message_id
  AND pending.enterprise_id = %(tenant)s AND pending.state = 'queued' AND starts_with(message.occasion, %(occasion)s)
  AND pending.due_at > now() + interval '50 years';
UPDATE touch_waiting AS pending SET due_at = now() FROM touch_message AS message
WHERE message.enterprise_id = pending.enterprise_id AND message.id = pending.message_id
  AND pending.enterprise_id = %(tenant)s AND pending.ended_at IS NULL AND starts_with(message.occasion, %(occasion)s)
  AND pending.due_at > now() + interval '50 years'
"""


@transaction.atomic
def hold_back(*, viewer: Viewer, occasion: str) -> None:
    """Let all that has not left rest whose occasion begins so; `go_on` ends it. Nothing else about it changes."""
    viewer.require("messages.write")
    with connection.cursor() as cursor:
        cursor.execute(_REST, {"tenant": viewer.tenant, "occasion": occasion})


@transaction.atomic
def go_on(*, viewer: Viewer, occasion: str) -> None:
    """Let go what `hold_back` holds; the gate is asked again before each of it leaves."""
    viewer.require("messages.write")
    with connection.cursor() as cursor:
        cursor.execute(_GO_ON, {"tenant": viewer.tenant, "occasion": occasion})


@transaction.atomic
def decide(*, viewer: Viewer, message_id: UUID, sent: bool, again: bool = False) -> None:
    """Say what became of a message that was handed over and not answered: it was sent, or not; then perhaps again.

    Raises:
        NotPending: It is not in doubt.
    """
    viewer.require("messages.write")
    row = Outbox.objects.select_for_update().filter(
        enterprise_id=viewer.tenant, message_id=message_id, state=State.UNKNOWN
    ).first()  # fmt: skip
    if row is None:
        raise NotPending
    state = State.SENT if sent else State.QUEUED if again else State.FAILED
    reason = "" if sent or again else Ending.NOT_SENT
    Outbox.objects.filter(pk=row.pk).update(
        state=state, reason=reason, detail=viewer.actor, ended_at=None if again else viewer.now,
        attempt_id=None if again else row.attempt_id,
    )  # fmt: skip
    Attempt.objects.create(
        enterprise_id=viewer.tenant, message_id=message_id, key=row.attempt_id or new_id(), outcome=state,
        code="staff", detail=viewer.actor, happened_at=viewer.now,
    )  # fmt: skip


@transaction.atomic
def save_template(
    *,
    viewer: Viewer,
    name: str,
    texts: Mapping[str, Mapping[str, str]],
    template_id: UUID | None = None,
) -> Template:
    """Write a template, or a new version of one; what was sent before keeps its own version.

    Raises:
        NameTaken: Another template has the name.
        NoText: No language has both subject and text.
        BadText: A text cannot be sent as it is written.
    """
    viewer.require("messages.write")
    said = {
        language: {"subject": one["subject"].strip(), "body": one["body"].strip()}
        for language, one in texts.items()
        if language in letters.LANGUAGES and one.get("subject", "").strip() and one.get("body", "").strip()
    }
    if not said:
        raise NoText(field="body")
    for one in said.values():
        markup.ready(one["subject"], one["body"])
    template = _named(viewer, name.strip(), template_id)
    newest = queries.newest_of(viewer, template.pk)
    if newest is None or newest.texts != said:
        Version.objects.create(
            enterprise_id=viewer.tenant, template=template, number=newest.number + 1 if newest else 1,
            texts=said, made_by=viewer.actor, made_at=viewer.now,
        )  # fmt: skip
    return template


def _named(viewer: Viewer, name: str, template_id: UUID | None) -> Template:
    if not name:
        raise NoText(field="name")
    try:
        with transaction.atomic():
            if template_id is None:
                return Template.objects.create(
                    enterprise_id=viewer.tenant, name=name, created_by_id=viewer.staff_id
                )
            template = queries.template_for(viewer, template_id)
            Template.objects.select_for_update().get(pk=template.pk)
            if template.name != name:
                template.name = name
                template.save(update_fields=["name"])
            return template
    except IntegrityError as error:
        raise NameTaken(field="name") from error


@transaction.atomic
def retire_template(*, viewer: Viewer, template_id: UUID) -> bool:
    """Offer a template no more; whether it was offered."""
    viewer.require("messages.write")
    rows = Template.objects.filter(enterprise_id=viewer.tenant, pk=template_id, retired_at__isnull=True)
    return bool(rows.update(retired_at=viewer.now))


@transaction.atomic
def set_up(
    *, viewer: Viewer, channel: str, adapter: str, settings: Mapping[str, Any], per_minute: int
) -> Account:
    """Say how a channel reaches people. Secrets that are left empty stay what they were.

    Raises:
        UnknownAdapter: There is no such way, or it cannot carry this channel.
    """
    viewer.require("channels.manage")
    way = channels.adapter_of(adapter)
    if channel not in way.channels:
        raise channels.UnknownAdapter(field="channel")
    account = Account.objects.filter(enterprise_id=viewer.tenant, channel=channel).first()
    former = queries.settings_of(viewer, account) if account and account.adapter == adapter else {}
    kept = {name: former.get(name, "") for name in getattr(way.form, "SECRETS", ()) if not settings.get(name)}
    account = account or Account(id=new_id(), enterprise_id=viewer.tenant, channel=channel)
    account.adapter, account.per_minute = adapter, per_minute
    key = sealing.keys_for(viewer.tenant, [account.pk], create=True)[account.pk]
    account.settings = sealing.encrypt(key, msgspec.json.encode({**settings, **kept}).decode())
    account.save()
    return account


@transaction.atomic
def pause(*, viewer: Viewer, channel: str) -> bool:
    """Send nothing more by a channel until it is resumed; whether it was running."""
    viewer.require("channels.manage")
    rows = Account.objects.filter(enterprise_id=viewer.tenant, channel=channel, paused_at__isnull=True)
    return bool(rows.update(paused_at=viewer.now))


@transaction.atomic
def resume(*, viewer: Viewer, channel: str) -> bool:
    """Send by a channel again; whether it was paused. What is due goes at once."""
    viewer.require("channels.manage")
    rows = Account.objects.filter(enterprise_id=viewer.tenant, channel=channel, paused_at__isnull=False)
    return bool(rows.update(paused_at=None))
