"""What a template says, made ready once and filled in for each customer. Pure.

A text is Markdown without HTML; `{{ name }}` stands for a fact about the customer and `{{ name | friend }}` says what
stands there where the fact is missing. A paragraph that is one link alone becomes a button.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from django.utils.translation import gettext_lazy as _
from markdown_it import MarkdownIt
from markdown_it.token import Token

from guanxi.core.errors import Invalid

_PLACE = re.compile(r"\{\{\s*([a-z][a-z0-9_]{0,39})\s*(?:\|\s*([^{}]{0,100}?)\s*)?\}\}")
# A place on its way through Markdown, which leaves letters of the private area alone.
_MARK = re.compile("\ue000(\\d+)\ue001")
_LEFTOVER = re.compile(r"\{\{|\}\}")
#: Facts that are known of everybody; others come with the message.
KNOWN = ("name", "enterprise")
_STYLES: Mapping[str, str] = {
    "paragraph_open": "margin:0 0 16px",
    "heading_open": "margin:8px 0 12px;line-height:1.3;font-weight:600",
    "bullet_list_open": "margin:0 0 16px;padding:0 0 0 22px",
    "ordered_list_open": "margin:0 0 16px;padding:0 0 0 22px",
    "blockquote_open": "margin:0 0 16px;padding:0 0 0 14px;border-left:3px solid #d8d2c6",
    "hr": "border:0;border-top:1px solid #e4dfd5;margin:20px 0",
    "link_open": "color:#b23a1e",
}
_BUTTON = (
    "display:inline-block;padding:12px 22px;border-radius:8px;background:#b23a1e;color:#ffffff;"
    "text-decoration:none;font-weight:600"
)


class BadText(Invalid):
    """A text that cannot be sent as it is written."""

    code = "touch.bad_text"
    summary = _("The text cannot be used as it is written.")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a fact is filled in."""

    name: str
    otherwise: str = ""


Piece = str | Place


@dataclass(frozen=True, slots=True)
class Ready:
    """A text of one language, ready to be filled in."""

    subject: tuple[Piece, ...]
    html: tuple[Piece, ...]
    text: tuple[Piece, ...]

    @property
    def names(self) -> set[str]:
        """The facts that it names."""
        return {piece.name for piece in (*self.subject, *self.html, *self.text) if isinstance(piece, Place)}


def ready(subject: str, body: str) -> Ready:
    """Make a text ready.

    Raises:
        BadText: A place is written wrongly, or a link leads nowhere that may be sent.
    """
    return Ready(
        subject=tuple(_pieces(_one_line(subject), field="subject")),
        html=tuple(_html(body)),
        text=tuple(_pieces(_plain(body), field="body")),
    )


def fill(pieces: Sequence[Piece], facts: Mapping[str, str], *, html: bool = False) -> str:
    """The text with its facts."""
    parts = []
    for piece in pieces:
        if isinstance(piece, str):
            parts.append(piece)
        else:
            value = facts.get(piece.name) or piece.otherwise
            parts.append(escape(value) if html else value)
    return "".join(parts)


def split(text: str, places: Mapping[str, Place]) -> tuple[Piece, ...]:
    """A text in which each key of `places` stands for a place, in pieces."""
    pattern = re.compile("|".join(re.escape(key) for key in places))
    pieces: list[Piece] = []
    end = 0
    for found in pattern.finditer(text):
        pieces += [text[end : found.start()], places[found[0]]]
        end = found.end()
    return (*pieces, text[end:])


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _pieces(text: str, *, field: str) -> Iterator[Piece]:
    end = 0
    for found in _PLACE.finditer(text):
        yield text[end : found.start()]
        yield Place(found[1], found[2] or "")
        end = found.end()
    yield text[end:]
    if _LEFTOVER.search(_PLACE.sub("", text)):
        raise BadText(_("A place is written like {{ name }}; this text has a brace too many."), field=field)


def _html(body: str) -> Iterator[Piece]:
    places = [Place(found[1], found[2] or "") for found in _PLACE.finditer(body)]
    numbers = iter(range(len(places)))
    marked = _PLACE.sub(lambda _found: f"\ue000{next(numbers)}\ue001", body)
    parser = MarkdownIt("commonmark", {"html": False, "breaks": True})
    parser.disable(["image", "code", "html_block", "html_inline"])
    # Addresses as they are written: a place in them must stay what it is.
    parser.normalizeLink = _as_it_is  # type: ignore[method-assign]  # their own way to do it
    tokens = parser.parse(marked)
    _style(tokens)
    rendered = parser.renderer.render(tokens, parser.options, {})
    end = 0
    for found in _MARK.finditer(rendered):
        yield rendered[end : found.start()]
        yield places[int(found[1])]
        end = found.end()
    yield rendered[end:]


def _as_it_is(url: str) -> str:
    return url


def _style(tokens: Sequence[Token]) -> None:
    for token in tokens:
        if token.type in _STYLES:
            token.attrSet("style", _STYLES[token.type])
        if token.type == "inline" and token.children:
            _links(token.children)


def _links(children: Sequence[Token]) -> None:
    opened = [child for child in children if child.type == "link_open"]
    for link in opened:
        address: Any = link.attrGet("href") or ""
        if not re.match(r"(https?://[^\s\ue000/]|mailto:|tel:)", str(address)):
            raise BadText(
                _("A link begins with https:// and the name of a site: {address}"),
                field="body",
                address=_MARK.sub("…", str(address))[:80],
            )
        link.attrSet("style", _STYLES["link_open"])
    alone = len(opened) == 1 and children[0] is opened[0] and children[-1].type == "link_close"
    if alone:
        opened[0].attrSet("style", _BUTTON)
        opened[0].attrSet("class", "button")


_LINK = re.compile(r"\[([^\]]+)\]\(([^)]+)\)")
_EMPHASIS = re.compile(r"(\*\*|__)(.+?)\1")


def _plain(body: str) -> str:
    """The same in plain text: links are written out, marks of Markdown that only shape are taken away."""
    text = _LINK.sub(lambda found: f"{found[1]}: {found[2]}", body.replace("\r\n", "\n"))
    text = _EMPHASIS.sub(r"\2", text)
    return re.sub(r"^#{1,6}\s+", "", text, flags=re.MULTILINE).strip() + "\n"
