"""Sending: claim what is due, ask the gate again, hand it over, note what became of it.

A batch is claimed in one transaction, in which the gate is asked again and what it allows is marked as being sent under
the verdict of this moment. Then it is handed over, with the journal open. Then one transaction notes what became of it.
Nobody else can hold the same customer meanwhile, so that two workers cannot together go beyond a weekly number.
"""

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

import msgspec

from guanxi.consent import gate
from guanxi.consent import services as consent
from guanxi.consent.models import Verdict
from guanxi.consent.words import Outcome, Strength
from guanxi.core import arrays, events, rate, sealing, tenancy, viewers
from guanxi.core.events import Draft
from guanxi.core.identity import id_of, new_id
from guanxi.core.postgresql import line
from guanxi.core.postgresql.line import Statement
from guanxi.core.viewer import Viewer
from guanxi.touch import channels
from guanxi.touch.channels import Adapter, Parcel
from guanxi.touch.models import Account, Version
from guanxi.touch.outgoing import breaker, letters, queries, recipients, services, tokens
from guanxi.touch.outgoing.recipients import Recipient
from guanxi.touch.outgoing.words import Ending, State

BATCH = 500
PROCESS = "sender"


@dataclass(slots=True)
class Due:
    """A row of the outbox that is being worked on."""

    message_id: UUID
    customer_id: UUID
    attempts: int
    attempt_id: UUID | None
    root_id: UUID
    template_id: UUID
    version_id: UUID
    occasion: str
    purpose: str
    needs: int
    asked_for: bool
    about: str
    facts: bytes | None
    due_at: datetime
    verdict_id: UUID | None = None
    key: UUID | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a message that was to be handed over."""

    due: Due
    state: State
    reason: str = ""
    code: str = ""
    detail: str = ""
    seconds: float = 0.0
    dead: bool = False
    tried: bool = True


@dataclass(slots=True)
class Batch:
    """What one transaction has claimed.

    Attributes:
        parcels: What is to be handed over, each with its row.
        claimed: How many rows were looked at; 0 says that nothing is due.
    """

    account: Account
    adapter: Adapter
    settings: Mapping[str, Any]
    parcels: list[tuple[Due, Parcel]] = field(default_factory=list)
    claimed: int = 0


_CLAIM = Statement("""
WITH due AS MATERIALIZED (
  SELECT message_id, customer_id, attempts, attempt_id, due_at FROM touch_outbox
  WHERE enterprise_id = $1 AND channel = $2 AND state = 'queued' AND due_at <= now()
  ORDER BY due_at LIMIT $3::integer FOR UPDATE SKIP LOCKED
)
SELECT d.message_id, d.customer_id, d.attempts, d.attempt_id, c.root_id, m.template_id, m.version_id, m.occasion,
       m.purpose, m.needs, m.asked_for, m.about, m.facts, d.due_at
FROM due d JOIN touch_message m ON m.enterprise_id = $1 AND m.id = d.message_id
  JOIN people_customer c ON c.enterprise_id = $1 AND c.id = d.customer_id
WHERE pg_try_advisory_xact_lock(hashtextextended(c.root_id::text, 41))
""", binary=True)  # fmt: skip
# Asked after the locks are held: what another worker committed before is seen.
_IN_HAND = Statement("""
SELECT k.root_id FROM touch_outbox s
  JOIN people_customer k ON k.enterprise_id = s.enterprise_id AND k.id = s.customer_id
WHERE s.enterprise_id = $1 AND s.state = 'sending' AND k.root_id = ANY($2::uuid[])
""", binary=True)  # fmt: skip
_BEGIN = Statement("""
UPDATE touch_outbox o SET state = 'sending', verdict_id = row.verdict, attempt_id = row.key, attempts = o.attempts + 1,
  worker = $2, began_at = now(), reason = '', detail = ''
