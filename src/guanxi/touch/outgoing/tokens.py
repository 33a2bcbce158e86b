"""The token of a link in a message: it names the message and is signed, so that whoever holds it may lower what the
message stood on, and nothing else. It opens no page with anybody's data and does not expire.
"""

import base64
import hmac
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings

_SIGNED = 16


@dataclass(frozen=True, slots=True)
class Named:
    """The message that a token names."""

    enterprise_id: UUID
    message_id: UUID


def token_of(enterprise_id: UUID, message_id: UUID) -> str:
    """The token of a message, safe in an address."""
    named = enterprise_id.bytes + message_id.bytes
    return base64.urlsafe_b64encode(named + _signature(named)).decode().rstrip("=")


def read(token: str) -> Named | None:
    """What a token names; None where we did not make it."""
    try:
        given = base64.urlsafe_b64decode(token.encode("ascii") + b"=" * (-len(token) % 4))
    except ValueError:
        return None
    named, signature = given[:32], given[32:]
    if len(given) != 32 + _SIGNED or not hmac.compare_digest(signature, _signature(named)):
        return None
    return Named(UUID(bytes=named[:16]), UUID(bytes=named[16:]))


def _signature(named: bytes) -> bytes:
    key = settings.SECRET_KEY.encode()
    return hmac.digest(key, b"touch.outgoing.tokens:" + named, "sha256")[:_SIGNED]
