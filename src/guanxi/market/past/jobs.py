"""Jobs of the past: measured by the analysing process, which alone loads the analysis stack."""

from uuid import UUID

from guanxi.core import jobs
from guanxi.core.resolve import resolve


@jobs.job("market.past", queue="analysis", retry=1, in_tenancy=False)
def past(*, enterprise_id: UUID) -> None:
    """Measure what the past campaigns did, anew."""
    resolve("guanxi.market.past.measuring:perform")(enterprise_id=enterprise_id)
