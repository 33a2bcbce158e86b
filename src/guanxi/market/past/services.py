"""Writes of the past: it is measured anew when somebody asks."""

from guanxi.core import jobs
from guanxi.core.viewer import Viewer


def measure(*, viewer: Viewer) -> None:
    """Ask for a new measurement of all past campaigns; the analysing process takes it up."""
    viewer.require("mining.run")
    jobs.defer("market.past", enterprise_id=viewer.tenant, lock=f"past:{viewer.tenant}")
