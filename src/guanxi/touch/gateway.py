"""The event gateway: `/v1/{identify,track,page,screen,group,alias,batch}` after Segment, `/v1/events` for CloudEvents.

Authenticate, validate, COPY into the inbox in one commit, acknowledge: an answer below 300 means that every message is
stored. A bad message of a batch is kept in the quarantine and the good ones go on. Nothing is refused without a status
that says so. It reads and answers as WSGI has it: sessions, languages and tenancy it does not need, and Django's
request and response cost a single event as much as storing it.
"""

import base64
import binascii
import logging
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from uuid import UUID

import msgspec
import psycopg
from django.db import DatabaseError, connection

from guanxi.core import requests
from guanxi.touch import cloudevents, inbox, keys, segment
from guanxi.touch.message import BODY_BYTES, REASONS, Message, Refusal, Refused

logger = logging.getLogger(__name__)
PREFIX = "/v1/"
# The short names are what browsers' analytics.js calls.
_SHORT = {"i": "identify", "t": "track", "p": "page", "s": "screen", "g": "group", "a": "alias", "b": "batch"}
_CORS = (
    ("Access-Control-Allow-Origin", "*"),
    ("Access-Control-Allow-Methods", "POST"),
    ("Access-Control-Allow-Headers", "Authorization, Content-Type, Content-Encoding"),
    ("Access-Control-Expose-Headers", "Retry-After"),
    ("Access-Control-Max-Age", "86400"),
)
_Items = Iterable[Message | Refused]
_Asked = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a sender is answered."""

    status: HTTPStatus
    headers: list[tuple[str, str]]
    content: bytes


class Refuse(Exception):
    """A request that is not taken, as a problem (RFC 9457)."""

    def __init__(self, status: HTTPStatus, code: str, detail: str, retry_after: int | None = None) -> None:
        self.status, self.code, self.detail, self.retry_after = status, code, detail, retry_after
        super().__init__(detail)


def call_of(path: str) -> str | None:
    """The call that an address names; None where it is none of the gateway's."""
    return path[len(PREFIX) :].rstrip("/") if path.startswith(PREFIX) else None


def receive(asked: _Asked, call: str) -> Answer:
    """Answer one request of the gateway, given as WSGI gives it."""
    if asked["REQUEST_METHOD"] == "OPTIONS":
        return Answer(HTTPStatus.NO_CONTENT, list(_CORS), b"")
    try:
        return _answer(_receive(asked, call))
    except Refuse as refuse:
        return _problem(refuse)
    except (DatabaseError, psycopg.Error) as error:
        logger.error("The inbox could not be written: %s", error)
        # Nobody looks after the connection of a request that passes by Django's signals.
        if not connection.in_atomic_block:
            connection.close()
        return _problem(
            Refuse(
                HTTPStatus.SERVICE_UNAVAILABLE, "touch.unavailable", "Nothing was stored; send it again.", 5
            )
        )
    except Exception:
        logger.exception("The gateway failed")
        return _problem(
            Refuse(HTTPStatus.INTERNAL_SERVER_ERROR, "touch.failed", "Something broke on our side.")
        )


def _receive(asked: _Asked, call: str) -> list[Refused]:
    """Store what the request brings; the messages of it that went to the quarantine."""
    call = _SHORT.get(call, call)
    read = _READERS.get(call)
    if read is None:
        raise Refuse(HTTPStatus.NOT_FOUND, "touch.unknown_call", f"There is no /v1/{call[:40]}.")
    if asked["REQUEST_METHOD"] != "POST":
        raise Refuse(HTTPStatus.METHOD_NOT_ALLOWED, "touch.post_only", "Send it by POST.")
    _refuse_under_pressure()
    body, owner = _body_and_owner(asked)
    received_at = inbox.real_now()
    try:
        items = list(read(asked, body))
    except Refusal as refusal:
        raise Refuse(HTTPStatus.BAD_REQUEST, f"touch.{refusal.code}", str(refusal)) from refusal
    inbox.put(inbox.Arrival(*owner, received_at, requests.request_id.get(), call), items)
    refused = [item for item in items if isinstance(item, Refused)]
    if refused and call not in ("batch", "events"):
        raise _refused_single(refused[0])
    return refused


def _refused_single(refused: Refused) -> Refuse:
    """A call with one message that could not be taken says so, though the message is kept."""
    detail = f"{REASONS[refused.code]} {refused.detail}".strip()
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE if refused.code == "too_large" else HTTPStatus.BAD_REQUEST
    return Refuse(status, f"touch.{refused.code}", f"{detail} It is kept in the quarantine.")


def _refuse_under_pressure() -> None:
    wait = inbox.pressure().retry_after
    if wait is not None:
        detail = "More events wait than are being digested; nothing was stored."
        raise Refuse(HTTPStatus.TOO_MANY_REQUESTS, "touch.too_many", detail, wait)


def _body_and_owner(asked: _Asked) -> tuple[bytes, tuple[UUID, UUID]]:
    """The body, and enterprise and source of the write key in the header or, as browsers send it, in the body."""
    key = _key_in_header(asked.get("HTTP_AUTHORIZATION", ""))
    owner = keys.owner_of(key) if key else None
    if key and owner is None:
        raise _unknown_key()
    body = _body(asked)
    owner = owner or keys.owner_of(segment.write_key(body))
    if owner is None:
        raise _unknown_key()
    return body, owner


