"""The web process."""

import os
from collections.abc import Callable
from typing import Any

import django
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "guanxi.settings")


class Handler(WSGIHandler):
    """Django's own, without the signals round each request where the gateway answers: they cost it a third."""

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        """Answer one request."""
        if not environ["PATH_INFO"].startswith("/v1/"):
            return super().__call__(environ, start_response)
        response: Any = self.get_response(WSGIRequest(environ))
        start_response(f"{response.status_code} {response.reason_phrase}", list(response.items()))
        return [response.content]


django.setup(set_prefix=False)
application = Handler()
