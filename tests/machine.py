"""A machine at the door: a client with a real API key."""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import pytest
from django.http import HttpResponse
from django.test import Client

from guanxi.core import services
from guanxi.core.tenancy import tenancy
from guanxi.core.viewer import RIGHTS, Viewer


class Machine:
    """Speaks JSON with one key."""

    def __init__(self, key: str) -> None:
        self.client = Client(headers={"accept-language": "en"})
        self.key = key

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> HttpResponse:
        """One request; `body` is JSON, or bytes as they are."""
        content = body if isinstance(body, bytes) else b"" if body is None else msgspec.json.encode(body)
        headers = {"Authorization": f"Bearer {self.key}", **headers}
        media = headers.pop("Content-Type", "application/json")
        answer: Any = self.client.generic(
            method,
            path if path.startswith("/") else f"/api/v1/{path}",
            content,
            content_type=media,
            headers=headers,
        )
        answer.said = msgspec.json.decode(answer.content) if answer.content else None
        return answer

    def get(self, path: str, **headers: str) -> Any:
        """Read."""
        return self.ask("GET", path, None, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        """Do."""
        return self.ask("POST", path, body, **headers)


@pytest.fixture
def machine(db: None) -> Callable[..., Machine]:
    """Gives a machine with a key of a viewer's enterprise, for all rights or for those named."""

    def make(viewer: Viewer, scopes: Sequence[str] = tuple(RIGHTS)) -> Machine:
        with tenancy(viewer):
            _key, text = services.issue_api_key(viewer=viewer, name="test", scopes=list(scopes))
        return Machine(text)

    return make


@pytest.fixture
def till(machine: Callable[..., Machine], chen: Viewer) -> Machine:
    """The till of Shanhang."""
    return machine(chen)
