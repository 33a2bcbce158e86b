"""Who contacted me, and why; and who was refused."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from guanxi.consent import own, queries, relays, reports
from guanxi.consent.individual import Report
from guanxi.core.requests import DoorRequest


def contacts(request: DoorRequest) -> HttpResponse:
    """Contacts and refusals, newest first, and how much lies on the person from whom."""
    whole, loads = reports.pressure_for(request.viewer)
    context = {
        "told": queries.told(request.viewer), "reported": own.reported_of(request.viewer), "whole": whole,
        "loads": loads,
    }  # fmt: skip
    return render(request, "portal/contacts.html", context)


def report(request: DoorRequest, contact_id: UUID) -> HttpResponse:
    """Say what was wrong with a contact: one tap."""
    contact = own.contact_for(request.viewer, contact_id)
    if request.method == "POST":
        relays.report(viewer=request.viewer, contact_id=contact_id, why=request.POST.get("why", ""))
        messages.success(
            request,
            _("Reported. It counts for the standing of %(name)s.") % {"name": contact.enterprise.name},
        )
        return redirect("me:contacts")
    reasons = [choice for choice in Report.Why.choices if choice[0] != Report.Why.LEAKED]
    return render(request, "portal/report.html", {"contact": contact, "reasons": reasons})
