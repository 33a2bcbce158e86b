"""The event gateway: `/v1/{identify,track,page,screen,group,alias,batch}` after Segment, `/v1/events` for CloudEvents.

Authenticate, validate, COPY into the inbox in one commit, acknowledge: an answer below 300 means that every message is
stored. A bad message of a batch is kept in the quarantine and the good ones go on. Nothing is refused without a status
that says so. Stands before sessions, languages and tenancy (`middleware`), because it needs none of them.
"""

import base64
import binascii
import logging
import zlib
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any
from uuid import UUID

import msgspec
import psycopg
from django.core.exceptions import RequestDataTooBig
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, UnreadablePostError

from guanxi.core import requests
from guanxi.touch import cloudevents, inbox, keys, segment
from guanxi.touch.message import BODY_BYTES, REASONS, Message, Refusal, Refused

logger = logging.getLogger(__name__)
# The short names are what browsers' analytics.js calls.
_SHORT = {"i": "identify", "t": "track", "p": "page", "s": "screen", "g": "group", "a": "alias", "b": "batch"}
_CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "POST",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Content-Encoding",
    "Access-Control-Expose-Headers": "Retry-After",
    "Access-Control-Max-Age": "86400",
}
_Items = Iterable[Message | Refused]


class Refuse(Exception):
    """A request that is not taken, as a problem (RFC 9457)."""

    def __init__(self, status: HTTPStatus, code: str, detail: str, retry_after: int | None = None) -> None:
        self.status, self.code, self.detail, self.retry_after = status, code, detail, retry_after
        super().__init__(detail)


def receive(request: HttpRequest, call: str) -> HttpResponse:
    """Answer one request of the gateway."""
    if request.method == "OPTIONS":
        return HttpResponse(status=HTTPStatus.NO_CONTENT, headers=_CORS)
    try:
        return _answer(_receive(request, call))
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


def _receive(request: HttpRequest, call: str) -> list[Refused]:
    """Store what the request brings; the messages of it that went to the quarantine."""
    call = _SHORT.get(call, call)
    read = _READERS.get(call)
    if read is None:
        raise Refuse(HTTPStatus.NOT_FOUND, "touch.unknown_call", f"There is no /v1/{call[:40]}.")
    if request.method != "POST":
        raise Refuse(HTTPStatus.METHOD_NOT_ALLOWED, "touch.post_only", "Send it by POST.")
    _refuse_under_pressure()
    body, owner = _body_and_owner(request)
    received_at = inbox.real_now()
    try:
        items = list(read(request, body))
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


def _body_and_owner(request: HttpRequest) -> tuple[bytes, tuple[UUID, UUID]]:
    """The body, and enterprise and source of the write key in the header or, as browsers send it, in the body."""
    key = _key_in_header(request.META.get("HTTP_AUTHORIZATION", ""))
    owner = keys.owner_of(key) if key else None
    if key and owner is None:
        raise _unknown_key()
    body = _body(request)
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


def _body(request: HttpRequest) -> bytes:
    """The body as it was before it was packed, within the limit."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdigit() or int(length) > BODY_BYTES:
        raise _too_large()
    try:
        body = request.body
    except RequestDataTooBig as error:
        raise _too_large() from error
    except UnreadablePostError as error:
        raise Refuse(HTTPStatus.BAD_REQUEST, "touch.broken_off", "The body broke off.") from error
    encoding = request.META.get("HTTP_CONTENT_ENCODING", "identity").lower()
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


def _one(kind: str) -> Callable[[HttpRequest, bytes], _Items]:
    def read(request: HttpRequest, body: bytes) -> _Items:
        return [segment.read_or_refuse(body, kind=kind)]

    return read


def _batch(request: HttpRequest, body: bytes) -> _Items:
    return segment.read_batch(body)


def _events(request: HttpRequest, body: bytes) -> _Items:
    kind = request.META.get("CONTENT_TYPE", "").partition(";")[0].strip().lower()
    if kind == cloudevents.BATCH:
        return cloudevents.read_batch(body)
    if kind == cloudevents.STRUCTURED:
        return [cloudevents.read_or_refuse(body)]
    detail = f"Send {cloudevents.STRUCTURED} or {cloudevents.BATCH}."
    raise Refuse(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "touch.content_type", detail)


_READERS: dict[str, Callable[[HttpRequest, bytes], _Items]] = {
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


def _answer(refused: list[Refused]) -> HttpResponse:
    told = [_Told(f"touch.{each.code}", f"{REASONS[each.code]} {each.detail}".strip()) for each in refused]
    content = msgspec.json.encode(_Answer(False, told)) if told else _STORED
    return _response(content, "application/json", HTTPStatus.OK, _CORS)


def _problem(refuse: Refuse) -> HttpResponse:
    problem: dict[str, Any] = {
        "type": "about:blank",
        "title": refuse.status.phrase,
        "status": refuse.status.value,
        "code": refuse.code,
        "detail": refuse.detail,
        # Segment's libraries read `message`.
        "message": refuse.detail,
    }
    headers = dict(_CORS)
    if refuse.retry_after is not None:
        headers["Retry-After"] = str(refuse.retry_after)
    if refuse.status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = 'Basic realm="guanxi", charset="UTF-8"'
    if refuse.status == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = "POST, OPTIONS"
    return _response(msgspec.json.encode(problem), "application/problem+json", refuse.status, headers)


def _response(content: bytes, content_type: str, status: HTTPStatus, headers: dict[str, str]) -> HttpResponse:
    # Django would have a middleware count the bytes; without a length the server sends in pieces.
    return HttpResponse(
        content,
        content_type=content_type,
        status=status,
        headers=headers | {"Content-Length": str(len(content))},
    )
