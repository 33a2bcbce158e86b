"""The table of contents of the API: one line for each domain. How to add one: README.md beside this file."""

from collections.abc import Sequence

from django.urls import path
from ninja import Router

from guanxi.api import (
    campaigns,
    customers,
    enterprise,
    gate,
    imports,
    messages,
    mining,
    offers,
    orders,
    past,
    permissions,
    products,
    relation,
    segments,
    sources,
)
from guanxi.api.shell import Door

ROUTERS: Sequence[Router] = (
    campaigns.router,
    customers.router,
    enterprise.router,
    gate.router,
    imports.router,
    messages.router,
    mining.router,
    offers.router,
    orders.router,
    past.router,
    permissions.router,
    products.router,
    relation.router,
    segments.router,
    sources.router,
)

api = Door(ROUTERS)
urlpatterns = [path("v1/", api.urls)]
