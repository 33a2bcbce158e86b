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


def held_out_in_sql(enterprise: str, root: str, period: str) -> str:
    """The same as a condition of SQL; the arguments are expressions of type text."""
    return f"{drawing.share_in_sql(_joined('holdout', enterprise, period, root))} < {SHARE}"


def held_out_among(enterprise_id: UUID, names: Iterable[bytes], period: str) -> list[bytes]:
    """Of many customers, by their ids as text, those who are left alone: `held_out` for a million in a second."""
    begun = hashlib.sha256(f"holdout:{enterprise_id}:{period}:".encode())
    # The first 52 bits below the share: the same as the first bytes below these.
    bound = (math.ceil(SHARE * 2**52) << 4).to_bytes(7, "big")
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


def place_in_action_in_sql(enterprise: str, root: str, action: str) -> str:
    """The number that `held_out_of_action` compares with the share, as SQL; the arguments are expressions of text."""
    return drawing.share_in_sql(_joined("action", enterprise, action, root))


def _joined(kind: str, *parts: str) -> str:
    return " || ':' || ".join([f"'{kind}'", *parts])
