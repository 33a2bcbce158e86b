"""What is mine: the way to everything that is kept for me and about me."""

from django.http import HttpResponse
from django.shortcuts import render

from guanxi.core.requests import DoorRequest


def mine(request: DoorRequest) -> HttpResponse:
    """The pages of my own side, one line each."""
    return render(request, "portal/mine.html")
