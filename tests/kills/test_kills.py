"""Whatever is killed whenever: an acknowledged event is never lost and never counted twice."""

import pytest

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
