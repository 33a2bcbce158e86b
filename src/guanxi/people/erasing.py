"""Erasing somebody, and the signed certificate that it was done. Reached through `people.services`."""

from collections.abc import Sequence
from datetime import UTC
from typing import Any
from uuid import UUID

from django.db import transaction

from guanxi.core import events, sealing, signing, viewers
from guanxi.core import queries as core
from guanxi.core.errors import NotFound
from guanxi.core.identity import new_id
from guanxi.core.tenancy import tenancy
from guanxi.core.viewer import Viewer
from guanxi.people import queries, relations
from guanxi.people.models import Customer, Erasure, Identifier


@transaction.atomic
def erase(*, viewer: Viewer, customer_id: UUID) -> int:
    """Make everything private of a customer unreadable for ever: keys, identifiers, grams. Gives the number of
    records."""
    viewer.require("customers.erase")
    root_id, record_ids = queries.whole_rows_for(viewer, customer_id)
    _erase(viewer, root_id, record_ids, person_id=None)
    return len(record_ids)


@transaction.atomic
def erase_own(*, viewer: Viewer, enterprise_id: UUID) -> Erasure:
    """An individual has what an enterprise holds about them made unreadable; gives the certificate.

    Only records that they have proved to be theirs: what a merge has put beside them stays.

    Raises:
        NotFound: They have no relation to this enterprise.
    """
    record_ids = relations.own_records(viewer, enterprise_id)
    if not record_ids:
        raise NotFound(field="enterprise")
    with tenancy(viewers.for_process(enterprise_id, "portal", request_id=viewer.request_id)) as portal:
        return _erase(portal, record_ids[0], record_ids, person_id=viewer.person_id)


def _erase(
    viewer: Viewer, subject_id: UUID, record_ids: Sequence[UUID], *, person_id: UUID | None
) -> Erasure:
    identifiers, _rows = Identifier.objects.filter(customer_id__in=record_ids).delete()
    Customer.objects.filter(pk__in=record_ids).update(name=None, private_fields=None, grams=[])
    keys = sealing.forget(viewer.tenant, record_ids)
    events.emit("customer.erased", customer_id=subject_id, payload={"records": len(record_ids)})
    id_ = new_id()
    document = _certificate(
        viewer, id_, record_ids, identifiers=identifiers, keys=keys, asked=person_id is not None
    )
    return Erasure.objects.create(
        id=id_, enterprise_id=viewer.tenant, customer_id=subject_id, person_id=person_id,
        document=signing.by_the_house(document, at=viewer.now), erased_at=viewer.now,
    )  # fmt: skip


def _certificate(
    viewer: Viewer, id_: UUID, record_ids: Sequence[UUID], *, identifiers: int, keys: int, asked: bool
) -> dict[str, Any]:
    """What was done, in figures and ids: a certificate that named somebody would keep what it says is gone."""
    return {
        "@context": [
            "https://w3id.org/security/data-integrity/v2",
            {
                "dpv": "https://w3id.org/dpv#", "dct": "http://purl.org/dc/terms/", "schema": "https://schema.org/",
                "gx": "urn:guanxi:erasure:",
            },
        ],
        "@id": f"urn:uuid:{id_}",
        "@type": "gx:CertificateOfErasure",
        "dct:identifier": str(id_),
        "dct:created": viewer.now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "dpv:hasDataController": {
            "@id": f"urn:uuid:{viewer.tenant}", "schema:name": core.enterprise_for(viewer).name,
        },
        "dpv:hasProcessing": "dpv:Erase",
        "gx:askedBy": "dpv:DataSubject" if asked else "dpv:DataController",
        "gx:records": sorted(str(record) for record in record_ids),
        "gx:keysDestroyed": keys,
        "gx:identifiersRemoved": identifiers,
        "gx:reach": "Private fields in tables, history, event log, lake and backups: sealed with the destroyed keys.",
        "gx:stays": "Orders, amounts and dates without a name, permissions, and this certificate.",
    }  # fmt: skip


def erasures_for(viewer: Viewer) -> list[Erasure]:
    """The certificates of an individual, newest first."""
    rows = Erasure.objects.filter(person_id=viewer.person_id).select_related("enterprise")
    return list(rows.order_by("-erased_at", "-pk"))


def erasure_for(viewer: Viewer, erasure_id: UUID) -> Erasure:
    """One certificate of an individual.

    Raises:
        NotFound: It is none of theirs.
    """
    row = (
        Erasure.objects.filter(person_id=viewer.person_id, pk=erasure_id).select_related("enterprise").first()
    )
    if row is None:
        raise NotFound(field="erasure")
    return row
