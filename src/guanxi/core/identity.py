"""Where ids come from: new ones in order of time, and ones made from a source's key."""

import hashlib
from uuid import NAMESPACE_URL, UUID, uuid5

import uuid_utils

NAMESPACE = uuid5(NAMESPACE_URL, "https://guanxi.invalid/ids")
_BEGUN = hashlib.sha1(NAMESPACE.bytes, usedforsecurity=False)
_KEPT = ~((0xF << 76) | (0x3 << 62))
_VERSION_5 = (5 << 76) | (0x2 << 62)


def new_id() -> UUID:
    """A UUIDv7: later ids sort after earlier ones, so that indexes grow at their end."""
    return UUID(int=int.from_bytes(uuid_utils.uuid7().bytes, "big"))  # its own `int` takes ten times as long


def id_of(*parts: object) -> UUID:
    """The UUIDv5 of a source's key: the same thing imported twice has the same id.

    `parts` go from the general to the particular: enterprise, kind, key.
    """
    # As `uuid5` does it, without what it does besides: imports make one for each row.
    digest = _BEGUN.copy()
    digest.update("\x1f".join(map(str, parts)).encode())
    value = int.from_bytes(digest.digest()[:16], "big")
    return UUID(int=(value & _KEPT) | _VERSION_5)
