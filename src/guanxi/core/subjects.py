"""Everything the house holds about somebody, derived from the declarations.

It walks `declared()`: a new table takes part by stating its subject and its private fields, and by nothing else. To
erase somebody is to destroy the key with which those fields are sealed (`people.services.erase`).
"""

import base64
from collections.abc import Collection, Iterator
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Model

from guanxi.core import events, sealing
from guanxi.core.declaration import Holding, declared
from guanxi.core.models import Event
from guanxi.core.sealing import SealedField
from guanxi.core.viewer import Viewer

# Not facts about somebody, but the means by which the house finds or seals them.
_NOT_GIVEN_OUT = frozenset({"core_subjectkey", "core_reaction"})
_INTERNAL_FIELDS = frozenset({"grams", "digest", "wrapped"})


def export(viewer: Viewer, subject_ids: Collection[UUID]) -> dict[str, list[dict[str, Any]]]:
    """All rows about the records of one customer, private fields in plain text, by table.

    Args:
        viewer: Who asks; each private field that is opened is written down as read.
        subject_ids: The records of the whole.
    """
    given = {
        model._meta.db_table: [_plain(viewer, row, holding) for row in _rows(model, holding, subject_ids)]
        for model, holding in declared()
        if holding.tenant
        and holding.subject
        and model is not Event
        and model._meta.db_table not in _NOT_GIVEN_OUT
    }
    given["core_event"] = _events(viewer, subject_ids)
    return {table: rows for table, rows in sorted(given.items()) if rows}


def _rows(model: type[Model], holding: Holding, subject_ids: Collection[UUID]) -> Iterator[Model]:
    field = model._meta.get_field(holding.subject)
    name = field.attname if hasattr(field, "attname") else holding.subject
    yield from model._default_manager.filter(**{f"{name}__in": list(subject_ids)}).iterator(chunk_size=1000)


def _plain(viewer: Viewer, row: Model, holding: Holding) -> dict[str, Any]:
    subject = row._meta.get_field(holding.subject)
    subject_id: UUID = getattr(row, subject.attname if hasattr(subject, "attname") else holding.subject)
    sealed = [field for field in row._meta.concrete_fields if isinstance(field, SealedField)]
    opened = sealing.reveal(
        viewer,
        [(subject_id, getattr(row, field.attname)) for field in sealed],
        fields=[f"{row._meta.db_table}.{field.name}" for field in sealed],
    )
    texts = dict(zip((field.name for field in sealed), opened, strict=True))
    return {
        field.name: texts[field.name] if field.name in texts else _value(getattr(row, field.attname))
        for field in row._meta.concrete_fields
        if field.name not in _INTERNAL_FIELDS
    }


def _events(viewer: Viewer, subject_ids: Collection[UUID]) -> list[dict[str, Any]]:
    held = list(Event.objects.filter(customer_id__in=list(subject_ids)).order_by("occurred_at", "seq"))
    return [
        {
            "id": str(event.pk),
            "type": event.type,
            "occurred_at": event.occurred_at.isoformat(),
            "received_at": event.received_at.isoformat(),
            "payload": payload,
        }
        for event, payload in zip(held, events.opened(viewer, held), strict=True)
    ]


def _value(value: Any) -> Any:
    if isinstance(value, bytes | memoryview):
        return base64.b64encode(bytes(value)).decode()
    if isinstance(value, UUID | Decimal):
        return str(value)
    return value.isoformat() if hasattr(value, "isoformat") else value
