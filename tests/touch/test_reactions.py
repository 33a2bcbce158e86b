"""Reactions are worked through apart from the writing of events, each with its own retry."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

from guanxi.core import bus
from guanxi.core.models import Event
from guanxi.core.tenancy import role
from guanxi.touch import digester, reactions
from tests.touch.conftest import Send

PAGE = {"userId": "u1", "name": "Home"}


@pytest.fixture
def heard() -> Iterator[list[Event]]:
    """What a subscriber to pages heard; it fails on pages named Trouble."""
    events: list[Event] = []

    def hear(event: Event) -> None:
        if event.payload.get("name") == "Trouble":
            raise ValueError("no such page")
        events.append(event)

    bus.react("page.viewed", "tests.hear", hear)
    yield events
    del bus._reactions["tests.hear"]


def queued() -> list[Any]:
    with role("guanxi_work"), connection.cursor() as cursor:
        cursor.execute(
            "SELECT attempts, error, due_at > now() FROM core_reaction WHERE subscriber = 'tests.hear'"
        )
        return list(cursor.fetchall())


def test_a_reaction_hears_of_the_event_once(send: Send, heard: list[Event]) -> None:
    send("page", PAGE)
    digester.digest()
    assert heard == []
    reactions.work()
    reactions.work()
    assert [event.payload for event in heard] == [{"name": "Home"}]
    assert queued() == []


def test_a_failing_reaction_is_tried_later_and_delays_nobody(send: Send, heard: list[Event]) -> None:
    send("page", PAGE | {"name": "Trouble"})
    send("page", PAGE)
    digester.digest()
    reactions.work()
    assert len(heard) == 1
    assert queued() == [(1, "ValueError: no such page", True)]


def test_a_message_seen_twice_is_reacted_to_once(send: Send, heard: list[Event]) -> None:
    for _again in range(2):
        send("page", PAGE | {"messageId": "m1"})
        digester.digest()
    reactions.work()
    assert len(heard) == 1
