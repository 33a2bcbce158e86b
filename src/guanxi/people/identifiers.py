"""What points at a customer, brought to one spelling.

Pure: text in, `Identifier` or `Refused` out. Looking identifiers up is in `queries`, keeping them in `services`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import phonenumbers
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise


class Kind(StrEnum):
    """What an identifier is; the order is the order of trust when two of them disagree."""

    SOURCE_KEY = "source_key"
    CARD = "card"
    EMAIL = "email"
    PHONE = "phone"
    OPEN_ID = "open_id"
    TAG = "tag"
    DEVICE = "device"
    ANONYMOUS = "anonymous"


LABELS: Mapping[Kind, StrPromise] = {
    Kind.SOURCE_KEY: _("Source key"),
    Kind.CARD: _("Card"),
    Kind.EMAIL: _("E-mail"),
    Kind.PHONE: _("Phone"),
    Kind.OPEN_ID: _("Open id"),
    Kind.TAG: _("Tag"),
    Kind.DEVICE: _("Device"),
    Kind.ANONYMOUS: _("Anonymous id"),
}

#: Lower is trusted more.
TRUST: Mapping[str, int] = {kind.value: rank for rank, kind in enumerate(Kind)}

#: Kinds that a stranger on the same machine would share; they alone never make a customer *identified*.
WEAK = frozenset({Kind.DEVICE.value, Kind.ANONYMOUS.value})

LONGEST = 320


class Identifier(NamedTuple):
    """One identifier in its one spelling."""

    kind: str
    value: str

    @property
    def weak(self) -> bool:
        return self.kind in WEAK


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a text is no identifier."""

    kind: str
    given: str
    code: str

    @property
    def reason(self) -> str:
        return str(REASONS[self.code])


REASONS: Mapping[str, StrPromise] = {
    "empty": _("nothing was given"),
    "kind": _("this kind of identifier is not known"),
    "junk": _("a filler that many records share, not an identifier"),
    "email": _("not an e-mail address"),
    "phone": _("not a phone number that can exist"),
    "long": _("longer than an identifier can be"),
    "control": _("contains characters that cannot be printed"),
}

#: Words that programs and people write when they have nothing to write.
_FILLER_WORDS = """
null none nil nan na n/a n.a. n-a #n/a undefined unknown anonymous anon guest user test tester testing test@test
test@test.com test@example.com example example@example.com a@a a@a.com a@b.c asdf asdfg asdfgh qwerty qwertz abc abcd
xxx xxxx empty missing blank default dummy fake false true admin root nobody noreply no-reply customer client visitor
- -- --- . .. ... ? ?? ??? / 0 无 無 没有 暂无 未知 匿名 游客 测试 空 {} [] () none@none none@none.com no@no.com
noemail@noemail.com na@na.com null@null null@null.com
"""
FILLERS = frozenset(_FILLER_WORDS.split()) | {
    "not available",
    "not applicable",
    "no email",
    "[object object]",
}

FILLER_LOCALS = frozenset(
    {"test", "null", "none", "undefined", "noemail", "no-email", "nomail", "na", "n/a", "asdf", "xxx"}
)
FILLER_HOSTS = frozenset(
    {
        "test",
        "test.com",
        "test.test",
        "none",
        "none.com",
        "null",
        "null.com",
        "no.com",
        "na.com",
        "localhost",
        "invalid",
    }
)

_EMAIL = re.compile(
    r"^[^\s@<>(),;:\"\[\]\\]{1,64}@(?:[^\s@.<>(),;:\"\[\]\\_]{1,63}\.)+[^\s@.<>(),;:\"\[\]\\\d_]{2,63}$"
)
_SEPARATORS = re.compile(r"[\s\-–—_.·/()]+")
_RUNS = ("01234567890123456789", "98765432109876543210")


def normalise(kind: str, given: object, *, region: str = "CN") -> Identifier | Refused:
    """The one spelling of an identifier, or why it is none; `region` is where national phone numbers are read."""
    text = unicodedata.normalize("NFKC", str(given)).strip() if given is not None else ""
    rule = _RULES.get(kind)
    if rule is None:
        return Refused(kind, text[:80], "kind")
    code = _plainly_wrong(text, counted=rule is _counted)
    if code is None:
        value, code = rule(text, region)
        if code is None:
            return Identifier(kind, value)
    return Refused(kind, text[:80], code)


def normalise_all(
    given: Iterable[tuple[str, object]], *, region: str = "CN"
) -> tuple[list[Identifier], list[Refused]]:
    """Identifiers in order of trust and without repetition, and what was refused."""
    good: dict[Identifier, None] = {}
    refused: list[Refused] = []
    for kind, value in given:
        found = normalise(kind, value, region=region)
        if isinstance(found, Identifier):
            good[found] = None
        elif found.code != "empty":
            refused.append(found)
    return sorted(good, key=lambda one: TRUST[one.kind]), refused


def region_of(zone: str, currency: str) -> str:
    """The phone region that an enterprise's zone and currency suggest."""
    return _REGION_BY_ZONE.get(zone) or _REGION_BY_CURRENCY.get(currency, "CN")


def masked(kind: str, value: str) -> str:
    """An identifier as it is shown to those who need to recognise it and not to use it."""
    if kind == Kind.EMAIL and "@" in value:
        local, _at, host = value.partition("@")
        return f"{local[:1]}•••@{host}"
    if len(value) <= 4:
        return "••••"
    return f"{value[:-8]} •••• {value[-4:]}".strip() if kind == Kind.PHONE else f"•••• {value[-4:]}"


