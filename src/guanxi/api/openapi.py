"""The finished schema: what ninja writes, and besides it every error answer, header and right."""

import re
from typing import TYPE_CHECKING, Any, cast

from django.utils.translation import override

from guanxi.api import problems

if TYPE_CHECKING:
    from ninja import NinjaAPI

DESCRIPTION = """\
The whole of Guanxi for machines. Send an API key as `Authorization: Bearer …`.

- Lists are read page by page: follow `next` until it is null; no list is cut silently.
- Errors are `application/problem+json`: `code` is stable and for programs, `detail` and `help` are for people.
- Send an `Idempotency-Key` with every write: repeated with the same body it is done once and answered twice.
- Money is a decimal in a text, with its currency; times are RFC 3339 with a zone.
- Each answer carries its `X-Request-Id` and what is left of your rate limit.\
"""

_WITH_BODY = {"413": "The body is too large.", "415": "The body is not application/json in UTF-8."}
_ANSWERS = {
    "400": "The request cannot be read.",
    "401": "There is no valid API key.",
    "403": "The key or the role does not hold the right.",
    "404": "There is no such thing, or not for you.",
    "409": "It clashes with the present state.",
    "422": "A value is not acceptable; `errors` names each.",
    "429": "Too many requests; go on after `Retry-After` seconds.",
}
_IDEMPOTENCY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Any text of your own, one for each thing you want done.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"},
}
_BOUNDS = {"ge": "minimum", "gt": "exclusiveMinimum", "le": "maximum", "lt": "exclusiveMaximum"}
_FAULT = {
    "type": "object",
    "required": ["field", "code", "detail"],
    "properties": {
        "field": {"type": ["string", "null"]},
        "code": {"type": "string"},
        "detail": {"type": "string"},
    },
}
_PROBLEM = {
    "title": "Problem",
    "type": "object",
    "description": "An error after RFC 9457.",
    "required": ["type", "title", "status", "code", "detail", "field", "help", "request_id", "errors"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "description": "Stable name of the error."},
        "detail": {"type": "string", "description": "What happened."},
        "field": {"type": ["string", "null"], "description": "The field at fault, as lines[0].amount."},
        "help": {"type": "string", "description": "What to do."},
        "request_id": {"type": ["string", "null"]},
        "errors": {"type": "array", "items": _FAULT},
    },
}
_HEADERS = {
    "X-Request-Id": {"description": "Names this request in our logs.", "schema": {"type": "string"}},
    "RateLimit-Limit": {"description": "Requests a minute.", "schema": {"type": "integer"}},
    "RateLimit-Remaining": {"description": "Requests left.", "schema": {"type": "integer"}},
    "RateLimit-Reset": {"description": "Seconds until all are back.", "schema": {"type": "integer"}},
}


def finish(schema: Any, api: "NinjaAPI") -> dict[str, Any]:
    """The schema as it is published; plain, so that it can be compared and committed."""
    rights = _rights(api)
    with override("en"):
        components = schema["components"]
        components["schemas"] = dict(sorted({**components["schemas"], "Problem": _PROBLEM}.items()))
        components["headers"] = _HEADERS
        components["responses"] = {
            _name(status): _answer(status, text) for status, text in _all_answers().items()
        }
        schema["paths"] = dict(sorted(schema["paths"].items()))
        for operations in schema["paths"].values():
            for method, operation in operations.items():
                _finish_operation(method, operation, rights[operation["operationId"]])
    del schema["servers"]
    return cast("dict[str, Any]", _in_words_of_json_schema({name: schema[name] for name in schema}))


def _in_words_of_json_schema(part: Any) -> Any:
    """Pydantic keeps its own names for bounds that stand after a validator of ours."""
    if isinstance(part, list):
        return [_in_words_of_json_schema(each) for each in part]
    if not isinstance(part, dict):
        return part
    bounded = part.get("type") in ("integer", "number")
    return {
        (_BOUNDS.get(name, name) if bounded else name): _in_words_of_json_schema(each)
        for name, each in part.items()
    }


def _all_answers() -> dict[str, str]:
    return dict(sorted({**_ANSWERS, **_WITH_BODY}.items()))


def _rights(api: "NinjaAPI") -> dict[str, str]:
    """Which right each operation needs."""
    rights: dict[str, str] = {}
    for bound in api._get_bound_routers():
        for view in bound.path_operations.values():
            for operation in view.operations:
                names = [getattr(each, "right", "") for each in operation.auth_callbacks]
                rights[api.get_openapi_operation_id(operation)] = next(iter(names), "")
    return rights


def _finish_operation(method: str, operation: dict[str, Any], right: str) -> None:
    _describe(operation, right)
    for answer in operation["responses"].values():
        answer["headers"] = {name: {"$ref": f"#/components/headers/{name}"} for name in _HEADERS}
    wanted = {**_ANSWERS, **(_WITH_BODY if "requestBody" in operation else {})}
    operation["responses"] = {
        **{str(status): answer for status, answer in operation["responses"].items()},
        **{status: {"$ref": f"#/components/responses/{_name(status)}"} for status in sorted(wanted)},
    }
    if method != "get":
        operation.setdefault("parameters", []).append(_IDEMPOTENCY)


def _describe(operation: dict[str, Any], right: str) -> None:
    """The docstring's first line is the summary; the right stands under it."""
    first, _, rest = operation.pop("description", "").partition("\n")
    operation["summary"] = first.rstrip(".") or operation["summary"]
    words = re.sub(r"\s*\n\s*", " ", rest).strip()
    needs = f"Needs the right `{right}`." if right else ""
    operation["description"] = "\n\n".join(part for part in (words, needs) if part)
    if right:
        operation["x-right"] = right


def _name(status: str) -> str:
    return f"Problem{status}"


def _answer(status: str, text: str) -> dict[str, Any]:
    headers = {name: {"$ref": f"#/components/headers/{name}"} for name in _HEADERS}
    if status == "429":
        headers["Retry-After"] = {"description": "Seconds to wait.", "schema": {"type": "integer"}}  # type: ignore[dict-item]  # a header in full
    return {
        "description": text,
        "headers": headers,
        "content": {problems.MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
