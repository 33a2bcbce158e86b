"""Times are put right by the source's clock; lanes are the same in every process."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guanxi.touch import message
from guanxi.touch.message import Message, Refusal

RECEIVED = datetime(2026, 11, 20, 9, tzinfo=UTC)
SHOP = UUID(int=1)


def sent(time: str = "", sent: str = "") -> Message:
    return Message(kind="page", id="1", user="u", time=time, sent=sent)


@pytest.mark.parametrize(
    ("time", "sent_at", "expected"),
    [
        ("", "", RECEIVED),
        ("2026-11-20T08:00:00Z", "", datetime(2026, 11, 20, 8, tzinfo=UTC)),
        ("2026-11-20T16:00:00+08:00", "", datetime(2026, 11, 20, 8, tzinfo=UTC)),
        ("2026-11-20T08:00:00", "", datetime(2026, 11, 20, 8, tzinfo=UTC)),
        # The source's clock is a day slow: it sent at 09:00 of the 19th what happened ten minutes before.
        ("2026-11-19T08:50:00Z", "2026-11-19T09:00:00Z", datetime(2026, 11, 20, 8, 50, tzinfo=UTC)),
        # … or an hour fast.
        ("2026-11-20T09:50:00Z", "2026-11-20T10:00:00Z", datetime(2026, 11, 20, 8, 50, tzinfo=UTC)),
        # Nothing happens after we heard of it.
        ("2027-01-01", "", RECEIVED),
        # A library that sends old history keeps its distance.
        ("2017-11-20T09:00:00Z", "2026-11-20T09:00:00Z", datetime(2017, 11, 20, 9, tzinfo=UTC)),
    ],
)
def test_the_time_is_put_right_by_the_clock_of_its_source(
    time: str, sent_at: str, expected: datetime
) -> None:
    assert message.occurred_at(sent(time, sent_at), RECEIVED) == expected


@given(st.integers(0, 298 * 365 * 86_400), st.integers(0, 10**7))
def test_the_distance_between_happening_and_sending_is_kept(age: int, seconds: int) -> None:
    happened = datetime(1900, 1, 1, tzinfo=UTC) + timedelta(seconds=age)
    clock = happened + timedelta(seconds=seconds)
    corrected = message.occurred_at(sent(happened.isoformat(), clock.isoformat()), RECEIVED)
    assert RECEIVED - corrected == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "text", ["", "soon", "1899-12-31", "2200-01-01", "1e5", "١٢٣", "NaN", "infinity", "9" * 40]
)
def test_a_time_that_names_no_moment_is_refused(text: str) -> None:
    with pytest.raises(Refusal) as refused:
        message.read_time(text)
    assert refused.value.code == "bad_time"


def test_lanes_do_not_change() -> None:
    assert [message.lane(SHOP, key) for key in ("u:ana", "a:ana", "u:张三")] == [36, 38, 34]


def test_a_message_that_joins_two_keys_has_both_lanes() -> None:
    joined = Message(kind="identify", id="1", user="ana", anonymous="ana")
    assert message.lanes(SHOP, joined) == (message.lane(SHOP, "u:ana"), message.lane(SHOP, "a:ana"))


def test_one_customers_messages_share_a_lane() -> None:
    visits = [
        Message(kind=kind, id=kind, user="ana", anonymous="x") for kind in ("page", "track", "identify")
    ]
    assert len({message.lanes(SHOP, visit)[0] for visit in visits}) == 1