def guessed_kinds(text: str) -> Sequence[str]:
    """The kinds of identifier that a text in a search box may be; none for most names."""
    if "@" in text:
        return Kind.EMAIL, Kind.OPEN_ID
    if len(_SEPARATORS.sub("", text)) >= 4 and any(letter.isdigit() for letter in text):
        return Kind.PHONE, Kind.CARD, Kind.TAG, Kind.SOURCE_KEY, Kind.OPEN_ID, Kind.DEVICE
    return ()


def guesses(text: str, *, region: str = "CN") -> list[Identifier]:
    """Every identifier that somebody may mean who types this text into a search box."""
    text = text.strip()
    found = (normalise(kind, text, region=region) for kind in guessed_kinds(text))
    return [one for one in found if isinstance(one, Identifier)]


def _plainly_wrong(text: str, *, counted: bool) -> str | None:
    if not text:
        return "empty"
    if len(text) > LONGEST:
        return "long"
    if not text.isprintable() and any(unicodedata.category(letter) in {"Cc", "Cs", "Cn"} for letter in text):
        return "control"
    return "junk" if _filler(text.casefold(), counted=counted) else None


def _filler(text: str, *, counted: bool) -> bool:
    """Fillers by word, by one repeated character, and by counting up or down.

    Keys of other systems are often *counted*: household 11 and customer 1234 are real, only zeros are not.
    """
    bare = _SEPARATORS.sub("", text)
    if not bare or text in FILLERS or bare in FILLERS:
        return True
    first = bare[0]
    if bare.count(first) == len(bare) and (first == "0" or not (counted or len(bare) == 1)):
        return True
    return not counted and bare.isdigit() and 4 <= len(bare) <= 10 and any(bare in run for run in _RUNS)


def _email(text: str, _region: str) -> tuple[str, str | None]:
    text = text.removeprefix("mailto:").strip("<>").casefold()
    if not _EMAIL.match(text):
        local, _at, host = text.partition("@")
        return text, "junk" if host in FILLER_HOSTS and local in FILLER_LOCALS else "email"
    local, _at, host = text.rpartition("@")
    if host in FILLER_HOSTS or (
        local in FILLER_LOCALS and host.split(".")[0] in {"example", "test", *FILLER_LOCALS}
    ):
        return text, "junk"
    plain = _plain_host(host)
    return (f"{local}@{plain}", None) if plain else (text, "email")


@lru_cache(maxsize=1024)
def _plain_host(host: str) -> str | None:
    """A host as the network writes it; None where it cannot be one."""
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError:
        return None


def _phone(text: str, region: str) -> tuple[str, str | None]:
    value = _phone_cached(text, region)
    return value or text, None if value else "phone"


@lru_cache(maxsize=4096)
def _phone_cached(text: str, region: str) -> str | None:
    quick = _quick_chinese_mobile(text, region)
    if quick is not None:
        return quick
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


_CHINESE_MOBILE = re.compile(r"^(?:\+?86)?(1(?:3\d|5[0-35-9]|8\d)\d{8})$")


def _quick_chinese_mobile(text: str, region: str) -> str | None:
    """The blocks 13x, 15x (not 154) and 18x are wholly in use, so `phonenumbers` need not be asked (12 times as
    fast)."""
    if region != "CN" and not text.startswith("+86"):
        return None
    found = _CHINESE_MOBILE.match(text.replace(" ", "").replace("-", ""))
    return f"+86{found[1]}" if found else None


def _compact(text: str, _region: str) -> tuple[str, str | None]:
    """Cards and tags: printed in groups, read without them."""
    return _SEPARATORS.sub("", text).upper(), None


def _device(text: str, _region: str) -> tuple[str, str | None]:
    bare = text.strip("{}").casefold()
    return bare, "junk" if len(set(bare.replace("-", "").replace(":", ""))) < 3 else None


def _exact(text: str, _region: str) -> tuple[str, str | None]:
    """Keys of other systems: their case and signs belong to them."""
    return text, None


def _counted(text: str, _region: str) -> tuple[str, str | None]:
    """Keys of a system's own rows: exact too, and often no more than a number."""
    return text, None


_RULES: Mapping[str, Callable[[str, str], tuple[str, str | None]]] = {
    Kind.EMAIL: _email,
    Kind.PHONE: _phone,
    Kind.CARD: _compact,
    Kind.TAG: _compact,
    Kind.DEVICE: _device,
    Kind.OPEN_ID: _exact,
    Kind.SOURCE_KEY: _counted,
    Kind.ANONYMOUS: _exact,
}

_REGION_BY_ZONE = {
    "Asia/Shanghai": "CN", "Asia/Hong_Kong": "HK", "Asia/Taipei": "TW", "Asia/Tokyo": "JP", "Asia/Singapore": "SG",
    "Europe/Berlin": "DE", "Europe/Paris": "FR", "Europe/London": "GB", "Europe/Madrid": "ES", "Europe/Rome": "IT",
    "Europe/Lisbon": "PT", "Europe/Vienna": "AT", "Europe/Zurich": "CH", "Europe/Amsterdam": "NL",
    "America/New_York": "US", "America/Chicago": "US", "America/Denver": "US", "America/Los_Angeles": "US",
    "Australia/Sydney": "AU",
}  # fmt: skip
_REGION_BY_CURRENCY = {
    "CNY": "CN", "HKD": "HK", "TWD": "TW", "JPY": "JP", "USD": "US", "GBP": "GB", "EUR": "DE", "CHF": "CH", "AUD": "AU",
}  # fmt: skip
