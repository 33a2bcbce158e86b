"""Making out receipts: each decision gives one, signed at once; what was noted or imported gives one too."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import get_language

from guanxi.consent import receipts
from guanxi.consent.models import Change, Giver, Receipt, Receiver
from guanxi.consent.receipts import Decision
from guanxi.consent.words import Purpose
from guanxi.core import queries as core
from guanxi.core import sealing, signing
from guanxi.core.identity import new_id
from guanxi.core.viewer import Viewer
from guanxi.people.models import Claim

_BATCH = 500


@transaction.atomic
def issue(*, viewer: Viewer, changes: Mapping[Change, UUID], language: str = "") -> int:
    """Make out and sign the receipts of changes, sealed with the key of the record that each is about.

    Args:
        viewer: Of the enterprise, whose tenancy is open.
        changes: Each with the record whose erasure takes its receipt along.
        language: Of the words that were shown; the one of this moment where left out.
    """
    if not changes:
        return 0
    enterprise, keys = (
        core.enterprise_for(viewer),
        sealing.keys_for(viewer.tenant, list(changes.values()), create=True),
    )
    spoken = language or get_language() or enterprise.language
    rows = []
    for change, customer_id in changes.items():
        decision = _decision(change, enterprise.name, spoken)
        document = receipts.document(decision, address=settings.CONFIGURATION.address, issued_at=viewer.now)
        text = msgspec.json.encode(signing.by_the_house(document, at=viewer.now)).decode()
        rows.append(
            Receipt(
                id=decision.receipt_id, enterprise_id=viewer.tenant, customer_id=customer_id, change_id=change.pk,
                document=sealing.encrypt(keys[customer_id], text), issued_at=viewer.now,
            )
        )  # fmt: skip
    return len(Receipt.objects.bulk_create(rows, ignore_conflicts=True, batch_size=_BATCH))


def issue_missing(*, viewer: Viewer, batch: int = _BATCH) -> int:
    """Make out the receipts of changes that have none: those of imports. Gives their number, at most `batch`."""
    kept = Receipt.objects.filter(enterprise_id=OuterRef("enterprise_id"), change_id=OuterRef("pk"))
    missing = Change.objects.filter(
        ~Exists(kept), enterprise_id=viewer.tenant, receiver_kind=Receiver.ENTERPRISE
    )
    # What a person said is written down for their records too; the receipt of that decision is theirs already.
    rows = list(
        missing.exclude(giver_kind=Giver.CUSTOMER, changed_by__startswith="person:").order_by("pk")[:batch]
    )
    records = _records_of(viewer, rows)
    about = {row: records[row.giver_id] for row in rows if row.giver_id in records}
    return issue(viewer=viewer, changes=about, language=viewer.language)


def _records_of(viewer: Viewer, changes: Sequence[Change]) -> dict[UUID, UUID]:
    """For each giver the record that they speak for: themselves, or the first that a person has claimed."""
    persons = {row.giver_id for row in changes if row.giver_kind == Giver.PERSON}
    claims = Claim.objects.filter(enterprise_id=viewer.tenant, person_id__in=persons).order_by("-pk")
    claimed = dict(claims.values_list("person_id", "customer_id"))
    return claimed | {row.giver_id: row.giver_id for row in changes if row.giver_kind == Giver.CUSTOMER}


def _decision(change: Change, enterprise: str, language: str) -> Decision:
    return Decision(
        id=change.pk,
        receipt_id=new_id(),
        enterprise_id=change.receiver_id,
        enterprise=enterprise,
        giver_id=change.giver_id,
        purpose=change.purpose,
        purpose_label=str(Purpose(change.purpose).label),
        channel=change.channel,
        strength=change.strength,
        former=change.former_strength,
        words=change.words,
        language=language,
        proof=change.proof,
        noted_by="person" if change.giver_kind == Giver.PERSON else "enterprise",
        happened_at=change.happened_at,
        recorded_at=change.recorded_at,
        terms=_terms(change),
    )


def _terms(change: Change) -> dict[str, Any]:
    said: dict[str, Any] = {
        "quietFrom": change.quiet_from and f"{change.quiet_from:%H:%M}",
        "quietTo": change.quiet_to and f"{change.quiet_to:%H:%M}",
        "zone": change.zone if change.quiet_from else None,
        "weeklyCap": change.weekly_cap,
        "pausedUntil": _text(change.paused_until),
        "endsAt": _text(change.ends_at),
    }
    return {name: value for name, value in said.items() if value is not None}


def _text(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
