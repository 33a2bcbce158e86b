"""Planning a campaign to a million customers: segment, overlap, hold-out, gate, control group, decisions.

Everybody is a member of the segment and four in five permit offers. The yardstick is one plain INSERT … SELECT of as
many rows as the plan has into a table of the same columns and keys, in the same run.
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from bench import generate
from bench.figures import Figure

CUSTOMERS, EVENTS = 1_000_000, 20_000_000
MOST_SECONDS = 60
_MEMBERS = """
INSERT INTO market_membership (enterprise_id, segment_id, customer_id, entered_at)
SELECT enterprise_id, %(segment)s, id, created_at FROM people_customer WHERE enterprise_id = %(enterprise)s
  AND id = root_id
ON CONFLICT DO NOTHING
"""
_PERMISSIONS = """
INSERT INTO consent_permission (id, enterprise_id, giver_kind, giver_id, receiver_kind, receiver_id, purpose, channel,
  strength, zone, words, proof, happened_at, recorded_at)
SELECT gen_random_uuid(), enterprise_id, 'customer', id, 'enterprise', enterprise_id, 'offers', '',
  CASE WHEN abs(hashtext(id::text)) %% 5 = 0 THEN 1 ELSE 3 END, 'UTC', '', 'bench', created_at, created_at
FROM people_customer WHERE enterprise_id = %(enterprise)s AND id = root_id
ON CONFLICT DO NOTHING
"""
_PLAIN = """
CREATE TEMPORARY TABLE plain (LIKE market_recipient);
ALTER TABLE plain ADD PRIMARY KEY (enterprise_id, customer_id, round_id)
"""
_COPY = "INSERT INTO plain SELECT * FROM market_recipient WHERE round_id = %(round)s"


def run(scale: float) -> list[Figure]:
    """Make or find the data, plan in a process of its own, and give the figures."""
    customers, events = max(2_000, int(CUSTOMERS * scale)), max(20_000, int(EVENTS * scale))
    given = os.environ.get("GUANXI_BENCH_FOLDER")
    folder = Path(given) if given else generate.ready(customers, events)
    environment = {**os.environ, "GUANXI_DATA": str(folder), "DJANGO_SETTINGS_MODULE": "guanxi.settings"}
    done = subprocess.run(
        [sys.executable, "-m", "bench.campaigns"], env=environment, check=True, capture_output=True, text=True
    )
    seen = json.loads(done.stdout.splitlines()[-1])
    note = f"{seen['size']:,} customers, {seen['contact']:,} to contact, {seen['control']:,} control"
    plain = f"a plain INSERT … SELECT of as many rows {seen['plain']:.1f} s"
    return [
        Figure(
            "Campaign: segment, gate, control group, decisions", seen["plan"] + seen["record"], "s",
            bar=MOST_SECONDS, better="less", yardstick=plain, note=note,
        ),
        Figure("of this the plan", seen["plan"], "s", better="less", note=note),
        Figure("of this the gate", seen["gate"], "s", better="less", note=note),
        Figure("of this the decisions", seen["record"], "s", better="less", note=note),
    ]  # fmt: skip


def main() -> None:
    """Plan in the folder that the environment names, and print what it took."""
    import django  # noqa: PLC0415

    django.setup()
    from django.db import connection, transaction  # noqa: PLC0415

    from guanxi.consent import gate  # noqa: PLC0415
    from guanxi.core import database, viewers  # noqa: PLC0415
    from guanxi.core.identity import id_of  # noqa: PLC0415
    from guanxi.core.tenancy import tenancy  # noqa: PLC0415
    from guanxi.market.campaigns import planning, queries, services  # noqa: PLC0415
    from guanxi.market.models import Segment  # noqa: PLC0415

    database.cluster_in(Path(os.environ["GUANXI_DATA"])).ensure()
    viewer = viewers.for_process(id_of("enterprise", generate.SLUG), "bench")
    seconds: dict[str, Any] = {}

    def timed(name: str, work: Any) -> Any:
        began = time.perf_counter()
        found = work()
        seconds[name] = seconds.get(name, 0.0) + time.perf_counter() - began
        return found

    judge = gate.judge_many
    gate.judge_many = lambda *given, **asked: timed("gate", lambda: judge(*given, **asked))
    with tenancy(viewer):
        name = f"Bench {time.time_ns()}"
        segment = Segment.objects.create(enterprise_id=viewer.tenant, name=name, condition="true")
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = 0")
            for statement in (_MEMBERS, _PERMISSIONS):
                cursor.execute(statement, {"segment": segment.pk, "enterprise": viewer.tenant})
        made = services.create(viewer=viewer, brief=services.Brief(name=name, segment_id=segment.pk))
    owner = database.cluster_in(Path(os.environ["GUANXI_DATA"]))
    _analyse(owner.address())
    with tenancy(viewer):
        campaign = queries.campaign_for(viewer, made.pk)
        round_ = timed("plan", lambda: planning.plan(viewer=viewer, campaign=campaign))
    began = time.perf_counter()
    with tenancy(viewer):
        planning.record(viewer=viewer, campaign=campaign, round_=round_)
    # The keys are checked at the commit.
    seconds["record"] = time.perf_counter() - began
    with tenancy(viewer), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_PLAIN)
        timed("plain", lambda: cursor.execute(_COPY, {"round": round_.pk}))
    counts = {arm: round_.tally.get(f"{arm}:waiting:", 0) for arm in ("contact", "control")}
    print(json.dumps({**seconds, **counts, "size": round_.size}))


def _analyse(address: str) -> None:
    """As autovacuum does after so many new rows."""
    import psycopg  # noqa: PLC0415

    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("ANALYZE market_membership, consent_permission, people_customer, people_profile")


if __name__ == "__main__":
    main()
