"""What every operation passes: its query parameters are known, its writes are undone when it refuses, a repeated
request is answered as the first one was."""

import functools
import hashlib
from collections.abc import Callable
from typing import Any

import msgspec
from django.core.files.uploadedfile import UploadedFile
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext_lazy as _
from ninja.operation import Operation

from guanxi.api import problems
from guanxi.core import idempotency
from guanxi.core.errors import Invalid
from guanxi.core.postgresql import line
from guanxi.core.postgresql.line import Statement

SAFE = ("GET", "HEAD", "OPTIONS")
Run = Callable[..., HttpResponseBase]


class UnknownParameter(Invalid):
    """A query parameter that the operation does not know: a misspelt filter must not return everything."""

    code = "request.unknown_parameter"
    summary = _("This operation knows no parameter “{name}”. It knows: {known}.")


def guarded(run: Run) -> Run:
    """Wrap the run of one operation."""
    operation: Operation = run.__self__  # type: ignore[attr-defined]  # ninja hands over the bound method
    known = _query_names(operation)

    @functools.wraps(run)
    def guard(request: HttpRequest, *args: Any, **values: Any) -> HttpResponseBase:
        if getattr(request, "viewer", None) is None:
            return run(request, *args, **values)
        try:
            _refuse_unknown(request, known)
            return _once(request, functools.partial(_checked, run, request, *args, **values))
        except Exception as error:  # noqa: BLE001  # the border
            return problems.of(request, error)

    return guard


def _refuse_unknown(request: HttpRequest, known: frozenset[str]) -> None:
    unknown = sorted(set(request.GET) - known)
    if unknown:
        raise UnknownParameter(field=unknown[0], name=unknown[0], known=", ".join(sorted(known)) or "–")


def _query_names(operation: Operation) -> frozenset[str]:
    names: set[str] = set()
    for model in operation.models:
        if model.__ninja_param_source__ == "query":
            flat = getattr(model, "__ninja_flatten_map__", None)
            names |= set(flat or model.model_fields)
    return frozenset(names)


_CHECK = Statement("SET CONSTRAINTS ALL IMMEDIATE")
_CHECK_LATER = Statement("SET CONSTRAINTS ALL DEFERRED")


def _checked(run: Run, request: HttpRequest, *args: Any, **values: Any) -> HttpResponseBase:
    """What the database checks only at the end is checked with the request, where that is inside something larger."""
    response = run(request, *args, **values)
    if connection.savepoint_ids and response.status_code < 400 and request.method not in SAFE:
        line.say(_CHECK)
        line.say(_CHECK_LATER)
    return response


def _once(request: HttpRequest, act: Callable[[], HttpResponseBase]) -> HttpResponseBase:
    """Do it once per `Idempotency-Key`: the second request with the same body gets the first one's answer.

    A refusal undoes the claim together with everything else, because the middleware rolls it all back.
    """
    key = request.headers.get("Idempotency-Key")
    if key is None or request.method in SAFE:
        return act()
    kept = idempotency.claim(
        key, idempotency.digest(request.method or "", request.get_full_path(), _body(request))
    )
    if kept is not None:
        return _replayed(kept)
    answer = act()
    if answer.status_code < 400 and isinstance(answer, HttpResponse):
        idempotency.keep(key, answer.status_code, answer.content.decode())
    return answer


def _replayed(kept: idempotency.Kept) -> HttpResponse:
    response = HttpResponse(kept.body, status=kept.status, content_type="application/json; charset=utf-8")
    response["Idempotency-Replayed"] = "true"
    return response


def _body(request: HttpRequest) -> bytes:
    """The body as sent; of a form with files, what was in it (its boundary differs each time)."""
    if request.content_type != "multipart/form-data":
        return request.body
    texts = [[name, *values] for name, values in request.POST.lists()]
    files = [[name, file.name, _digest_of(file)] for name, given in request.FILES.lists() for file in given]
    return msgspec.json.encode([texts, files])


def _digest_of(file: "UploadedFile[Any]") -> str:
    """What stands in an upload, read in portions; whoever reads it next begins at its beginning."""
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    return digest.hexdigest()
