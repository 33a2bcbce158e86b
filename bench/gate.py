"""The gate at a million customers: a plan for all of them, the same asked and written down, and one question alone.

The yardstick of a plan is the least that anybody would have to do: one statement that joins the customers with their
permissions and writes a line for each into a temporary table.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from bench import generate
from bench.figures import Figure

LEAST_A_SECOND = 20_000
MOST_MILLISECONDS = 5
QUESTIONS = 2_000
TOGETHER = 20_000


def run(scale: float) -> list[Figure]:
    """Make or find the data, let everybody permit something, then ask."""
    customers, events = max(2_000, int(1_000_000 * scale)), max(20_000, int(20_000_000 * scale))
    given = os.environ.get("GUANXI_BENCH_FOLDER")
    folder = Path(given) if given else generate.ready(customers, events)
    told = subprocess.run(
        [sys.executable, "-c", _ASK, str(QUESTIONS if scale == 1 else 500), str(TOGETHER)],
        env=os.environ | {"GUANXI_DATA": str(folder), "DJANGO_SETTINGS_MODULE": "guanxi.settings"},
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        cwd=generate.ROOT,
    )
    return _figures(json.loads(told.stdout.strip().splitlines()[-1]))


def _figures(known: dict[str, Any]) -> list[Figure]:
    many, plan, bare = known["customers"], known["plan"], known["bare"]
    note = f"{many:,} customers, {known['answers']}"
    beside = f"one statement joins and writes as many rows: {many / bare:,.0f}/s"
    return [
        Figure("A plan: verdicts", many / plan, "/s", LEAST_A_SECOND, yardstick=beside, note=note),
        Figure("A plan: whole time", plan, "s"),
        Figure("A plan against bare SQL", bare / plan, "× yardstick", yardstick=beside),
        Figure(
            "Asked together and written down",
            known["together"],
            "/s",
            note=f"{TOGETHER:,} at most, 2,000 at a time",
        ),
        Figure("One question: median", known["p50"], "ms", note=f"{known['questions']} questions"),
        Figure(
            "One question: p99",
            known["p99"],
            "ms",
            MOST_MILLISECONDS,
            "less",
            note="written down and committed",
        ),
    ]


#: Runs with the folder's settings. Permissions, contacts and loads are made by the owner, once.
_ASK = """
import json, os, sys, time
from pathlib import Path
from guanxi.core import database
database.cluster_in(Path(os.environ["GUANXI_DATA"])).ensure()
import django
django.setup()
import psycopg
from django.db import connection
from guanxi.core import migrating, viewers
from guanxi.core.models import Account
from guanxi.core.tenancy import tenancy
from guanxi.consent import gate
from bench import generate
questions, most = map(int, sys.argv[1:])
migrating.migrate(verbosity=0)
viewer = viewers.for_staff(Account.objects.get(email=generate.EMAIL).pk)
tenant, now = viewer.tenant, viewer.now
with psycopg.connect(database.cluster_in(Path(os.environ["GUANXI_DATA"])).address(), autocommit=True) as owner:
    made = owner.execute("SELECT count(*) FROM consent_permission WHERE enterprise_id = %s", [tenant]).fetchone()[0]
    if not made:
        owner.execute("SET session_replication_role = replica; SET synchronous_commit = off; SELECT setseed(0.7)")
        base = '''INSERT INTO consent_permission (id, enterprise_id, giver_kind, giver_id, receiver_kind, receiver_id,
          purpose, channel, strength, quiet_from, quiet_to, zone, weekly_cap, paused_until, ends_at, words, proof,
          happened_at, recorded_at)
        SELECT gen_random_uuid(), enterprise_id, 'customer', customer_id, 'enterprise', enterprise_id, purpose, channel,
          CASE WHEN channel = '' THEN floor(random() * 6)::int ELSE 0 END,
          CASE WHEN random() < 0.3 THEN time '21:00' END, time '08:00', 'Asia/Shanghai',
          CASE WHEN random() < 0.2 THEN 1 + floor(random() * 3)::int END,
          CASE WHEN random() < 0.02 THEN %(now)s + random() * interval '9 days' END,
          CASE WHEN random() < 0.1 THEN %(now)s + (random() - 0.5) * interval '300 days' END, 'drawn', 'drawn',
          %(now)s, %(now)s
          FROM people_profile
         CROSS JOIN (VALUES ('offers', ''), ('news', ''), ('offers', 'phone')) AS asked (purpose, channel)
         WHERE enterprise_id = %(tenant)s AND random() < CASE WHEN channel = '' THEN 0.8 ELSE 0.1 END'''
        owner.execute(base, {"tenant": tenant, "now": now})
        owner.execute('''INSERT INTO consent_contact (id, enterprise_id, customer_id, record_ids, direction, purpose,
            channel, about, load, happened_at, recorded_at, verdict_id)
          SELECT gen_random_uuid(), enterprise_id, customer_id, ARRAY[customer_id], 'out', 'offers', 'email', 'drawn',
            0.25, %(now)s - random() * interval '90 days', %(now)s, gen_random_uuid()
            FROM people_profile CROSS JOIN generate_series(1, 3) WHERE enterprise_id = %(tenant)s AND random() < 0.4''',
            {"tenant": tenant, "now": now})
        owner.execute('''INSERT INTO consent_pressure (customer_id, enterprise_id, load, as_of, contacts, answered,
            refused)
          SELECT customer_id, enterprise_id, sum(consent_decayed(load, happened_at, %(now)s, 45)), %(now)s, count(*),
            0, 0
            FROM consent_contact WHERE enterprise_id = %(tenant)s GROUP BY 1, 2''', {"tenant": tenant, "now": now})
        owner.execute("VACUUM ANALYZE consent_permission, consent_contact, consent_pressure")
