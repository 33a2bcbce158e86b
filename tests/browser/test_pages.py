"""Every page without a subject of its own: drawn whole, accessible, and without a word from the browser."""

from collections.abc import Callable
from inspect import getclosurevars
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser")]

OPEN = [
    "/",
    "/ui/",
    "/accounts/login/",
    "/accounts/login/code/",
    "/accounts/signup/",
    "/accounts/password/reset/",
]
OWN = ["/accounts/password/change/", "/accounts/2fa/", "/accounts/2fa/webauthn/", "/accounts/email/"]


def _pages(door: str) -> list[str]:
    """Addresses of a door that need no argument and answer with a page."""
    found = []
    for entry in get_resolver().url_patterns:
        if not isinstance(entry, URLResolver) or entry.namespace != door:
            continue
        for pattern in entry.url_patterns:
            plain = isinstance(pattern, URLPattern) and pattern.name and not pattern.pattern.converters
            if plain and not _is_deed(pattern.callback):
                found.append(f"{door}:{pattern.name}")
    return found


def _is_deed(view: Callable[..., Any] | None) -> bool:
    """Whether a view is behind `require_POST`."""
    while view is not None:
        if getclosurevars(view).nonlocals.get("request_method_list") == ["POST"]:
            return True
        view = getattr(view, "__wrapped__", None)
    return False


# Files rather than pages.
NOT_PAGES = ("export", "feed", "download")
SIGNED_IN = [name for name in (*_pages("desk"), *_pages("me")) if not any(part in name for part in NOT_PAGES)]


def _address(name: str) -> str:
    try:
        return name if name.startswith("/") else reverse(name)
    except NoReverseMatch:
        pytest.skip(f"{name} needs a subject")


def _violations(result: Any) -> list[str]:
    return [
        f"{found['id']}: {node['html'][:160]} {node['target']}"
        for found in result.response["violations"]
        for node in found["nodes"]
    ]


@pytest.mark.parametrize("page", [*OPEN, *OWN, *SIGNED_IN])
def test_a_page_is_accessible_and_silent(page: str, look: Callable[..., Any]) -> None:
    seen = look(signed_in=page not in OPEN)
    seen.go(_address(page))
    result = Axe().run(seen.page)
    assert _violations(result) == []
    assert seen.troubles == []


@pytest.mark.parametrize("page", [*OPEN, *OWN, *SIGNED_IN])
def test_a_page_fits_a_phone_in_chinese_at_night(page: str, look: Callable[..., Any]) -> None:
    seen = look(width=390, mood="dark", language="zh-CN", signed_in=page not in OPEN)
    seen.go(_address(page))
    assert seen.overflow <= 0
    assert seen.troubles == []


@pytest.mark.parametrize(
    "page", ["/ui/", "/accounts/login/", "desk:today", "desk:customers", "desk:settings-staff", "me:home"]
)
def test_the_dark_mood_is_as_legible_on_a_phone(page: str, look: Callable[..., Any]) -> None:
    seen = look(width=390, mood="dark", language="zh-CN", signed_in=page not in OPEN)
    seen.go(_address(page))
    assert _violations(Axe().run(seen.page)) == []


def test_the_first_view_loads_little_script(look: Callable[..., Any]) -> None:
    seen = look()
    sizes: list[int] = []
    seen.page.on(
        "response", lambda answer: sizes.append(len(answer.body())) if answer.url.endswith(".js") else None
    )
    seen.go("/desk/")
    assert 0 < sum(sizes) < 150_000
