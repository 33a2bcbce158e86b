"""Private fields are sealed with a key per customer; to erase somebody is to destroy the key.

AES-256-GCM. The key of a subject lies in `core_subjectkey`, wrapped with the installation's key, so that log, lake,
history and backups hold nothing readable by themselves. Equality look-ups use a keyed digest instead.
"""

import base64
import hmac
import os
from collections.abc import Callable, Collection, Iterable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.db import connection, connections, models, transaction

from guanxi.core import arrays
from guanxi.core.arrays import Column
from guanxi.core.migrating import OWNER
from guanxi.core.postgresql import line
from guanxi.core.postgresql.line import Statement
from guanxi.core.viewer import Viewer

_NONCE = 12
KEY_LENGTH = 32
_DRAWN = 4096  # bytes of chance at a time


class SealedField(models.BinaryField):  # type: ignore[type-arg]  # Django has no generic BinaryField at runtime
    """A private field: what is stored is sealed text. Read it with `reveal`, write it with `encrypt`."""

    description = "text sealed with the subject's key"

    def from_db_value(self, value: Any, expression: object, connection: object) -> bytes | None:
        """Plain bytes in place of the driver's memoryview."""
        return None if value is None else bytes(value)


def encrypt(key: bytes, text: str) -> bytes:
    """Seal a text with a subject's key."""
    nonce = os.urandom(_NONCE)
    return nonce + AESGCM(key).encrypt(nonce, text.encode(), None)


def decrypt(key: bytes, sealed: bytes) -> str:
    """Open a sealed text.

    Raises:
        cryptography.exceptions.InvalidTag: It was sealed with another key, or changed.
    """
    return AESGCM(key).decrypt(sealed[:_NONCE], sealed[_NONCE:], None).decode()


_KEYS = Statement(
    "SELECT subject_id, wrapped FROM core_subjectkey WHERE enterprise_id = $1 AND subject_id = ANY($2::uuid[])",
    binary=True,
)


def keys_for(
    enterprise_id: UUID, subject_ids: Collection[UUID], *, create: bool = False
) -> dict[UUID, bytes]:
    """The keys of subjects, by one query; with `create`, missing ones are made (a destroyed one too).

    Needs the tenancy of the enterprise.
    """
    wanted = list(set(subject_ids))
    if not wanted:
        return {}
    kept = line.say(_KEYS, enterprise_id, arrays.uuids(wanted)).rows
    found = {subject: _unwrap(subject, wrapped) for subject, wrapped in kept}
    missing = [subject for subject in wanted if subject not in found] if create else []
    return found | _create(enterprise_id, missing) if missing else found


_NEW_KEYS = Statement(
    "INSERT INTO core_subjectkey (enterprise_id, subject_id, wrapped) "
    "SELECT $1::uuid, * FROM unnest($2::uuid[], $3::bytea[])"
)


class NewKey(NamedTuple):
    """The key of a subject that is being made: what is to be kept of it, and what seals with it."""

    wrapped: bytes
    seal: Callable[[str], bytes]


def draw(subject_ids: Iterable[UUID]) -> list[NewKey]:
    """Keys of subjects that are being made; asks no database."""
    chance, wrap = _Chance(), _cipher(_installation_key()).encrypt
    return [_drawn(subject, chance, wrap) for subject in subject_ids]


def keep(enterprise_id: UUID, subject_ids: Column, wrapped: Column) -> None:
    """Have drawn keys kept: nobody can have given these subjects one yet, so nothing is looked up."""
    line.say(_NEW_KEYS, enterprise_id, subject_ids, wrapped)


class _Chance:
    """Random bytes, drawn many at a time. For one thread: nobody else may get the same ones."""

    def __init__(self) -> None:
        self._left, self._place = b"", 0

    def take(self, size: int) -> bytes:
        if len(self._left) < self._place + size:
            self._left, self._place = os.urandom(_DRAWN), 0
        self._place += size
        return self._left[self._place - size : self._place]


