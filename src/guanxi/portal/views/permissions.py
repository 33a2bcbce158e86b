"""What an enterprise may do for me: the ladder, purpose by purpose."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from guanxi.consent import own, queries, reports, services
from guanxi.consent.words import RUNGS, Purpose, Strength
from guanxi.core import paging
from guanxi.core.errors import NotFound
from guanxi.core.requests import DoorRequest
from guanxi.portal.forms import permissions as forms

# The order in which a person meets them: what is asked of them most comes first.
_TABS = (
    Purpose.OFFERS, Purpose.NEWS, Purpose.SERVICE, Purpose.ORDERS, Purpose.RESEARCH, Purpose.COMMUNITY,
    Purpose.RECOGNITION, Purpose.LEARNING,
)  # fmt: skip


def relation(request: DoorRequest, enterprise_id: UUID) -> HttpResponse:
    """The ladder for one purpose."""
    known, permitted = _permitted(request, enterprise_id, request.GET.get("purpose", Purpose.OFFERS))
    form = forms.PermitForm(initial=forms.initial_of(permitted, request.viewer.timezone))
    return _page(request, known, permitted, form)


@require_POST
def step(request: DoorRequest, enterprise_id: UUID) -> HttpResponse:
    """Another rung, with one tap; channels, hours and pause stay as they are."""
    known, permitted = _permitted(request, enterprise_id, request.POST.get("purpose", ""))
    form = forms.StepForm(request.POST)
    if not form.is_valid():
        raise NotFound(field="strength")
    strength = form.cleaned_data["strength"]
    viewer, purpose = request.viewer, permitted.purpose
    if services.step(viewer=viewer, enterprise_id=enterprise_id, purpose=purpose, strength=strength):
        messages.success(request, _said(known, purpose, strength))
    return redirect(f"{reverse('me:relation', args=[enterprise_id])}?purpose={purpose}")


@require_POST
def permit(request: DoorRequest, enterprise_id: UUID) -> HttpResponse:
    """Keep what was said for one purpose."""
    known, permitted = _permitted(request, enterprise_id, request.POST.get("purpose", ""))
    form = forms.PermitForm(request.POST)
    if not form.is_valid():
        return _page(request, known, permitted, form, status=422)
    statements = form.statements(permitted, request.viewer.timezone)
    if services.say(viewer=request.viewer, enterprise_id=enterprise_id, statements=statements):
        messages.success(request, _("Kept. %(name)s knows it from now on.") % {"name": known.enterprise.name})
    return redirect(f"{reverse('me:relation', args=[enterprise_id])}?purpose={permitted.purpose}")


@require_POST
def less(request: DoorRequest, enterprise_id: UUID) -> HttpResponse:
    """One rung down, with one tap."""
    known, permitted = _permitted(request, enterprise_id, request.POST.get("purpose", ""))
    strength = services.less(viewer=request.viewer, enterprise_id=enterprise_id, purpose=permitted.purpose)
    facts = {
        "name": known.enterprise.name,
        "rung": RUNGS[Strength(strength)][0],
        "purpose": permitted.purpose.label,
    }
    messages.success(request, _("%(name)s, %(purpose)s: “%(rung)s” from now on.") % facts)
    return redirect(f"{reverse('me:relation', args=[enterprise_id])}?purpose={permitted.purpose}")


def _said(known: queries.Relation, purpose: Purpose, strength: int) -> str:
    facts = {"name": known.enterprise.name, "rung": RUNGS[Strength(strength)][0], "purpose": purpose.label}
    return _("%(name)s, %(purpose)s: “%(rung)s” from now on.") % facts


def changes(request: DoorRequest, enterprise_id: UUID) -> HttpResponse:
    """Everything that was ever permitted to an enterprise, with the words shown then."""
    known = queries.relation_for(request.viewer, enterprise_id)
    found = queries.changes_for(request.viewer, enterprise_id)
    page = paging.page(found, order=("-recorded_at", "-id"), cursor=request.GET.get("cursor"), size=30)
    return render(request, "portal/changes.html", {"relation": known, "page": page})


def _permitted(
    request: DoorRequest, enterprise_id: UUID, purpose: str
) -> tuple[queries.Relation, queries.Permitted]:
    if purpose not in Purpose.values:
        raise NotFound(field="purpose")
    known = queries.relation_for(request.viewer, enterprise_id)
    return known, known.of(purpose)


def _page(
    request: DoorRequest,
    known: queries.Relation,
    permitted: queries.Permitted,
    form: forms.PermitForm,
    status: int = 200,
) -> HttpResponse:
    enterprise_id, purpose = known.enterprise.pk, permitted.purpose
    told = queries.told(request.viewer, enterprise_id=enterprise_id, limit=20)
    chosen = int(form["strength"].value() or 0)
    context: dict[str, Any] = {
        "relation": known,
        "permitted": permitted,
        "tabs": _TABS,
        "form": form,
        "chosen": chosen,
        "rungs": [(int(step), *words, step <= chosen) for step, words in RUNGS.items()],
        "used": queries.used_this_week(enterprise_id, known.record_ids, known.now).get(purpose, 0),
        "figure": own.standings_of([enterprise_id])[enterprise_id],
        "reported": own.reported_of(request.viewer),
        "last": next((line for line in told if line.purpose == purpose), None),
        "bases": [one for one in reports.bases_for(request.viewer, enterprise_id) if one.purpose == purpose],
    }
    return render(request, "portal/relation.html", context, status=status)
