"""Rows of files become permissions: the import target `consent.permission`.

A row without proof is set aside. What is stored is never stronger than its proof carries (`words.CARRIES`), an import
never raises what the customer or the staff have set lower, and a person who speaks for themselves is left alone.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from guanxi.consent import queries
from guanxi.consent.models import Change, Giver, Permission, Receiver
from guanxi.consent.words import CARRIES, RUNGS, ProofKind, Strength
from guanxi.core import events
from guanxi.core.identity import id_of
from guanxi.core.importing.targets import Action, Outcome, Row
from guanxi.core.viewer import Viewer
from guanxi.people import queries as people

IMPORTED = "import: "
_KEPT = (
    "strength", "quiet_from", "quiet_to", "zone", "weekly_cap", "paused_until", "ends_at", "words", "proof",
    "happened_at",
)  # fmt: skip
#: What makes two statements differ; the words of a proof may be spelled otherwise.
_DIFFER = ("strength", "quiet_from", "quiet_to", "weekly_cap", "ends_at")


@dataclass(frozen=True, slots=True)
class _Wish:
    """What a row wants to state."""

    number: int
    key: str
    purpose: str
    channel: str
    terms: Mapping[str, Any]
    note: str

    @property
    def about(self) -> tuple[str, str]:
        return self.purpose, self.channel


class _Refused(Exception):
    """A row that is set aside, with its reason."""


def apply(viewer: Viewer, rows: Sequence[Row], *, run_id: UUID, dry: bool) -> list[Outcome]:
    """Bring one batch of rows in; writes nothing when `dry`."""
    outcomes: dict[int, Outcome] = {}
    wishes: list[_Wish] = []
    for row in rows:
        try:
            wishes.append(_wish(viewer, row))
        except _Refused as refused:
            outcomes[row.number] = Outcome(row.number, Action.REJECT, reason=str(refused))
    batch = _Batch(viewer, wishes)
    for wish in wishes:
        outcomes[wish.number] = batch.place(wish)
    if not dry:
        batch.write()
    return [outcomes[row.number] for row in rows]


def undo(viewer: Viewer, outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Put back what stood before; where nothing did, nothing is permitted. What was changed since stays."""
    found = {row.pk: row for row in Permission.objects.filter(pk__in=[one.target_id for one in outcomes])}
    answers, changes = [], []
    for one in outcomes:
        row = found.get(one.target_id) if one.target_id else None
        if row is None or [row.proof, row.happened_at.isoformat()] != one.before["now"]:
            answers.append(Outcome(one.number, Action.REFUSED, one.target_id, _("it was changed since")))
            continue
        former = one.before["former"] or {"strength": 0, "words": "", "proof": IMPORTED + "undone"}
        was, row.strength = row.strength, former["strength"]
        for name, value in former.items():
            setattr(row, name, _read(name, value))
        Permission.objects.filter(pk=row.pk).update(
            **{name: getattr(row, name) for name in _KEPT}, recorded_at=viewer.now
        )
        changes.append(_change(viewer, row, was))
        answers.append(Outcome(one.number, Action.UNDONE, one.target_id))
    Change.objects.bulk_create(changes)
    return answers


def _wish(viewer: Viewer, row: Row) -> _Wish:
    """Raises:
    _Refused: The row has no proof, or contradicts itself.
    """
    given = row.values
    kind, proof, said_at = given.get("proof_kind"), (given.get("proof") or "").strip(), given.get("said_at")
    if not kind or not proof or said_at is None:
        raise _Refused(_("no proof: how they permitted it (kind), where that is kept, and on which day"))
    if said_at > viewer.now:
        raise _Refused(_("the day of the proof has not come yet"))
    asked = given["strength"]
    if asked not in Strength.values:
        raise _Refused(_("a strength is 0 to 5"))
    carried = min(asked, CARRIES[kind])
    note = ""
    if carried < asked:
        note = _("{kind} carries {carried}, not {asked}").format(
            kind=ProofKind(kind).label, carried=int(carried), asked=asked
        )
    quiet_from, quiet_to = _clock(given.get("quiet_from")), _clock(given.get("quiet_to"))
    cap = given.get("weekly_cap")
    if (quiet_from is None) != (quiet_to is None) or (quiet_from and quiet_from == quiet_to):
        raise _Refused(_("quiet hours need a beginning and an end that differ"))
    if cap is not None and not 0 <= cap <= 100:
        raise _Refused(_("the weekly number is 0 to 100"))
    words = (given.get("words") or "").strip() or ": ".join(map(str, RUNGS[Strength(carried)]))
    terms = {
        "strength": int(carried), "quiet_from": quiet_from, "quiet_to": quiet_to, "zone": viewer.zone,
        "weekly_cap": cap, "paused_until": None, "ends_at": given.get("ends_at"), "words": words,
        "proof": f"{IMPORTED}{kind}: {proof}", "happened_at": said_at,
    }  # fmt: skip
    return _Wish(row.number, given["customer_key"], given["purpose"], given.get("channel") or "", terms, note)


