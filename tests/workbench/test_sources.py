"""Staff connect sources, see what came, and mend what could not be taken."""

import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse

from guanxi.core.tenancy import tenancy
from guanxi.core.viewer import Viewer
from guanxi.touch import digester, keys, queries, services

SignIn = Callable[[Viewer], Client]


@pytest.fixture
def desk(signed_in: SignIn, chen: Viewer) -> Client:
    """Chen at her desk."""
    keys.forget()
    return signed_in(chen)


@pytest.fixture
def website(chen: Viewer) -> services.NewKey:
    """Shanhang's website with its write key."""
    with tenancy(chen):
        return services.create_source(viewer=chen, name="Website")


def send(key: str, **message: Any) -> None:
    answer = Client().post(
        "/v1/batch", json.dumps({"batch": [message], "writeKey": key}), content_type="text/plain"
    )
    assert answer.status_code == 200
    digester.digest()


def test_a_new_source_shows_its_key_once(desk: Client, chen: Viewer) -> None:
    answer = desk.post(reverse("desk:sources"), {"name": "Shop", "kind": "website"})
    assert b"gxw_" in answer.content
    with tenancy(chen):
        (line,) = queries.sources_for(chen)
    assert b"gxw_" in answer.content
    again = desk.get(reverse("desk:source", args=[line.source.pk])).content.decode()
    assert "YOUR_WRITE_KEY" in again
    assert answer.context["secret"] not in again


def test_two_sources_cannot_share_a_name(desk: Client, website: services.NewKey) -> None:
    assert desk.post(reverse("desk:sources"), {"name": "Website", "kind": "server"}).status_code == 409


def test_a_rotated_key_lives_on_until_it_is_revoked(desk: Client, website: services.NewKey) -> None:
    source = website.source.pk
    desk.post(reverse("desk:source-rotate", args=[source]))
    assert keys.owner_of(website.text) is not None
    desk.post(reverse("desk:source-revoke", args=[source]))
    assert keys.owner_of(website.text) is None


def test_a_closed_source_is_refused(desk: Client, website: services.NewKey) -> None:
    desk.post(reverse("desk:source-close", args=[website.source.pk]))
    answer = Client().post(
        "/v1/page",
        '{"userId":"u"}',
        content_type="application/json",
        headers={"authorization": f"Bearer {website.text}"},
    )
    assert answer.status_code == 401


@pytest.mark.parametrize("page", ["sources", "events", "quarantine"])
def test_the_pages_open_when_there_is_nothing(desk: Client, page: str) -> None:
    assert desk.get(reverse(f"desk:{page}")).status_code == 200


def test_an_event_stands_in_the_tail_and_opens(desk: Client, website: services.NewKey) -> None:
    send(website.text, type="track", userId="u1", event="Product Viewed", properties={"name": "Tent 帐篷"})
    tail = desk.get(reverse("desk:events")).content.decode()
    assert "Tent 帐篷" in tail
    assert "Website" in desk.get(reverse("desk:sources")).content.decode()
    assert "data-live" in tail
    (line,) = desk.get(reverse("desk:events")).context["lines"]
    detail = desk.get(reverse("desk:event", args=[line.event.seq])).content.decode()
    assert "product.viewed" in detail


@pytest.mark.parametrize(
    ("query", "found"), [("type=page.viewed", 1), ("type=track.*", 1), ("type=order.completed", 0)]
)
def test_events_are_found_by_type(desk: Client, website: services.NewKey, query: str, found: int) -> None:
    send(website.text, type="page", userId="u1", name="Home")
    send(website.text, type="track", userId="u1", event="Dance")
    assert len(desk.get(f"{reverse('desk:events')}?{query}").context["lines"]) == found


def test_events_are_found_by_source_and_customer(desk: Client, website: services.NewKey) -> None:
    send(website.text, type="page", userId="u1", name="Home")
    send(website.text, type="page", userId="u2", name="Away")
    lines = desk.get(f"{reverse('desk:events')}?source={website.source.pk}").context["lines"]
    assert len(lines) == 2
    one = desk.get(f"{reverse('desk:events')}?customer={lines[0].event.customer_id}").context["lines"]
    assert [line.event.payload["name"] for line in one] == ["Away"]


def test_whose_reach_is_their_own_see_no_event_of_others(
    signed_in: SignIn, mei: Viewer, website: services.NewKey
) -> None:
    send(website.text, type="page", userId="u1", name="Home")
    client = signed_in(mei)
    assert client.get(reverse("desk:events")).context["lines"] == []


def test_an_event_of_another_enterprise_is_not_there(
    signed_in: SignIn, bea: Viewer, chen: Viewer, website: services.NewKey
) -> None:
    send(website.text, type="page", userId="u1", name="Home")
    with tenancy(chen):
        seq = queries.events_for(chen).get().seq
    assert signed_in(bea).get(reverse("desk:event", args=[seq])).status_code == 404


def test_a_refused_message_is_mended_on_its_page(
    desk: Client, chen: Viewer, website: services.NewKey
) -> None:
    send(website.text, type="track", userId="u1")
    (line,) = desk.get(reverse("desk:quarantine")).context["lines"]
    address = reverse("desk:quarantined", args=[line.row.pk])
    assert desk.post(address, {"body": "{"}).context["form"].errors
    assert desk.post(address, {"body": '{"type":"track","userId":"u1","event":"Dance"}'}).status_code == 302
    digester.digest()
    with tenancy(chen):
        assert queries.events_for(chen, type_="track.dance").count() == 1
    assert desk.get(reverse("desk:quarantine")).context["lines"] == []


def test_chosen_messages_are_settled_together(desk: Client, chen: Viewer, website: services.NewKey) -> None:
    send(website.text, type="track", userId="u1")
    send(website.text, type="page")
    rows = [str(line.row.pk) for line in desk.get(reverse("desk:quarantine")).context["lines"]]
    settle = reverse("desk:quarantine-settle")
    desk.post(settle, {"id": rows, "deed": "replay"})
    with tenancy(chen):
        assert queries.waiting_aside_for(chen)["refused"] == 2
    desk.post(settle, {"id": rows, "deed": "dismiss"})
    with tenancy(chen):
        assert queries.waiting_aside_for(chen)["refused"] == 0


def test_a_clerk_may_not_make_a_source(signed_in: SignIn, mei: Viewer) -> None:
    client = signed_in(mei)
    assert client.post(reverse("desk:sources"), {"name": "Mine", "kind": "server"}).status_code == 403
    with tenancy(mei):
        assert queries.sources_for(mei) == []


def test_a_source_of_another_enterprise_is_not_there(
    signed_in: SignIn, bea: Viewer, website: services.NewKey
) -> None:
    source: UUID = website.source.pk
    client = signed_in(bea)
    assert client.get(reverse("desk:source", args=[source])).status_code == 404
    assert client.post(reverse("desk:source-close", args=[source])).status_code == 404
    assert keys.owner_of(website.text) is not None
