"""Segments at a million customers and twenty million events: counted, right after a change, and silent in between.

The yardstick is the same count written by hand as plain SQL over profiles, scores and the log. Exact means equal to it
and to a full recount. What the bench changes in the folder (marks, segments, a thousand events) it does in transactions
that are taken back; only the ground is laid for good.
"""

import os
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench import generate
from bench.figures import Figure

MOST_MILLISECONDS = 400
MOST_SECONDS = 2.0
CHANGED = 1_000
DIGESTED = 2_000
FIVE = (
    'events("order.placed", days(180)) >= 2 && orders.count >= 2 && now - events.last_at < days(120) '
    '&& customer.kind == "person" && value.amount > 200.0'
)
_BY_HAND = """
SELECT count(*) FROM people_profile AS p JOIN people_customer AS c ON c.id = p.customer_id
  JOIN mining_score AS s ON s.enterprise_id = p.enterprise_id AND s.customer_id = p.customer_id
    AND s.construct = 'value'
  JOIN (SELECT customer_id FROM core_event WHERE enterprise_id = %(tenant)s AND type = 'order.placed'
           AND (occurred_at AT TIME ZONE 'Asia/Shanghai')::date > %(today)s::date - 180
         GROUP BY customer_id HAVING count(*) >= 2) AS e ON e.customer_id = p.customer_id
 WHERE p.enterprise_id = %(tenant)s AND p.orders >= 2 AND p.last_seen_at > %(now)s - interval '120 days'
   AND c.kind = 'person' AND s.value > 200
"""


def run(scale: float) -> list[Figure]:
    """Make or find the data, lay the ground, count, change, wait."""
    customers, events = max(2_000, int(1_000_000 * scale)), max(20_000, int(20_000_000 * scale))
    given = os.environ.get("GUANXI_BENCH_FOLDER")
    folder = Path(given) if given else generate.ready(customers, events)
    os.environ["GUANXI_DATA"], os.environ["DJANGO_SETTINGS_MODULE"] = str(folder), "guanxi.settings"
    from guanxi.core import database  # noqa: PLC0415

    cluster = database.cluster_in(folder)
    cluster.ensure()
    import django  # noqa: PLC0415

    django.setup()
    return _Bench(cluster).figures(f"{customers:,} customers, {events:,} events")


