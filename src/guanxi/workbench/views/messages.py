"""Messages: the outbox, one message, and the templates."""

from uuid import UUID

from django.contrib import messages as notices
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from guanxi.core import paging
from guanxi.core.errors import DomainError, NotFound
from guanxi.core.listing import Column, Listing
from guanxi.core.pages import render_part
from guanxi.core.requests import DoorRequest
from guanxi.touch.outgoing import probing, queries, services
from guanxi.touch.outgoing.words import State
from guanxi.workbench.forms.messages import TemplateForm

COLUMNS = (
    Column("template", gettext_lazy("Message"), always=True),
    Column("customer", gettext_lazy("Customer"), always=True),
    Column("how", gettext_lazy("How and why"), always=True),
    Column("state", gettext_lazy("State"), always=True),
    Column("posted", gettext_lazy("Posted"), always=True),
)
_LANGUAGES = (("en", "English"), ("zh-hans", "简体中文"))


def messages(request: DoorRequest) -> HttpResponse:
    """What goes out and how far it has come."""
    listing = Listing.of(request.GET, COLUMNS, name="messages", sort="-posted_at")
    state, channel = request.GET.get("state", ""), request.GET.get("channel", "")
    found = queries.messages_for(request.viewer, state=state, channel=channel)
    page = paging.page(found, order=("-posted_at", "-pk"), cursor=listing.cursor)
    standings = queries.standings_for(request.viewer)
    context = {
        "listing": listing,
        "page": page,
        "total": paging.total(found),
        "lines": queries.lines(request.viewer, list(page.items)),
        "given": request.GET,
        "unknown": sum(standing.unknown for standing in standings),
        "channels": [standing.channel for standing in standings],
        "states": [
            ("waiting", _("Put off by the gate")),
            ("refused", _("Refused by the gate")),
            *State.choices,
        ],
    }
    return render_part(request, "workbench/messages/messages.html", context)


def message(request: DoorRequest, message_id: UUID) -> HttpResponse:
    """One message with its verdict and its attempts."""
    context = {
        "whole": queries.whole_for(request.viewer, message_id),
        "may_write": request.viewer.may("messages.write"),
    }
    return render(request, "workbench/messages/message.html", context)


@require_POST
def decide(request: DoorRequest, message_id: UUID) -> HttpResponse:
    """Say what became of a message in doubt."""
    decision = request.POST.get("decision", "")
    services.decide(
        viewer=request.viewer, message_id=message_id, sent=decision == "sent", again=decision == "again"
    )
    notices.success(request, _("Noted."))
    return redirect("desk:message", message_id)


@require_POST
def cancel(request: DoorRequest, message_id: UUID) -> HttpResponse:
    """Take back a message that has not left."""
    services.cancel(viewer=request.viewer, message_id=message_id)
    notices.success(request, _("Taken back; it will not be sent."))
    return redirect("desk:message", message_id)


def templates(request: DoorRequest) -> HttpResponse:
    """The templates."""
    page = paging.page(
        queries.templates_for(request.viewer), order=("-created_at", "-pk"), cursor=request.GET.get("cursor")
    )
    context = {"page": page, "may_write": request.viewer.may("messages.write")}
    return render(request, "workbench/messages/templates.html", context)


def template(request: DoorRequest, template_id: UUID | None = None) -> HttpResponse:
    """One template, or a new one: its text, its versions, and how a customer reads it."""
    known = queries.template_for(request.viewer, template_id) if template_id else None
    newest = queries.newest_of(request.viewer, known.pk) if known else None
    initial = TemplateForm.initial_of(known.name, newest.texts) if known and newest else None
    form = TemplateForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid() and _saved(request, form, template_id):
        return redirect("desk:templates")
    customer = request.GET.get("customer", "").strip()
    context = {
        "form": form,
        "template": known,
        "versions": queries.versions_for(request.viewer, known.pk) if known else [],
        "previews": [
            (language, label, queries.preview_for(request.viewer, newest, _key(customer), language))
            for language, label in _LANGUAGES
            if newest
        ],
        "customer": customer,
        "may_write": request.viewer.may("messages.write"),
    }
    return render(request, "workbench/messages/template.html", context)


def _saved(request: DoorRequest, form: TemplateForm, template_id: UUID | None) -> bool:
    try:
        services.save_template(
            viewer=request.viewer, name=form.cleaned_data["name"], texts=form.texts, template_id=template_id
        )
    except DomainError as error:
        field = {"name": "name", "subject": "subject_en"}.get(error.field or "", "body_en")
        form.add_error(field, str(error))
        return False
    notices.success(request, _("Saved; what was sent before keeps its own version."))
    return True


def preview(request: DoorRequest, template_id: UUID, language: str) -> HttpResponse:
    """The HTML of an e-mail as one customer would see it, in a frame that can do nothing."""
    newest = queries.newest_version_for(request.viewer, template_id)
    text = queries.preview_for(request.viewer, newest, _key(request.GET.get("customer", "")), language)
    response = HttpResponse(text.html)
    response["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; sandbox"
    )
    return response


@require_POST
def test(request: DoorRequest, template_id: UUID) -> HttpResponse:
    """Send a template to one's own address."""
    address = str(getattr(request.user, "email", ""))
    probing.send_to_myself(viewer=request.viewer, template_id=template_id, address=address)
    notices.success(request, _("Sent to %(address)s.") % {"address": address})
    return redirect("desk:template", template_id)


def _key(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError as error:
        raise NotFound(field="customer") from error
