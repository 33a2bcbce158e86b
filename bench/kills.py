"""kill -9 of web, worker and PostgreSQL fifty times under load: acknowledged = stored, nothing twice."""

from bench.figures import Figure
from tests.kills.storm import storm

KILLS = 50
SECONDS_BETWEEN = 4.0


def run(scale: float) -> list[Figure]:
    """Kill, count, and say what was lost or came twice."""
    with storm() as raging:
        outcome = raging.rage(kills=max(3, int(KILLS * scale)), seconds_between=SECONDS_BETWEEN)
    note = f"{outcome.kills} kills, {outcome.acknowledged:,} events acknowledged, {outcome.refusals:,} sent again"
    return [
        Figure("Acknowledged events that are not stored", outcome.lost, "events", 0, "less", note=note),
        Figure("Events stored twice", outcome.twice + outcome.strangers, "events", 0, "less"),
        Figure("Events not folded exactly once", abs(outcome.folded - outcome.stored), "events", 0, "less"),
        Figure("Messages left undigested", outcome.left, "messages", 0, "less"),
    ]
