"""Merging and undoing, and what becomes of doubtful pairs.

Nothing is re-pointed: a merge changes the root of a few records and writes one event (TRAPS §3). Old ids
resolve because
their rows stay; undoing puts exactly those records back that the merge had moved.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from guanxi.core import events, live
from guanxi.core.errors import DomainError, NotFound
from guanxi.core.identity import new_id
from guanxi.core.viewer import Viewer
from guanxi.people import queries
from guanxi.people.models import Customer, Merge, Pair, PairState, Profile


class SameCustomer(DomainError):
    """Both ids belong to one whole already."""

    code = "people.same_customer"
    summary = _("These are one customer already.")


class AlreadyUndone(DomainError):
    """The merge was undone before."""

    code = "people.already_undone"
    summary = _("This merge was undone already.")


class AlreadyDecided(DomainError):
    """Somebody else decided about the pair meanwhile."""

    code = "people.already_decided"
    summary = _("Somebody has decided about this pair already.")


@dataclass(frozen=True, slots=True)
class Suspicion:
    """Two records that may be one, with a score between 0 and 1 and reasons (fields, levels and weights, no values)."""

    one: UUID
    other: UUID
    score: float
    method: str
    reasons: Sequence[dict[str, Any]] = ()


@transaction.atomic
def merge(*, viewer: Viewer, kept_id: UUID, absorbed_id: UUID, reason: str = "") -> Merge:
    """Make two customers one whole whose face is the kept one.

    Raises:
        SameCustomer: They are one already.
        NotFound: The viewer may not see one of them.
    """
    viewer.require("customers.merge")
    kept, _kept_records = queries.whole_rows_for(viewer, kept_id)
    absorbed, _absorbed_records = queries.whole_rows_for(viewer, absorbed_id)
    return join(viewer, kept, absorbed, reason=reason)


def join(viewer: Viewer, kept: UUID, absorbed: UUID, *, reason: str) -> Merge:
    """Merge two roots; the caller has asked whether this viewer or rule may."""
    # In one order for everybody, so that two merges that meet wait for each other.
    locked = dict(
        Customer.objects.select_for_update()
        .filter(pk__in=[kept, absorbed])
        .order_by("pk")
        .values_list("pk", "root_id")
    )
    if kept == absorbed or locked.get(kept) != kept or locked.get(absorbed) != absorbed:
        raise SameCustomer
    moved = list(
        Customer.objects.filter(enterprise_id=viewer.tenant, root_id=absorbed).values_list("pk", flat=True)
    )
    _set_root(viewer, moved, former=absorbed, root=kept)
    made = Merge.objects.create(
        id=new_id(),
        enterprise_id=viewer.tenant,
        kept_id=kept,
        absorbed_id=absorbed,
        record_ids=moved,
        reason=reason[:500],
        merged_at=viewer.now,
        merged_by=viewer.actor,
    )
    events.emit(
        "customer.merged",
        customer_id=kept,
        payload={
            "merge": str(made.pk),
            "absorbed": str(absorbed),
            "records": len(moved),
            "reason": reason[:500],
        },
    )
    live.notify([live.topic("customer", absorbed, viewer)])
    return made


@transaction.atomic
def undo(*, viewer: Viewer, merge_id: UUID) -> Merge:
    """Take a merge back: the records that it moved are a whole of their own again, with their whole history.

    Raises:
        AlreadyUndone: It was taken back before.
        NotFound: There is none.
    """
    viewer.require("customers.merge")
    made = queries.merge_for(viewer, merge_id)
    count = Merge.objects.filter(pk=made.pk, undone_at=None).update(
        undone_at=viewer.now, undone_by=viewer.actor
    )
    if not count:
        raise AlreadyUndone
    now_root = Customer.objects.filter(pk=made.kept_id).values_list("root_id", flat=True).get()
    _set_root(viewer, made.record_ids, former=now_root, root=made.absorbed_id)
    events.emit(
        "customer.merge_undone",
        customer_id=made.kept_id,
        payload={"merge": str(made.pk), "restored": str(made.absorbed_id), "records": len(made.record_ids)},
    )
    live.notify([live.topic("customer", made.absorbed_id, viewer)])
    Pair.objects.filter(merge_id=made.pk).update(
        state=PairState.OPEN, merge=None, decided_at=None, decided_by=""
    )
    made.refresh_from_db()
    return made


def _set_root(viewer: Viewer, record_ids: Sequence[UUID], *, former: UUID, root: UUID) -> None:
    """Move records that are still part of the former whole; what was split off meanwhile stays where it is."""
    Customer.objects.filter(enterprise_id=viewer.tenant, pk__in=record_ids, root_id=former).update(
        root_id=root
    )
    Profile.objects.filter(enterprise_id=viewer.tenant, customer_id__in=record_ids).exclude(
        root_id=root
    ).update(root_id=root)


_PROPOSE = """
INSERT INTO people_pair (id, enterprise_id, left_id, right_id, score, method, reasons, state, found_at, decided_by)
SELECT id, %s, left_id, right_id, score, method, reasons::jsonb, 'open', %s, ''
  FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::float8[], %s::text[], %s::text[])
    AS found (id, left_id, right_id, score, method, reasons)
