"""One address for those who watch over the installation: queue lags and counts, as Prometheus reads them."""

import hmac

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden
from django.views.decorators.http import require_GET

from guanxi.core import metrics

_LOCAL = {"127.0.0.1", "::1"}


@require_GET
def health(request: HttpRequest) -> HttpResponse:
    """Whether the process and its database answer: for load balancers, without a word more."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("ok\n", content_type="text/plain")


@require_GET
def show(request: HttpRequest) -> HttpResponse:
    """All figures, to this machine itself or to whoever holds the token of the setting `metrics_token`."""
    token = settings.CONFIGURATION.metrics_token.get_secret_value()
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not (hmac.compare_digest(given, token) if token else request.META.get("REMOTE_ADDR") in _LOCAL):
        return HttpResponseForbidden("Send the metrics token as a bearer.\n", content_type="text/plain")
    lines = [
        f"# TYPE {figure.name} gauge\n{figure.name}{figure.labels} {figure.value:g}"
        for figure in metrics.read()
    ]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; version=0.0.4")
