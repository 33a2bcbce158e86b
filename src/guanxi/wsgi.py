"""The web process."""

import os
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
            return super().__call__(environ, start_response)
        with requests.named(environ.get("HTTP_X_REQUEST_ID", "")) as name:
            answer = gateway.receive(environ, call)
        start_response(
            f"{answer.status.value} {answer.status.phrase}", [*answer.headers, ("X-Request-Id", name)]
        )
        return [answer.content]


django.setup(set_prefix=False)
application = Handler()
