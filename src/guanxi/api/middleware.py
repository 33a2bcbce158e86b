"""The short way to the API: past sessions, cookies and forms, of which it needs none.

It counts what one key may ask, opens the key, and runs the operation as whoever holds it. Every error under `/api/v1/`,
also one that no operation made, has one shape.
"""

import hashlib

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import resolve
from django.utils import translation
from django.utils.translation import gettext as _

from guanxi.api import problems
from guanxi.core import rate, requests, viewers
from guanxi.core.middleware import Respond, answer_as
from guanxi.core.viewer import Viewer

PREFIX = "/api/v1/"
DOCUMENTS = "/api/v1/docs"
_OPERATIONS = "guanxi.api.urls"


class ApiMiddleware:
    """Answers `/api/v1/…` at once; everything else, and the page that people read about it, goes on."""

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Take the short way where the path says so."""
        if not request.path_info.startswith(PREFIX) or request.path_info == DOCUMENTS:
            return self.get_response(request)
        language = translation.get_language_from_request(request)
        with translation.override(language):
            try:
                response = _counted(request)
            except Exception as error:  # noqa: BLE001  # the border
                response = problems.of(request, error)
        response.setdefault("Cache-Control", "no-store")
        response.headers["Vary"] = "Accept-Language"
        response.headers["Content-Language"] = language
        if not response.streaming:
            response.headers["Content-Length"] = str(len(response.content))
        return response


def _counted(request: HttpRequest) -> HttpResponse:
    """Run the operation where the rate allows; the bucket and the key are looked at in one breath."""
    request.get_host()
    limit = settings.CONFIGURATION.api_per_minute
    asked = rate.ask(_bucket(request), per_minute=limit)
    viewer = _viewer(request)
    allowance = asked.allowance
    if allowance.allowed:
        response = _as_problem(answer_as(viewer, _operate, request))
    else:
        response = _too_many(allowance.reset_seconds)
    response.headers["RateLimit-Limit"] = str(limit)
    response.headers["RateLimit-Remaining"] = str(allowance.remaining)
    response.headers["RateLimit-Reset"] = str(allowance.reset_seconds)
    return response


def _bucket(request: HttpRequest) -> str:
    """Whom the request counts for: the key it came with, else the address it came from."""
    text = request.META.get("HTTP_AUTHORIZATION") or request.META.get("REMOTE_ADDR", "")
    return "api:" + hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]


def _viewer(request: HttpRequest) -> Viewer | None:
    kind, _, text = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    if kind.lower() != "bearer":
        return None
    return viewers.for_key(text.strip(), request_id=requests.request_id.get())


def _operate(request: HttpRequest) -> HttpResponse:
    found = resolve(request.path_info.removeprefix("/api"), _OPERATIONS)
    request.resolver_match = found
    try:
        answer: HttpResponse = found.func(request, *found.args, **found.kwargs)
    except Exception as error:  # noqa: BLE001  # the border: what was written before it is undone
        answer = problems.of(request, error)
    return answer


def _too_many(seconds: int) -> HttpResponse:
    return problems.respond(
        status=429,
        code="request.too_many",
        detail=_("More requests came with this key than one minute allows."),
        headers={"Retry-After": str(max(1, seconds))},
    )


def _as_problem(response: HttpResponse) -> HttpResponse:
    """What ninja answers by itself (no such method), in our words."""
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
