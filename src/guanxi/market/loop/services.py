"""Writes of the loop report: it is kept, one of each day."""

from django.db import transaction

from guanxi.core.viewer import Viewer
from guanxi.market.loop import queries
from guanxi.market.loop.lines import Report
from guanxi.market.models import LoopReport


@transaction.atomic
def keep(*, viewer: Viewer) -> Report:
    """Make the report and keep it as that of today; a later one of the same day takes its place."""
    viewer.require("mining.run")
    report = queries.report_for(viewer)
    LoopReport.objects.update_or_create(
        enterprise_id=viewer.tenant,
        day=viewer.now.astimezone(viewer.timezone).date(),
        defaults={"as_of": viewer.now, "facts": report.facts()},
    )
    return report