FROM unnest($3::uuid[], $4::uuid[], $5::uuid[]) AS row (message, verdict, key)
WHERE o.message_id = row.message AND o.enterprise_id = $1
""")
_STOP = Statement("""
UPDATE touch_outbox o SET state = row.state, reason = row.reason, ended_at = $2::timestamptz
FROM unnest($3::uuid[], $4::text[], $5::text[]) AS row (message, state, reason)
WHERE o.message_id = row.message AND o.enterprise_id = $1
""")
_TAKE_OUT = Statement("DELETE FROM touch_outbox WHERE enterprise_id = $1 AND message_id = ANY($2::uuid[])")


def claim(enterprise_id: UUID, channel: str, worker: str, *, limit: int = BATCH) -> Batch | None:
    """Claim what is due by a channel, as far as the gate still allows it; None where the channel may not send now."""
    viewer = viewers.for_process(enterprise_id, PROCESS)
    with tenancy.tenancy(viewer):
        account = queries.account_for(viewer, channel)
        if account is None or account.paused_at:
            return None
        batch = Batch(account, channels.adapter_of(account.adapter), queries.settings_of(viewer, account))
        if limit > 1:
            bucket = f"touch.account:{account.pk}"
            limit = rate.take_some(bucket, per_minute=account.per_minute, wanted=limit)
        rows = _due(viewer, channel, limit) if limit else []
        batch.claimed = len(rows)
        if rows:
            _clear(viewer, batch, rows, worker)
        return batch


def _due(viewer: Viewer, channel: str, limit: int) -> list[Due]:
    found = [Due(*row) for row in line.say(_CLAIM, viewer.tenant, channel, limit).rows]
    if not found:
        return []
    busy = {
        row[0] for row in line.say(_IN_HAND, viewer.tenant, arrays.uuids({d.root_id for d in found})).rows
    }
    first: dict[UUID, Due] = {}
    for due in sorted(found, key=lambda due: (due.due_at, due.message_id)):
        if due.root_id not in busy:
            # One message to a customer at a time: the next is judged when this one counts.
            first.setdefault(due.root_id, due)
    return list(first.values())


def _clear(viewer: Viewer, batch: Batch, rows: Sequence[Due], worker: str) -> None:
    """Ask the gate again, write what it allows, put off or stop the rest."""
    verdicts = judged(viewer, batch.account.channel, rows)
    people = recipients.recipients(
        viewer, [due.root_id for due in rows], batch.adapter.reaches.get(batch.account.channel, "")
    )
    ending: list[tuple[UUID, str, str]] = []
    later: list[tuple[UUID, UUID, Verdict]] = []
    ready: list[Due] = []
    for due in rows:
        verdict, person = verdicts.get(due.message_id), people.get(due.root_id)
        if verdict is None or person is None:
            ending.append((due.message_id, State.STOPPED, Ending.NO_CUSTOMER))
        elif verdict.outcome == Outcome.DEFER:
            later.append((due.message_id, due.customer_id, verdict))
        elif verdict.outcome != Outcome.ALLOW:
            ending.append((due.message_id, State.STOPPED, verdict.reason))
        elif batch.adapter.reaches.get(batch.account.channel) and not person.address:
            why = Ending.UNDELIVERABLE if person.undeliverable else Ending.NO_ADDRESS
            ending.append((due.message_id, State.FAILED, why))
        else:
            due.verdict_id = verdict.pk
            # A provider that knows the key is given the same one as before.
            due.key = due.attempt_id if batch.adapter.repeatable and due.attempt_id else new_id()
            ready.append(due)
    for due, parcel in _written(viewer, batch, ready, people):
        if parcel is None:
            ending.append((due.message_id, State.FAILED, Ending.ERASED))
        else:
            batch.parcels.append((due, parcel))
    _stop(viewer, batch.account.channel, ending, rows)
    if later:
        line.say(_TAKE_OUT, viewer.tenant, arrays.uuids([row[0] for row in later]))
        services.put_off(viewer, later)
    if batch.parcels:
        line.say(
            _BEGIN, viewer.tenant, worker, arrays.uuids([due.message_id for due, _parcel in batch.parcels]),
            arrays.uuids([due.verdict_id for due, _parcel in batch.parcels]),
            arrays.uuids([due.key for due, _parcel in batch.parcels]),
        )  # fmt: skip


def judged(viewer: Viewer, channel: str, rows: Sequence[Due]) -> dict[UUID, Verdict]:
    """What the gate says now, by message; those that ask alike are asked about together."""
    alike: dict[tuple[str, int, bool, str], list[Due]] = {}
    for due in rows:
        alike.setdefault((due.purpose, due.needs, due.asked_for, due.about), []).append(due)
    found: dict[UUID, Verdict] = {}
    for (purpose, needs, asked_for, about), group in alike.items():
        verdicts = gate.ask_many(
            viewer, [due.root_id for due in group], purpose=purpose, channel=channel, needs=needs, about=about,
            asked_for=asked_for,
        )  # fmt: skip
        found |= {due.message_id: verdicts[due.root_id] for due in group if due.root_id in verdicts}
    return found


def _stop(viewer: Viewer, channel: str, ending: Sequence[tuple[UUID, str, str]], rows: Sequence[Due]) -> None:
    if not ending:
        return
    line.say(
        _STOP, viewer.tenant, viewer.now, arrays.uuids([row[0] for row in ending]),
        arrays.texts([row[1] for row in ending]), arrays.texts([row[2] for row in ending]),
    )  # fmt: skip
    by_id = {due.message_id: due for due in rows}
    tell(
        viewer,
        channel,
        [("message.failed", by_id[message_id], reason) for message_id, _state, reason in ending],
    )


@lru_cache(maxsize=512)
def _texts(enterprise_id: UUID, version_id: UUID) -> Mapping[str, Mapping[str, str]]:
    """What a version says; it never changes."""
    texts: Mapping[str, Mapping[str, str]] = Version.objects.values_list("texts", flat=True).get(
        enterprise_id=enterprise_id, pk=version_id
    )
    return texts


def _written(
    viewer: Viewer, batch: Batch, rows: Sequence[Due], people: Mapping[UUID, Recipient]
) -> Iterable[tuple[Due, Parcel | None]]:
    """Each message as its customer reads it; None where what it says of them was erased."""
    enterprise = queries.house_of(viewer)
    given = sealing.reveal(
        viewer,
        [(due.customer_id, bytes(due.facts) if due.facts else None) for due in rows],
        fields=("message",),
    )
    for due, facts in zip(rows, given, strict=True):
        if due.facts and facts is None:
            yield due, None
            continue
        person = people[due.root_id]
        own = msgspec.json.decode(facts) if facts else {}
        address = letters.leave_address(tokens.token_of(viewer.tenant, due.message_id))
        notice = due.needs == Strength.NONE
        yield due, Parcel(
            key=due.key or new_id(), enterprise_id=viewer.tenant, message_id=due.message_id,
            customer_id=due.customer_id, enterprise=enterprise, to=person.address,
            text=letters.text_of(
                _texts(viewer.tenant, due.version_id), {**own, "name": person.name, "enterprise": enterprise},
                language=person.language or viewer.language, version_id=due.version_id, leave=address, notice=notice,
            ),
            leave=address, one_click="" if notice else address,
        )  # fmt: skip


_NOTE = Statement("""
UPDATE touch_outbox o SET state = row.state, reason = row.reason, detail = row.detail,
  ended_at = CASE WHEN row.state = 'queued' THEN NULL ELSE $2::timestamptz END,
  due_at = CASE WHEN row.state = 'queued' THEN now() + make_interval(secs => row.wait::float8) ELSE o.due_at END,
  attempts = o.attempts - CASE WHEN row.tried THEN 0 ELSE 1 END,
  worker = '', attempt_id = CASE WHEN row.tried THEN o.attempt_id END
