"""Requests: the id that runs through log, job, event and audit row, and what a door's views may count on."""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from guanxi.core.identity import new_id
from guanxi.core.viewer import Viewer
from guanxi.core.viewers import Membership

request_id: ContextVar[str] = ContextVar("request_id", default="")
_GIVEN = re.compile(r"^[A-Za-z0-9._-]{8,64}$")


@contextmanager
def named(given: str) -> Iterator[str]:
    """Run a request under the id that its sender gave it, or under one of ours."""
    name = given if _GIVEN.match(given) else new_id().hex
    token = request_id.set(name)
    try:
        yield name
    finally:
        request_id.reset(token)


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
