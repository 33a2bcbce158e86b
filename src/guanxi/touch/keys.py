"""Whose a write key is, remembered for some seconds so that a flood of requests asks once.

A revoked key is refused everywhere after at most `REMEMBERED_SECONDS`.
"""

import time
from uuid import UUID

from guanxi.core import secrets

REMEMBERED_SECONDS = 5.0
_REMEMBERED_KEYS = 10_000
_remembered: dict[str, tuple[float, "secrets.Opened | None"]] = {}


def owner_of(key: str) -> tuple[UUID, UUID] | None:
    """Enterprise and source of a write key; None where it is unknown, revoked or past its time."""
    now = time.monotonic()
    known = _remembered.get(key)
    if known is None or known[0] < now:
        if len(_remembered) >= _REMEMBERED_KEYS:
            _remembered.clear()
        known = (now + REMEMBERED_SECONDS, secrets.open_secret("write-key", key) if key else None)
        _remembered[key] = known
    opened = known[1]
    return (opened.enterprise_id, opened.subject_id) if opened and opened.subject_id else None


def forget() -> None:
    """Ask again for every key; after a revocation in this process."""
    _remembered.clear()
