"""Secrets that somebody else holds: write keys, API keys, claim codes, invitations.

Only the hash is stored, in a table that no role may read. One look-up, `core_open`, answers before any tenant is
known: it gives one row or none.
"""

import hashlib
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.db import connection

from guanxi.core.identity import new_id

_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
_PREFIXES = {"write-key": "gxw", "api-key": "gxa", "claim-code": "gxc", "invitation": "gxi"}


@dataclass(frozen=True, slots=True)
class Opened:
    """What a secret stands for."""

    secret_id: UUID
    enterprise_id: UUID
    subject_id: UUID | None
    scopes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Issued:
    """A new secret: its text is shown once and kept nowhere."""

    secret_id: UUID
    text: str

    @property
    def hint(self) -> str:
        """Its beginning, by which people tell their keys apart."""
        return self.text[:9] + "…"


def issue(
    kind: str,
    *,
    enterprise_id: UUID,
    subject_id: UUID | None = None,
    scopes: Collection[str] = (),
    expires_at: datetime | None = None,
    days: int = 0,
    text: str = "",
) -> Issued:
    """Make a secret of the enterprise whose tenancy is open.

    Args:
        kind: write-key, api-key, claim-code or invitation.
        days: Instead of `expires_at`: how long it is good, by the machine's clock, which is the one that opens it.
        text: A given secret instead of a drawn one (a short code that people type).
    """
    expires_at = datetime.now(UTC) + timedelta(days=days) if days else expires_at
    issued = Issued(new_id(), text or f"{_PREFIXES[kind]}_{secrets.token_urlsafe(30)}")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT core_issue(%s, %s, %s, %s, %s, %s, %s)",
            [
                issued.secret_id,
                kind,
                hashed(issued.text),
                enterprise_id,
                subject_id,
                list(scopes),
                expires_at,
            ],
        )
    return issued


def short_code(length: int = 10) -> str:
    """A code that people type: without letters that look alike; ten of them are fifty bits."""
    return "".join(secrets.choice(_LETTERS) for _each in range(length))


def open_secret(kind: str, text: str) -> Opened | None:
    """What a secret stands for; None where it is unknown, revoked or past its time."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM core_open(%s, %s)", [kind, hashed(text)])
        row = cursor.fetchone()
    return Opened(row[0], row[1], row[2], tuple(row[3])) if row else None


def revoke(secret_id: UUID) -> bool:
    """Make a secret of the enterprise whose tenancy is open worthless. Whether it was still valid."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT core_revoke(%s)", [secret_id])
        return bool(cursor.fetchone()[0])


def hashed(text: str) -> bytes:
    """By what a secret is found: it is kept nowhere in the open."""
    # Secrets are long and random (or short-lived and rate-limited), so a plain hash is not to be guessed.
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
