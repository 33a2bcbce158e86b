"""The start page: what this house is, its doors, and for the demonstration what to look at and with which logins."""

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation

from guanxi.core import viewers


def home(request: HttpRequest) -> HttpResponse:
    """The way to both doors."""
    works = request.user.is_authenticated and bool(viewers.enterprises_of(request.user.pk))
    return render(
        request, "start.html", {"works": works, "demonstration": demonstration(settings.CONFIGURATION.data)}
    )


def demonstration(folder: Path) -> dict[str, Any] | None:
    """What the demonstration left for the start page, in the reader's language; None in any other installation."""
    path = folder / "demonstration.json"
    if not settings.CONFIGURATION.demonstration or not path.exists():
        return None
    spoken: dict[str, Any] = _spoken(json.loads(path.read_text()), translation.get_language() or "en")
    return spoken


def _spoken(value: Any, language: str) -> Any:
    """The value with every {language: words} replaced by its words."""
    if isinstance(value, list):
        return [_spoken(part, language) for part in value]
    if isinstance(value, dict):
        if "en" in value and set(value) <= {code for code, _ in settings.LANGUAGES}:
            return value.get(language, value["en"])
        return {name: _spoken(part, language) for name, part in value.items()}
    return value
