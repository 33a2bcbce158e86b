"""CloudEvents 1.0 in JSON become messages; what they lack is said."""

import json

import pytest

from guanxi.touch import cloudevents
from guanxi.touch.message import Message, Refusal

EVENT: dict[str, object] = {
    "specversion": "1.0",
    "id": "1",
    "source": "/till/3",
    "type": "order.completed",
    "subject": "u1",
    "time": "2026-01-01T10:00:00Z",
    "data": {"total": 12},
}


def read(**fields: object) -> Message:
    return cloudevents.read(json.dumps(EVENT | fields).encode())


def test_an_event_becomes_a_message() -> None:
    message = read()
    assert (message.kind, message.name, message.user, message.id) == (
        "track",
        "order.completed",
        "u1",
        "/till/3#1",
    )
    assert (message.time, message.data) == ("2026-01-01T10:00:00Z", {"total": 12})


def test_the_same_id_of_two_sources_is_two_messages() -> None:
    assert read(source="/till/3").id != read(source="/till/4").id


def test_extensions_say_who_it_is() -> None:
    message = read(anonymousid="a1", userid="u9")
    assert (message.user, message.anonymous) == ("u9", "a1")


def test_a_subject_is_no_user_where_the_event_names_an_anonymous_one() -> None:
    assert read(anonymousid="a1").user == ""


@pytest.mark.parametrize(
    ("type_", "kind"),
    [("identify", "identify"), ("customer.identified", "identify"), ("page.viewed", "page"), ("x", "track")],
)
def test_the_kinds_of_segment_are_types(type_: str, kind: str) -> None:
    assert read(type=type_).kind == kind


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"id": ""}, "missing"),
        ({"specversion": "0.3"}, "wrong_type"),
        ({"subject": ""}, "nobody"),
        ({"type": "alias"}, "missing"),
        ({"type": "group"}, "missing"),
        ({"time": "never"}, "bad_time"),
        ({"data": "text"}, "wrong_type"),
        ({"type": "x" * 300}, "too_long"),
    ],
)
def test_an_event_that_cannot_be_taken_says_why(fields: dict[str, object], code: str) -> None:
    with pytest.raises(Refusal) as refused:
        read(**fields)
    assert refused.value.code == code


def test_a_missing_attribute_is_named() -> None:
    with pytest.raises(Refusal, match="specversion"):
        cloudevents.read(b'{"id":"1","source":"s","type":"t"}')


def test_a_batch_is_read_one_by_one() -> None:
    body = json.dumps([EVENT, EVENT | {"id": "2", "subject": "\ud800"}, EVENT | {"id": "3"}]).encode()
    taken = [item.id if isinstance(item, Message) else item.code for item in cloudevents.read_batch(body)]
    assert taken == ["/till/3#1", "not_json", "/till/3#3"]


@pytest.mark.parametrize("body", [b"{}", b"1", b"", b"[{]"])
def test_a_batch_is_an_array(body: bytes) -> None:
    with pytest.raises(Refusal):
        list(cloudevents.read_batch(body))
