"""Jobs of the mining centre: performed by the analysing process, which alone loads the analysis stack."""

from uuid import UUID

from guanxi.core import jobs, viewers
from guanxi.core.resolve import resolve
from guanxi.core.tenancy import tenancy
from guanxi.mining import services
from guanxi.mining.errors import AlreadyRunning


@jobs.job("mining.run", queue="analysis", retry=3, in_tenancy=False)
def run(*, enterprise_id: UUID, run_id: UUID) -> None:
    """Perform a run that was asked for; a second try goes on where a killed one stopped."""
    resolve("guanxi.mining.runs:perform")(enterprise_id=enterprise_id, run_id=run_id)


@jobs.job("mining.nightly", queue="light", retry=1, in_tenancy=False)
def nightly() -> None:
    """Ask for a run of every enterprise, unless one is under way."""
    for enterprise_id in viewers.enterprise_ids():
        viewer = viewers.for_process(enterprise_id, "mining.nightly")
        with tenancy(viewer):
            try:
                services.start(viewer)
            except AlreadyRunning:
                continue


jobs.schedule("mining.nightly", cron="0 3 * * *")