FROM unnest($3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::text[], $9::boolean[])
  AS row (message, key, state, reason, detail, wait, tried)
WHERE o.message_id = row.message AND o.enterprise_id = $1 AND o.attempt_id = row.key
  AND o.state IN ('sending', 'unknown')
RETURNING o.message_id, o.verdict_id
""")
_ATTEMPTS = Statement("""
INSERT INTO touch_attempt (id, enterprise_id, message_id, key, outcome, code, detail, worker, happened_at)
SELECT row.id, $1::uuid, row.message, row.key, row.outcome, row.code, row.detail, $2, $3::timestamptz
FROM unnest($4::uuid[], $5::uuid[], $6::uuid[], $7::text[], $8::text[], $9::text[])
  AS row (id, message, key, outcome, code, detail)
""")


def note(
    enterprise_id: UUID, channel: str, worker: str, results: Sequence[Result], *, down: str = ""
) -> None:
    """Write down what became of messages: state, attempt, contact, event, health of the channel."""
    viewer = viewers.for_process(enterprise_id, PROCESS)
    with tenancy.tenancy(viewer):
        rows = line.say(
            _NOTE, viewer.tenant, viewer.now, arrays.uuids([one.due.message_id for one in results]),
            arrays.uuids([one.due.key for one in results]), arrays.texts([one.state for one in results]),
            arrays.texts([one.reason for one in results]), arrays.texts([one.detail[:300] for one in results]),
            arrays.texts([str(one.seconds) for one in results]), arrays.booleans([one.tried for one in results]),
        ).rows  # fmt: skip
        verdicts = {UUID(str(message)): UUID(str(verdict)) for message, verdict in rows}
        noted = [one for one in results if one.due.message_id in verdicts]
        _attempts(viewer, worker, [one for one in noted if one.tried])
        # What is in doubt may have reached them: it counts, so that a permission is not overdrawn.
        left = [one for one in noted if one.state in (State.SENT, State.UNKNOWN)]
        allowing = Verdict.objects.filter(pk__among=[verdicts[one.due.message_id] for one in left])
        consent.record_contacts(viewer=viewer, verdicts=list(allowing))
        tell(viewer, channel, [_event(one) for one in noted if one.state != State.QUEUED])
        _mark(viewer, channel, [one for one in noted if one.dead])
        sent = sum(one.state == State.SENT for one in noted)
        trouble = next((one for one in reversed(noted) if one.tried and one.state != State.SENT), None)
        health(viewer, channel, sent=sent, down=down, error=trouble.detail if trouble else "")


def _event(one: Result) -> tuple[str, Due, str]:
    type_ = {State.SENT: "message.sent", State.UNKNOWN: "message.in_doubt"}.get(one.state, "message.failed")
    return type_, one.due, one.reason


def tell(viewer: Viewer, channel: str, told: Sequence[tuple[str, Due, str]]) -> None:
    drafts = [
        Draft(
            type_, viewer.now,
            {
                "occasion": due.occasion, "template": str(due.template_id), "channel": channel, "about": due.about,
                "message_id": str(due.message_id), **({"reason": reason} if reason else {}),
            },
            due.customer_id,
        )
        for type_, due, reason in told
    ]  # fmt: skip
    events.write(drafts, source_id=id_of(viewer.tenant, "source", "guanxi"))


def _attempts(viewer: Viewer, worker: str, tried: Sequence[Result]) -> None:
    if tried:
        line.say(
            _ATTEMPTS, viewer.tenant, worker, viewer.now, arrays.uuids([new_id() for _one in tried]),
            arrays.uuids([one.due.message_id for one in tried]), arrays.uuids([one.due.key for one in tried]),
            arrays.texts([one.state for one in tried]), arrays.texts([one.code[:40] for one in tried]),
            arrays.texts([one.detail[:300] for one in tried]),
        )  # fmt: skip


_DEAD = Statement("""
INSERT INTO touch_undeliverable (id, enterprise_id, customer_id, kind, digest, code, detail, marked_at)
SELECT DISTINCT ON (i.kind, i.digest) $2::uuid, i.enterprise_id, i.customer_id, i.kind, i.digest, $3, $4,
       $5::timestamptz
