"""What the keyboard, the palette, the moods and the languages do."""

from collections.abc import Callable
from typing import Any

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser")]


def test_the_palette_finds_a_page_by_keyboard(look: Callable[..., Any]) -> None:
    seen = look()
    seen.go("/desk/")
    seen.page.keyboard.press("Control+k")
    # Who types before it has opened has its first request replaced, which htmx tells in the console.
    seen.page.wait_for_selector("#palette-found a")
    seen.page.fill("#palette input", "settings")
    seen.page.wait_for_selector("#palette-found a >> text=Settings")
    seen.page.keyboard.press("Enter")
    seen.page.wait_for_url("**/desk/settings/")
    assert seen.troubles == []


def test_a_question_mark_shows_the_keys(look: Callable[..., Any]) -> None:
    seen = look()
    seen.go("/desk/")
    seen.page.keyboard.press("?")
    assert seen.page.locator("dialog#keys").is_visible()
    seen.page.keyboard.press("Escape")
    assert not seen.page.locator("dialog#keys").is_visible()


def test_g_and_a_letter_go_to_a_page(look: Callable[..., Any]) -> None:
    seen = look()
    seen.go("/desk/")
    seen.page.keyboard.press("g")
    seen.page.keyboard.press("s")
    seen.page.wait_for_url("**/desk/settings/")


def test_the_mood_is_remembered(look: Callable[..., Any]) -> None:
    seen = look(signed_in=False)
    seen.go("/")
    seen.page.click("form[data-theme-switch] button")
    seen.go("/ui/")
    assert seen.page.get_attribute("html", "data-theme") == "dark"


def test_the_language_is_remembered(look: Callable[..., Any]) -> None:
    seen = look(signed_in=False)
    seen.go("/")
    seen.page.click("button[name=language]")
    seen.go("/accounts/login/")
    assert seen.page.get_attribute("html", "lang") == "zh-Hans"
    assert seen.page.inner_text("h1") == "登录"


def test_rows_are_walked_and_chosen_by_keys(look: Callable[..., Any]) -> None:
    seen = look(signed_in=False)
    seen.go("/ui/")
    seen.page.keyboard.press("j")
    seen.page.keyboard.press("j")
    seen.page.keyboard.press("x")
    assert seen.page.locator("tr.here").get_attribute("data-id") == "2"
    assert seen.page.inner_text("[data-chosen]") == "1"


def test_the_mood_turns_without_script(look: Callable[..., Any], house: str, chromium: Any) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{house}/")
    page.click("form[data-theme-switch] button")
    assert page.get_attribute("html", "data-theme") == "dark"
    context.close()


def test_a_chart_leads_to_what_it_shows(look: Callable[..., Any]) -> None:
    seen = look(signed_in=False)
    seen.go("/ui/")
    drawing = seen.page.locator('[data-chart="chart-heat"] .chart-canvas')
    drawing.scroll_into_view_if_needed()
    box = drawing.bounding_box()
    seen.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    seen.page.wait_for_url("**/ui/?r=*")
    assert seen.troubles == []
