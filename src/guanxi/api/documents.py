"""The page that people read about the API: made from the finished schema, without anybody's script."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

Schema = dict[str, Any]


def page(schema: Callable[[], Schema]) -> Callable[[HttpRequest], HttpResponse]:
    """The view of /api/v1/docs."""

    def documents(request: HttpRequest) -> HttpResponse:
        finished = schema()
        return render(request, "api/docs.html", {"groups": _groups(finished), "about": _about(finished)})

    return documents


def _about(schema: Schema) -> list[str]:
    """The sentences of the description, without its marks."""
    lines = schema["info"]["description"].splitlines()
    return [line.removeprefix("- ").replace("`", "") for line in lines if line]


def _groups(schema: Schema) -> list[tuple[str, list[Schema]]]:
    """Operations under their headings, in the order of their addresses."""
    groups: dict[str, list[Schema]] = {}
    for address, operations in schema["paths"].items():
        for method, operation in operations.items():
            tag = (operation.get("tags") or ["–"])[0]
            groups.setdefault(tag, []).append(_operation(schema, method, address, operation))
    return sorted(groups.items())


def _operation(schema: Schema, method: str, address: str, operation: Schema) -> Schema:
    success = next((status for status in operation["responses"] if status.startswith("2")), "")
    return {
        "id": operation["operationId"],
        "method": method.upper(),
        "path": address,
        "summary": operation["summary"].replace("`", ""),
        "description": operation["description"],
        "right": operation.get("x-right", ""),
        "parameters": [_parameter(each) for each in operation.get("parameters", [])],
        "body": _fields(schema, _content(operation.get("requestBody", {}))),
        "success": success,
        "answer": _fields(schema, _content(operation["responses"].get(success, {}))),
    }


def _parameter(parameter: Schema) -> Schema:
    return {
        "name": parameter["name"],
        "place": parameter["in"],
        "type": _type(parameter["schema"]),
        "required": parameter.get("required", False),
        "about": parameter.get("description", ""),
    }


def _content(part: Schema) -> Schema:
    return next((each.get("schema", {}) for each in part.get("content", {}).values()), {})


def _resolved(schema: Schema, part: Schema) -> Schema:
    name = part.get("$ref", "").rpartition("/")[2]
    found: Schema = schema["components"]["schemas"].get(name, part) if name else part
    return found


def _fields(schema: Schema, part: Schema) -> list[Schema]:
    """The fields of an object, one line each."""
    shape = _resolved(schema, part)
    wanted = set(shape.get("required", ()))
    return [
        {"name": name, "type": _type(each), "required": name in wanted, "about": each.get("description", "")}
        for name, each in shape.get("properties", {}).items()
    ]


def _type(part: Schema) -> str:
    """`array of Line`, `date-time or null`: short enough for a table."""
    if "anyOf" in part:
        return " / ".join(_type(each) for each in part["anyOf"])
    if "$ref" in part:
        return str(part["$ref"].rpartition("/")[2])
    if part.get("type") == "array":
        return f"[ {_type(part.get('items', {}))} ]"
    if "enum" in part:
        return " | ".join(map(str, part["enum"]))
    if "const" in part:
        return str(part["const"])
    return str(part.get("format") or part.get("type", "any"))
