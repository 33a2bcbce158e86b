"""What a dead worker left on its way: settled from its journal; and what waits for its time."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from guanxi.consent.words import Outcome
from guanxi.core import arrays, tenancy, viewers
from guanxi.core.postgresql import line
from guanxi.core.postgresql.line import Statement
from guanxi.core.viewer import Viewer
from guanxi.touch import channels
from guanxi.touch.outgoing import journal, queries, sending, services
from guanxi.touch.outgoing.journal import Journal, Left
from guanxi.touch.outgoing.sending import Due, Result
from guanxi.touch.outgoing.words import State

# A worker gives up a batch after two minutes: what is older and not ours to settle by a journal is in doubt.
LOST_MINUTES = 15
ROOM = 500
_OF_WORKERS = """
SELECT enterprise_id, channel, worker FROM touch_outbox WHERE state = 'sending'
  AND (worker = ANY(%s) OR (began_at < now() - make_interval(mins => %s) AND NOT worker = ANY(%s)))
GROUP BY 1, 2, 3
"""
_ROWS = """
SELECT o.message_id, o.customer_id, o.attempts, o.attempt_id, c.root_id, m.template_id, m.version_id, m.occasion,
       m.purpose, m.needs, m.asked_for, m.about, NULL, o.due_at, o.verdict_id, o.attempt_id
FROM touch_outbox o JOIN touch_message m ON m.enterprise_id = o.enterprise_id AND m.id = o.message_id
  JOIN people_customer c ON c.enterprise_id = o.enterprise_id AND c.id = o.customer_id
WHERE o.enterprise_id = %s AND o.channel = %s AND o.worker = %s AND o.state = 'sending' FOR UPDATE OF o SKIP LOCKED
"""


def settle(folder: Path, own: str, buried: set[str]) -> int:
    """Settle what dead workers of this machine left, and what workers elsewhere have held too long; how many.

    Args:
        buried: The workers that were settled before. Their journals go at the second time: a killed worker's last
            commit may come through after its death.
    """
    settled = 0
    living = [own]
    for path in sorted(folder.glob("*.journal")):
        if path.stem == own:
            continue
        with journal.left_behind(path) as left:
            if left is None:
                living.append(path.stem)
                continue
            settled += _settle([left.worker], living, {left.worker: left})
            if left.worker in buried:
                path.unlink(missing_ok=True)
            buried.add(left.worker)
    return settled + _settle([], living, {})


def reclaim(enterprise_id: UUID, channel: str, own: Journal) -> int:
    """Settle what this worker claimed and could not note, or in a transaction whose end it never heard; how many.

    While nothing of this channel is on its way by this worker.
    """
    return _settle_group(enterprise_id, channel, own.worker, own.so_far)


def _settle(workers: Sequence[str], living: Sequence[str], left: Mapping[str, Left]) -> int:
    with transaction.atomic(), tenancy.role("guanxi_work"), connection.cursor() as cursor:
        cursor.execute(_OF_WORKERS, [list(workers), LOST_MINUTES, [*workers, *living]])
        groups = cursor.fetchall()
    count = 0
    for enterprise_id, channel, worker in groups:
        count += _settle_group(enterprise_id, channel, worker, partial(left.get, worker))
    return count


def _settle_group(enterprise_id: UUID, channel: str, worker: str, left: Callable[[], Left | None]) -> int:
    viewer = viewers.for_process(enterprise_id, sending.PROCESS)
    with tenancy.tenancy(viewer):
        rows = _rows(viewer, channel, worker)
        if rows:
            account = queries.account_for(viewer, channel)
            repeatable = bool(account and channels.adapter_of(account.adapter).repeatable)
            said = left()
            results = [_found(due, said, repeatable=repeatable) for due in rows]
            sending.note(enterprise_id, channel, worker, results)
    return len(rows)


def _rows(viewer: Viewer, channel: str, worker: str) -> list[Due]:
    with connection.cursor() as cursor:
        cursor.execute(_ROWS, [viewer.tenant, channel, worker])
        return [Due(*row) for row in cursor.fetchall()]


def _found(due: Due, left: Left | None, *, repeatable: bool) -> Result:
    """What became of a message whose worker died."""
    key: Any = due.key
    if left and left.whole and key in left.accepted:
        return Result(due, State.SENT, detail="settled from the journal")
    if left and left.whole and key not in left.in_doubt:
        return Result(due, State.QUEUED, tried=False)
    if repeatable:
        return Result(due, State.QUEUED, "later", detail="the worker died; sent again under the same key")
    return Result(due, State.UNKNOWN, detail="the worker died while it handed this over")


_DUE_ROOM = Statement("""
SELECT w.message_id, w.customer_id, c.root_id, m.template_id, m.version_id, m.occasion, m.purpose, m.needs,
       m.asked_for, m.about, w.due_at, m.channel
