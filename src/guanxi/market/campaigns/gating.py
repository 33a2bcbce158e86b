"""The one place where a plan asks the gate about many customers at once."""

from guanxi.consent import gate
from guanxi.core.viewer import Viewer

CANDIDATES = "CREATE TEMPORARY TABLE IF NOT EXISTS gate_candidate (root_id uuid) ON COMMIT DELETE ROWS"


def judge(viewer: Viewer, *, purpose: str, channel: str, needs: int) -> None:
    """Judge everybody in `gate_candidate`; the answers stand in `gate_answer`."""
    gate.judge_many(viewer, purpose=purpose, channel=channel, needs=needs)
