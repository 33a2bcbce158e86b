"""Background jobs of people. The analysing worker runs what needs Splink."""

from __future__ import annotations

from uuid import UUID

from guanxi.core import jobs, tenancy, viewers
from guanxi.core.resolve import resolve
from guanxi.people import services

FIND_DUPLICATES = "people.find_duplicates"
FIND_DUPLICATES_EVERYWHERE = "people.find_duplicates_everywhere"


@jobs.job(FIND_DUPLICATES, queue="analysis", retry=2, in_tenancy=False)
def find_duplicates(enterprise_id: UUID) -> int:
    """Look for customers who may be one, and put the pairs before a steward."""
    viewer = viewers.for_process(enterprise_id, FIND_DUPLICATES)
    suspicions = resolve("guanxi.people.doubts:find")(viewer)
    with tenancy.tenancy(viewer):
        return services.propose(viewer=viewer, suspicions=suspicions)


@jobs.job(FIND_DUPLICATES_EVERYWHERE, queue="light", retry=2, in_tenancy=False)
def find_duplicates_everywhere() -> None:
    """Defer the search for duplicates of every enterprise."""
    for enterprise_id in viewers.enterprise_ids():
        jobs.defer(FIND_DUPLICATES, enterprise_id=enterprise_id, lock=f"{FIND_DUPLICATES}:{enterprise_id}")
