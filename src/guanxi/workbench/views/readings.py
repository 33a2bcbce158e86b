"""Who read a customer's record: the log that the customer sees too, with the names of the staff."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render

from guanxi.core import access, paging
from guanxi.core import queries as core
from guanxi.core.requests import DoorRequest
from guanxi.people import queries


def readings(request: DoorRequest, customer_id: UUID) -> HttpResponse:
    """Each reading, newest first, for owners."""
    viewer = request.viewer
    root_id, record_ids = queries.whole_rows_for(viewer, customer_id)
    found = access.readings_of(viewer, viewer.tenant, record_ids)
    page = paging.page(found, order=access.ORDER, cursor=request.GET.get("cursor"), size=50)
    names = {f"staff:{one.pk}": one.name for one in core.staff_for(viewer)}
    context = {
        "customer_id": root_id,
        "title": queries.titles_for(viewer, [root_id])[root_id],
        "lines": [(one, names.get(one.reader, one.reader.partition(":")[2])) for one in page.items],
        "page": page,
    }
    return render(request, "workbench/customers/readings.html", context)
