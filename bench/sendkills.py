"""kill -9 of worker and PostgreSQL fifty times while mail goes out: none twice, none lost, none against permission."""

from bench.figures import Figure
from tests.kills.sending import sending_storm

KILLS = 50
SECONDS_BETWEEN = 4.0
PEOPLE = 1_500
# Enough to be sending until the last kill: 150 a second.
ROUNDS = 24


def run(scale: float) -> list[Figure]:
    """Kill, count, and say what was lost or came twice."""
    kills = max(3, int(KILLS * scale))
    people = max(200, int(PEOPLE * min(1.0, scale * 5)))
    with sending_storm(people=people) as raging:
        rounds = max(3, int(ROUNDS * kills / KILLS * PEOPLE / people))
        outcome = raging.send(kills=kills, seconds_between=SECONDS_BETWEEN, rounds=rounds)
    note = f"{outcome.kills} kills, {outcome.messages:,} messages posted, {outcome.arrived:,} arrived"
    return [
        Figure("Messages that arrived twice", outcome.twice, "messages", 0, "less", note=note),
        Figure("Messages lost", outcome.lost + outcome.left, "messages", 0, "less"),
        Figure("Messages against a permission", outcome.against, "messages", 0, "less"),
        Figure("In doubt, for staff to decide", outcome.in_doubt, "messages", 4.0 * outcome.kills, "less"),
    ]
