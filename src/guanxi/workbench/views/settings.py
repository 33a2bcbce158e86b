"""Settings of an enterprise, its stores, its staff, its keys, and of one's own account."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from guanxi.core import accounts, queries, services, slots
from guanxi.core.requests import DoorRequest
from guanxi.core.viewer import Viewer
from guanxi.workbench.forms.settings import (
    AccountForm,
    EnterpriseForm,
    InviteForm,
    KeyForm,
    MemberForm,
    StoreForm,
)


def overview(request: DoorRequest) -> HttpResponse:
    """What can be set, with how it stands."""
    viewer = request.viewer
    context = {
        "enterprise": queries.enterprise_for(viewer),
        "stores": queries.stores_for(viewer).count(),
        "staff": queries.staff_for(viewer).filter(active=True).count(),
        "panels": slots.shown("settings.panel", viewer),
    }
    return render(request, "workbench/settings/overview.html", context)


def enterprise(request: DoorRequest) -> HttpResponse:
    """The enterprise itself."""
    request.viewer.require("settings.manage")
    subject = queries.enterprise_for(request.viewer)
    form = EnterpriseForm(request.POST or None, initial=vars(subject))
    if request.method == "POST" and form.is_valid():
        services.change_enterprise(viewer=request.viewer, **form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("desk:settings")
    return render(request, "workbench/settings/enterprise.html", {"form": form, "enterprise": subject})


def stores(request: DoorRequest) -> HttpResponse:
    """The stores, and one more."""
    form = StoreForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        made = services.add_store(viewer=request.viewer, **form.cleaned_data)
        messages.success(request, _("%(store)s is there now.") % {"store": made})
        return redirect("desk:settings-stores")
    return render(
        request,
        "workbench/settings/stores.html",
        {"form": form, "stores": queries.stores_for(request.viewer)},
    )


def staff(request: DoorRequest) -> HttpResponse:
    """Who works here, and an invitation."""
    form = InviteForm(request.POST or None, stores=_store_choices(request.viewer))
    if request.method == "POST" and form.is_valid():
        member = services.add_staff(viewer=request.viewer, **form.cleaned_data)
        messages.success(
            request, _("%(name)s works here now and can sign in with a code by e-mail.") % {"name": member}
        )
        return redirect("desk:settings-staff")
    return render(
        request, "workbench/settings/staff.html", {"form": form, "staff": queries.staff_for(request.viewer)}
    )


def member(request: DoorRequest, staff_id: UUID) -> HttpResponse:
    """The standing of one member."""
    request.viewer.require("staff.manage")
    subject = queries.staff_member_for(request.viewer, staff_id)
    form = MemberForm(request.POST or None, initial=vars(subject), stores=_store_choices(request.viewer))
    if request.method == "POST" and form.is_valid():
        services.change_staff(viewer=request.viewer, staff_id=staff_id, **form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("desk:settings-staff")
    return render(request, "workbench/settings/member.html", {"form": form, "member": subject})


def keys(request: DoorRequest) -> HttpResponse:
    """API keys; a new one shows its secret once, on the page that made it."""
    form, secret = KeyForm(request.POST or None), ""
    if request.method == "POST" and form.is_valid():
        _key, secret = services.issue_api_key(viewer=request.viewer, **form.cleaned_data)
        form = KeyForm()
    context = {"form": form, "secret": secret, "keys": queries.api_keys_for(request.viewer)}
    return render(request, "workbench/settings/keys.html", context)


@require_POST
def revoke_key(request: DoorRequest, key_id: UUID) -> HttpResponse:
    """Make a key worthless."""
    services.revoke_api_key(viewer=request.viewer, key_id=key_id)
    messages.success(request, _("The key is worthless from now on."))
    return redirect("desk:settings-keys")


def account(request: DoorRequest) -> HttpResponse:
    """One's own name, language and zone, and the ways to sign in."""
    subject: Any = request.user
    form = AccountForm(
        request.POST or None,
        initial={"name": subject.name, "language": subject.language, "zone": subject.zone},
    )
    if request.method == "POST" and form.is_valid():
        accounts.change(subject, **form.cleaned_data)
        response = redirect("desk:account")
        response.set_cookie(settings.LANGUAGE_COOKIE_NAME, form.cleaned_data["language"], samesite="Lax")
        messages.success(request, _("Saved."))
        return response
    return render(request, "workbench/settings/account.html", {"form": form})


def _store_choices(viewer: Viewer) -> list[tuple[str, str]]:
    return [(str(store.pk), store.name) for store in queries.stores_for(viewer)]
