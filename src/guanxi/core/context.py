"""What every page's shell knows."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import translation
from django.utils.functional import SimpleLazyObject

from guanxi.core import shell as shells
from guanxi.core.viewer import Viewer

THEMES = ("light", "dark")


def shell(request: HttpRequest) -> dict[str, Any]:
    """The viewer, look and language, and for staff the navigation that packages registered."""
    viewer: Viewer | None = getattr(request, "viewer", None)
    theme = request.COOKIES.get("theme", "")
    known: dict[str, Any] = {
        "viewer": viewer,
        "theme": theme if theme in THEMES else "",
        "address": SimpleLazyObject(request.get_full_path),
        "live_url": settings.CONFIGURATION.live_origin,
        "other_language": next(pair for pair in settings.LANGUAGES if pair[0] != translation.get_language()),
    }
    if viewer is None or viewer.kind == "self":
        return known
    memberships = request.workplaces  # type: ignore[attr-defined]  # the tenancy middleware has set both
    known["navigation"] = SimpleLazyObject(lambda: shells.navigation(viewer, request.path))
    known["workplaces"] = SimpleLazyObject(lambda: shells.workplaces(memberships, viewer))
    return known
