"""An open page shows what happens, without being loaded anew: gateway, worker, live process and browser together."""

import json
import subprocess
import sys
import time
import urllib.request
from base64 import b64encode
from collections.abc import Callable, Iterator
from typing import Any
from urllib.error import HTTPError

import pytest

from tests.browser.conftest import running

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser")]

SOURCE = """
import django; django.setup()
from guanxi.core import viewers
from guanxi.core.models import Account
from guanxi.core.tenancy import tenancy
from guanxi.people import listing
from guanxi.touch import services
viewer = viewers.for_staff(Account.objects.get(email="chen@shanhang.example").pk)
with tenancy(viewer):
    found = listing.page_for(viewer, listing.Criteria(text="ana@example.org")).items
    print(services.create_source(viewer=viewer, name="Shop window").text, found[0].id)
"""


@pytest.fixture
def known(surroundings: dict[str, str], house: str) -> Iterator[tuple[str, str]]:
    """A write key, and a customer; worker and live process run."""
    told = subprocess.run(
        [sys.executable, "-c", SOURCE], env=surroundings, check=True, capture_output=True, text=True
    )
    with running("live", surroundings), running("work", surroundings):
        _wait(f"http://127.0.0.1:{surroundings['GUANXI_LIVE_PORT']}/live/")
        key, customer_id = told.stdout.split()
        yield key, customer_id


def _wait(address: str) -> None:
    for _ in range(120):
        try:
            urllib.request.urlopen(address, timeout=5)
        except HTTPError:
            return  # it refuses whoever watches nothing, and is there
        except OSError:
            time.sleep(0.25)
    raise TimeoutError(f"no live process at {address}")


def test_an_event_shows_on_an_open_page(known: tuple[str, str], house: str, look: Callable[..., Any]) -> None:
    key, customer_id = known
    seen = look()
    with seen.page.expect_request("**/live/**"):
        seen.go(f"/desk/customers/{customer_id}/")
    place = "Cellar of the lighthouse"
    assert place not in seen.page.inner_text("main")
    _send(
        house,
        key,
        {"type": "identify", "userId": "window-1", "traits": {"email": "ana@example.org"}},
        {"type": "page", "userId": "window-1", "name": place, "properties": {"path": f"/{place}"}},
    )
    seen.page.wait_for_selector(f"text={place}", timeout=20_000)
    assert seen.troubles == []


def _send(house: str, key: str, *messages: dict[str, Any]) -> None:
    said = [{"messageId": f"live-{time.time_ns()}-{number}", **one} for number, one in enumerate(messages)]
    request = urllib.request.Request(
        f"{house}/v1/batch",
        data=json.dumps({"batch": said}).encode(),
        headers={
            "Content-Type": "application/json",
            "Authorization": f"Basic {b64encode(f'{key}:'.encode()).decode()}",
        },
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        assert answer.status == 200
