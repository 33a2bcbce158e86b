"""What every request passes: its id, the security headers, and the tenancy of whoever asks."""

import dataclasses
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation

from guanxi.core import requests, viewers
from guanxi.core.errors import DomainError, NotFound
from guanxi.core.tenancy import tenancy
from guanxi.core.viewer import Viewer

Respond = Callable[[HttpRequest], HttpResponse]
SESSION_ENTERPRISE = "enterprise"


class RequestIdMiddleware:
    """Takes the caller's X-Request-Id, or makes one, and says it again in the answer."""

    def __init__(self, respond: Respond) -> None:
        self.respond = respond

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Run the request under its id."""
        with requests.named(request.headers.get("X-Request-Id", "")) as name:
            response = self.respond(request)
        response["X-Request-Id"] = name
        return response


class SecurityHeadersMiddleware:
    """Content-Security-Policy without inline script or style, and what else browsers may be told."""

    def __init__(self, respond: Respond) -> None:
        self.respond = respond
        live = settings.CONFIGURATION.live_origin
        self.policy = "; ".join(
            (
                "default-src 'none'",
                "script-src 'self'",
                "style-src 'self'",
                "img-src 'self' data:",
                "font-src 'self'",
                f"connect-src 'self' {live}",
                "form-action 'self'",
                "frame-src 'self'",
                "frame-ancestors 'none'",
                "base-uri 'none'",
                "manifest-src 'self'",
            )
        )

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Add the headers."""
        response = self.respond(request)
        response.setdefault("Content-Security-Policy", self.policy)
        response.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
        response.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        return response


class TenancyMiddleware:
    """Finds out who asks, sets `request.viewer`, and runs the view inside their tenancy.

    The doors are told apart by path: staff at `/desk/`, individuals at `/me/`. Everything else (sign-in, the start
    page) belongs to nobody and opens its own tenancy where it needs one; the API and the gateway have short ways.
    """

    def __init__(self, respond: Respond) -> None:
        self.respond = respond

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Run the view as whoever asks."""
        request.viewer = None  # type: ignore[attr-defined]
        door = request.path_info.split("/", 2)[1]
        if door in ("desk", "me") and not request.user.is_authenticated:
            return redirect(f"{settings.LOGIN_ENTRANCE[door]}?next={request.get_full_path()}")
        try:
            viewer = _DOORS[door](request) if door in _DOORS else None
        except NotFound:
            # Signed in, but not as staff of any enterprise.
            return redirect("home")
        return answer_as(viewer, self.respond, request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Turn a refusal into a page that says what happened and what to do; what the view had written is undone."""
        if not isinstance(error, DomainError):
            return None
        response = render(request, "errors/refused.html", {"error": error}, status=error.status)
        response.refused = True  # type: ignore[attr-defined]
        return response


def answer_as(viewer: Viewer | None, respond: Respond, request: HttpRequest) -> HttpResponse:
    """Run the view as this viewer; what it wrote is undone where the server failed or the deed was refused."""
    request.viewer = viewer  # type: ignore[attr-defined]
    try:
        with _run_as(viewer):
            response = respond(request)
            if response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR or getattr(
                response, "refused", False
            ):
                raise _NothingDone(response)
    except _NothingDone as nothing:
        response = nothing.response
    return response


class _NothingDone(Exception):
    """Carries an answer out of a transaction that must not stay: the server failed, or the deed was refused."""

    def __init__(self, response: HttpResponse) -> None:
        self.response = response
        super().__init__()


def _run_as(viewer: Viewer | None) -> AbstractContextManager[Any]:
    return tenancy(viewer) if viewer else nullcontext()


def _desk(request: HttpRequest) -> Viewer:
    chosen = request.session.get(SESSION_ENTERPRISE)
    account: Any = request.user
    request.workplaces = viewers.enterprises_of(account.pk)  # type: ignore[attr-defined]
    viewer = viewers.for_member(
        request.workplaces,  # type: ignore[attr-defined]
        UUID(chosen) if chosen else None,
        request_id=requests.request_id.get(),
    )
    return _with_language(request, viewer)


def _me(request: HttpRequest) -> Viewer:
    account: Any = request.user
    return viewers.for_person(
        account.pk,
        zone=account.zone,
        language=translation.get_language(),
        request_id=requests.request_id.get(),
    )


def _with_language(request: HttpRequest, viewer: Viewer) -> Viewer:
    account: Any = request.user
    return dataclasses.replace(
        viewer, language=translation.get_language() or viewer.language, zone=account.zone or viewer.zone
    )


_DOORS: dict[str, Callable[[HttpRequest], Viewer | None]] = {"desk": _desk, "me": _me}
