"""What frames every page of the desk: Today, the command palette, the switch of enterprises."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from guanxi.core import shell, slots, viewers
from guanxi.core.middleware import SESSION_ENTERPRISE
from guanxi.core.pages import wants
from guanxi.core.requests import DoorRequest


def today(request: DoorRequest) -> HttpResponse:
    """What waits for this member of staff, from every package that knows of something."""
    panels = slots.shown("today.panel", request.viewer)
    return render(request, "workbench/today.html", {"panels": panels})


def palette(request: DoorRequest) -> HttpResponse:
    """Pages and things that match a text; a page of its own without script."""
    text = request.GET.get("q", "").strip()[:200]
    template = "workbench/palette.html#found" if wants(request, "palette") else "workbench/palette.html"
    return render(request, template, {"found": shell.palette(request.viewer, text), "text": text})


@require_POST
def workplace(request: DoorRequest) -> HttpResponse:
    """Go over to another enterprise that the account works for."""
    account: Any = request.user
    viewer = viewers.for_staff(account.pk, UUID(request.POST.get("enterprise", "")))
    request.session[SESSION_ENTERPRISE] = str(viewer.enterprise_id)
    return redirect("desk:today")
