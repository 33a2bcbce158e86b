"""The loop report at the desk: one page, made to be printed."""

from django.http import HttpResponse
from django.shortcuts import render

from guanxi.core.requests import DoorRequest
from guanxi.market.loop import queries


def loop(request: DoorRequest) -> HttpResponse:
    """What came in, who they are, what was tried, what it did, what to try next; now."""
    context = {"report": queries.report_for(request.viewer), "days": queries.kept_days_for(request.viewer)}
    return render(request, "workbench/loop/loop.html", context)


def kept(request: DoorRequest, day: str) -> HttpResponse:
    """The report as it was kept on a day."""
    context = {"report": queries.kept_for(request.viewer, day), "kept": day}
    return render(request, "workbench/loop/loop.html", context)
