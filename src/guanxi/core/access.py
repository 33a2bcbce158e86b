"""Who read a customer's record, when and for what: for the customer at their door, for owners at the desk.

`sealing.reveal` writes it, and nothing else does: whatever opens a private field is in it. A name in a list of the desk
is not (that is in the audit, `core_read`); opening the customer, taking them out and every reading by a program is.
"""

from collections.abc import Collection
from uuid import UUID

from django.db.models import Q, QuerySet

from guanxi.core.models import Access
from guanxi.core.viewer import Viewer

ORDER = ("-read_at", "-id")


def readings_of(viewer: Viewer, enterprise_id: UUID, subject_ids: Collection[UUID]) -> QuerySet[Access]:
    """Readings of these records, one row an hour; with those of processes that went through everybody.

    At the desk for those with the right `access.read`; at the front door row security leaves one's own.
    """
    if viewer.kind == "desk":
        viewer.require("access.read")
    mine = Q(subject_id__in=list(subject_ids)) | Q(subject_id__isnull=True)
    return Access.objects.filter(mine, enterprise_id=enterprise_id)


def own_readings(viewer: Viewer, records: Collection[tuple[UUID, UUID]]) -> QuerySet[Access]:
    """Readings of an individual's records; `records` are pairs of enterprise and record."""
    enterprises = {enterprise_id for enterprise_id, _record in records}
    mine = Q(subject_id__in=[record for _enterprise, record in records]) | Q(subject_id__isnull=True)
    return Access.objects.filter(mine, enterprise_id__in=enterprises).select_related("enterprise")
