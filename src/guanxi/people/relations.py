"""Which customers are whose: the tie between an individual and the records that they have proved to be theirs."""

from collections.abc import Sequence
from uuid import UUID

from guanxi.core.viewer import Viewer
from guanxi.people.models import Claim


def claims_for(viewer: Viewer) -> list[Claim]:
    """The relations of an individual: which records of which enterprises they have proved to be theirs."""
    return list(
        Claim.objects.filter(person_id=viewer.person_id)
        .select_related("customer", "enterprise")
        .order_by("pk")
    )


def claimed_of(viewer: Viewer, record_ids: Sequence[UUID]) -> bool:
    """Whether a person stands behind one of these records."""
    return Claim.objects.filter(enterprise_id=viewer.tenant, customer_id__in=record_ids).exists()


def own_records(viewer: Viewer, enterprise_id: UUID) -> list[UUID]:
    """The records that an individual has proved to be theirs at one enterprise, the first claimed first."""
    rows = Claim.objects.filter(person_id=viewer.person_id, enterprise_id=enterprise_id).order_by("pk")
    return list(rows.values_list("customer_id", flat=True))
