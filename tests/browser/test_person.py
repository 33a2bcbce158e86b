"""The person's door on a phone, with something on every page: whole, accessible, silent."""

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from tests.browser.conftest import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser")]

EMAIL = "dana@example.org"
HERS = f"""
import django; django.setup()
from dataclasses import replace
from demo import staff
from guanxi.consent import gate, relays, services
from guanxi.consent.services import Statement
from guanxi.core import foundation, viewers
from guanxi.core.identity import id_of
from guanxi.core.tenancy import tenancy
from guanxi.mining.models import Behaviour, Run, Score
from guanxi.people import disputes, queries
from guanxi.people import services as people
from guanxi.trials import holdout

holdout.WITHHELD = frozenset()
foundation.account_of(email="{EMAIL}", name="Dana", password="{PASSWORD}")
staff.verify("{EMAIL}")
shop = id_of("enterprise", "shanhang")
chen = viewers.for_staff(id_of("account", "chen@shanhang.example"), shop)
dana = replace(viewers.for_person(id_of("account", "{EMAIL}"), zone="Asia/Shanghai"), now=chen.now)
with tenancy(chen):
    key = people.create(viewer=chen, change=people.Change(name="Dana Lindqvist-Montgomery"),
                        identifiers=[("email", "{EMAIL}")])
with tenancy(dana):
    people.claim(viewer=dana, kind="email", value="{EMAIL}", proved_by="sign-in")
    services.say(viewer=dana, enterprise_id=shop, statements=[
        Statement(purpose="offers", strength=3), Statement(purpose="news", strength=2),
        Statement(purpose="offers", channel="phone", strength=0)])
    _id, address = relays.make_alias(viewer=dana, enterprise_id=shop, kind="email")
    disputes.contest(viewer=dana, enterprise_id=shop, kind="fact", field="name", proposed="Dana Lindqvist")
relays.received_for_alias(address=address, sender="news@shanhang.example")
relays.received_for_alias(address=address, sender="win@a-very-long-name-of-a-stranger.example")
with tenancy(chen):
    for number in range(40):
        verdict = gate.ask(chen, key, purpose="offers", channel="email", needs=3, about=f"Autumn trails {{number}}")
        if number % 2 and verdict.outcome == "allow":
            services.record_contact(viewer=chen, verdict=verdict)
    gate.ask(chen, key, purpose="research", channel="phone", needs=3, about="A survey")
    queries.whole_for(chen, key)
    queries.everything_for(chen, key, taken=True)
    run = Run.objects.create(enterprise_id=shop, asked_at=chen.now, as_of=chen.now, state="done")
    Score.objects.create(enterprise_id=shop, customer_id=key, construct="value", value=4200, lo=900, hi=9100,
        evidence=12, level="A", horizon_days=365, as_of=chen.now, model_version="value 1", run=run,
        reasons=[{{"code": "once", "days": 20}}])
    relays.count_standing(viewer=chen)
"""
PAGES = (
    "me:home", "me:permissions", "me:contacts", "me:mine", "me:data", "me:scores", "me:receipts", "me:readings",
    "me:aliases", "me:claim", "me:account", "relation", "standing", "held", "receipt", "report",
)  # fmt: skip
LINKS = {
    "relation": ("/me/", "main a[href^='/me/relations/']"),
    "receipt": ("/me/receipts/", "main ol a[href^='/me/receipts/']"),
    "report": ("/me/contacts/", "main a[href$='/report/']"),
}


@pytest.fixture(scope="module")
def her_cookies(house: str, surroundings: dict[str, str], chromium: Browser) -> list[Any]:
    """The cookies of Dana, about whom everything is known that a page can show."""
    subprocess.run([sys.executable, "-c", HERS], env=surroundings, check=True, capture_output=True)
    context = chromium.new_context(locale="en-GB")
    page = context.new_page()
    page.goto(f"{house}/accounts/login/")
    page.fill("input[name=login]", EMAIL)
    page.fill("input[name=password]", PASSWORD)
    page.click("main form button.btn-primary")
    page.wait_for_url(f"{house}/me/**")
    cookies: list[Any] = context.cookies()
    context.close()
    return cookies


def _address(seen: Any, name: str) -> str:
    if name.startswith("me:"):
        return f"/me/{name.removeprefix('me:')}/".replace("/home/", "/")
    if name in LINKS:
        place, link = LINKS[name]
        seen.go(place)
        return str(seen.page.locator(link).first.get_attribute("href"))
    return f"{_address(seen, 'relation')}{name}/"


@pytest.fixture
def hers(look: Callable[..., Any], her_cookies: list[Any]) -> Callable[..., Any]:
    """Opens a page of hers on a phone."""

    def open_page(name: str, **how: Any) -> Any:
        seen = look(width=390, signed_in=False, **how)
        seen.page.context.add_cookies(her_cookies)
        seen.go(_address(seen, name))
        return seen

    return open_page


@pytest.mark.parametrize("name", PAGES)
def test_her_page_is_accessible_and_silent(name: str, hers: Callable[..., Any]) -> None:
    seen = hers(name)
    violations = Axe().run(seen.page).response["violations"]
    assert [(found["id"], found["nodes"][0]["html"][:200]) for found in violations] == []
    assert seen.troubles == []
    assert seen.overflow <= 0


@pytest.mark.parametrize("name", PAGES)
def test_her_page_is_legible_in_chinese_at_night(name: str, hers: Callable[..., Any]) -> None:
    seen = hers(name, mood="dark", language="zh-CN")
    violations = Axe().run(seen.page).response["violations"]
    assert [(found["id"], found["nodes"][0]["html"][:200]) for found in violations] == []
    assert seen.overflow <= 0
    assert seen.troubles == []
