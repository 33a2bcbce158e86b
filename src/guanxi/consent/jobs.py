"""Background jobs of consent."""

from uuid import UUID

from guanxi.consent import issuing, relays
from guanxi.core import jobs, tenancy, viewers

ISSUE_RECEIPTS = "consent.issue_receipts"
ISSUE_RECEIPTS_EVERYWHERE = "consent.issue_receipts_everywhere"


@jobs.job(ISSUE_RECEIPTS, in_tenancy=False)
def issue_receipts(enterprise_id: UUID) -> int:
    """Make out the receipts of permissions that were imported, batch by batch."""
    viewer, count = viewers.for_process(enterprise_id, ISSUE_RECEIPTS), 0
    while True:
        with tenancy.tenancy(viewer):
            made = issuing.issue_missing(viewer=viewer)
        count += made
        if not made:
            return count


@jobs.job(ISSUE_RECEIPTS_EVERYWHERE, in_tenancy=False)
def issue_receipts_everywhere() -> None:
    """Look in every enterprise for permissions without a receipt."""
    for enterprise_id in viewers.enterprise_ids():
        jobs.defer(ISSUE_RECEIPTS, enterprise_id=enterprise_id, lock=f"{ISSUE_RECEIPTS}:{enterprise_id}")


COUNT_STANDING = "consent.count_standing"


@jobs.job(COUNT_STANDING, in_tenancy=False)
def count_standing() -> None:
    """Count what the standing of every enterprise is computed from."""
    for enterprise_id in viewers.enterprise_ids():
        viewer = viewers.for_process(enterprise_id, COUNT_STANDING)
        with tenancy.tenancy(viewer):
            relays.count_standing(viewer=viewer)
