"""Background job of the ledger: what time alone changes is booked."""

from guanxi.core import jobs, viewers
from guanxi.core.ledger import services
from guanxi.core.tenancy import tenancy


@jobs.job("core.ledger_settle", in_tenancy=False)
def settle() -> None:
    """Release reservations whose time is over, and book out what has expired, in portions that hold nobody up."""
    for enterprise_id in viewers.enterprise_ids():
        viewer = viewers.for_process(enterprise_id, "ledger")
        for book in (services.lapse, services.expire):
            booked = True
            while booked:
                with tenancy(viewer):
                    booked = bool(book(viewer=viewer))


jobs.schedule("core.ledger_settle", cron="*/15 * * * *")
