"""Who is left alone: one customer in twenty for half a year, by a hash that nobody can steer. Pure."""

import hashlib
import math
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from guanxi.trials import drawing

SHARE = 0.05
# Unasked offers and news are held back; whatever serves the customer or was asked for never is.
WITHHELD = frozenset({"offers", "news"})


def period_of(moment: datetime) -> str:
    """The half-year of a moment, in UTC: 2026H2."""
    return f"{moment.year}H{1 if moment.month <= 6 else 2}"


def held_out(enterprise_id: UUID, root_id: UUID, period: str) -> bool:
    """Whether a customer is left alone in a half-year."""
    return drawing.share(f"holdout:{enterprise_id}:{period}:{root_id}") < SHARE


def held_out_among(enterprise_id: UUID, names: Iterable[bytes], period: str) -> list[bytes]:
    """Of many customers, by their ids as text, those who are left alone: `held_out` for a million in a second."""
    begun = hashlib.blake2b(f"holdout:{enterprise_id}:{period}:".encode(), digest_size=8)
    # The first 53 bits below the share: the same as the first bytes below these.
    bound = (math.ceil(SHARE * 2**53) << 11).to_bytes(8, "big")
    left = []
    for name in names:
        digest = begun.copy()
        digest.update(name)
        if digest.digest() < bound:
            left.append(name)
    return left


def held_out_of_action(enterprise_id: UUID, root_id: UUID, action: str, share: float) -> bool:
    """Whether a customer is in the control group of one action: independent of every other action's."""
    return drawing.share(f"action:{enterprise_id}:{action}:{root_id}") < share