FROM people_customer c JOIN people_customer k ON k.enterprise_id = c.enterprise_id AND k.root_id = c.root_id
  JOIN people_identifier i ON i.enterprise_id = k.enterprise_id AND i.customer_id = k.id
WHERE c.enterprise_id = $1 AND c.id = $6 AND i.kind = $7 AND i.digest = $8::bytea
ON CONFLICT (enterprise_id, kind, digest) DO NOTHING
""")


def mark_dead(viewer: Viewer, customer_id: UUID, kind: str, address: str, *, code: str, detail: str) -> bool:
    """Note that nobody reads at an address of a customer any more; whether that is news."""
    digest = sealing.digest(viewer.tenant, f"{kind}:{address}")
    made = line.say(
        _DEAD, viewer.tenant, new_id(), code[:40], detail[:300], viewer.now, customer_id, kind, digest
    )
    return bool(made.count)


def _mark(viewer: Viewer, channel: str, dead: Sequence[Result]) -> None:
    kind = queries.reaches_by(viewer, channel)
    people = recipients.recipients(viewer, [one.due.root_id for one in dead], kind) if dead and kind else {}
    for one in dead:
        person = people.get(one.due.root_id)
        if person and person.address:
            mark_dead(viewer, one.due.customer_id, kind, person.address, code=one.code, detail=one.detail)


_HEALTH = Statement("""
INSERT INTO touch_health AS h (enterprise_id, channel, failures, open_until, error, error_at, sent_at, sent)
VALUES ($1, $2, 0, NULL, '', NULL, NULL, 0) ON CONFLICT DO NOTHING
""")
_FAILURES = Statement(
    "SELECT failures FROM touch_health WHERE enterprise_id = $1 AND channel = $2 FOR UPDATE"
)
_WELL = Statement("""
UPDATE touch_health SET failures = CASE WHEN $3::integer > 0 THEN 0 ELSE failures END,
  open_until = CASE WHEN $3::integer > 0 THEN NULL ELSE open_until END, sent = sent + $3::integer,
  sent_at = CASE WHEN $3::integer > 0 THEN now() ELSE sent_at END,
  error = CASE WHEN $4::text <> '' THEN $4 ELSE error END,
  error_at = CASE WHEN $4::text <> '' THEN now() ELSE error_at END
WHERE enterprise_id = $1 AND channel = $2
""")
_REST = Statement("""
UPDATE touch_health SET failures = failures + 1, open_until = now() + make_interval(secs => $3::float8), error = $4,
  error_at = now() WHERE enterprise_id = $1 AND channel = $2
""")


def health(viewer: Viewer, channel: str, *, sent: int, down: str, error: str = "") -> None:
    """Keep how a channel is doing; where its provider is down, leave it alone for longer each time."""
    line.say(_HEALTH, viewer.tenant, channel)
    if sent or error or not down:
        line.say(_WELL, viewer.tenant, channel, sent, error[:300])
    if down:
        rows = line.say(_FAILURES, viewer.tenant, channel).rows
        seconds = breaker.rest(int(rows[0][0]) + 1, random.random())  # spreads workers, no secret
        line.say(_REST, viewer.tenant, channel, seconds, down[:300])
