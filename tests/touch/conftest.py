"""Sources, senders and the digester, for the tests of the touch centre."""

import base64
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from guanxi.core.tenancy import tenancy
from guanxi.core.viewer import Viewer
from guanxi.touch import inbox, keys, services
from guanxi.touch.services import NewKey

Send = Callable[..., HttpResponse]


@pytest.fixture(autouse=True)
def _nothing_remembered() -> Iterator[None]:
    keys.forget()
    inbox.look_again()
    yield
    keys.forget()
    inbox.look_again()


@pytest.fixture
def website(chen: Viewer) -> NewKey:
    """Shanhang's website with its write key."""
    with tenancy(chen):
        return services.create_source(viewer=chen, name="Website")


@pytest.fixture
def send(website: NewKey) -> Send:
    """Sends JSON to a call of the gateway as the website."""
    client = Client()

    def post(
        call: str,
        body: Any,
        *,
        key: str | None = None,
        content_type: str = "application/json",
        **headers: str,
    ) -> Any:
        text = website.text if key is None else key
        given = {"authorization": "Basic " + base64.b64encode(f"{text}:".encode()).decode()} if text else {}
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        return client.post(f"/v1/{call}", raw, content_type=content_type, headers=given | headers)

    return post
