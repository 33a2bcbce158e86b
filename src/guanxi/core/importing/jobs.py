"""Background jobs of the import engine. A run opens the tenancy batch by batch, so the job is given none."""

from uuid import UUID

from guanxi.core import jobs, viewers
from guanxi.core.importing import running, shelf
from guanxi.settings import configuration


@jobs.job("core.import", queue="light", retry=5)
def bring_in(*, tenant_id: UUID, import_id: UUID) -> None:
    """Do what the import's state asks for: dry run, run or undo."""
    running.execute(viewers.for_process(tenant_id, "import"), import_id)


@jobs.job("core.import_sweep")
def sweep() -> None:
    """Delete uploaded files that are older than `GUANXI_UPLOAD_DAYS`."""
    shelf.sweep(configuration.upload_days)


jobs.schedule("core.import_sweep", cron="17 2 * * *")
