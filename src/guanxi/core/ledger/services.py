"""Writes of the ledger: issue, spend, reserve, capture, release, refund, expire.

Each is one posting under a key of the caller's; asked again under the same key it is not done again, and gives the
first posting back. Whoever takes from an account has it alone until the commit. That nothing goes below zero, that
every posting adds up to nothing and that no more is given back than was spent, the database holds besides.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from guanxi.core.errors import DomainError, Invalid, NotFound
from guanxi.core.identity import new_id
from guanxi.core.ledger import log, lots, queries
from guanxi.core.ledger.lots import Held, Part
from guanxi.core.ledger.models import AccountKind, Act, Entry, LedgerAccount, Lot, Position, Posting
from guanxi.core.viewer import Viewer

_STEP = Decimal("0.0001")
_LARGEST = Decimal(10) ** 14


class NotEnough(DomainError):
    """The account holds less than was asked for."""

    code = "ledger.not_enough"
    summary = _("Only {held} are there, {asked} were asked for.")
    help = _("Ask for less, or wait until more is there.")


class OtherPosting(DomainError):
    """The key was used for something else."""

    code = "ledger.key_reused"
    status = 422
    summary = _("This key already stands for another posting.")
    help = _("Make a new key for each thing that is to be done, and repeat a request unchanged.")


class BadAmount(Invalid):
    """Not an amount that can be moved."""

    code = "ledger.bad_amount"
    summary = _("An amount is above zero and has at most four places.")


@transaction.atomic
def issue(
    *,
    viewer: Viewer,
    unit: str,
    holder_id: UUID,
    amount: Decimal,
    key: str,
    expires_at: datetime | None = None,
) -> Posting:
    """Give somebody a new lot."""
    posting, new = _posting(viewer, Act.ISSUE, key, unit, holder_id, _checked(amount), expires_at)
    if not new:
        return posting
    lot = Lot.objects.create(
        enterprise_id=viewer.tenant, unit=unit, posting=posting, issued_at=viewer.now, expires_at=expires_at
    )
    source = _account(viewer, unit, AccountKind.SOURCE, viewer.tenant)
    _move(
        viewer,
        posting,
        source,
        _account(viewer, unit, AccountKind.AVAILABLE, holder_id),
        [Part(lot.pk, amount)],
    )
    return posting


@dataclass(frozen=True, slots=True)
class Grant:
    """A lot for one of many holders."""

    holder_id: UUID
    amount: Decimal
    expires_at: datetime | None = None


@transaction.atomic
def issue_many(*, viewer: Viewer, unit: str, grants: Sequence[Grant], key: str) -> Posting:
    """Give many holders a new lot each, as one posting: a few statements for some dozens of them.

    At the commit a posting is added up at each of its entries: one of thousands takes long.
    """
    asked = [(str(one.holder_id), str(_checked(one.amount)), str(one.expires_at)) for one in grants]
    posting, new = _posting(viewer, Act.ISSUE, key, unit, asked)
    if not new:
        return posting
    lots_ = [
        Lot(
            enterprise_id=viewer.tenant,
            unit=unit,
            posting=posting,
            issued_at=viewer.now,
            expires_at=one.expires_at,
        )
        for one in grants
    ]
    Lot.objects.bulk_create(lots_)
    source = _account(viewer, unit, AccountKind.SOURCE, viewer.tenant)
    accounts = _accounts(viewer, unit, [one.holder_id for one in grants])
    Entry.objects.bulk_create(
        Entry(enterprise_id=viewer.tenant, posting=posting, account_id=account, lot=lot, amount=amount)
        for lot, taker, one in zip(lots_, accounts, grants, strict=True)
        for account, amount in ((source, -one.amount), (taker, one.amount))
    )
    return posting


@transaction.atomic
def spend(*, viewer: Viewer, unit: str, holder_id: UUID, amount: Decimal, key: str) -> Posting:
    """Take an amount from somebody, oldest lots first.

    Raises:
        NotEnough: Less is there; nothing was taken.
    """
    posting, new = _posting(viewer, Act.SPEND, key, unit, holder_id, _checked(amount))
    if new:
        _take(
            viewer, posting, unit, holder_id, amount, _account(viewer, unit, AccountKind.SPENT, viewer.tenant)
        )
    return posting


@transaction.atomic
def reserve(
    *, viewer: Viewer, unit: str, holder_id: UUID, amount: Decimal, key: str, until: datetime | None = None
) -> Posting:
    """Set an amount aside for something that is yet to happen; after `until` it lapses.

    Raises:
        NotEnough: Less is there; nothing was set aside.
    """
    posting, new = _posting(viewer, Act.RESERVE, key, unit, holder_id, _checked(amount), until=until)
    if new:
        aside = _account(viewer, unit, AccountKind.RESERVED, posting.pk)
        _take(viewer, posting, unit, holder_id, amount, aside)
    return posting


@transaction.atomic
def capture(*, viewer: Viewer, reservation_id: UUID, key: str, amount: Decimal | None = None) -> Posting:
    """Use what was set aside: all that is left of it, or a part.

    Raises:
        NotEnough: Less is left of the reservation.
    """
    asked = None if amount is None else _checked(amount)
    posting, new = _posting(viewer, Act.CAPTURE, key, reservation_id, asked, of=reservation_id)
    if new:
        unit, aside = _reservation(viewer, reservation_id)
        held = _locked(viewer, aside)
        parts = _enough(held, lots.total(held) if asked is None else asked)
        _move(viewer, posting, aside, _account(viewer, unit, AccountKind.SPENT, viewer.tenant), parts)
    return posting


@transaction.atomic
def release(*, viewer: Viewer, reservation_id: UUID, key: str) -> Posting:
    """Give back what is left of a reservation; nothing is left where it was used or released before."""
    posting, new = _posting(viewer, Act.RELEASE, key, reservation_id, of=reservation_id)
    if new:
        _unit, aside = _reservation(viewer, reservation_id)
        _move(viewer, posting, aside, _taken_from(viewer, reservation_id), _all(_locked(viewer, aside)))
    return posting


@transaction.atomic
def refund(*, viewer: Viewer, posting_id: UUID, key: str, amount: Decimal | None = None) -> Posting:
    """Give back what was spent or captured: all that has not been given back, or a part. The lots are the same ones.

    Raises:
        NotEnough: Less is left of it to be given back.
    """
    asked = None if amount is None else _checked(amount)
    posting, new = _posting(viewer, Act.REFUND, key, posting_id, asked, of=posting_id)
    if new:
        spent = Posting.objects.filter(
            enterprise_id=viewer.tenant, pk=posting_id, act__in=(Act.SPEND, Act.CAPTURE)
        ).first()
        if spent is None:
            raise NotFound
        _lock(posting_id)
        account, left = _spent_by(viewer, posting_id)
        parts = _enough(left, lots.total(left) if asked is None else asked)
        _move(viewer, posting, account, _taken_from(viewer, spent.of_id or spent.pk), parts)
    return posting


def expire(*, viewer: Viewer, limit: int = 1_000) -> int:
    """Book what has expired out of the accounts of holders; how many positions it was. Call it until it was none."""
    expired = list(
        Position.objects.filter(
            enterprise_id=viewer.tenant,
            amount__gt=0,
            account__kind=AccountKind.AVAILABLE,
            lot__expires_at__lte=viewer.now,
        ).values_list("account_id", "lot_id", "account__unit", "account__holder_id")[:limit]
    )
    booked = [
        (unit, holder_id)
        for account, lot_id, unit, holder_id in expired
        if _expire(viewer, account, lot_id, unit)
    ]
    log.tell_expired(viewer, booked)
    return len(booked)


def lapse(*, viewer: Viewer, limit: int = 1_000) -> int:
    """Release the reservations whose time is over; how many it was. Call it until it was none."""
    over = list(
        Posting.objects.filter(
            enterprise_id=viewer.tenant, act=Act.RESERVE, until__lte=viewer.now, pk__in=_reserved(viewer)
        ).values_list("pk", flat=True)[:limit]
    )
    for reservation_id in over:
        release(viewer=viewer, reservation_id=reservation_id, key=f"lapse:{reservation_id}")
    return len(over)


def _reserved(viewer: Viewer) -> Iterable[UUID]:
    held = Position.objects.filter(
        enterprise_id=viewer.tenant, amount__gt=0, account__kind=AccountKind.RESERVED
    )
    return held.values_list("account__holder_id", flat=True)


@transaction.atomic
def _expire(viewer: Viewer, account: UUID, lot_id: UUID, unit: str) -> int:
    # Not by lot alone: what is given back after it expired expires again.
    held = [one for one in _locked(viewer, account) if one.lot_id == lot_id]
    if not held:
        return 0
    posting, _new = _posting(viewer, Act.EXPIRE, f"expire:{new_id()}", account, lot_id)
    _move(viewer, posting, account, _account(viewer, unit, AccountKind.EXPIRED, viewer.tenant), _all(held))
    return 1


def _posting(
    viewer: Viewer,
    act: Act,
    key: str,
    *asked: object,
    of: UUID | None = None,
    until: datetime | None = None,
) -> tuple[Posting, bool]:
    """The posting of this key, and whether it is new."""
    digest = hashlib.sha256(repr((act.value, *map(str, asked), str(until))).encode()).digest()
    made = Posting(
        enterprise_id=viewer.tenant,
        act=act,
        key=key,
        digest=digest,
        of_id=of,
        until=until,
        actor=viewer.actor,
        happened_at=viewer.now,
    )
    # Who comes second waits here for the first, and finds its posting or is the first itself.
    Posting.objects.bulk_create([made], ignore_conflicts=True)
    found = Posting.objects.get(enterprise_id=viewer.tenant, key=key)
    if bytes(found.digest) != digest:
        raise OtherPosting(field="key")
    return found, found.pk == made.pk


def _take(viewer: Viewer, posting: Posting, unit: str, holder_id: UUID, amount: Decimal, to: UUID) -> None:
    account = _account(viewer, unit, AccountKind.AVAILABLE, holder_id)
    held = [one for one in _locked(viewer, account) if one.good(viewer.now)]
    _move(viewer, posting, account, to, _enough(held, amount))


def _enough(held: Sequence[Held], amount: Decimal) -> list[Part]:
    there = lots.total(held)
    if there < amount or not amount:
        raise NotEnough(field="amount", held=there.normalize(), asked=amount.normalize())
    return lots.taken(held, amount)


def _all(held: Sequence[Held]) -> list[Part]:
    return [Part(one.lot_id, one.amount) for one in held]


def _move(viewer: Viewer, posting: Posting, giver: UUID, taker: UUID, parts: Sequence[Part]) -> None:
    Entry.objects.bulk_create(
        Entry(
            enterprise_id=viewer.tenant,
            posting=posting,
            account_id=account,
            lot_id=part.lot_id,
            amount=amount,
        )
        for part in parts
        for account, amount in ((giver, -part.amount), (taker, part.amount))
    )


def _account(viewer: Viewer, unit: str, kind: AccountKind, holder_id: UUID) -> UUID:
    """The account of this unit, kind and holder, opened where there is none."""
    account = LedgerAccount(
        id=queries.account_id(viewer, unit, kind, holder_id),
        enterprise_id=viewer.tenant,
        unit=unit,
        kind=kind,
        holder_id=holder_id,
    )
    LedgerAccount.objects.bulk_create([account], ignore_conflicts=True)
    return account.pk


def _accounts(viewer: Viewer, unit: str, holders: Sequence[UUID]) -> list[UUID]:
    """The accounts from which these holders spend, opened where there are none."""
    kind = AccountKind.AVAILABLE
    opened = [
        LedgerAccount(
            id=queries.account_id(viewer, unit, kind, holder),
            enterprise_id=viewer.tenant,
            unit=unit,
            kind=kind,
            holder_id=holder,
        )
        for holder in holders
    ]
    LedgerAccount.objects.bulk_create(opened, ignore_conflicts=True)
    return [one.pk for one in opened]


def _reservation(viewer: Viewer, reservation_id: UUID) -> tuple[str, UUID]:
    """Unit and account of what was set aside."""
    row = LedgerAccount.objects.filter(
        enterprise_id=viewer.tenant, kind=AccountKind.RESERVED, holder_id=reservation_id
    ).values_list("unit", "pk")
    found = row.first()
    if found is None:
        raise NotFound
    return found


def _taken_from(viewer: Viewer, posting_id: UUID) -> UUID:
    """The account from which a spending or a reservation took."""
    taken = Entry.objects.filter(enterprise_id=viewer.tenant, posting_id=posting_id, amount__lt=0)
    account: UUID = taken.values_list("account_id", flat=True)[:1].get()
    return account


def _spent_by(viewer: Viewer, posting_id: UUID) -> tuple[UUID, list[Held]]:
    """The account to which a posting brought what was spent, and what of it has not been given back."""
    brought = Entry.objects.filter(enterprise_id=viewer.tenant, posting_id=posting_id, amount__gt=0)
    back = Entry.objects.filter(
        enterprise_id=viewer.tenant, posting__of=posting_id, posting__act=Act.REFUND, amount__lt=0
    )
    given: dict[UUID, Decimal] = {}
    for lot_id, amount in back.values_list("lot_id", "amount"):
        given[lot_id] = given.get(lot_id, Decimal(0)) - amount
    rows = list(brought.values_list("lot_id", "amount", "lot__issued_at", "lot__expires_at"))
    left = [
        Held(lot_id, amount - given.get(lot_id, Decimal(0)), issued_at, expires_at)
        for lot_id, amount, issued_at, expires_at in rows
    ]
    account: UUID = brought.values_list("account_id", flat=True)[:1].get()
    return account, [one for one in left if one.amount > 0]


def _locked(viewer: Viewer, account: UUID) -> list[Held]:
    """What an account holds, which nobody else takes from until the commit."""
    _lock(account)
    return queries.held_by(viewer, account)


def _lock(name: UUID) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [str(name)])


def _checked(amount: Decimal) -> Decimal:
    if not amount.is_finite() or not 0 < amount < _LARGEST or amount != amount.quantize(_STEP):
        raise BadAmount(field="amount")
    return amount
