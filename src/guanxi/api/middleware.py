"""Around the API, outside tenancy: rate limits, and one shape even for errors that no operation made."""

import hashlib
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from guanxi.api import problems
from guanxi.core import rate

PREFIX = "/api/v1/"


class ApiMiddleware:
    """Counts requests of one key (or one address), and turns every error under `/api/v1/` into a problem."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Let the request through, where its rate allows."""
        if not request.path_info.startswith(PREFIX):
            return self.get_response(request)
        limit = settings.CONFIGURATION.api_per_minute
        allowance = rate.take(_bucket(request), per_minute=limit)
        if allowance.allowed:
            response = _as_problem(self.get_response(request))
        else:
            response = _too_many(allowance.reset_seconds)
        response["RateLimit-Limit"] = str(limit)
        response["RateLimit-Remaining"] = str(allowance.remaining)
        response["RateLimit-Reset"] = str(allowance.reset_seconds)
        response.setdefault("Cache-Control", "no-store")
        return response


def _bucket(request: HttpRequest) -> str:
    """Whom the request counts for: the key or the session it came with, else the address it came from."""
    who = request.headers.get("Authorization") or request.COOKIES.get(settings.SESSION_COOKIE_NAME)
    text = who or request.META.get("REMOTE_ADDR", "")
    return "api:" + hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]


def _too_many(seconds: int) -> HttpResponse:
    return problems.respond(
        status=429,
        code="request.too_many",
        detail=_("More requests came with this key than one minute allows."),
        headers={"Retry-After": str(max(1, seconds))},
    )


def _as_problem(response: HttpResponseBase) -> HttpResponseBase:
    """What Django answers by itself (no such method, a bad host, a broken form), in our words."""
    if response.status_code < 400 or response.headers.get("Content-Type", "").startswith(problems.MEDIA_TYPE):
        return response
    code, detail = {
        404: ("request.not_found", _("There is nothing at this address.")),
        405: ("request.method", _("This address knows other methods.")),
        413: ("request.too_large", _("The body is larger than one request may be.")),
    }.get(response.status_code, ("request.refused", _("The request is not acceptable.")))
    answer = problems.respond(status=response.status_code, code=code, detail=detail)
    if "Allow" in response.headers:
        answer["Allow"] = response.headers["Allow"]
    return answer
