"""What is held about somebody is given out whole, and erased for ever."""

from collections.abc import Callable
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse

from guanxi.core import events
from guanxi.core.tenancy import tenancy
from guanxi.core.viewer import Viewer
from guanxi.people import queries, services
from guanxi.people.services import Change

SignIn = Callable[[Viewer], Client]


@pytest.fixture
def lin(chen: Viewer) -> UUID:
    with tenancy(chen):
        made = services.create(
            viewer=chen, change=Change(name="Lin Yue 林悦"), identifiers=[("email", "yue.lin@example.com")]
        )
        events.emit(
            "track.asked", customer_id=made, payload={"email": "yue.lin@example.com", "page": "/tents"}
        )
    return made


def test_the_download_holds_rows_of_every_table_in_plain_text(
    signed_in: SignIn, chen: Viewer, lin: UUID
) -> None:
    held = signed_in(chen).get(reverse("desk:customer-held-download", args=[lin])).json()
    assert {"people_customer", "people_identifier", "core_event"} <= held.keys()
    assert held["people_customer"][0]["name"] == "Lin Yue 林悦"
    assert held["people_identifier"][0]["value"] == "yue.lin@example.com"
    assert "yue.lin@example.com" in str(held["core_event"])


def test_after_erasing_nothing_private_is_left(signed_in: SignIn, chen: Viewer, lin: UUID) -> None:
    signed_in(chen).post(reverse("desk:customer-erase", args=[lin]), {"word": "erase"})
    with tenancy(chen):
        assert "yue.lin" not in str(queries.everything_for(chen, lin))
        assert "Lin Yue" not in str(queries.everything_for(chen, lin))
        assert queries.search(chen, "Lin Yue").ids == ()


def test_without_the_word_nothing_is_erased(signed_in: SignIn, chen: Viewer, lin: UUID) -> None:
    answer = signed_in(chen).post(reverse("desk:customer-erase", args=[lin]), {"word": "yes"})
    assert answer.status_code == 422
    with tenancy(chen):
        assert "Lin Yue" in str(queries.everything_for(chen, lin))


def test_service_staff_may_neither_see_everything_nor_erase(
    signed_in: SignIn, mei: Viewer, chen: Viewer, lin: UUID
) -> None:
    client = signed_in(mei)
    assert client.get(reverse("desk:customer-held", args=[lin])).status_code in (403, 404)
    assert client.post(reverse("desk:customer-erase", args=[lin]), {"word": "erase"}).status_code in (
        403,
        404,
    )
    with tenancy(chen):
        assert "Lin Yue" in str(queries.everything_for(chen, lin))
