"""Messages at the person's own door."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from guanxi.core import paging
from guanxi.core.requests import DoorRequest
from guanxi.touch.outgoing import letters_box, queries


def messages(request: DoorRequest) -> HttpResponse:
    """What enterprises have written to this person, the newest first."""
    page = paging.page(
        queries.letters_for(request.viewer), order=("-arrived_at", "-pk"), cursor=request.GET.get("cursor")
    )
    context = {"page": page, "letters": queries.opened(request.viewer, list(page.items))}
    return render(request, "portal/messages.html", context)


@require_POST
def read(request: DoorRequest, message_id: UUID) -> HttpResponse:
    """Mark a message as read."""
    letters_box.mark_read(viewer=request.viewer, message_id=message_id)
    return redirect("me:messages")