FROM touch_waiting w JOIN touch_message m ON m.enterprise_id = w.enterprise_id AND m.id = w.message_id
  JOIN people_customer c ON c.enterprise_id = w.enterprise_id AND c.id = w.customer_id
WHERE w.enterprise_id = $1 AND w.ended_at IS NULL AND w.due_at <= now()
ORDER BY w.due_at LIMIT $2::integer FOR UPDATE OF w SKIP LOCKED
""", binary=True)  # fmt: skip
_LEAVE_ROOM = Statement("DELETE FROM touch_waiting WHERE enterprise_id = $1 AND message_id = ANY($2::uuid[])")
_END = Statement("""
UPDATE touch_waiting w SET outcome = 'deny', reason = row.reason, ended_at = $2::timestamptz
FROM unnest($3::uuid[], $4::text[]) AS row (message, reason)
WHERE w.enterprise_id = $1 AND w.message_id = row.message
""")


def call_in(enterprise_id: UUID) -> int:
    """Ask the gate again about messages whose time has come: into the outbox, back to wait, or an end with its
    reason. How many were asked about."""
    viewer = viewers.for_process(enterprise_id, sending.PROCESS)
    with tenancy.tenancy(viewer):
        rows = line.say(_DUE_ROOM, viewer.tenant, ROOM).rows
        by_channel: dict[str, list[Due]] = {}
        for (
            message,
            customer,
            root,
            template,
            version,
            occasion,
            purpose,
            needs,
            asked,
            about,
            due_at,
            channel,
        ) in rows:
            due = Due(
                message,
                customer,
                0,
                None,
                root,
                template,
                version,
                occasion,
                purpose,
                needs,
                asked,
                about,
                None,
                due_at,
            )
            by_channel.setdefault(channel, []).append(due)
        for channel, group in by_channel.items():
            _call_in(viewer, channel, list({due.root_id: due for due in reversed(group)}.values()))
    return len(rows)


def _call_in(viewer: Viewer, channel: str, group: Sequence[Due]) -> None:
    verdicts = sending.judged(viewer, channel, group)
    allowed, ended = [], []
    for due in group:
        verdict = verdicts.get(due.message_id)
        if verdict is not None and verdict.outcome == Outcome.ALLOW:
            allowed.append(replace(due, verdict_id=verdict.pk))
        elif verdict is not None and verdict.outcome == Outcome.DEFER:
            services.put_off(viewer, [(due.message_id, due.customer_id, verdict)])
        else:
            ended.append((due, verdict.reason if verdict else "no_customer"))
    line.say(_LEAVE_ROOM, viewer.tenant, arrays.uuids([due.message_id for due in allowed]))
    for purpose, rows in _by_purpose(allowed).items():
        services.enqueue(viewer, channel, purpose, rows)
    if ended:
        line.say(
            _END, viewer.tenant, viewer.now, arrays.uuids([due.message_id for due, _reason in ended]),
            arrays.texts([reason for _due, reason in ended]),
        )  # fmt: skip
        sending.tell(viewer, channel, [("message.failed", due, reason) for due, reason in ended])


def _by_purpose(rows: Iterable[Due]) -> dict[str, list[tuple[UUID, UUID, UUID]]]:
    found: dict[str, list[tuple[UUID, UUID, UUID]]] = {}
    for due in rows:
        if due.verdict_id:
            found.setdefault(due.purpose, []).append((due.message_id, due.customer_id, due.verdict_id))
    return found
