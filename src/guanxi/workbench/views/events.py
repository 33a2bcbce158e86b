"""Events: the live tail, one event, and what was set aside on the way."""

import json
from collections.abc import Sequence
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from guanxi.core import paging
from guanxi.core.listing import Column, Listing
from guanxi.core.pages import render_part
from guanxi.core.requests import DoorRequest
from guanxi.touch import queries, services
from guanxi.workbench.forms.sources import MendForm

_EVENTS = (
    Column("what", gettext_lazy("What happened"), always=True),
    Column("customer", gettext_lazy("Customer")),
    Column("type", gettext_lazy("Type")),
    Column("source", gettext_lazy("Source")),
    Column("occurred", gettext_lazy("Happened")),
    Column("received", gettext_lazy("Heard of"), shown=False),
)
_ASIDE = (
    Column("reason", gettext_lazy("Reason"), always=True),
    Column("message", gettext_lazy("Message")),
    Column("source", gettext_lazy("Source")),
    Column("received", gettext_lazy("Came")),
)


def events(request: DoorRequest) -> HttpResponse:
    """The newest events first, moving on as they come."""
    listing = Listing.of(request.GET, _EVENTS, name="events")
    given = {name: request.GET.get(name, "") for name in ("type", "source", "customer")}
    rows = queries.events_for(
        request.viewer,
        type_=given["type"],
        source_id=_id(given["source"]),
        customer_id=_id(given["customer"]),
    )
    page = paging.page(rows, order=("-seq",), cursor=listing.cursor)
    context = {
        "listing": listing,
        "page": page,
        "lines": queries.lines_of(request.viewer, page.items),
        "total": {"count": rows.count(), "exact": True} if listing.exact else paging.total(rows),
        "types": queries.event_types(),
        "sources": queries.sources_for(request.viewer),
        "given": given,
    }
    return render_part(request, "workbench/events/events.html", context)


def event(request: DoorRequest, seq: int) -> HttpResponse:
    """One event with all that it says."""
    line = queries.event_for(request.viewer, seq)
    payload = json.dumps(line.event.payload, ensure_ascii=False, indent=2)
    return render(request, "workbench/events/event.html", {"line": line, "payload": payload})


def quarantine(request: DoorRequest) -> HttpResponse:
    """Messages refused at the border, and those that broke the digester."""
    listing = Listing.of(request.GET, _ASIDE, name="quarantine", bulk=True)
    poison = request.GET.get("kind") == "poison"
    rows = (
        queries.poison_for(request.viewer)
        if poison
        else queries.quarantine_for(request.viewer, code=request.GET.get("code", ""))
    )
    page = queries.last_page(rows, listing.cursor)
    context = {
        "listing": listing,
        "page": page,
        "lines": queries.aside_lines_of(request.viewer, page.items),
        "poison": poison,
        "waiting": queries.waiting_aside_for(request.viewer),
        "reasons": [] if poison else queries.reasons_for(request.viewer),
        "kept_days": settings.CONFIGURATION.quarantine_days,
        "deeds": _deeds(),
    }
    return render_part(request, "workbench/events/quarantine.html", context)


def quarantined(request: DoorRequest, row_id: UUID) -> HttpResponse:
    """One refused message: why, and as text to be mended and sent on its way."""
    line = queries.quarantined_for(request.viewer, row_id)
    form = MendForm(request.POST or None, initial={"body": _pretty(line.row.body)})
    if request.method == "POST" and form.is_valid():
        try:
            services.replay_quarantined(
                viewer=request.viewer, row_id=row_id, mended=form.cleaned_data["body"]
            )
        except services.StillRefused as refused:
            form.add_error("body", str(refused))
        else:
            messages.success(request, _("The message is on its way."))
            return redirect("desk:quarantine")
    return render(request, "workbench/events/quarantined.html", {"line": line, "form": form})


def poisonous(request: DoorRequest, row_id: UUID) -> HttpResponse:
    """One message that broke the digester, with what was said when it broke."""
    line = queries.poisonous_for(request.viewer, row_id)
    return render(
        request, "workbench/events/poison.html", {"line": line, "payload": _pretty(line.row.message)}
    )


@require_POST
def settle(request: DoorRequest) -> HttpResponse:
    """Send the chosen messages again, or leave them where they are for good."""
    chosen = [UUID(given) for given in request.POST.getlist("id")]
    if request.POST.get("deed") == "dismiss":
        settled, still = services.dismiss(viewer=request.viewer, quarantined=chosen, poison=chosen), 0
        said = ngettext("%(count)d message was dismissed.", "%(count)d messages were dismissed.", settled)
    else:
        settled, still = services.replay_all(viewer=request.viewer, row_ids=chosen)
        said = ngettext("%(count)d message is on its way.", "%(count)d messages are on their way.", settled)
    messages.success(request, said % {"count": settled})
    if still:
        said = ngettext("%(count)d is still refused.", "%(count)d are still refused.", still)
        messages.warning(request, said % {"count": still})
    return redirect("desk:quarantine")


def _deeds() -> Sequence[dict[str, str]]:
    address = reverse("desk:quarantine-settle")
    return (
        {"label": _("Send again"), "action": address, "name": "deed", "value": "replay"},
        {
            "action": address,
            "label": _("Dismiss"),
            "name": "deed",
            "value": "dismiss",
            "confirm": _("Dismissed messages are kept, but never become events. Dismiss them?"),
        },
    )


def _id(given: str) -> UUID | None:
    try:
        return UUID(given) if given else None
    except ValueError:
        return None


def _pretty(text: str) -> str:
    try:
        return json.dumps(json.loads(text), ensure_ascii=False, indent=2)
    except ValueError:
        return text
