"""One's own account."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from guanxi.core import accounts
from guanxi.core.requests import DoorRequest
from guanxi.portal.forms.account import AccountForm


def account(request: DoorRequest) -> HttpResponse:
    """Name, language and zone."""
    subject: Any = request.user
    known = {
        "name": subject.name,
        "language": subject.language or get_language(),
        "zone": subject.zone or request.viewer.zone,
    }
    form = AccountForm(request.POST or None, initial=known)
    if request.method == "POST" and form.is_valid():
        accounts.change(subject, **form.cleaned_data)
        messages.success(request, _("Kept."))
        response = redirect("me:account")
        response.set_cookie(settings.LANGUAGE_COOKIE_NAME, form.cleaned_data["language"], samesite="Lax")
        return response
    return render(request, "portal/account.html", {"form": form, "account": subject})