def _unknown_key() -> Refuse:
    return Refuse(
        HTTPStatus.UNAUTHORIZED, "touch.unknown_key", "The write key is missing, unknown or revoked."
    )


def _key_in_header(header: str) -> str:
    """The write key of `Basic <key>:` or `Bearer <key>`."""
    scheme, _, value = header.partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(value, validate=True).decode().partition(":")[0]
    except (binascii.Error, UnicodeDecodeError):
        return "malformed"


def _body(asked: _Asked) -> bytes:
    """The body as it was before it was packed, within the limit."""
    length = asked.get("CONTENT_LENGTH") or "0"
    if not length.isdigit() or int(length) > BODY_BYTES:
        raise _too_large()
    try:
        body: bytes = asked["wsgi.input"].read(int(length))
    except OSError as error:
        raise Refuse(HTTPStatus.BAD_REQUEST, "touch.broken_off", "The body broke off.") from error
    encoding = asked.get("HTTP_CONTENT_ENCODING", "identity").lower()
    if encoding not in ("identity", ""):
        body = _unpacked(body, encoding)
    if len(body) > BODY_BYTES:
        raise _too_large()
    return body


def _unpacked(body: bytes, encoding: str) -> bytes:
    if encoding not in ("gzip", "deflate"):
        raise Refuse(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            "touch.encoding",
            "Content-Encoding is neither gzip nor deflate.",
        )
    # 32 + 15: zlib finds out whether it is gzip or deflate. One byte more than allowed is enough to know.
    unpack = zlib.decompressobj(32 + zlib.MAX_WBITS)
    try:
        unpacked = unpack.decompress(body, BODY_BYTES + 1)
    except zlib.error as error:
        raise Refuse(
            HTTPStatus.BAD_REQUEST, "touch.broken_encoding", f"The body is not {encoding}."
        ) from error
    if not unpack.eof and len(unpacked) <= BODY_BYTES:
        raise Refuse(HTTPStatus.BAD_REQUEST, "touch.broken_encoding", f"The body is not whole {encoding}.")
    return unpacked


def _too_large() -> Refuse:
    return Refuse(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        "touch.too_large",
        f"A body may have {BODY_BYTES // 1024} kB, not more.",
    )


def _one(kind: str) -> Callable[[_Asked, bytes], _Items]:
    def read(asked: _Asked, body: bytes) -> _Items:
        return [segment.read_or_refuse(body, kind=kind)]

    return read


def _batch(asked: _Asked, body: bytes) -> _Items:
    return segment.read_batch(body)


def _events(asked: _Asked, body: bytes) -> _Items:
    kind = asked.get("CONTENT_TYPE", "").partition(";")[0].strip().lower()
    if kind == cloudevents.BATCH:
        return cloudevents.read_batch(body)
    if kind == cloudevents.STRUCTURED:
        return [cloudevents.read_or_refuse(body)]
    detail = f"Send {cloudevents.STRUCTURED} or {cloudevents.BATCH}."
    raise Refuse(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "touch.content_type", detail)


_READERS: dict[str, Callable[[_Asked, bytes], _Items]] = {
    **{kind: _one(kind) for kind in segment.KINDS},
    "batch": _batch,
    "events": _events,
}


class _Told(msgspec.Struct):
    """What a sender is told of a message in quarantine."""

    code: str
    detail: str


class _Answer(msgspec.Struct, omit_defaults=True):
    success: bool
    quarantined: list[_Told] = []


_STORED = msgspec.json.encode(_Answer(True))


def _answer(refused: list[Refused]) -> Answer:
    told = [_Told(f"touch.{each.code}", f"{REASONS[each.code]} {each.detail}".strip()) for each in refused]
    content = msgspec.json.encode(_Answer(False, told)) if told else _STORED
    return Answer(HTTPStatus.OK, _headers(content, "application/json"), content)


def _problem(refuse: Refuse) -> Answer:
    problem: dict[str, Any] = {
        "type": "about:blank",
        "title": refuse.status.phrase,
        "status": refuse.status.value,
        "code": refuse.code,
        "detail": refuse.detail,
        # Segment's libraries read `message`.
        "message": refuse.detail,
    }
    content = msgspec.json.encode(problem)
    headers = _headers(content, "application/problem+json")
    if refuse.retry_after is not None:
        headers.append(("Retry-After", str(refuse.retry_after)))
    if refuse.status == HTTPStatus.UNAUTHORIZED:
        headers.append(("WWW-Authenticate", 'Basic realm="guanxi", charset="UTF-8"'))
    if refuse.status == HTTPStatus.METHOD_NOT_ALLOWED:
        headers.append(("Allow", "POST, OPTIONS"))
    return Answer(refuse.status, headers, content)


def _headers(content: bytes, kind: str) -> list[tuple[str, str]]:
    return [*_CORS, ("Content-Type", kind), ("Content-Length", str(len(content)))]
