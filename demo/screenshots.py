"""The pictures of the documents, taken from the demonstration as it runs: `make screenshots`.

The house must be up (`guanxi demo` or `guanxi up`). Pictures go to docs/pictures/, each page as
`<name>.png`, with `-dark`, `-phone` and `-zh` where the look changes.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from rich.console import Console

from demo import staff
from guanxi.settings import configuration

PICTURES = Path(__file__).resolve().parent.parent / "docs" / "pictures"
CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-component-update", "--disable-background-networking",
]  # fmt: skip
DESK, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture: what it shows, and how one looks at it."""

    name: str
    path: str
    door: str = "desk"
    mood: Any = "light"
    language: str = "en-GB"
    phone: bool = False


def shots(customer: str) -> list[Shot]:
    """The pictures; `customer` is the address of the household to show."""
    return [
        Shot("start", "/", door=""),
        Shot("today", "/desk/"),
        Shot("customers", "/desk/customers/"),
        Shot("customer", customer),
        Shot("customer-dark", customer, mood="dark"),
        Shot("customer-zh", customer, language="zh-CN"),
        Shot("mining", "/desk/mining/"),
        Shot("imports", "/desk/imports/"),
        Shot("events", "/desk/events/"),
        Shot("components", "/ui/", door=""),
        Shot("relations-phone-zh", "/me/", door="me", language="zh-CN", phone=True),
    ]


@contextmanager
def window(browser: Browser, shot: Shot) -> Iterator[BrowserContext]:
    """A window in which somebody of the demonstration has signed in."""
    context = browser.new_context(
        viewport=PHONE if shot.phone else DESK,  # type: ignore[arg-type]
        color_scheme=shot.mood,
        locale=shot.language,
        reduced_motion="reduce",
    )
    login = next((login for login in staff.logins() if login.door == shot.door), None)
    if login:
        page = context.new_page()
        page.goto(f"{configuration.address}/accounts/login/")
        page.fill("input[name=login]", login.email)
        page.fill("input[name=password]", login.password)
        page.click("main form button.btn-primary")
        page.wait_for_load_state()
        page.close()
    yield context
    context.close()


def take(page: Page, shot: Shot, folder: Path) -> Path:
    """Look at a page until it is drawn, and keep it."""
    page.goto(f"{configuration.address}{shot.path}")
    page.wait_for_selector("html.js")
    page.wait_for_selector("[data-chart]:not([data-drawn])", state="detached")
    page.wait_for_timeout(400)
    path = folder / f"{shot.name}.png"
    page.screenshot(path=path)
    return path


def main() -> None:
    """Take every picture."""
    console = Console()
    PICTURES.mkdir(parents=True, exist_ok=True)
    tour = [stop["href"] for stop in staff.kept().get("tour", ())]
    customer = next(
        (href for href in tour if href.startswith("/desk/customers/") and len(href) > 20), "/desk/customers/"
    )
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for shot in shots(customer):
            with window(browser, shot) as context:
                console.print(take(context.new_page(), shot, PICTURES))
        browser.close()


if __name__ == "__main__":
    main()
