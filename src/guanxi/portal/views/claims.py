"""Claiming one's records by proving an address."""

from collections.abc import Sequence
from dataclasses import asdict

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from guanxi.core import rate
from guanxi.core.errors import DomainError
from guanxi.core.requests import DoorRequest
from guanxi.people import services
from guanxi.portal import proofs
from guanxi.portal.forms.claims import AddressForm, CodeForm, StaffCodeForm

_SESSION = "claim"


class TooMany(DomainError):
    """Too many codes were asked for."""

    code = "portal.too_many"
    status = 429


def claim(request: DoorRequest) -> HttpResponse:
    """Name an address; a code goes there."""
    form = AddressForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if not rate.take(f"claim:{request.viewer.person_id}", per_minute=3).allowed:
            raise TooMany(_("That was quick. Wait a minute before you ask for another code."))
        request.session[_SESSION] = asdict(
            proofs.send(form.cleaned_data["email"].lower(), request.viewer.now)
        )
        return redirect("me:claim-code")
    return render(request, "portal/claim.html", {"form": form, "coding": StaffCodeForm()})


@require_POST
def staff_code(request: DoorRequest) -> HttpResponse:
    """Type the code that staff handed over: what it stands for becomes a relation."""
    if not rate.take(f"staff-code:{request.viewer.person_id}", per_minute=5).allowed:
        raise TooMany(_("That was quick. Wait a minute before you try another code."))
    form = StaffCodeForm(request.POST)
    if form.is_valid():
        found = services.claim_by_code(viewer=request.viewer, code=form.cleaned_data["staff_code"])
        if found:
            return _told(request, found)
        form.add_error(
            "staff_code", _("This code is unknown, used up or too old. Ask the enterprise for a new one.")
        )
    return render(request, "portal/claim.html", {"form": AddressForm(), "coding": form}, status=422)


def code(request: DoorRequest) -> HttpResponse:
    """Type the code; what the address points at becomes a relation."""
    waiting = request.session.get(_SESSION)
    if not waiting:
        return redirect("me:claim")
    proof, form = proofs.Proof(**waiting), CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if proof.accepts(form.cleaned_data["code"], request.viewer.now):
            del request.session[_SESSION]
            return _claimed(request, proof.address)
        request.session[_SESSION] = asdict(proof)
        form.add_error("code", _("This is not the code, or its time is over. Ask for a new one if in doubt."))
    return render(request, "portal/code.html", {"form": form, "address": proof.address})


def _claimed(request: DoorRequest, address: str) -> HttpResponse:
    found = services.claim(viewer=request.viewer, kind="email", value=address, proved_by="code")
    if found:
        return _told(request, found)
    messages.info(request, _("Proved. No enterprise here holds anything new under this address."))
    return redirect("me:home")


def _told(request: DoorRequest, found: Sequence[object]) -> HttpResponse:
    text = ngettext("%(n)s record is yours now.", "%(n)s records are yours now.", len(found))
    messages.success(request, text % {"n": len(found)})
    return redirect("me:home")
