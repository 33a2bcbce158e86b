"""Who has my address, and from whom: an address for each enterprise alone."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from guanxi.consent import own, queries, relays
from guanxi.core.requests import DoorRequest
from guanxi.portal.forms.aliases import AliasForm


def aliases(request: DoorRequest) -> HttpResponse:
    """My aliases, each with whom it was given to and who else has it."""
    return _page(request, None)


@require_POST
def make(request: DoorRequest) -> HttpResponse:
    """A new one, for one enterprise."""
    form = AliasForm(request.POST, relations=queries.relations_for(request.viewer))
    if not form.is_valid():
        return _page(request, form, status=422)
    _id, text = relays.make_alias(
        viewer=request.viewer, enterprise_id=form.cleaned_data["enterprise"], kind=form.cleaned_data["kind"]
    )
    messages.success(request, _("Yours for them alone: %(text)s") % {"text": text})
    return redirect("me:aliases")


@require_POST
def close(request: DoorRequest, alias_id: UUID) -> HttpResponse:
    """Switch one off."""
    if relays.close_alias(viewer=request.viewer, alias_id=alias_id):
        messages.success(request, _("Switched off. Nothing is passed on any more."))
    return redirect("me:aliases")


@require_POST
def accept(request: DoorRequest, alias_id: UUID) -> HttpResponse:
    """Say that a sender belongs to the enterprise."""
    domain = request.POST.get("domain", "")
    relays.accept_sender(viewer=request.viewer, alias_id=alias_id, domain=domain)
    messages.success(request, _("%(domain)s counts as theirs from now on.") % {"domain": domain})
    return redirect("me:aliases")


def _page(request: DoorRequest, form: AliasForm | None, status: int = 200) -> HttpResponse:
    relations = queries.relations_for(request.viewer)
    context: dict[str, Any] = {
        "aliases": own.aliases_for(request.viewer),
        "relations": relations,
        "form": form or AliasForm(relations=relations),
    }
    return render(request, "portal/aliases.html", context, status=status)
