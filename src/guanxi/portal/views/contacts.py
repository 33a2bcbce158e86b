"""Who contacted me, and why; and who was refused."""

from django.http import HttpResponse
from django.shortcuts import render

from guanxi.consent import queries
from guanxi.core.requests import DoorRequest


def contacts(request: DoorRequest) -> HttpResponse:
    """Contacts and refusals, newest first."""
    return render(request, "portal/contacts.html", {"told": queries.told(request.viewer)})
