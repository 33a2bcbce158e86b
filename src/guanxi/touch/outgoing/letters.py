"""A message as it leaves: the text of its version in the customer's language, in the house's layout.

Layout and text are made ready once for each version and language; a message is their pieces with the facts between.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from guanxi.touch.outgoing import markup
from guanxi.touch.outgoing.markup import Piece, Place

LANGUAGES = ("en", "zh-hans")
# What each message has of its own besides its facts.
_OWN = {"\ue010": Place("$leave"), "\ue011": Place("$why")}
_CONTENT = "\ue012"


@dataclass(frozen=True, slots=True)
class Text:
    """A message as one customer reads it; `short` is for channels that carry a few lines only."""

    language: str
    subject: str
    text: str
    html: str
    short: str


@dataclass(frozen=True, slots=True)
class _Sheet:
    subject: tuple[Piece, ...]
    html: tuple[Piece, ...]
    text: tuple[Piece, ...]
    short: tuple[Piece, ...]


def text_of(
    texts: Mapping[str, Mapping[str, str]],
    facts: Mapping[str, str],
    *,
    language: str,
    version_id: UUID,
    leave: str,
    notice: bool = False,
) -> Text:
    """Write a message.

    Args:
        texts: What the version says, by language.
        facts: What is filled in, `name` and `enterprise` among it.
        language: What the customer reads; another one of the version's where it has not this one.
        leave: Address of the page on which the customer says how they want it.
        notice: Law or contract demands it; then it is not their permission that it stands on.
    """
    chosen = language if language in texts else next(iter(texts))
    sheet = _sheet(version_id, chosen, texts[chosen]["subject"], texts[chosen]["body"], facts["enterprise"])
    given = {**facts, "$leave": leave, "$why": _why(chosen, facts["enterprise"], notice=notice)}
    return Text(
        language=chosen,
        subject=markup.fill(sheet.subject, given),
        text=markup.fill(sheet.text, given),
        html=markup.fill(sheet.html, given, html=True),
        short=markup.fill(sheet.short, given),
    )


def names_in(texts: Mapping[str, Mapping[str, str]]) -> set[str]:
    """The facts that a version names, in any language."""
    said = [markup.ready(one["subject"], one["body"]) for one in texts.values()]
    return {name for one in said for name in one.names}


def leave_address(token: str) -> str:
    """The page where somebody says how they want what a message stood on."""
    return f"{settings.CONFIGURATION.address.rstrip('/')}/u/{token}/"


@lru_cache(maxsize=512)
def _sheet(version_id: UUID, language: str, subject: str, body: str, enterprise: str) -> _Sheet:
    said = markup.ready(subject, body)
    context: dict[str, Any] = {
        "language": language, "leave": "\ue010", "why": "\ue011", "content": _CONTENT, "enterprise": enterprise,
        "subject": "".join(piece if isinstance(piece, str) else piece.otherwise for piece in said.subject),
    }  # fmt: skip
    with translation.override(language):
        frame = render_to_string("messages/email.html", context)
        plain = render_to_string("messages/email.txt", context)
    return _Sheet(said.subject, _framed(frame, said.html), _framed(plain, said.text), said.text)


@lru_cache(maxsize=512)
def _why(language: str, enterprise: str, *, notice: bool) -> str:
    """Why somebody gets a message, in its own language."""
    with translation.override(language):
        if notice:
            return _("You get this from {enterprise} because law or contract demands it.").format(
                enterprise=enterprise
            )
        return _("You get this from {enterprise} because you permitted it.").format(enterprise=enterprise)


def _framed(frame: str, inside: tuple[Piece, ...]) -> tuple[Piece, ...]:
    before, _content, after = frame.partition(_CONTENT)
    return (*markup.split(before, _OWN), *inside, *markup.split(after, _OWN))
