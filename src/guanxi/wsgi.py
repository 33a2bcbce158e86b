"""The web process."""

import os
import time
from collections.abc import Callable
from typing import Any

import django
from django.core.handlers.wsgi import WSGIHandler

from guanxi.core import requests
from guanxi.touch import gateway

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "guanxi.settings")


class Handler(WSGIHandler):
    """Django's own, but for what the gateway answers: it stands before Django, which would cost it half its rate."""

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        """Answer one request."""
        call = gateway.call_of(environ["PATH_INFO"])
        if call is None:
            return super().__call__(environ, _timed(start_response))
        with requests.named(environ.get("HTTP_X_REQUEST_ID", "")) as name:
            answer = gateway.receive(environ, call)
        start_response(
            f"{answer.status.value} {answer.status.phrase}", [*answer.headers, ("X-Request-Id", name)]
        )
        return [answer.content]


def _timed(start_response: Callable[..., Any]) -> Callable[..., Any]:
    """Say in the answer how long it took to make: browsers show it, and the bench reads it."""
    started = time.perf_counter()

    def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
        taken = 1000 * (time.perf_counter() - started)
        return start_response(status, [*headers, ("Server-Timing", f"app;dur={taken:.1f}")], *error)

    return start


django.setup(set_prefix=False)
application = Handler()
