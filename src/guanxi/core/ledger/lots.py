"""Which lots an amount is taken from. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Held:
    """What an account holds of a lot."""

    lot_id: UUID
    amount: Decimal
    issued_at: datetime
    expires_at: datetime | None

    def good(self, now: datetime) -> bool:
        """Whether it may still be spent."""
        return self.expires_at is None or self.expires_at > now


@dataclass(frozen=True, slots=True)
class Part:
    """An amount of a lot."""

    lot_id: UUID
    amount: Decimal


def oldest_first(held: Iterable[Held]) -> list[Held]:
    """In the order in which lots are spent: what expires first, then what never does; of equals what came first."""
    return sorted(
        held,
        key=lambda one: (
            one.expires_at is None,
            one.expires_at or one.issued_at,
            one.issued_at,
            one.lot_id.int,
        ),
    )


def taken(held: Iterable[Held], amount: Decimal) -> list[Part]:
    """The parts of lots that make up an amount, oldest first; all there is where it is not enough."""
    parts, left = [], amount
    for one in oldest_first(held):
        if left <= 0:
            break
        parts.append(Part(one.lot_id, min(one.amount, left)))
        left -= parts[-1].amount
    return parts


def total(parts: Iterable[Part | Held]) -> Decimal:
    """How much it is together."""
    return sum((part.amount for part in parts), Decimal(0))
