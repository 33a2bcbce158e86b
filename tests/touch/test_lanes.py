"""A customer's messages keep their order, and what joins two lanes waits for both."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from guanxi.touch import lanes
from guanxi.touch.lanes import Row


def row(id_: int, lane: int, second: int = -1) -> Row:
    return Row(id_, UUID(int=1), UUID(int=2), datetime(2026, 1, 1, tzinfo=UTC), lane, second, False, "", b"")


@pytest.mark.parametrize(
    ("rows", "held", "ready"),
    [
        ([row(1, 3), row(2, 4)], {3, 4}, [1, 2]),
        ([row(1, 3, 4), row(2, 3), row(3, 4)], {3, 4}, [1, 2, 3]),
        # The other lane is taken: the message waits, and with it what follows in its lane.
        ([row(1, 3, 4), row(2, 3), row(3, 5)], {3, 5}, [3]),
        # What waits for a lane holds back what is behind it in both.
        ([row(1, 3, 9), row(2, 4), row(3, 3, 4), row(4, 4)], {3, 4}, [2]),
    ],
)
def test_rows_go_in_order_or_wait(rows: list[Row], held: set[int], ready: list[int]) -> None:
    assert [each.id for each in lanes.free(rows, held)] == ready
