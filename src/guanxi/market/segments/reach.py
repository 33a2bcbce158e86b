"""How many customers of a condition may be contacted now, by channel: the gate's own answer, set-wise."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import connection, transaction

from guanxi.consent import gate
from guanxi.consent.words import Channel, Purpose, Strength
from guanxi.core.viewer import Viewer
from guanxi.market.segments import definitions, vocabulary

CHANNELS = (Channel.EMAIL, Channel.SMS, Channel.PHONE, Channel.MESSENGER)


@dataclass(frozen=True, slots=True)
class Reachable:
    """What the gate says of one channel: how many may be contacted now, later, not at all."""

    channel: str
    label: str
    allowed: int
    deferred: int
    refused: int

    @property
    def share(self) -> float:
        """The part that may be contacted now, from 0 to 1."""
        everybody = self.allowed + self.deferred + self.refused
        return self.allowed / everybody if everybody else 0.0


@transaction.atomic
def reach_for(viewer: Viewer, text: str) -> list[Reachable]:
    """For each channel how many customers of a condition may be sent an offer chosen for them."""
    viewer.require("segments.read")
    names = vocabulary.names_for(viewer)
    sql = definitions.rendered(viewer, vocabulary.parse(viewer, text, names), names)
    with connection.cursor() as cursor:
        cursor.execute(gate.CANDIDATES)
        cursor.execute(
            f"INSERT INTO gate_candidate SELECT f.customer_id FROM {sql.source} "
            f"WHERE f.enterprise_id = %(tenant)s AND {sql.where}",
            sql.parameters,
        )
        cursor.execute("ANALYZE gate_candidate")
    return [_judged(viewer, channel) for channel in CHANNELS]


def _judged(viewer: Viewer, channel: Channel) -> Reachable:
    counts: Mapping[tuple[str, str], int] = gate.judge_many(
        viewer, purpose=Purpose.OFFERS.value, channel=channel.value, needs=Strength.PERSONAL.value
    )
    sums = {"allow": 0, "defer": 0, "deny": 0}
    for (outcome, _reason), count in counts.items():
        sums[outcome] = sums.get(outcome, 0) + count
    return Reachable(channel.value, str(channel.label), sums["allow"], sums["defer"], sums["deny"])
