"""The worker hears of changes, is right soon after, and asks the database nothing in between."""

import threading
import time
from datetime import UTC, datetime

import psycopg
import pytest
from django.db import connection, connections

from guanxi.core import viewers
from guanxi.core.tenancy import tenancy
from guanxi.market.models import Mark, Membership, Segment
from guanxi.market.segments import watching
from tests.conftest import CLUSTER
from tests.market import world

pytestmark = pytest.mark.usefixtures("fresh_database")


@pytest.fixture
def worker():
    """The worker's part, running."""
    stop = threading.Event()

    def run():
        try:
            watching.run(stop)
        finally:
            connections.close_all()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    yield thread
    stop.set()
    thread.join(10)


def _until(fits, seconds=10):
    ends = time.monotonic() + seconds
    while not fits():
        assert time.monotonic() < ends, "it took too long"
        time.sleep(0.05)


def _asked_last():
    """When somebody last asked this database something, and how many are connected to it."""
    name = connection.settings_dict["NAME"]
    connection.close()
    with psycopg.connect(CLUSTER.address(database="postgres"), autocommit=True) as admin:
        return admin.execute(
            "SELECT max(query_start), count(*) FROM pg_stat_activity WHERE datname = %s", [name]
        ).fetchone()


@pytest.mark.slow
def test_a_change_is_right_soon_and_between_changes_nothing_is_asked(shanhang, worker):
    viewer = viewers.for_process(shanhang, "test")
    with tenancy(viewer):
        for number in range(10):
            text = f'events("order.placed", days(30)) >= 2 && orders.count > {number - 10}'
            Segment.objects.create(enterprise_id=shanhang, name=f"S{number}", condition=text)
        one = world.customer(viewer, 1)
        for days_ago in (1, 2):
            world.happened(viewer, one, "order.placed", days_ago=days_ago)

    def settled():
        with tenancy(viewer):
            return Membership.objects.count() == 10 and not Mark.objects.exists()

    _until(settled)
    time.sleep(1.0)
    quiet_since = datetime.now(UTC)
    time.sleep(2.0)
    last, connected = _asked_last()
    assert (last < quiet_since, connected) == (True, 2)
