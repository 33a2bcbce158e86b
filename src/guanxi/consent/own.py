"""What an individual is shown of the other side: receipts, who read their records, aliases, standing."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from guanxi.consent import receipts
from guanxi.consent.models import Receipt
from guanxi.core import sealing
from guanxi.core.errors import NotFound
from guanxi.core.viewer import Viewer


@dataclass(frozen=True, slots=True)
class Kept:
    """A receipt that can still be read: what it says, and the signed document."""

    id: UUID
    shown: receipts.Shown
    document: Mapping[str, Any]


def receipts_for(viewer: Viewer) -> QuerySet[Receipt]:
    """The receipts that a viewer may see: one's own at the front door, the enterprise's at the desk."""
    found = Receipt.objects.select_related("enterprise")
    return found if viewer.kind == "self" else found.filter(enterprise_id=viewer.tenant)


def opened(viewer: Viewer, rows: Iterable[Receipt]) -> list[Kept]:
    """Receipts in plain text; those of erased records are left out, nobody can read them any more."""
    rows = list(rows)
    kept: dict[UUID, dict[str, Any]] = {}
    by_enterprise: dict[UUID, list[Receipt]] = {}
    for row in rows:
        by_enterprise.setdefault(row.enterprise_id, []).append(row)
    for enterprise_id, theirs in by_enterprise.items():
        sealed = [(row.customer_id, row.document) for row in theirs]
        texts = sealing.reveal(
            viewer, sealed, fields=("consent_receipt.document",), enterprise_id=enterprise_id
        )
        kept |= {row.pk: json.loads(text) for row, text in zip(theirs, texts, strict=True) if text}
    return [Kept(row.pk, receipts.shown(kept[row.pk]), kept[row.pk]) for row in rows if row.pk in kept]


def receipt_for(viewer: Viewer, receipt_id: UUID) -> Kept:
    """One receipt.

    Raises:
        NotFound: There is none, or nobody can read it any more.
    """
    found = opened(viewer, receipts_for(viewer).filter(pk=receipt_id))
    if not found:
        raise NotFound(field="receipt")
    return found[0]
