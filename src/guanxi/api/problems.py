"""Errors as the machines outside read them: application/problem+json (RFC 9457), made in this one place."""

import logging
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

import psycopg
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.db import DataError, IntegrityError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.utils.translation import gettext as _
from ninja.errors import HttpError, Throttled, ValidationError

from guanxi.api import strict_json
from guanxi.core import requests
from guanxi.core.errors import DomainError

logger = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"


def respond(
    *,
    status: int,
    code: str,
    detail: str,
    field: str | None = None,
    help: str = "",
    errors: Iterable[Mapping[str, Any]] = (),
    headers: Mapping[str, str] | None = None,
) -> HttpResponse:
    """The one shape of an error; the tenancy around it writes nothing (`core.middleware`)."""
    body = {
        "type": f"urn:guanxi:problem:{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": code,
        "detail": detail,
        "field": field,
        "help": help or _advice(status),
        "request_id": requests.request_id.get() or None,
        "errors": list(errors),
    }
    response = HttpResponse(strict_json.encode(body), status=status, content_type=MEDIA_TYPE)
    response.refused = True  # type: ignore[attr-defined]  # read by core.middleware
    for name, value in (headers or {}).items():
        response[name] = value
    if status == 401:
        response["WWW-Authenticate"] = 'Bearer realm="guanxi"'
    return response


def _advice(status: int) -> str:
    """What to do about an error of this kind, where the error itself does not say."""
    return {
        400: _("Compare the request with /api/v1/docs."),
        401: _("Send an API key as “Authorization: Bearer …”. Keys are made under Settings."),
        403: _("Use a key or a role that holds the right named here."),
        404: _("Look at the id and at the address; what another enterprise holds is not found either."),
        405: _("Use one of the methods in the Allow header."),
        409: _("Read the present state and decide again."),
        413: _("Send less at once; large files go through an import."),
        415: _("Send application/json in UTF-8."),
        422: _("Mend the fields named in “errors” and send the request again."),
        429: _("Wait for the seconds in the Retry-After header, then go on."),
    }.get(status, _("Tell whoever runs this installation the request_id."))


def of(request: HttpRequest, error: Exception) -> HttpResponse:
    """The answer that an exception stands for; unknown ones are logged and answered 500."""
    if isinstance(error, HttpError) and isinstance(error.__cause__, Exception):
        return of(request, error.__cause__)
    if isinstance(error, DomainError):
        return of_domain(error)
    if isinstance(error, ValidationError):
        return _of_validation(error)
    if isinstance(error, HttpError):
        return _of_http(error)
    if isinstance(error, Http404):
        return nothing_here()
    if isinstance(error, RequestDataTooBig):
        return respond(
            status=413, code="request.too_large", detail=_("The body is larger than one request may be.")
        )
    if isinstance(error, SuspiciousOperation | MultiPartParserError | UnicodeError):
        return respond(status=400, code="request.refused", detail=_("The request is not acceptable."))
    return _of_database(error) or _unknown(request, error)


def nothing_here() -> HttpResponse:
    """No operation has this address."""
    return respond(status=404, code="request.not_found", detail=_("There is nothing at this address."))


def of_domain(error: DomainError) -> HttpResponse:
    """A refusal of the house, in its own words."""
    name = (error.field,) if error.field else ()
    return respond(
        status=error.status,
        code=error.code,
        detail=str(error),
        field=error.field,
        help=str(error.help),
        errors=[{"field": each, "code": error.code, "detail": str(error)} for each in name],
        headers={"Retry-After": str(error.facts["retry_after"])} if "retry_after" in error.facts else None,
    )


def _of_http(error: HttpError) -> HttpResponse:
    headers = {"Retry-After": str(error.wait or 1)} if isinstance(error, Throttled) else None
    detail = (
        _("No valid API key or session came with this request.") if error.status_code == 401 else str(error)
    )
    code = {400: "request.refused", 401: "request.unauthenticated", 403: "request.forbidden"}.get(
        error.status_code, "request.refused"
    )
    return respond(status=error.status_code, code=code, detail=detail, headers=headers)


def _of_validation(error: ValidationError) -> HttpResponse:
    errors = [
        {"field": _field(each["loc"]), "code": f"value.{each['type']}", "detail": _words(each["msg"])}
        for each in error.errors
    ]
    first = errors[0] if errors else {"field": None, "detail": ""}
    return respond(
        status=422,
        code="request.invalid",
        detail=_("%(field)s: %(problem)s") % {"field": first["field"], "problem": first["detail"]},
        field=first["field"],
        errors=errors,
    )


def _words(message: str) -> str:
    return message.removeprefix("Value error, ")


def _field(location: Iterable[object]) -> str:
    """`("body", "body", "lines", 0, "amount")` → `lines[0].amount`: our own names mean nothing outside."""
    source, *path = location
    if source in ("body", "query") and len(path) > 1:
        path = path[1:]
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).lstrip(".")
    return text or str(source)


def _of_database(error: Exception) -> HttpResponse | None:
    """A safety net: what the types let through and the database refuses is the sender's fault, not ours."""
    cause = error.__cause__
    if isinstance(cause, psycopg.errors.LockNotAvailable | psycopg.errors.SerializationFailure):
        return respond(
            status=409,
            code="request.busy",
            detail=_("Somebody else is changing the same thing at this moment."),
            headers={"Retry-After": "1"},
        )
    if isinstance(error, IntegrityError):
        logger.warning("integrity error reached the border", exc_info=error)
        return respond(
            status=409, code="request.conflict", detail=_("This clashes with what is already kept.")
        )
    if isinstance(error, DataError):
        logger.warning("data error reached the border", exc_info=error)
        return respond(
            status=422, code="request.unstorable", detail=_("A value is outside what can be kept.")
        )
    if isinstance(error, OperationalError):
        logger.error("the database failed", exc_info=error)
        return respond(
            status=503,
            code="server.unavailable",
            detail=_("The database does not answer in time."),
            headers={"Retry-After": "2"},
        )
    return None


def _unknown(request: HttpRequest, error: Exception) -> HttpResponse:
    logger.error("%s %s failed", request.method, request.path, exc_info=error)
    return respond(
        status=500, code="server.error", detail=_("Something broke on our side; it has been recorded.")
    )
