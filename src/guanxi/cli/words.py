"""The words of the house: found in code and templates, kept in one catalogue per package and language.

Made by Babel alone (pure Python), so that neither `make demo` nor the check of completeness needs Debian's gettext.
Words in scripts come from `data-` attributes that templates fill, so there is no second catalogue.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

HOUSE = Path(__file__).parents[1]
LANGUAGES = ("zh_Hans",)
# What marks a text to translate, and which of its arguments are texts ("c": the context).
KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
TEXT_KINDS = (".html", ".txt")


@dataclass(frozen=True, slots=True)
class Word:
    """A text to translate: where it stands, its context, and its plural where it has one."""

    path: Path
    line: int
    id: str | tuple[str, ...]
    context: str | None


def packages() -> list[Path]:
    """Folders of the packages of the house."""
    return sorted(path.parent for path in HOUSE.glob("*/__init__.py"))


def words_of(package: Path) -> list[Word]:
    """Every text that a package marks for translation, in code and templates."""
    paths = [
        path for path in sorted(package.rglob("*")) if path.suffix in (".py", *TEXT_KINDS) and path.is_file()
    ]
    return [word for path in paths if "migrations" not in path.parts for word in _words_in(path)]


def catalogue_path(package: Path, language: str) -> Path:
    """Where a package keeps its words in a language."""
    return package / "locale" / language / "LC_MESSAGES" / "django.po"


def read(path: Path) -> Catalog:
    """The catalogue of a file."""
    with path.open("rb") as file:
        return read_po(file)


def build() -> int:
    """Compile every catalogue for the running program; returns how many."""
    paths = sorted(HOUSE.glob("*/locale/*/LC_MESSAGES/django.po"))
    for path in paths:
        target = path.with_suffix(".mo")
        draft = target.with_suffix(".draft")
        with draft.open("wb") as file:
            write_mo(file, read(path))
        draft.replace(target)
    return len(paths)


def collect(package: Path, language: str) -> tuple[int, int]:
    """Bring a package's catalogue up to what it says now; returns (words, words without a translation).

    A changed text is a new one: nothing is guessed, so nothing is ever wrong without being seen.
    """
    path = catalogue_path(package, language)
    words = words_of(package)
    if not words and not path.exists():
        return 0, 0
    catalogue = (
        read(path)
        if path.exists()
        else Catalog(locale=language, charset="utf-8", project="Guanxi", fuzzy=False)
    )
    template = Catalog(charset="utf-8")
    for word in words:
        template.add(word.id, context=word.context)
    catalogue.update(template, no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    path.parent.mkdir(parents=True, exist_ok=True)
    out = io.BytesIO()
    write_po(out, catalogue, width=110, no_location=True, omit_header=False, sort_output=True)
    path.write_bytes(out.getvalue())
    return len(catalogue), sum(not translated(message) for message in catalogue if message.id)


def translated(message: Message) -> bool:
    """Whether a message has its translation, in all its plural forms, and nobody doubts it."""
    string = message.string or ""
    return not message.fuzzy and (bool(string) if isinstance(string, str) else all(string))


def _words_in(path: Path) -> Iterator[Word]:
    text = path.read_text()
    if path.suffix in TEXT_KINDS:
        # Django's own reading of a template into calls; indentation means nothing there.
        text = "\n".join(line.lstrip() for line in templatize(text, origin=str(path)).splitlines())
    source = io.BytesIO(text.encode())
    found = extract("python", source, KEYWORDS, (), {"encoding": "utf-8"})
    for line, message, _comments, context in found:
        yield Word(path, line, message, context)
