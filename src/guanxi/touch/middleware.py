"""The gateway where a request comes through Django, as those of tests do; the web process asks it at once (`wsgi`)."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from guanxi.touch import gateway


class GatewayMiddleware:
    """Answers `/v1/…` at once; everything else goes on."""

    def __init__(self, respond: Callable[[HttpRequest], HttpResponse]) -> None:
        self.respond = respond

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Take the short way where the path says so."""
        call = gateway.call_of(request.path_info)
        if call is None:
            return self.respond(request)
        answer = gateway.receive(request.META, call)
        return HttpResponse(answer.content, status=answer.status, headers=dict(answer.headers))
