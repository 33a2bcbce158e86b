"""The table of contents of the API: one line for each domain. How to add one: README.md beside this file."""

from collections.abc import Sequence

from django.urls import path
from ninja import Router

from guanxi.api.shell import Door

ROUTERS: Sequence[Router] = ()

api = Door(ROUTERS)
urlpatterns = [path("v1/", api.urls)]
