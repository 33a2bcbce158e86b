"""Whatever is killed whenever: no event is lost or counted twice, no message sent twice, lost or unasked."""

import pytest

from tests.kills.sending import sending_storm
from tests.kills.storm import storm


@pytest.mark.kills
@pytest.mark.slow
@pytest.mark.timeout(600)
def test_no_kill_loses_or_doubles_an_acknowledged_event() -> None:
    with storm() as raging:
        outcome = raging.rage(kills=5, seconds_between=4)
    assert outcome.acknowledged > 500
    assert (outcome.lost, outcome.strangers, outcome.twice, outcome.left) == (0, 0, 0, 0)
    assert outcome.folded == outcome.stored


@pytest.mark.kills
@pytest.mark.slow
@pytest.mark.timeout(600)
def test_no_kill_sends_a_message_twice_loses_one_or_sends_against_a_permission() -> None:
    with sending_storm(people=500) as raging:
        outcome = raging.send(kills=5, seconds_between=4, rounds=4)
    assert outcome.arrived > 1_000
    assert (outcome.twice, outcome.lost, outcome.against, outcome.left) == (0, 0, 0, 0)
    # One on its way by each of four sessions, at each kill.
    assert outcome.in_doubt <= 4 * outcome.kills