class _Bench:
    """The imports of the house wait until its settings stand."""

    def __init__(self, cluster: Any) -> None:
        from guanxi.core import foundation, viewers  # noqa: PLC0415

        self.cluster = cluster
        self.viewer = viewers.for_process(foundation.enterprise_named(generate.SLUG).pk, "bench")

    def figures(self, note: str) -> list[Figure]:
        """All of them."""
        laid = self._lay()
        seconds, size = self._counted()
        by_hand, exact = self._by_hand()
        right, recount_seconds, changed, wrong = self._changed()
        beside = f"the same by hand: {by_hand * 1000:,.0f} ms, {exact:,} customers"
        return [
            Figure("Laying the ground, once", laid, "s", note=note),
            Figure(
                "Five conditions counted, one on past events", seconds * 1000, "ms", MOST_MILLISECONDS, "less",
                yardstick=beside, note=f"{size:,} customers",
            ),
            Figure("Of these too many or missing", abs(size - exact), "", 0, "less"),
            Figure(
                f"{CHANGED:,} changed customers right in ten segments", right, "s", MOST_SECONDS, "less",
                yardstick=f"a full recount of the ten: {recount_seconds:.1f} s", note=f"{changed:,} came or left",
            ),
            Figure("Of these wrong against a full recount", wrong, "", 0, "less"),
            Figure("Marking a batch of the digester", self._marking() * 1000, "ms", note=f"{DIGESTED:,} events"),
        ]  # fmt: skip

    def _lay(self) -> float:
        import psycopg  # noqa: PLC0415

        from guanxi.core.tenancy import tenancy  # noqa: PLC0415
        from guanxi.market.models import Ground  # noqa: PLC0415
        from guanxi.market.segments import refreshing  # noqa: PLC0415

        with tenancy(self.viewer):
            there = Ground.objects.filter(pk=self.viewer.tenant).exists()
        _nothing, seconds = _timed(lambda: None if there else refreshing.refresh_wholly(self.viewer))
        # As autovacuum does in time.
        with psycopg.connect(self.cluster.address(), autocommit=True) as owner:
            owner.execute("VACUUM ANALYZE market_feature, market_happening")
        return seconds

    def _counted(self) -> tuple[float, int]:
        from guanxi.core.tenancy import tenancy  # noqa: PLC0415
        from guanxi.market.segments import queries  # noqa: PLC0415

        times, size = [], 0
        for _each in range(7):
            with tenancy(self.viewer):
                found, seconds = _timed(lambda: queries.count_for(self.viewer, FIVE, parts=False))
            times.append(seconds)
            size = found.size
        return statistics.median(times), size

    def _by_hand(self) -> tuple[float, int]:
        from django.db import connection  # noqa: PLC0415

        from guanxi.core.tenancy import tenancy  # noqa: PLC0415

        values = {
            "tenant": self.viewer.tenant,
            "now": self.viewer.now,
            "today": self.viewer.now.astimezone(self.viewer.timezone).date(),
        }

        def ask() -> int:
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL statement_timeout = 0")
                cursor.execute(_BY_HAND, values)
                return int(cursor.fetchone()[0])

        with tenancy(self.viewer):
            ask()
            size, seconds = _timed(ask)
        return seconds, size

    def _changed(self) -> tuple[float, float, int, int]:
        """A thousand customers buy; how long until ten segments are right, and whether they are."""
        from guanxi.core.tenancy import tenancy  # noqa: PLC0415
        from guanxi.market.models import Segment  # noqa: PLC0415
        from guanxi.market.segments import queries, refreshing  # noqa: PLC0415

        with _taken_back(), tenancy(self.viewer):
            for number in range(10):
                text = FIVE.replace("orders.count >= 2", f"orders.count >= {number + 1}")
                Segment.objects.create(
                    enterprise_id=self.viewer.tenant, name=f"bench {number}", condition=text
                )
            _nothing, recount = _timed(lambda: refreshing.refresh_wholly(self.viewer))
            self._happen(CHANGED)
            done, right = _timed(lambda: refreshing.refresh_wholly(self.viewer))
            changed = sum(came + left for each in done for came, left in each.changed.values())
            wrong = 0
            for each in Segment.objects.filter(enterprise_id=self.viewer.tenant, name__startswith="bench "):
                _kept, missing, surplus = queries.exact_for(self.viewer, each.pk)
                wrong += missing + surplus
        return right, recount, changed, wrong

    def _happen(self, many: int) -> list[Any]:
        from guanxi.core import events  # noqa: PLC0415
        from guanxi.core.identity import id_of  # noqa: PLC0415
        from guanxi.people.models import Customer  # noqa: PLC0415

        ids = (
            Customer.objects.filter(enterprise_id=self.viewer.tenant)
            .order_by("pk")
            .values_list("pk", flat=True)
        )
        payload = {
            "total": "120.00", "currency": "CNY", "source_key": "bench", "store": "s1",
            "counts": {"orders": 1, "spent": "120.00"},
        }  # fmt: skip
        drafts = [events.Draft("order.placed", self.viewer.now, payload, each) for each in ids[:many]]
        return events.write(drafts, source_id=id_of(self.viewer.tenant, "source", "guanxi"))

    def _marking(self) -> float:
        from guanxi.core.postgresql import line  # noqa: PLC0415
        from guanxi.core.tenancy import tenancy  # noqa: PLC0415
        from guanxi.market.segments import marking  # noqa: PLC0415

        times = []
        with _taken_back(), tenancy(self.viewer):
            batch = self._happen(DIGESTED)
            line.bare()
            for _each in range(5):
                _nothing, seconds = _timed(lambda: (marking.mark(batch), line.bare()))
                times.append(seconds)
        return statistics.median(times)


@contextmanager
def _taken_back() -> Iterator[None]:
    """A transaction that leaves nothing behind."""
    from django.db import transaction  # noqa: PLC0415

    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def _timed(work: Callable[[], Any]) -> tuple[Any, float]:
    began = time.perf_counter()
    found = work()
    return found, time.perf_counter() - began
