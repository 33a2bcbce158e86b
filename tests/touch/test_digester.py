"""What was acknowledged is digested exactly once, in order; what breaks goes aside and the rest goes on."""

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from guanxi.core import bus, events
from guanxi.core.models import Event
from guanxi.core.tenancy import tenancy
from guanxi.core.viewer import Viewer
from guanxi.people import queries as people
from guanxi.people import services as people_services
from guanxi.touch import digester, services
from guanxi.touch.models import AsideState, Poison, Quarantined, Tally
from guanxi.touch.services import NewKey
from tests.touch.conftest import Send


def log(viewer: Viewer) -> list[Event]:
    with tenancy(viewer):
        outside = Event.objects.filter(enterprise_id=viewer.enterprise_id).exclude(type="customer.updated")
        return list(outside.exclude(type__startswith="customer.m").order_by("seq"))


def whole(viewer: Viewer, customer_id: UUID | None) -> UUID:
    assert customer_id
    with tenancy(viewer):
        return people.whole_rows_for(viewer, customer_id)[0]


def page(user: str = "u1", **fields: Any) -> dict[str, Any]:
    return {"type": "page", "userId": user, "name": "Home", **fields}


def test_what_was_sent_stands_in_the_log(send: Send, chen: Viewer, website: NewKey) -> None:
    assert (
        send(
            "batch", {"batch": [page(), {"type": "track", "userId": "u1", "event": "Order Completed"}]}
        ).status_code
        == 200
    )
    assert digester.digest() == 2
    events = log(chen)
    assert [event.type for event in events] == ["page.viewed", "order.completed"]
    assert {event.source_id for event in events} == {website.source.pk}
    assert events[0].payload == {"name": "Home"}
    assert events[0].customer_id == events[1].customer_id is not None


def test_an_empty_inbox_is_left_alone(send: Send) -> None:
    assert digester.digest() == 0


def test_the_same_message_counts_once(send: Send, chen: Viewer) -> None:
    for _again in range(2):
        send("batch", {"batch": [page(messageId="m1"), page(messageId="m1"), page(messageId="m2")]})
        digester.digest()
    assert len(log(chen)) == 2
    with tenancy(chen):
        assert [(row.received, row.duplicates) for row in Tally.objects.all()] == [(2, 4)]


def test_the_same_message_of_another_source_is_another(send: Send, chen: Viewer) -> None:
    with tenancy(chen):
        other = services.create_source(viewer=chen, name="Till", kind="device")
    send("page", page(messageId="m1"))
    send("page", page(messageId="m1"), key=other.text)
    digester.digest()
    assert len(log(chen)) == 2


def test_events_of_two_enterprises_stay_apart(send: Send, chen: Viewer, bea: Viewer) -> None:
    with tenancy(bea):
        theirs = services.create_source(viewer=bea, name="Shop")
    send("page", page("u1"))
    send("page", page("u1"), key=theirs.text)
    assert digester.digest() == 2
    assert [len(log(viewer)) for viewer in (chen, bea)] == [1, 1]


def test_an_anonymous_history_joins_the_customer_who_identifies(send: Send, chen: Viewer) -> None:
    send("page", {"anonymousId": "a1", "name": "First"})
    digester.digest()
    send(
        "identify",
        {"anonymousId": "a1", "userId": "u1", "traits": {"name": "Ana Lopes", "email": "ana@lopes.pt"}},
    )
    send("page", {"anonymousId": "a1", "name": "Later"})
    send("track", {"userId": "u1", "event": "Signed Up"})
    digester.digest()
    assert len({whole(chen, event.customer_id) for event in log(chen)}) == 1


def test_history_in_the_same_batch_joins_too(send: Send, chen: Viewer) -> None:
    user = {"anonymousId": "a1", "userId": "u1"}
    send(
        "batch", {"batch": [{"type": "page", "anonymousId": "a1"}, {"type": "identify", **user}, page("u1")]}
    )
    digester.digest()
    assert len({whole(chen, event.customer_id) for event in log(chen)}) == 1


