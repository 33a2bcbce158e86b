"""What a browser says for its person at every page of the front door: Global Privacy Control."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from guanxi.consent import everywhere


class SignalMiddleware:
    """Heeds `Sec-GPC: 1` for whoever has signed in, and tells them what was lowered; stands inside the tenancy."""

    def __init__(self, respond: Callable[[HttpRequest], HttpResponse]) -> None:
        self.respond = respond

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Lower before the page is drawn, so that it shows what holds."""
        viewer = getattr(request, "viewer", None)
        if viewer and viewer.kind == "self" and request.headers.get("Sec-GPC") == "1":
            for relation in everywhere.heed(viewer=viewer):
                text = _(
                    "Your browser asks for privacy: %(name)s no longer chooses news and offers by your data."
                )
                messages.info(request, text % {"name": relation.enterprise.name})
        return self.respond(request)
