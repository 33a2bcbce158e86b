"""CloudEvents 1.0 in JSON: one event (structured mode) or a batch of them.

`id` is the message id (unique together with `source`, so both make it here), `time` the moment, `subject` the customer
unless the extensions `userid` or `anonymousid` say who it is; `data` is what we keep. The six kinds of Segment come as
the types `identify`, `track` …; every other type is a thing that happened, named by it.
"""

from collections.abc import Iterator
from typing import Any

import msgspec

from guanxi.touch.message import (
    Message,
    Refusal,
    Refused,
    again,
    check_keys,
    decode,
    lenient,
    opened,
    read_time,
)

STRUCTURED = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
_KINDS = {
    "customer.identified": "identify",
    "customer.grouped": "group",
    "customer.aliased": "alias",
    "page.viewed": "page",
    "screen.viewed": "screen",
} | {kind: kind for kind in ("identify", "group", "alias", "page", "screen")}


class _Incoming(msgspec.Struct):
    """The attributes of the specification, and the extensions that say who it is."""

    specversion: str
    id: str
    source: str
    type: str
    subject: str = ""
    time: str = ""
    userid: str = ""
    anonymousid: str = ""
    previousid: str = ""
    groupid: str = ""
    data: dict[str, Any] | None = None


_incoming = msgspec.json.Decoder(_Incoming)
_batch = msgspec.json.Decoder(list[msgspec.Raw])


def read_batch(body: bytes) -> Iterator[Message | Refused]:
    """Each event of a batch, or why it cannot be taken.

    Raises:
        Refusal: The batch itself cannot be read, so nothing of it is.
    """
    for raw in _events(body):
        yield read_or_refuse(bytes(raw))


def _events(body: bytes) -> list[msgspec.Raw]:
    try:
        return decode(_batch, body)
    except Refusal as refusal:
        found = lenient(body)
        if not isinstance(found, list):
            raise refusal from None
        return again(found)


def read_or_refuse(raw: bytes) -> Message | Refused:
    """One event, or why it cannot be taken, with what came."""
    try:
        return read(raw)
    except Refusal as refusal:
        return Refused(refusal.code, refusal.detail, raw)


def read(raw: bytes) -> Message:
    """One event in structured mode.

    Raises:
        Refusal: It cannot be taken.
    """
    incoming = opened(_incoming, raw)
    kind = _KINDS.get(incoming.type, "track")
    message = Message(
        kind=kind,
        id=f"{incoming.source}#{incoming.id}",
        user=incoming.userid or ("" if incoming.anonymousid else incoming.subject),
        anonymous=incoming.anonymousid,
        former=incoming.previousid,
        group=incoming.groupid,
        name=incoming.type if kind == "track" else "",
        time=incoming.time,
        data=incoming.data or {},
    )
    _check(incoming, message)
    return message


def _check(incoming: _Incoming, message: Message) -> None:
    for name in ("id", "source", "type"):
        if not getattr(incoming, name).strip():
            raise Refusal("missing", name)
    if not incoming.specversion.startswith("1."):
        raise Refusal("wrong_type", f"specversion {incoming.specversion[:20]}")
    if not message.user and not message.anonymous:
        raise Refusal("nobody")
    if message.kind == "group" and not message.group:
        raise Refusal("missing", "groupid")
    if message.kind == "alias" and not (message.user and message.former):
        raise Refusal("missing", "previousid")
    check_keys(
        {"id": message.id, "userid": message.user, "anonymousid": message.anonymous, "type": message.name}
    )
    if message.time:
        read_time(message.time)
