"""One run as a whole: taken up, performed, stored, ended; the job and the command both come here."""

import logging
import traceback
from collections.abc import Callable
from uuid import UUID

from django.conf import settings

from guanxi.core import viewers
from guanxi.core.tenancy import tenancy
from guanxi.core.viewer import Viewer
from guanxi.mining import performing, services, storing
from guanxi.mining.models import Run

log = logging.getLogger(__name__)
Tell = Callable[[str, int, int], None]
# Where each step begins and ends on the bar of the page.
SHARES = {
    "lake": (0, 40),
    "features": (40, 60),
    "measures": (60, 75),
    "backtest": (75, 85),
    "store": (85, 100),
}


def perform(*, enterprise_id: UUID, run_id: UUID, tell: Tell = lambda *_: None) -> None:
    """Perform a run to its end. A failure is recorded in the run, and the last good scores stay."""
    viewer = viewers.for_process(enterprise_id, "mining")
    with services.performing(viewer) as alone:
        if alone:
            _perform(viewer, run_id, tell)


def _perform(viewer: Viewer, run_id: UUID, tell: Tell) -> None:
    with tenancy(viewer):
        run = services.begin(viewer, run_id, engine=settings.CONFIGURATION.engine)
    if run is None:
        return
    teller = _Teller(viewer, run_id, tell)
    try:
        found = performing.find(
            viewer, data=settings.CONFIGURATION.data, address=settings.CONFIGURATION.engine, tell=teller
        )
        teller("store", 0, 1)
        with tenancy(viewer):
            with performing.timed(found.seconds, "store"):
                found.rows["rows written"] = storing.store(viewer, run, found)
            services.finish(viewer, run_id, rows=found.rows, seconds=found.seconds, report=found.report)
    except Exception:  # the border of the job: recorded for people, logged for us
        log.exception("Run %s of %s failed", run_id, viewer.tenant)
        with tenancy(viewer):
            services.fail(viewer, run_id, error=traceback.format_exc())


def perform_now(viewer: Viewer, *, tell: Tell = lambda *_: None) -> Run:
    """Ask for a run, or take up one that was left behind, and perform it in this process; returns it as it ended."""
    with tenancy(viewer):
        run = services.left_behind(viewer) or services.ask(viewer)
    perform(enterprise_id=viewer.tenant, run_id=run.pk, tell=tell)
    with tenancy(viewer):
        return Run.objects.get(pk=run.pk)


class _Teller:
    """Writes progress into the run when it grew by a percent or the step changed, and passes it on."""

    def __init__(self, viewer: Viewer, run_id: UUID, tell: Tell) -> None:
        self._viewer, self._run_id, self._tell = viewer, run_id, tell
        self._last = ("", -1)

    def __call__(self, step: str, done: int, total: int) -> None:
        self._tell(step, done, total)
        first, last = SHARES[step.split()[0]]
        progress = first + round((last - first) * (done / total if total else 1))
        if (step, progress) != self._last:
            self._last = (step, progress)
            with tenancy(self._viewer):
                services.advance(self._viewer, self._run_id, step=step, progress=progress)
