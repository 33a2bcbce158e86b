"""The short way to the gateway: past sessions, languages and tenancy, of which it needs none."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from guanxi.touch import gateway

PREFIX = "/v1/"


class GatewayMiddleware:
    """Answers `/v1/…` at once; everything else goes on."""

    def __init__(self, respond: Callable[[HttpRequest], HttpResponse]) -> None:
        self.respond = respond

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Take the short way where the path says so."""
        if request.path_info.startswith(PREFIX):
            return gateway.receive(request, request.path_info.removeprefix(PREFIX).rstrip("/"))
        return self.respond(request)
