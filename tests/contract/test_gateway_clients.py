"""The libraries that others use against us: Segment's for Python and for Node, on a real web process."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from segment.analytics.client import Client

from guanxi.core import viewers
from guanxi.core.models import Event
from guanxi.core.tenancy import tenancy
from guanxi.touch import digester, services
from guanxi.touch.models import Quarantined
from tests.serving import NODE, Serving, serving

ASSETS = Path(__file__).resolve().parents[2] / "assets"
_NODE_PROGRAM = """
import { Analytics } from "@segment/analytics-node";
const [host, writeKey] = process.argv.slice(-2);
const failures = [];
const analytics = new Analytics({ writeKey, host, flushAt: 3, maxRetries: 2 });
analytics.on("error", (error) => failures.push(String(error.reason ?? error.code)));
analytics.identify({ userId: "n1", traits: { name: "Nova" } });
analytics.track({ userId: "n1", event: "Order Completed", properties: { order_id: "7", total: 12.5 } });
analytics.page({ anonymousId: "na", name: "Home" });
analytics.screen({ userId: "n1", name: "Start" });
analytics.group({ userId: "n1", groupId: "g1" });
analytics.alias({ userId: "n1", previousId: "na" });
await analytics.closeAndFlush({ timeout: 20000 });
console.log(JSON.stringify(failures));
process.exit(0);
"""


@pytest.fixture
def house(fresh_database: str) -> Iterator[Serving]:
    """A web process on a database in which commits are real."""
    with serving(fresh_database, "web") as running:
        yield running


def new_key(enterprise_id: UUID) -> str:
    viewer = viewers.for_process(enterprise_id, "test")
    with tenancy(viewer):
        return services.create_source(viewer=viewer, name="Client").text


def logged(enterprise_id: UUID) -> list[str]:
    while digester.digest():
        pass
    viewer = viewers.for_process(enterprise_id, "test")
    with tenancy(viewer):
        assert not Quarantined.objects.exists()
        outside = Event.objects.filter(enterprise_id=enterprise_id).exclude(type="customer.updated")
        return sorted(outside.exclude(type__startswith="customer.merge").values_list("type", flat=True))


EXPECTED = sorted(
    [
        "customer.identified",
        "order.completed",
        # What sales made of it: the order stands in the house's own books now.
        "order.placed",
        "page.viewed",
        "screen.viewed",
        "customer.grouped",
        "customer.aliased",
    ]
)


@pytest.mark.slow
@pytest.mark.parametrize("gzip", [False, True])
def test_segments_python_library_speaks_to_us(house: Serving, shanhang: UUID, gzip: bool) -> None:
    failures: list[object] = []
    client = Client(
        new_key(shanhang),
        host=house.address,
        gzip=gzip,
        max_retries=2,
        on_error=lambda *error: failures.append(error),
    )
    client.identify("p1", {"name": "Pia"})
    client.track("p1", "Order Completed", {"order_id": "7", "total": 12.5})
    client.page(anonymous_id="pa", name="Home")
    client.screen("p1", name="Start")
    client.group("p1", "g1", {})
    client.alias("pa", "p1")
    client.flush()
    client.join()
    assert failures == []
    assert logged(shanhang) == EXPECTED


@pytest.mark.slow
def test_segments_python_library_is_told_of_a_wrong_key(house: Serving) -> None:
    failures: list[object] = []
    client = Client(
        "wrong", host=house.address, max_retries=0, on_error=lambda *error: failures.append(error)
    )
    client.track("p1", "Order Completed")
    client.flush()
    client.join()
    assert len(failures) == 1


@pytest.mark.slow
def test_segments_node_library_speaks_to_us(house: Serving, shanhang: UUID) -> None:
    assert (ASSETS / "node_modules/@segment/analytics-node").exists(), (
        "npm ci in assets/ brings Segment's library"
    )
    done = subprocess.run(
        [NODE, "--input-type=module", "-e", _NODE_PROGRAM, house.address, new_key(shanhang)],
        cwd=ASSETS,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert json.loads(done.stdout) == []
    assert logged(shanhang) == EXPECTED