wish = {"purpose": "offers", "channel": "email", "needs": 3}
with tenancy(viewer), connection.cursor() as cursor:
    cursor.execute("SET LOCAL statement_timeout = 0")
    cursor.execute("CREATE TEMP TABLE gate_candidate (root_id uuid PRIMARY KEY) ON COMMIT DROP")
    everybody = "SELECT customer_id FROM people_profile WHERE is_root AND enterprise_id = %s"
    cursor.execute(f"INSERT INTO gate_candidate {everybody}", [tenant])
    cursor.execute("ANALYZE gate_candidate")
    begun = time.monotonic()
    columns = "root_id uuid PRIMARY KEY, strength int, moment timestamptz"
    cursor.execute(f"CREATE TEMP TABLE bare ({columns}) ON COMMIT DROP")
    cursor.execute('''INSERT INTO bare SELECT root_id, min(said.strength), max(said.ends_at)
      FROM gate_candidate AS candidate JOIN people_profile AS profile USING (root_id)
      LEFT JOIN consent_permission AS said ON said.giver_id = profile.customer_id AND said.purpose = 'offers'
        AND said.channel = '' AND said.enterprise_id = %s
      GROUP BY root_id''', [tenant])
    bare = time.monotonic() - begun
    begun = time.monotonic()
    counts = gate.judge_many(viewer, **wish)
    plan = time.monotonic() - begun
    cursor.execute("SELECT count(*) FROM gate_answer")
    customers = cursor.fetchone()[0]
    cursor.execute("SELECT root_id FROM gate_candidate LIMIT %s", [most])
    ids = [row[0] for row in cursor.fetchall()]
begun = time.monotonic()
for first in range(0, len(ids), 2000):
    with tenancy(viewer):
        gate.ask_many(viewer, ids[first:first + 2000], about="bench", **wish)
together = len(ids) / (time.monotonic() - begun)
taken = []
for one in (ids * questions)[:questions + 50]:
    begun = time.monotonic()
    with tenancy(viewer):
        gate.ask(viewer, one, about="bench", **wish)
    taken.append(1000 * (time.monotonic() - begun))
taken = sorted(taken[50:])
print(json.dumps({"customers": customers, "bare": bare, "plan": plan, "together": together, "questions": questions,
  "answers": f"{len(counts)} kinds of answer", "p50": taken[len(taken) // 2], "p99": taken[int(len(taken) * 0.99)]}))
"""
