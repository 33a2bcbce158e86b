"""Both languages are complete: what code and templates mark has its translation, and nobody doubts it."""

import string
from pathlib import Path

import pytest

from guanxi.cli import words
from tests.architecture.house import packages


def _known(language: str) -> dict[tuple[str | None, str], bool]:
    """Every text of every catalogue of a language, and whether it is translated."""
    known: dict[tuple[str | None, str], bool] = {}
    for package in packages():
        path = words.catalogue_path(package, language)
        for message in words.read(path) if path.exists() else ():
            key = (message.context, _first(message.id))
            known[key] = known.get(key, False) or words.translated(message)
    return known


def _first(id_: object) -> str:
    return str(id_[0]) if isinstance(id_, tuple | list) else str(id_)


@pytest.mark.parametrize("language", words.LANGUAGES)
@pytest.mark.parametrize("package", packages(), ids=lambda package: package.name)
def test_every_text_is_translated(package: Path, language: str) -> None:
    known = _known(language)
    missing = [
        f"{word.path.relative_to(package)}:{word.line} {word.id!r}"
        for word in words.words_of(package)
        if not known.get((word.context, _first(word.id)))
    ]
    assert not missing, f"{len(missing)} texts without a translation\n" + "\n".join(missing)


@pytest.mark.parametrize("language", words.LANGUAGES)
@pytest.mark.parametrize("package", packages(), ids=lambda package: package.name)
def test_a_translation_keeps_its_places(package: Path, language: str) -> None:
    path = words.catalogue_path(package, language)
    broken = []
    for message in words.read(path) if path.exists() else ():
        if not message.id or not words.translated(message):
            continue
        ids = message.id if isinstance(message.id, tuple | list) else (message.id,)
        strings = message.string if isinstance(message.string, tuple | list) else (message.string,)
        offered = set().union(*map(_places, ids))
        broken += [text for text in strings if text and not _places(text) <= offered]
    assert not broken


def _places(text: str) -> set[str]:
    """Names between braces and in %(…)s."""
    named = {part.split(")")[0] for part in text.split("%(")[1:]}
    try:
        return named | {name for _, name, _, _ in string.Formatter().parse(text) if name}
    except ValueError:
        return named
