"""Background job of offers: what time alone changes. Codes expire by the ledger's own job."""

from guanxi.core import jobs, viewers
from guanxi.core.tenancy import tenancy
from guanxi.market.offers import redeeming, services


@jobs.job("market.offers_settle", in_tenancy=False)
def settle() -> None:
    """Free what was reserved and not used in time, and end the offers whose time is over."""
    for enterprise_id in viewers.enterprise_ids():
        viewer = viewers.for_process(enterprise_id, "offers")
        freed = True
        while freed:
            with tenancy(viewer):
                freed = bool(redeeming.lapse(viewer=viewer))
        with tenancy(viewer):
            services.close_over(viewer=viewer)


jobs.schedule("market.offers_settle", cron="*/5 * * * *")