def test_an_alias_joins_what_went_before(send: Send, chen: Viewer) -> None:
    send("page", {"anonymousId": "a9"})
    send("page", page("u1"))
    send("alias", {"previousId": "a9", "userId": "u1"})
    digester.digest()
    assert len({whole(chen, event.customer_id) for event in log(chen)}) == 1


def test_two_who_share_a_device_stay_two(send: Send, chen: Viewer) -> None:
    for user in ("u1", "u2"):
        send("identify", {"anonymousId": "shared", "userId": user})
    digester.digest()
    assert len({whole(chen, event.customer_id) for event in log(chen)}) == 2


def test_a_name_in_the_traits_is_the_customers_name(send: Send, chen: Viewer) -> None:
    send("identify", {"userId": "u1", "traits": {"firstName": "三", "lastName": "张"}})
    digester.digest()
    (event,) = log(chen)
    with tenancy(chen):
        assert event.customer_id
        assert people.titles_for(chen, [event.customer_id]) == {event.customer_id: "三 张"}


@pytest.fixture
def fields(chen: Viewer) -> None:
    """What Shanhang keeps of its customers besides what everybody keeps."""
    with tenancy(chen):
        people_services.define_field(viewer=chen, name="shoe_size", label="Shoe size", type="int")
        people_services.define_field(
            viewer=chen, name="likes", label="Likes", type="choice", choices=["Tents"]
        )
        people_services.define_field(viewer=chen, name="allergy", label="Allergy", private=True)


def facts(viewer: Viewer) -> dict[str, tuple[Any, str]]:
    (event,) = log(viewer)
    with tenancy(viewer):
        assert event.customer_id
        known = people.whole_for(viewer, event.customer_id).facts
    return {name: (fact.value, fact.source) for name, fact in known.items()}


def test_traits_that_are_fields_of_the_enterprise_become_facts(
    send: Send, chen: Viewer, fields: None
) -> None:
    traits = {"name": "张三", "shoe_size": "42", "likes": "tents", "allergy": "nuts", "plan": "gold"}
    send("identify", {"userId": "u1", "traits": traits})
    digester.digest()
    assert facts(chen) == {
        "name": ("张三", "event"),
        "shoe_size": (42, "event"),
        "likes": ("Tents", "event"),
        "allergy": ("nuts", "event"),
    }


def test_a_trait_that_its_field_cannot_hold_stays_in_the_event(
    send: Send, chen: Viewer, fields: None
) -> None:
    traits = {"shoe_size": "large", "likes": ["tents"], "allergy": {"nuts": True}}
    send("identify", {"userId": "u1", "traits": {**traits, "name": "张三"}})
    digester.digest()
    assert facts(chen).keys() == {"name"}
    (event,) = log(chen)
    with tenancy(chen):
        opened = events.opened(chen, [event])[0]["traits"]
    assert {name: opened[name] for name in traits} == traits


def test_an_empty_trait_takes_no_fact_away(send: Send, chen: Viewer, fields: None) -> None:
    for traits in ({"shoe_size": 42}, {"shoe_size": "", "allergy": None}):
        send("identify", {"userId": "u1", "traits": traits})
        digester.digest()
    event, _again = log(chen)
    with tenancy(chen):
        assert event.customer_id
        assert people.whole_for(chen, event.customer_id).facts["shoe_size"].value == 42


@pytest.mark.parametrize(
    ("batch", "asked"),
    [
        ([page(), page("u2")], 0),
        ([{"type": "identify", "userId": f"u{n}", "traits": {"plan": "gold"}} for n in range(3)], 1),
    ],
    ids=["pages", "identify"],
)
def test_the_fields_of_the_enterprise_are_asked_for_once_a_batch_and_only_where_there_are_traits(
    send: Send, chen: Viewer, fields: None, batch: list[dict[str, Any]], asked: int
) -> None:
    send("batch", {"batch": batch})
    with CaptureQueriesContext(connection) as queries:
        digester.digest()
    assert sum("people_customfield" in query["sql"] for query in queries) == asked


