"""How a view answers: the whole page, or the part of it that htmx asks for."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def wants(request: HttpRequest, part: str) -> bool:
    """Whether htmx asks for this part: the element to be filled is named after it (`rows`, `rows-more`)."""
    target = request.headers.get("HX-Target", "") if request.headers.get("HX-Request") else ""
    return target == part or target.startswith(f"{part}-")


def render_part(
    request: HttpRequest, template: str, context: Mapping[str, Any], part: str = "rows", status: int = 200
) -> HttpResponse:
    """The named partial of a template where htmx asks for it, else the whole page."""
    name = f"{template}#{part}" if wants(request, part) else template
    response = render(request, name, dict(context), status=status)
    # The same address has two answers: Back must not show a part as a page.
    response["Vary"] = ", ".join(filter(None, [response.get("Vary"), "HX-Request", "HX-Target"]))
    return response