ON CONFLICT (enterprise_id, left_id, right_id) DO UPDATE
  SET score = excluded.score, method = excluded.method, reasons = excluded.reasons
  WHERE people_pair.state = 'open'
"""


def propose(*, viewer: Viewer, suspicions: Iterable[Suspicion]) -> int:
    """Put doubtful pairs before a steward. One that was decided stays decided."""
    unique = {tuple(sorted((one.one, one.other))): one for one in suspicions if one.one != one.other}
    if not unique:
        return 0
    rows = [
        (new_id(), left, right, one.score, one.method, _json(one.reasons))
        for (left, right), one in sorted(unique.items())
    ]
    with connection.cursor() as cursor:
        cursor.execute(_PROPOSE, [viewer.tenant, viewer.now, *map(list, zip(*rows, strict=True))])
        return int(cursor.rowcount)


@transaction.atomic
def accept(*, viewer: Viewer, pair_id: UUID, kept_id: UUID | None = None, reason: str = "") -> Merge:
    """Agree that a pair is one customer: merge it, the older record (or the one named) is kept.

    Raises:
        AlreadyDecided: Somebody was quicker.
    """
    viewer.require("customers.merge")
    pair = queries.pair_for(viewer, pair_id)
    if not Pair.objects.filter(pk=pair.pk, state=PairState.OPEN).update(
        state=PairState.ACCEPTED, decided_at=viewer.now, decided_by=viewer.actor
    ):
        raise AlreadyDecided
    left, right = _kept_first(pair, kept_id)
    made = merge(viewer=viewer, kept_id=left, absorbed_id=right, reason=reason or "pair")
    Pair.objects.filter(pk=pair.pk).update(merge_id=made.pk)
    return made


def _kept_first(pair: Pair, kept_id: UUID | None) -> tuple[UUID, UUID]:
    if kept_id is None:
        older = Customer.objects.filter(pk__in=[pair.left_id, pair.right_id]).order_by(
            "-identified", "created_at", "pk"
        )
        kept_id = older.values_list("pk", flat=True)[0]
    return (pair.left_id, pair.right_id) if kept_id == pair.left_id else (pair.right_id, pair.left_id)


@transaction.atomic
def reject(*, viewer: Viewer, pair_id: UUID) -> None:
    """Say that two customers are not one; the pair does not come back.

    Raises:
        AlreadyDecided: Somebody was quicker.
    """
    viewer.require("customers.merge")
    pair = queries.pair_for(viewer, pair_id)
    if not Pair.objects.filter(pk=pair.pk, state=PairState.OPEN).update(
        state=PairState.REJECTED, decided_at=viewer.now, decided_by=viewer.actor
    ):
        raise AlreadyDecided


@transaction.atomic
def reopen(*, viewer: Viewer, pair_id: UUID) -> None:
    """Take a decision back: a merge is undone, a refusal forgotten.

    Raises:
        NotFound: There is no such pair, or nothing was decided.
    """
    viewer.require("customers.merge")
    pair = queries.pair_for(viewer, pair_id)
    if pair.state == PairState.ACCEPTED and pair.merge_id:
        undo(viewer=viewer, merge_id=pair.merge_id)
    elif (
        not Pair.objects.filter(pk=pair.pk)
        .exclude(state=PairState.OPEN)
        .update(state=PairState.OPEN, decided_at=None, decided_by="", merge=None)
    ):
        raise NotFound(field="pair")


@transaction.atomic
def accept_above(*, viewer: Viewer, score: float, most: int = 500) -> list[Merge]:
    """Agree to every open pair at or above a score, the surest first; what is one already by an earlier pair is
    passed by."""
    viewer.require("customers.merge")
    made = []
    for pair_id in (
        queries.pairs_for(viewer, least=score).order_by("-score", "-id").values_list("pk", flat=True)[:most]
    ):
        try:
            with transaction.atomic():
                made.append(accept(viewer=viewer, pair_id=pair_id, reason=f"score >= {score:g}"))
        except SameCustomer:
            Pair.objects.filter(pk=pair_id, state=PairState.OPEN).update(
                state=PairState.STALE, decided_at=viewer.now, decided_by=viewer.actor
            )
    return made


def forget_stale(viewer: Viewer) -> int:
    """Open pairs whose customers have become one by another way are overtaken."""
    rows = Pair.objects.filter(
        enterprise_id=viewer.tenant, state=PairState.OPEN, left__root_id=F("right__root_id")
    )
    return rows.update(state=PairState.STALE, decided_at=viewer.now, decided_by=viewer.actor)


def _json(reasons: Sequence[dict[str, Any]]) -> str:
    return json.dumps(list(reasons), ensure_ascii=False)
