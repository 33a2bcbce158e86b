"""The language of Segment's tracking API: identify, track, page, screen, group, alias and batches of them.

Written after the specification (segment.com/docs/connections/spec); lenient where its own libraries are (numbers as
ids, times with or without a zone), strict where the database or the customer's history would suffer.
"""

import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

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

KINDS = ("identify", "track", "page", "screen", "group", "alias")
# What of the context is kept with each event; addresses of the network and the rest of the device are not.
KEPT_CONTEXT = frozenset(
    {"campaign", "page", "locale", "timezone", "library", "app", "referrer", "groupId", "sessionId"}
)
_Key = str | int | float | None


class _Incoming(msgspec.Struct, rename="camel"):
    """All fields of all six calls; which of them a call needs is said in `_check`."""

    type: str = ""
    message_id: _Key = None
    user_id: _Key = None
    anonymous_id: _Key = None
    previous_id: _Key = None
    group_id: _Key = None
    event: str | None = None
    name: str | None = None
    category: str | None = None
    timestamp: str | int | float | None = None
    original_timestamp: str | int | float | None = None
    sent_at: str | int | float | None = None
    traits: dict[str, Any] | None = None
    properties: dict[str, Any] | None = None
    context: dict[str, Any] | None = None


class _Batch(msgspec.Struct, rename="camel"):
    """An envelope of messages; each is read for itself, so that one bad message spoils no other."""

    batch: list[msgspec.Raw]
    sent_at: str | int | float | None = None
    context: dict[str, Any] | None = None
    write_key: str = ""


class _KeyOnly(msgspec.Struct, rename="camel"):
    write_key: str = ""


_incoming = msgspec.json.Decoder(_Incoming)
_batch = msgspec.json.Decoder(_Batch)
_key_only = msgspec.json.Decoder(_KeyOnly)


def write_key(body: bytes) -> str:
    """The write key that a browser's library puts into the body, or nothing."""
    try:
        return _key_only.decode(body).write_key
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return ""


def read_batch(body: bytes) -> Iterator[Message | Refused]:
    """Each message of a batch, or why it cannot be taken.

    Raises:
        Refusal: The envelope itself cannot be read, so nothing of it is.
    """
    envelope = _envelope(body)
    sent = _text(envelope.sent_at)
    shared = _kept(envelope.context)
    for raw in envelope.batch:
        yield read_or_refuse(bytes(raw), sent=sent, shared=shared)


def _envelope(body: bytes) -> _Batch:
    try:
        return decode(_batch, body)
    except Refusal as refusal:
        found = lenient(body)
        if not isinstance(found, dict) or not isinstance(found.get("batch"), list):
            raise refusal from None
        rest = decode(_batch, json.dumps(found | {"batch": []}, default=str).encode())
        return msgspec.structs.replace(rest, batch=again(found["batch"]))


def read_or_refuse(
    raw: bytes, *, kind: str = "", sent: str = "", shared: dict[str, Any] | None = None
) -> Message | Refused:
    """One message, or why it cannot be taken, with what came."""
    try:
        return read(raw, kind=kind, sent=sent, shared=shared)
    except Refusal as refusal:
        return Refused(refusal.code, refusal.detail, raw, sent)


def read(
    raw: bytes, *, kind: str = "", sent: str = "", shared: dict[str, Any] | None = None, own_id: str = ""
) -> Message:
    """One message.

    Args:
        raw: The message as JSON.
        kind: What the address says it is.
        sent: When the batch says it was sent.
        shared: The context that the batch gives to all its messages.
        own_id: Its id where the source gave none; else a drawn one, so that it counts each time it comes.

    Raises:
        Refusal: It cannot be taken.
    """
    incoming = opened(_incoming, raw)
    kind = kind or incoming.type.lower()
    message = Message(
        kind=kind,
        id=_text(incoming.message_id) or own_id or str(uuid4()),
        user=_text(incoming.user_id),
        anonymous=_text(incoming.anonymous_id),
        former=_text(incoming.previous_id),
        group=_text(incoming.group_id),
        name=(incoming.event if kind == "track" else incoming.name) or "",
        time=_text(incoming.timestamp) or _text(incoming.original_timestamp),
        sent=_text(incoming.sent_at) or sent,
        data=_data(incoming, kind),
        context=_kept(incoming.context, shared),
    )
    _check(message)
    return message


def _check(message: Message) -> None:
    kind = message.kind
    if kind not in KINDS:
        raise Refusal("unknown_type", kind[:60])
    if not message.user and not message.anonymous:
        raise Refusal("nobody")
    if kind == "track" and not message.name.strip():
        raise Refusal("missing", "event")
    if kind == "group" and not message.group:
        raise Refusal("missing", "groupId")
    if kind == "alias" and not (message.former and message.user):
        raise Refusal("missing", "userId" if message.former else "previousId")
    check_keys(
        {
            "messageId": message.id,
            "userId": message.user,
            "anonymousId": message.anonymous,
            "previousId": message.former,
            "groupId": message.group,
            "event": message.name,
        }
    )
    for time in (message.time, message.sent):
        if time:
            read_time(time)


def _data(incoming: _Incoming, kind: str) -> dict[str, Any]:
    """The traits or properties; a page's category joins them, as Segment does."""
    data = (incoming.traits if kind in ("identify", "group") else incoming.properties) or {}
    if incoming.category and kind in ("page", "screen"):
        data.setdefault("category", incoming.category)
    return data


def _kept(context: dict[str, Any] | None, shared: dict[str, Any] | None = None) -> dict[str, Any]:
    own = {name: value for name, value in context.items() if name in KEPT_CONTEXT} if context else {}
    return shared | own if shared else own


def _text(value: _Key) -> str:
    """An id or time as text: 12 and 12.0 are the same id."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return str(int(value)) if value == int(value) else str(value)
