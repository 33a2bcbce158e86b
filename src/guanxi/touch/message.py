"""One thing that a source tells us, in the house's own form, whatever language the source spoke.

`segment` and `cloudevents` translate into it; the inbox carries it; the digester turns it into an event. Pure: no
database, no clock. A message that cannot be taken becomes a `Refusal`, which is kept and shown, never dropped.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, TypeVar
from uuid import UUID
from zlib import crc32

import msgspec
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

LANES = 64
MESSAGE_BYTES = 32 * 1024
BODY_BYTES = 500 * 1024
KEY_LENGTH = 200
_Struct = TypeVar("_Struct")
_EARLIEST, _LATEST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)

# Why a message was set aside at the border: code -> what a page says of it. The code is what machines get.
REASONS: Mapping[str, Promise] = {
    "not_json": _("It is not valid JSON."),
    "not_object": _("It is not an object with fields."),
    "too_large": _("It is larger than 32 kB."),
    "unknown_type": _("Its type is not one of identify, track, page, screen, group and alias."),
    "wrong_type": _("A field holds another kind of value than it should."),
    "nobody": _("It names nobody: neither userId nor anonymousId."),
    "missing": _("A field that it needs is missing."),
    "too_long": _("An identifier is longer than 200 characters."),
    "nul": _("A text holds the character NUL, which cannot be kept."),
    "bad_time": _("Its time cannot be read, or lies before 1900 or after 2199."),
}


class Message(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What a source told us, checked; times are ISO texts as sent, put right by `occurred_at`."""

    kind: str
    id: str
    user: str = ""
    anonymous: str = ""
    former: str = ""
    name: str = ""
    group: str = ""
    time: str = ""
    sent: str = ""
    data: dict[str, Any] = {}
    context: dict[str, Any] = {}


class Refusal(ValueError):
    """A message that cannot be taken: the reason's code and what exactly is at fault."""

    def __init__(self, code: str, detail: str = "") -> None:
        self.code = code
        self.detail = detail
        super().__init__(f"{REASONS[code]} {detail}".strip())


@dataclass(frozen=True, slots=True)
class Refused:
    """A message set aside at the border, as it came."""

    code: str
    detail: str
    body: bytes
    sent: str = ""


def decode(decoder: msgspec.json.Decoder[_Struct], body: bytes) -> _Struct:
    """What the decoder makes of the body.

    Raises:
        Refusal: It is not JSON, or not of the decoder's form.
    """
    try:
        return decoder.decode(body)
    except msgspec.ValidationError as error:
        raise Refusal(_code_of(str(error)), str(error)) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Refusal("not_json", str(error)[:200]) from error


def opened(decoder: msgspec.json.Decoder[_Struct], raw: bytes) -> _Struct:
    """One message as the language that it came in has it.

    Raises:
        Refusal: It is too large, holds what cannot be kept, or is not of the decoder's form.
    """
    if len(raw) > MESSAGE_BYTES:
        raise Refusal("too_large", f"{len(raw)} bytes")
    _check_texts(raw)
    return decode(decoder, raw)


def _code_of(complaint: str) -> str:
    if "missing required field" in complaint:
        return "missing"
    return (
        "not_object" if complaint.startswith("Expected `object`") and "`$" not in complaint else "wrong_type"
    )


def lenient(body: bytes) -> object:
    """The body read as leniently as can be (lone surrogates, NaN), so that one bad message spoils no other."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def again(found: list[Any]) -> list[msgspec.Raw]:
    """The parts of a leniently read body, each as JSON to be judged for itself."""
    return [msgspec.Raw(json.dumps(part).encode()) for part in found]


def _check_texts(raw: bytes) -> None:
    """Refuse what PostgreSQL cannot keep and the decoder lets pass: NUL. Lone surrogates it refuses by itself."""
    # An even number of backslashes before it makes it the six letters \\u0000, which are harmless.
    position = raw.find(b"\\u0000")
    while position >= 0:
        before = len(raw[:position]) - len(raw[:position].rstrip(b"\\"))
        if before % 2 == 0:
            raise Refusal("nul")
        position = raw.find(b"\\u0000", position + 1)


def check_keys(keys: Mapping[str, str]) -> None:
    """Refuse identifiers that no index should carry.

    Raises:
        Refusal: One of them is too long.
    """
    if max(map(len, keys.values())) > KEY_LENGTH:
        raise Refusal("too_long", next(name for name, value in keys.items() if len(value) > KEY_LENGTH))


@lru_cache(maxsize=4096)
def read_time(value: str) -> datetime:
    """The moment that an ISO 8601 text or a number of milliseconds since 1970 names; without a zone it is UTC.

    Raises:
        Refusal: It names none, or one outside 1900–2199.
    """
    try:
        moment = (
            datetime.fromtimestamp(float(value) / 1000, UTC)
            if _is_number(value)
            else datetime.fromisoformat(value)
        )
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise Refusal("bad_time", value[:60]) from error
    if not _EARLIEST <= moment < _LATEST:
        raise Refusal("bad_time", value[:60])
    return moment


def _is_number(value: str) -> bool:
    # A bare year or date (2026, 20260101) is a date; milliseconds have more digits than any date.
    return value.lstrip("-").replace(".", "", 1).isdigit() and len(value) > 8


def occurred_at(message: Message, received_at: datetime) -> datetime:
    """When it happened by our clock: the source's time, moved by as much as the source's clock was wrong.

    Segment: timestamp = receivedAt - (sentAt - originalTimestamp). Nothing happens after we heard of it.
    """
    if not message.time:
        return received_at
    stated = read_time(message.time)
    moment = received_at - (read_time(message.sent) - stated) if message.sent else stated
    return min(max(moment, _EARLIEST), received_at)


def lane(enterprise_id: UUID, key: str) -> int:
    """The lane of a customer's key: the same in every process, for ever."""
    return crc32(key.encode(), _begun(enterprise_id)) % LANES


@lru_cache
def _begun(enterprise_id: UUID) -> int:
    """The sum over the enterprise, to which a key is added."""
    return crc32(enterprise_id.bytes)


def lanes(enterprise_id: UUID, message: Message) -> tuple[int, int | None]:
    """The lane of a message, and the second one where it says that two keys are the same customer."""
    key = f"u:{message.user}" if message.user else f"a:{message.anonymous}"
    first, second = lane(enterprise_id, key), None
    if message.kind == "alias":
        second = lane(enterprise_id, f"a:{message.former}")
    elif message.kind == "identify" and message.user and message.anonymous:
        second = lane(enterprise_id, f"a:{message.anonymous}")
    return first, None if second == first else second
