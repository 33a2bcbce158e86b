"""Requests: the id that runs through log, job, event and audit row, and what a door's views may count on."""

import logging
from contextvars import ContextVar

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from guanxi.core.viewer import Viewer
from guanxi.core.viewers import Membership

request_id: ContextVar[str] = ContextVar("request_id", default="")


class RequestIdFilter(logging.Filter):
    """Puts the request id into each log record."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Never drops a record."""
        record.request_id = request_id.get() or "-"
        return True


class DoorRequest(HttpRequest):
    """A request that passed `TenancyMiddleware`: somebody asks, inside their own tenancy."""

    viewer: Viewer
    workplaces: list[Membership]
    htmx: HtmxDetails
