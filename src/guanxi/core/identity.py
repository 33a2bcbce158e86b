"""Where ids come from: new ones in order of time, and ones made from a source's key."""

from uuid import NAMESPACE_URL, UUID, uuid5

import uuid_utils

NAMESPACE = uuid5(NAMESPACE_URL, "https://guanxi.invalid/ids")


def new_id() -> UUID:
    """A UUIDv7: later ids sort after earlier ones, so that indexes grow at their end."""
    return UUID(int=uuid_utils.uuid7().int)


def id_of(*parts: object) -> UUID:
    """The UUIDv5 of a source's key: the same thing imported twice has the same id.

    `parts` go from the general to the particular: enterprise, kind, key.
    """
    return uuid5(NAMESPACE, "\x1f".join(map(str, parts)))
