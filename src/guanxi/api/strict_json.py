"""JSON read and written without the liberties of the standard library.

Refused in a body: NaN and numbers beyond a float, a key given twice, lone surrogates, NUL, anything but UTF-8.
"""

import json
from typing import Any

import msgspec
from django.http import HttpRequest
from django.utils.functional import Promise
from ninja.parser import Parser
from ninja.renderers import BaseRenderer

from guanxi.core.errors import DomainError

DEEPEST = 64


class Unreadable(DomainError):
    """The body is not JSON, or JSON that no database could keep."""

    code = "request.unreadable"
    status = 400


class UnsupportedMedia(DomainError):
    """The body is not announced as JSON."""

    code = "request.media_type"
    status = 415


def decode(body: bytes) -> Any:
    """The value that `body` stands for, or `Unreadable` with what is wrong in it."""
    try:
        value = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError) as problem:
        raise Unreadable(f"The body is not valid JSON: {problem}") from problem
    if b"{" in body:
        _refuse_duplicates(body)
    _refuse_unstorable(value, 0)
    return value


def _refuse_duplicates(body: bytes) -> None:
    try:
        json.loads(body, object_pairs_hook=_distinct)
    except RecursionError as problem:
        raise Unreadable("The body is nested too deeply.") from problem


def _distinct(pairs: list[tuple[str, Any]]) -> None:
    names = [name for name, _ in pairs]
    if len(set(names)) == len(names):
        return
    twice = next(name for name in names if names.count(name) > 1)
    raise Unreadable(f"The name “{twice}” stands twice in one object.", field=twice)


def _refuse_unstorable(value: Any, depth: int) -> None:
    if depth > DEEPEST:
        raise Unreadable("The body is nested too deeply.")
    if isinstance(value, str):
        _refuse_text(value)
    elif isinstance(value, dict):
        for name, inner in value.items():
            _refuse_text(name)
            _refuse_unstorable(inner, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            _refuse_unstorable(inner, depth + 1)


def _refuse_text(text: str) -> None:
    if "\x00" in text:
        raise Unreadable("The body holds a NUL character, which no text may.")


def _other(value: Any) -> Any:
    if isinstance(value, Promise):
        return str(value)
    raise TypeError(f"an answer cannot hold {type(value).__name__}")


encode = msgspec.json.Encoder(enc_hook=_other, decimal_format="string").encode


class StrictParser(Parser):
    """Ninja's parser with our reader, and only for bodies that say they are JSON."""

    def parse_body(self, request: HttpRequest) -> Any:
        if request.content_type != "application/json" or _charset(request) not in ("", "utf-8", "utf8"):
            raise UnsupportedMedia("Send the body as application/json in UTF-8.")
        return decode(request.body)


def _charset(request: HttpRequest) -> str:
    return str((request.content_params or {}).get("charset", "")).lower()


class StrictRenderer(BaseRenderer):
    """Numbers that JSON cannot say never leave the house; decimals leave as text."""

    media_type = "application/json"

    def render(self, request: HttpRequest, data: Any, *, response_status: int) -> bytes:
        return encode(data)