def _drawn(subject: UUID, chance: _Chance, wrap: Callable[[bytes, bytes, bytes], bytes]) -> NewKey:
    key = chance.take(KEY_LENGTH)
    nonce = chance.take(_NONCE)
    cipher = AESGCM(key).encrypt

    def seal(text: str) -> bytes:
        nonce = chance.take(_NONCE)
        return nonce + cipher(nonce, text.encode(), None)

    return NewKey(nonce + wrap(nonce, key, subject.bytes), seal)


def _create(enterprise_id: UUID, subject_ids: Sequence[UUID]) -> dict[UUID, bytes]:
    wrapped = [_wrap(subject, os.urandom(KEY_LENGTH)) for subject in subject_ids]
    with connection.cursor() as cursor:
        # Somebody else may have made the same key meanwhile: what is stored counts, not what we drew.
        cursor.execute(
            "INSERT INTO core_subjectkey (enterprise_id, subject_id, wrapped) "
            "SELECT %s, * FROM unnest(%s::uuid[], %s::bytea[]) ON CONFLICT DO NOTHING RETURNING subject_id, wrapped",
            [enterprise_id, list(subject_ids), wrapped],
        )
        made = {subject: _unwrap(subject, bytes(value)) for subject, value in cursor.fetchall()}
    late = [subject for subject in subject_ids if subject not in made]
    return made | keys_for(enterprise_id, late) if late else made


def forget(enterprise_id: UUID, subject_ids: Collection[UUID]) -> int:
    """Destroy the keys of subjects: what they sealed is unreadable from now on. Returns how many there were."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM core_subjectkey WHERE enterprise_id = %s AND subject_id = ANY(%s)",
            [enterprise_id, list(subject_ids)],
        )
        return int(cursor.rowcount)


def reveal(
    viewer: Viewer,
    rows: Iterable[tuple[UUID, bytes | None]],
    *,
    fields: Sequence[str] = ("name",),
    enterprise_id: UUID | None = None,
) -> list[str | None]:
    """Open sealed values for a viewer, and write down that they were read.

    Args:
        viewer: Who reads, and for which purpose.
        rows: Pairs of subject and sealed value, in the order in which the texts are wanted.
        fields: Names of what is read, for the record of reads.
        enterprise_id: The enterprise that holds the rows, where an individual reads their own.

    Returns:
        The texts; None for an empty value and for one whose key was destroyed.
    """
    pairs = list(rows)
    tenant = enterprise_id or viewer.tenant
    keys = keys_for(tenant, {subject for subject, sealed in pairs if sealed})
    texts = [_opened(keys.get(subject), sealed) for subject, sealed in pairs]
    if keys:
        _record_read(viewer, tenant, list(keys), fields)
    return texts


def digest(enterprise_id: UUID, text: str) -> bytes:
    """A keyed digest by which equal private values find each other inside one enterprise (16 bytes)."""
    digesting = _begun(settings.DIGEST_KEY, enterprise_id.bytes).copy()
    digesting.update(text.encode())
    return digesting.digest()[:16]


@lru_cache(maxsize=1024)
def _begun(key: str, salt: bytes) -> hmac.HMAC:
    """A digest as far as it is the same for every value of an enterprise."""
    return hmac.new(_decoded(key), salt, "sha256")


def _opened(key: bytes | None, sealed: bytes | None) -> str | None:
    if key is None or not sealed:
        return None
    try:
        return decrypt(key, sealed)
    except InvalidTag:
        # Sealed before the subject was erased and came back with a new key: as unreadable as if there were none.
        return None


_KEPT = """INSERT INTO core_read (enterprise_id, read_at, reader, purpose, subject_ids, fields, request_id)
VALUES ($1::uuid, now(), $2::varchar, $3::varchar, $4::uuid[], $5::text[], $6::varchar)"""
_READ = Statement(_KEPT)
# In the same breath one row an hour for each customer: what they themself may know of it.
_READ_AND_TELL = Statement(f"""
WITH kept AS ({_KEPT})
INSERT INTO core_access (enterprise_id, subject_id, reader, role, purpose, way, hour, read_at)
SELECT $1::uuid, subject, $2::varchar, $7::varchar, $3::varchar, $8::varchar, date_trunc('hour', now()), now()
  FROM unnest($9::uuid[]) AS subject ON CONFLICT DO NOTHING
