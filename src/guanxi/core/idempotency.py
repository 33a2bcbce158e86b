"""Requests that carry an `Idempotency-Key`: the first is done, a repetition gets the first one's answer.

Claim, act and keep happen in one transaction. A second request with the same key waits at the primary key until the
first commits, and then reads its answer; where the first was rolled back, the second is the first.
"""

import hashlib
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from guanxi.core import tenancy
from guanxi.core.errors import DomainError
from guanxi.core.postgresql import line
from guanxi.core.postgresql.line import Statement

LONGEST = 200


class OtherRequest(DomainError):
    """The key was used for a request with another content."""

    code = "request.idempotency_key_reused"
    status = 422
    summary = _("This Idempotency-Key already stands for another request.")
    help = _("Make a new key for each thing that you want done, and repeat a request unchanged.")


class UnusableKey(DomainError):
    """The key is empty, too long or not printable ASCII."""

    code = "request.idempotency_key"
    status = 400
    summary = _("An Idempotency-Key has 1 to 200 printable ASCII characters.")


@dataclass(frozen=True, slots=True)
class Kept:
    """The answer that the first request was given."""

    status: int
    body: str


def digest(method: str, address: str, body: bytes) -> bytes:
    """What makes two requests the same."""
    return hashlib.sha256(b"\n".join((method.encode(), address.encode(), body))).digest()


_CLAIM = Statement(
    "INSERT INTO core_idempotencykey (enterprise_id, key, digest, answer, created_at) "
    "VALUES ($1::uuid, $2, $3::bytea, '', now()) ON CONFLICT DO NOTHING"
)
_READ = Statement(
    "SELECT digest, status, answer FROM core_idempotencykey WHERE enterprise_id = $1::uuid AND key = $2"
)
_KEEP = Statement(
    "UPDATE core_idempotencykey SET status = $1::smallint, answer = $2 WHERE enterprise_id = $3::uuid AND key = $4"
)


def claim(key: str, content: bytes) -> Kept | None:
    """Take the key for a request with this digest; the kept answer where it was taken before.

    Raises:
        OtherRequest: It was taken for another content.
        UnusableKey: It is no key.
    """
    viewer = tenancy.current()
    name = _name(key)
    if line.say(_CLAIM, viewer.tenant, name, content).count:
        return None
    known, status, answer = line.say(_READ, viewer.tenant, name).rows[0]
    if known != content:
        raise OtherRequest
    return Kept(status, answer)


def keep(key: str, status: int, body: str) -> None:
    """Keep the answer for whoever asks again."""
    line.say(_KEEP, status, body, tenancy.current().tenant, _name(key))


def _name(key: str) -> str:
    """A key belongs to whoever sent it: two of the staff may choose the same one."""
    if not 0 < len(key) <= LONGEST or not key.isascii() or not key.isprintable():
        raise UnusableKey(field="Idempotency-Key")
    viewer = tenancy.current()
    scopes = ",".join(sorted(viewer.scopes)) if viewer.scopes is not None else ""
    return hashlib.sha256(f"{viewer.actor}\n{scopes}\n{key}".encode()).hexdigest()
