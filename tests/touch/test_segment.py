"""The messages of Segment's libraries are read as they are meant; what cannot be taken says why."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from guanxi.touch import segment
from guanxi.touch.message import REASONS, Message, Refusal, Refused


def read(**fields: object) -> Message:
    return segment.read(json.dumps(fields).encode())


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (
            {"type": "identify", "userId": "u1", "traits": {"plan": "pro"}},
            {"kind": "identify", "data": {"plan": "pro"}},
        ),
        (
            {"type": "track", "userId": 7, "event": "Order Completed"},
            {"user": "7", "name": "Order Completed"},
        ),
        ({"type": "track", "anonymousId": 12.0, "event": "x"}, {"anonymous": "12"}),
        (
            {"type": "page", "userId": "u1", "name": "Home", "category": "Docs"},
            {"data": {"category": "Docs"}},
        ),
        ({"type": "screen", "userId": "u1", "properties": {"a": 1}}, {"data": {"a": 1}}),
        (
            {"type": "group", "userId": "u1", "groupId": "g", "traits": {"size": 3}},
            {"group": "g", "data": {"size": 3}},
        ),
        ({"type": "alias", "userId": "u1", "previousId": "a1"}, {"former": "a1", "user": "u1"}),
        (
            {"type": "Track", "userId": "u1", "event": "x", "originalTimestamp": "2026-01-01"},
            {"time": "2026-01-01"},
        ),
        (
            {"type": "track", "userId": "u1", "event": "x", "timestamp": 1767225600000},
            {"time": "1767225600000"},
        ),
    ],
)
def test_a_message_is_read_as_segment_means_it(
    fields: dict[str, object], expected: dict[str, object]
) -> None:
    message = read(**fields)
    assert {name: getattr(message, name) for name in expected} == expected


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"{", "not_json"),
        (b"[]", "not_object"),
        (b'{"type":"dance","userId":"u"}', "unknown_type"),
        (b'{"type":"page"}', "nobody"),
        (b'{"type":"track","userId":"u"}', "missing"),
        (b'{"type":"track","userId":"u","event":"   "}', "missing"),
        (b'{"type":"group","userId":"u"}', "missing"),
        (b'{"type":"alias","userId":"u"}', "missing"),
        (b'{"type":"track","userId":"u","event":"x","properties":"no"}', "wrong_type"),
        (b'{"type":"track","userId":true,"event":"x"}', "wrong_type"),
        (b'{"type":"track","userId":"u","event":"x","properties":{"a":"b\\u0000"}}', "nul"),
        (b'{"type":"track","userId":"\\ud800","event":"x"}', "not_json"),
        (b'{"type":"track","userId":"u","event":"x","properties":{"a":NaN}}', "not_json"),
        (b'{"type":"track","userId":"u","event":"x","properties":{"a":1e999}}', "wrong_type"),
        (b'{"type":"track","userId":"u","event":"x","timestamp":"yesterday"}', "bad_time"),
        (b'{"type":"track","userId":"u","event":"x","timestamp":"1666-01-01"}', "bad_time"),
        (b'{"type":"track","userId":"u","event":"x","timestamp":99999999999999999}', "bad_time"),
        (b'{"type":"page","userId":"' + b"x" * 256 + b'"}', "too_long"),
        (b'{"type":"page","userId":"u","properties":{"a":"' + b"x" * 33_000 + b'"}}', "too_large"),
        (
            b'{"type":"page","userId":"u","properties":' + b'{"a":' * 5000 + b"1" + b"}" * 5000 + b"}",
            "not_json",
        ),
    ],
)
def test_a_message_that_cannot_be_taken_says_why(raw: bytes, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        segment.read(raw)
    assert refused.value.code == code


def test_backslashes_before_u0000_are_letters() -> None:
    assert read(type="page", userId="u", name="\\u0000").name == "\\u0000"


def test_one_bad_message_spoils_no_other_of_its_batch() -> None:
    pages = [{"type": "page", "userId": user} for user in ("a", "\ud800", "", "b")]
    body = json.dumps({"batch": pages}).encode()
    taken = [item.user if isinstance(item, Message) else item.code for item in segment.read_batch(body)]
    assert taken == ["a", "not_json", "nobody", "b"]


def test_what_a_batch_says_holds_for_its_messages() -> None:
    body = json.dumps(
        {
            "batch": [{"type": "page", "userId": "a", "context": {"locale": "zh", "ip": "10.0.0.1"}}],
            "sentAt": "2026-01-01T00:00:00Z",
            "context": {"campaign": {"name": "spring"}},
        }
    ).encode()
    (message,) = segment.read_batch(body)
    assert isinstance(message, Message)
    assert message.sent == "2026-01-01T00:00:00Z"
    assert message.context == {"campaign": {"name": "spring"}, "locale": "zh"}


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b'{"batch":3}', b"{}", b'{"batch":[{]}', b"\xff\xfe"])
def test_an_unreadable_envelope_is_refused_as_a_whole(body: bytes) -> None:
    with pytest.raises(Refusal):
        list(segment.read_batch(body))


@pytest.mark.parametrize(
    ("body", "key"),
    [(b'{"writeKey":"k","x":1}', "k"), (b"{}", ""), (b"[1]", ""), (b'{"writeKey":3}', ""), (b"\xff", "")],
)
def test_a_browser_may_put_its_key_into_the_body(body: bytes, key: str) -> None:
    assert segment.write_key(body) == key


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
_fields = st.sampled_from(
    [
        "type",
        "userId",
        "anonymousId",
        "event",
        "timestamp",
        "sentAt",
        "traits",
        "properties",
        "context",
        "messageId",
        "name",
    ]
)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.lists(st.dictionaries(_fields, _json | st.sampled_from(["track", "page", "identify"])), max_size=5))
def test_whatever_comes_is_taken_or_refused_with_a_known_reason(messages: list[dict[str, object]]) -> None:
    read_back = list(segment.read_batch(json.dumps({"batch": messages}).encode()))
    assert len(read_back) == len(messages)
    assert all(isinstance(item, Message) or item.code in REASONS for item in read_back)
    assert all("\0" not in json.dumps(item.data) for item in read_back if isinstance(item, Message))


@given(st.binary(max_size=200))
def test_no_bytes_break_the_reader(body: bytes) -> None:
    assert isinstance(segment.read_or_refuse(body), Message | Refused)