""")
#: A process that opens more at once goes through everybody: one row says so, instead of one for each.
MANY = 100


def _record_read(viewer: Viewer, enterprise_id: UUID, subject_ids: list[UUID], fields: Sequence[str]) -> None:
    # Nobody waits for it; what was read is shown after the commit, and that waits.
    kept = (
        enterprise_id, viewer.actor, viewer.purpose, arrays.uuids(subject_ids), arrays.texts(fields), viewer.request_id,
    )  # fmt: skip
    way = _way(viewer, fields)
    if way:
        told = [None] if way == "process" and len(subject_ids) > MANY else subject_ids
        line.say(_READ_AND_TELL, *kept, str(viewer.role or ""), way, arrays.uuids(told))
    else:
        line.say(_READ, *kept)


def _way(viewer: Viewer, fields: Sequence[str]) -> str:
    """How a record is being read, as its customer is told; "" for one's own and for a name in a list of the desk."""
    if viewer.kind == "self" or viewer.process == "portal":
        return ""
    if viewer.purpose == "export":
        return "export"
    if viewer.scopes is not None:
        return "api"
    listed = tuple(fields) == ("name",)
    return "" if listed else "process" if viewer.process else "page"


def rewrap(former: bytes, new: bytes, *, batch: int = 10_000) -> int:
    """Wrap every customer's key anew, when the installation's key is changed; what they sealed stays as it is.

    Runs as the owner of the database, in one transaction, while no process serves.

    Args:
        former: The installation's key so far (32 bytes).
        new: The key from now on.

    Returns:
        How many keys there are.

    Raises:
        cryptography.exceptions.InvalidTag: `former` is not the key they are wrapped with; nothing has changed.
    """
    with transaction.atomic(using=OWNER), connections[OWNER].cursor() as writer:
        writer.execute("LOCK TABLE core_subjectkey IN EXCLUSIVE MODE")
        count, after = 0, (UUID(int=0), UUID(int=0))
        while True:
            writer.execute(
                "SELECT enterprise_id, subject_id, wrapped FROM core_subjectkey "
                "WHERE (enterprise_id, subject_id) > (%s, %s) ORDER BY 1, 2 LIMIT %s",
                [*after, batch],
            )
            rows = writer.fetchall()
            if not rows:
                return count
            wrapped = [_wrap(row[1], _unwrap(row[1], bytes(row[2]), former), new) for row in rows]
            writer.execute(
                "UPDATE core_subjectkey k SET wrapped = v.wrapped FROM unnest(%s::uuid[], %s::uuid[], %s::bytea[]) "
                "AS v (enterprise, subject, wrapped) WHERE (k.enterprise_id, k.subject_id) = (v.enterprise, v.subject)",
                [[row[0] for row in rows], [row[1] for row in rows], wrapped],
            )
            count, after = count + len(rows), (rows[-1][0], rows[-1][1])


def _installation_key() -> bytes:
    return _decoded(settings.SEALING_KEY)


@lru_cache(maxsize=4)
def _cipher(key: bytes) -> AESGCM:
    return AESGCM(key)


@lru_cache(maxsize=4)
def _decoded(key: str) -> bytes:
    return base64.b64decode(key)


def _wrap(subject: UUID, key: bytes, installation: bytes | None = None) -> bytes:
    nonce = os.urandom(_NONCE)
    return nonce + _cipher(installation or _installation_key()).encrypt(nonce, key, subject.bytes)


def _unwrap(subject: UUID, wrapped: bytes, installation: bytes | None = None) -> bytes:
    return _cipher(installation or _installation_key()).decrypt(
        wrapped[:_NONCE], wrapped[_NONCE:], subject.bytes
    )
