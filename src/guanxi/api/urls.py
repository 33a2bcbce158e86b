"""The table of contents of the API: one line for each domain. How to add one: README.md beside this file."""

from collections.abc import Sequence

from django.urls import path
from ninja import Router

from guanxi.api import (
    customers,
    enterprise,
    imports,
    mining,
    orders,
    permissions,
    products,
    relation,
    sources,
)
from guanxi.api.shell import Door

ROUTERS: Sequence[Router] = (
    customers.router,
    enterprise.router,
    imports.router,
    mining.router,
    orders.router,
    permissions.router,
    products.router,
    relation.router,
    sources.router,
)

api = Door(ROUTERS)
urlpatterns = [path("v1/", api.urls)]
