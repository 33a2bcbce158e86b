"""Reads of the ledger: what an account holds, and how it came to hold it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import connection

from guanxi.core.identity import id_of
from guanxi.core.ledger.lots import Held, oldest_first, total
from guanxi.core.ledger.models import AccountKind, Entry, Position
from guanxi.core.viewer import Viewer


def account_id(viewer: Viewer, unit: str, kind: AccountKind, holder_id: UUID) -> UUID:
    """The id that an account has or will have."""
    return id_of(viewer.tenant, "ledger", unit, kind.value, holder_id)


def balance_for(viewer: Viewer, *, unit: str, holder_id: UUID) -> Decimal:
    """How much somebody can spend now."""
    return total(lots_for(viewer, unit=unit, holder_id=holder_id))


def lots_for(viewer: Viewer, *, unit: str, holder_id: UUID) -> list[Held]:
    """The lots that somebody can spend now, in the order in which they will be."""
    account = account_id(viewer, unit, AccountKind.AVAILABLE, holder_id)
    return oldest_first(one for one in held_by(viewer, account) if one.good(viewer.now))


def held_by(viewer: Viewer, account: UUID) -> list[Held]:
    """What an account holds of each lot, expired ones too."""
    rows = Position.objects.filter(enterprise_id=viewer.tenant, account_id=account, amount__gt=0)
    return [Held(*row) for row in rows.values_list("lot_id", "amount", "lot__issued_at", "lot__expires_at")]


@dataclass(frozen=True, slots=True)
class Movement:
    """One line of a statement of account."""

    posting_id: UUID
    act: str
    lot_id: UUID
    amount: Decimal
    happened_at: datetime
    expires_at: datetime | None


def movements_for(
    viewer: Viewer, *, unit: str, holder_id: UUID, after: UUID | None = None, size: int = 50
) -> list[Movement]:
    """What came to somebody's account and went from it, newest first; `after` is the entry to go on behind."""
    account = account_id(viewer, unit, AccountKind.AVAILABLE, holder_id)
    rows = Entry.objects.filter(enterprise_id=viewer.tenant, account_id=account)
    if after is not None:
        rows = rows.filter(pk__lt=after)
    named = rows.order_by("-pk").values_list(
        "posting_id", "posting__act", "lot_id", "amount", "posting__happened_at", "lot__expires_at"
    )
    return [Movement(*row) for row in named[:size]]


_WRONG = """
SELECT coalesce(said.account_id, held.account_id), coalesce(said.lot_id, held.lot_id),
       coalesce(said.amount, 0), coalesce(held.amount, 0)
  FROM (SELECT account_id, lot_id, sum(amount) AS amount FROM core_entry WHERE enterprise_id = %(tenant)s
         GROUP BY account_id, lot_id) AS said
  FULL JOIN (SELECT account_id, lot_id, amount FROM core_position WHERE enterprise_id = %(tenant)s) AS held
    ON held.account_id = said.account_id AND held.lot_id = said.lot_id
 WHERE said.amount IS DISTINCT FROM held.amount
"""


def wrong_positions_for(viewer: Viewer) -> Iterator[tuple[UUID, UUID, Decimal, Decimal]]:
    """Positions that are not the sum of their entries: account, lot, sum, position. There are none."""
    with connection.cursor() as cursor:
        cursor.execute(_WRONG, {"tenant": viewer.tenant})
        yield from cursor.fetchall()
