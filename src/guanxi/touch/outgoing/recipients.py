"""Who gets a message: the whole at this moment, what they are called, their language and where they can be reached."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from guanxi.core import arrays, sealing
from guanxi.core.postgresql import line
from guanxi.core.postgresql.line import Statement
from guanxi.core.viewer import Viewer

_RECORDS = Statement(
    "SELECT id, root_id, name, label, coalesce(fields->>'language', '') FROM people_customer "
    "WHERE enterprise_id = $1 AND root_id = ANY($2::uuid[])",
    binary=True,
)
_ADDRESSES = Statement(
    """
SELECT i.customer_id, i.value, u.id IS NOT NULL FROM people_identifier i
  LEFT JOIN touch_undeliverable u ON u.enterprise_id = i.enterprise_id AND u.kind = i.kind AND u.digest = i.digest
WHERE i.enterprise_id = $1 AND i.kind = $2 AND i.customer_id = ANY($3::uuid[])
ORDER BY u.id IS NOT NULL, i.verified_at DESC NULLS LAST, i.recorded_at DESC, i.id
""",
    binary=True,
)
_REACHED = Statement(
    """
SELECT c.root_id, bool_or(u.id IS NULL) FROM people_customer c
  JOIN people_identifier i ON i.enterprise_id = c.enterprise_id AND i.customer_id = c.id AND i.kind = $2
  LEFT JOIN touch_undeliverable u ON u.enterprise_id = i.enterprise_id AND u.kind = i.kind AND u.digest = i.digest
WHERE c.enterprise_id = $1 AND c.root_id = ANY($3::uuid[]) GROUP BY c.root_id
""",
    binary=True,
)


@dataclass(slots=True)
class Recipient:
    """A customer as a message needs them; `undeliverable` where all their addresses came back."""

    root_id: UUID
    record_ids: list[UUID] = field(default_factory=list)
    name: str = ""
    language: str = ""
    address: str = ""
    undeliverable: bool = False


def recipients(viewer: Viewer, root_ids: Collection[UUID], kind: str) -> dict[UUID, Recipient]:
    """The wholes of these roots, by root; `kind` is what the channel reaches them by."""
    found = {root_id: Recipient(root_id) for root_id in root_ids}
    owner: dict[UUID, UUID] = {}
    sealed: list[tuple[UUID, bytes | None]] = []
    rows = line.say(_RECORDS, viewer.tenant, arrays.uuids(list(found))).rows
    for record_id, root_id, name, label, language in rows:
        one = found[root_id]
        one.record_ids.append(record_id)
        one.language = one.language or language
        one.name = one.name or label
        owner[record_id] = root_id
        sealed.append((record_id, bytes(name) if name else None))
    addresses = line.say(_ADDRESSES, viewer.tenant, kind, arrays.uuids(list(owner))).rows if kind else []
    sealed += [
        (record_id, bytes(value) if value and not dead else None) for record_id, value, dead in addresses
    ]
    texts = sealing.reveal(viewer, sealed, fields=("name", "identifier"))
    for (record_id, root_id, *_rest), name in zip(rows, texts, strict=False):
        if name and (record_id == root_id or not found[root_id].name):
            found[root_id].name = name
    _address(found, owner, addresses, texts[len(rows) :])
    return {root_id: one for root_id, one in found.items() if one.record_ids}


def _address(
    found: Mapping[UUID, Recipient],
    owner: Mapping[UUID, UUID],
    addresses: Sequence[tuple[UUID, bytes, bool]],
    texts: Sequence[str | None],
) -> None:
    for (record_id, _value, dead), text in zip(addresses, texts, strict=True):
        one = found[owner[record_id]]
        if text and not one.address:
            one.address = text
        one.undeliverable = one.undeliverable or dead
    for one in found.values():
        one.undeliverable = one.undeliverable and not one.address


def reached(viewer: Viewer, root_ids: Sequence[UUID], kind: str) -> dict[UUID, bool]:
    """Whether the addresses that these roots have can be delivered to; whoever has none is not in it."""
    if not kind:
        return dict.fromkeys(root_ids, True)
    rows = line.say(_REACHED, viewer.tenant, kind, arrays.uuids(list(root_ids))).rows
    return dict(rows)