def test_traits_are_sealed_in_the_log(send: Send, chen: Viewer) -> None:
    send("identify", {"userId": "u1", "traits": {"email": "ana@lopes.pt"}})
    digester.digest()
    assert "ana@lopes.pt" not in json.dumps([event.payload for event in log(chen)])


def test_a_message_that_cannot_be_taken_is_kept(send: Send, chen: Viewer) -> None:
    answer = send("batch", {"batch": [page(), {"type": "page"}]})
    assert (answer.status_code, answer.json()["success"]) == (200, False)
    digester.digest()
    with tenancy(chen):
        (kept,) = Quarantined.objects.all()
    assert (kept.code, json.loads(kept.body)) == ("nobody", {"type": "page"})
    assert len(log(chen)) == 1


def test_a_mended_message_goes_on_its_way(send: Send, chen: Viewer) -> None:
    send("track", {"userId": "u1", "timestamp": "2026-01-02T03:04:05Z"})
    digester.digest()
    with tenancy(chen):
        kept = Quarantined.objects.get()
        with pytest.raises(services.StillRefused):
            services.replay_quarantined(viewer=chen, row_id=kept.pk, mended=kept.body)
        mended = json.dumps(json.loads(kept.body) | {"event": "Opened"})
        services.replay_quarantined(viewer=chen, row_id=kept.pk, mended=mended)
    digester.digest()
    (event,) = log(chen)
    assert (event.type, event.occurred_at.isoformat()) == ("track.opened", "2026-01-02T03:04:05+00:00")
    with tenancy(chen):
        kept.refresh_from_db()
        assert (kept.state, kept.settled_by_id) == (AsideState.REPLAYED, chen.staff_id)


@pytest.fixture
def poisoned() -> Any:
    """A fold that breaks on a page named Poison; the fixture takes it away again."""

    def break_on_poison(batch: Sequence[Event]) -> None:
        with connection.cursor() as cursor:
            for event in batch:
                cursor.execute("SELECT 1 / %s", [0 if event.payload.get("name") == "Poison" else 1])

    before = list(bus._folds)
    bus.fold("page.viewed", break_on_poison)
    yield
    bus._folds[:] = before


def test_poison_goes_aside_and_the_rest_goes_on(send: Send, chen: Viewer, poisoned: None) -> None:
    send(
        "batch",
        {"batch": [page(f"u{number}", name="Poison" if number == 3 else "Home") for number in range(7)]},
    )
    assert digester.digest() == 7
    assert len(log(chen)) == 6
    with tenancy(chen):
        (aside,) = Poison.objects.all()
        assert [row.aside for row in Tally.objects.all()] == [1]
    assert "division by zero" in aside.error
    assert "break_on_poison" in aside.traceback


def test_poison_is_replayed_once_its_cause_is_mended(send: Send, chen: Viewer, poisoned: None) -> None:
    send("page", page(name="Poison"))
    digester.digest()
    bus._folds.pop()
    with tenancy(chen):
        assert services.replay_poison(viewer=chen, row_ids=[Poison.objects.get().pk]) == 1
        assert services.replay_poison(viewer=chen, row_ids=[Poison.objects.get().pk]) == 0
    digester.digest()
    assert [event.payload["name"] for event in log(chen)] == ["Poison"]


def test_a_row_that_cannot_be_read_goes_aside_and_the_rest_goes_on(
    send: Send, chen: Viewer, website: NewKey
) -> None:
    send("page", page())
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO touch_inbox (enterprise_id, source_id, received_at, lane, second_lane, refused, request_id, "
            "body) VALUES (%s, %s, now(), 1, -1, false, '', 'no message')",
            [chen.tenant, website.source.pk],
        )
    assert digester.digest() == 2
    assert len(log(chen)) == 1
    with tenancy(chen):
        assert [row.message for row in Poison.objects.all()] == ["no message"]
