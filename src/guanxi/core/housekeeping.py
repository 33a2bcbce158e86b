"""The nightly sweep of what the ground keeps for a while only."""

from datetime import timedelta

from django.contrib.sessions.models import Session
from django.db import connection
from django.utils import timezone

from guanxi.core import jobs, viewers
from guanxi.core.models import IdempotencyKey
from guanxi.core.tenancy import tenancy

# Longer than any sensible client goes on repeating a request.
IDEMPOTENCY_KEPT = timedelta(days=3)


@jobs.job("core.sweep", in_tenancy=False)
def sweep() -> None:
    """Forget old answers to repeated requests, sessions past their time, and buckets that are full again."""
    for enterprise_id in viewers.enterprise_ids():
        with tenancy(viewers.for_process(enterprise_id, "sweep")):
            IdempotencyKey.objects.filter(created_at__lt=timezone.now() - IDEMPOTENCY_KEPT).delete()
    Session.objects.filter(expire_date__lt=timezone.now()).delete()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM core_bucket WHERE at < now() - interval '1 hour'")


jobs.schedule("core.sweep", cron="40 2 * * *")