def _clock(text: str | None) -> time | None:
    if not text:
        return None
    try:
        return time.fromisoformat(text.strip().zfill(5))
    except ValueError:
        raise _Refused(_("a time of day is written like 21:00")) from None


class _Batch:
    """What stands for the customers of a batch, and what will be written."""

    def __init__(self, viewer: Viewer, wishes: Sequence[_Wish]) -> None:
        self.viewer = viewer
        self.customers = people.keyed_for(viewer, {wish.key for wish in wishes})
        _roots, wholes = people.wholes_for(viewer, self.customers.values())
        self.wholes = {one: ids for ids in wholes.values() for one in ids}
        self.spoken, self.standing = queries.statements_of(viewer, list(self.wholes))
        self.created: list[Permission] = []
        self.changed: dict[UUID, Permission] = {}
        self.changes: list[Change] = []

    def place(self, wish: _Wish) -> Outcome:
        """Decide what becomes of a row, and remember it for the rows after it."""
        customer_id = self.customers.get(wish.key)
        if customer_id is None or customer_id not in self.wholes:
            reason = _("no customer has the key “{key}”").format(key=wish.key)
            return Outcome(wish.number, Action.REJECT, reason=reason)
        whole = self.wholes[customer_id]
        if any((one, *wish.about) in self.spoken for one in whole):
            return Outcome(
                wish.number, Action.UNCHANGED, reason=_("they decide this themselves at their own door")
            )
        others = [row for one in whole if (row := self.standing.get((one, *wish.about)))]
        if reason := _withheld(wish, others):
            return Outcome(wish.number, Action.UNCHANGED, reason=reason)
        mine = self.standing.get((customer_id, *wish.about))
        if mine is None:
            return self._create(wish, customer_id)
        if all(getattr(mine, name) == wish.terms[name] for name in _DIFFER):
            return Outcome(wish.number, Action.UNCHANGED, mine.pk, wish.note)
        return self._update(wish, mine)

    def _create(self, wish: _Wish, customer_id: UUID) -> Outcome:
        row = Permission(
            enterprise_id=self.viewer.tenant, giver_kind=Giver.CUSTOMER, giver_id=customer_id,
            receiver_kind=Receiver.ENTERPRISE, receiver_id=self.viewer.tenant, purpose=wish.purpose,
            channel=wish.channel, recorded_at=self.viewer.now, **wish.terms,
        )  # fmt: skip
        self.standing[customer_id, *wish.about] = row
        self.created.append(row)
        self.changes.append(_change(self.viewer, row, None))
        before = {"former": None, "now": [row.proof, row.happened_at.isoformat()]}
        return Outcome(wish.number, Action.CREATE, row.pk, wish.note, before)

    def _update(self, wish: _Wish, row: Permission) -> Outcome:
        former = {name: _written(getattr(row, name)) for name in _KEPT}
        was = row.strength
        for name, value in wish.terms.items():
            setattr(row, name, value)
        row.recorded_at = self.viewer.now
        if row not in self.created:
            self.changed[row.pk] = row
        self.changes.append(_change(self.viewer, row, was))
        before = {"former": former, "now": [row.proof, row.happened_at.isoformat()]}
        return Outcome(wish.number, Action.UPDATE, row.pk, wish.note, before)

    def write(self) -> None:
        """Write what was decided, its history and its events."""
        Permission.objects.bulk_create(self.created, batch_size=2_000)
        Permission.objects.bulk_update(self.changed.values(), [*_KEPT, "recorded_at"], batch_size=1_000)
        Change.objects.bulk_create(self.changes, batch_size=2_000)
        drafts = [
            events.Draft(
                "permission.changed",
                self.viewer.now,
                {"purpose": one.purpose, "channel": one.channel, "strength": int(one.strength)},
                one.giver_id,
            )
            for one in self.changes
        ]
        if drafts:
            events.write(drafts, source_id=id_of(self.viewer.tenant, "source", "guanxi"))


def _withheld(wish: _Wish, standing: Iterable[Permission]) -> str:
    """Why an import may not change what stands; empty where it may."""
    for row in standing:
        if wish.terms["happened_at"] < row.happened_at:
            return _("what stands is newer than this proof")
        if wish.terms["strength"] > row.strength and not row.proof.startswith(IMPORTED):
            return _("it was lowered since; an import does not raise it")
    return ""


def _change(viewer: Viewer, row: Permission, former: int | None) -> Change:
    terms = {name: getattr(row, name) for name in _KEPT}
    return Change(
        enterprise_id=row.enterprise_id, giver_kind=row.giver_kind, giver_id=row.giver_id,
        receiver_kind=row.receiver_kind, receiver_id=row.receiver_id, purpose=row.purpose, channel=row.channel,
        recorded_at=viewer.now, former_strength=former, changed_by=viewer.actor, **terms,
    )  # fmt: skip


def _written(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime | time) else value


def _read(name: str, value: Any) -> Any:
    if value is None or not isinstance(value, str):
        return value
    if name in ("paused_until", "ends_at", "happened_at"):
        return datetime.fromisoformat(value)
    return time.fromisoformat(value) if name in ("quiet_from", "quiet_to") else value
