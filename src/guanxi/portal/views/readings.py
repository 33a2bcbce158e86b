"""Who read my record, when and for what."""

from django.http import HttpResponse
from django.shortcuts import render

from guanxi.core import access, paging
from guanxi.core.requests import DoorRequest
from guanxi.people import relations


def readings(request: DoorRequest) -> HttpResponse:
    """Each reading of my private data, newest first."""
    records = [(claim.enterprise_id, claim.customer_id) for claim in relations.claims_for(request.viewer)]
    found = access.own_readings(request.viewer, records)
    page = paging.page(found, order=access.ORDER, cursor=request.GET.get("cursor"), size=40)
    return render(request, "portal/readings.html", {"page": page})
