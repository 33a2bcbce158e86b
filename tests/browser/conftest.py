"""A real web process over a small world, and Chromium in front of it; shared by all browser tests of a worker."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from psycopg import sql

from guanxi.core import database

DATA = Path(os.environ["GUANXI_DATA"])
CLUSTER = database.cluster_in(DATA)
CHROMIUM = next((path for path in ("/usr/bin/chromium", "/usr/bin/google-chrome") if Path(path).exists()), "")
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-component-update", "--disable-background-networking",
]  # fmt: skip
PASSWORD = "ridge-and-river-4"
WORLD = f"""
import django; django.setup()
from demo import staff, world
from guanxi.core import foundation
world.load()
foundation.account_of(email="chen@shanhang.example", name="Chen Wei", password="{PASSWORD}")
staff.verify("chen@shanhang.example")
"""


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


# Of the package and not of the session: while Playwright is open, its event loop counts as running in this thread,
# and Django would give later tests of the worker other connections.
@pytest.fixture(scope="package")
def surroundings(template: str, worker_id: str) -> Iterator[dict[str, str]]:
    """The environment of processes over a small world of their own."""
    name, port = f"guanxi_browser_{worker_id}_{os.getpid()}", _free_port()
    with psycopg.connect(CLUSTER.address(database="postgres"), autocommit=True) as admin:
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER guanxi_owner")
        admin.execute(statement.format(sql.Identifier(name), sql.Identifier(template)))
        database.grant_access(admin, name)
    environment = {
        **os.environ,
        "GUANXI_DATABASE_URL": CLUSTER.address(user="guanxi_app", database=name),
        "GUANXI_OWNER_DATABASE_URL": CLUSTER.address(user="guanxi_owner", database=name),
        "GUANXI_PORT": str(port),
        "GUANXI_LIVE_PORT": str(_free_port()),
        "GUANXI_ADDRESS": f"http://127.0.0.1:{port}",
        "PYTHONWARNINGS": "ignore",
    }
    subprocess.run([sys.executable, "-c", WORLD], env=environment, check=True, capture_output=True)
    yield environment
    with psycopg.connect(CLUSTER.address(database="postgres"), autocommit=True) as admin:
        admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


@contextmanager
def running(process: str, environment: dict[str, str]) -> Iterator[None]:
    """One process of the house, for as long as the block takes."""
    started = subprocess.Popen([sys.executable, "-m", "guanxi.cli", process], env=environment)
    try:
        yield
    finally:
        started.terminate()
        started.wait(20)


@pytest.fixture(scope="package")
def house(surroundings: dict[str, str]) -> Iterator[str]:
    """The address of a web process that serves the small world."""
    address = surroundings["GUANXI_ADDRESS"]
    with running("web", surroundings):
        _wait(address)
        yield address


def _wait(address: str) -> None:
    for _ in range(240):
        try:
            urllib.request.urlopen(f"{address}/ui/", timeout=5)
        except OSError:
            time.sleep(0.25)
        else:
            return
    raise TimeoutError(f"no web process at {address}")


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """One browser for the package."""
    if not CHROMIUM:
        # Where everything has to be tested, what is missing is a failure.
        say = pytest.fail if os.environ.get("CI") else pytest.skip
        say("Chromium is not installed: apt-get install chromium")
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@dataclass
class Look:
    """A page as somebody sees it, and what the browser complained of."""

    page: Page
    address: str
    troubles: list[str] = field(default_factory=list)

    def go(self, path: str) -> None:
        """Open a page of the house and wait until it is drawn."""
        answer = self.page.goto(f"{self.address}{path}")
        assert answer is not None
        assert answer.ok, answer.status
        self.page.wait_for_selector("html.js")
        self.page.wait_for_selector("[data-chart]:not([data-drawn])", state="detached")

    @property
    def overflow(self) -> int:
        """By how many pixels the page is wider than its window."""
        width: int = self.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        return width


@pytest.fixture(scope="package")
def desk_cookies(house: str, chromium: Browser) -> list[Any]:
    """The cookies of Chen, who signed in by the form once for all tests."""
    context = chromium.new_context(locale="en-GB")
    page = context.new_page()
    page.goto(f"{house}/accounts/login/")
    page.fill("input[name=login]", "chen@shanhang.example")
    page.fill("input[name=password]", PASSWORD)
    page.click("main form button.btn-primary")
    page.wait_for_url(f"{house}/desk/**")
    cookies: list[Any] = context.cookies()
    context.close()
    return cookies


@pytest.fixture
def look(house: str, chromium: Browser, desk_cookies: list[Any]) -> Iterator[Callable[..., Look]]:
    """Opens the house in a window: `look(width=390, mood="dark", language="zh-CN", signed_in=True)`."""
    opened: list[BrowserContext] = []

    def open_window(
        width: int = 1440, mood: Any = "light", language: str = "en-GB", signed_in: bool = True
    ) -> Look:
        height = 900 if width > 600 else 844
        context = chromium.new_context(
            viewport={"width": width, "height": height},
            color_scheme=mood,
            locale=language,
            reduced_motion="reduce",
        )
        opened.append(context)
        if signed_in:
            context.add_cookies(desk_cookies)
        page = context.new_page()
        seen = Look(page, house)
        page.on("console", lambda message: _note(seen, message))
        page.on("pageerror", lambda error: seen.troubles.append(str(error)))
        return seen

    yield open_window
    for context in opened:
        context.close()


def _note(seen: Look, message: Any) -> None:
    # Only some tests have a live process in front of the small world.
    if message.type in ("error", "warning") and "/live/" not in message.location["url"]:
        seen.troubles.append(message.text)
