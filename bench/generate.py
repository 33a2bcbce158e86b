"""A million customers and twenty million events, made from a seed, in a database folder that is kept and used again.

python -m bench.generate --customers 1000000 --events 20000000

Customers (Chinese and Western names, firms), their sealed names and identifiers come from Python by COPY; events,
orders, scores and profiles are made inside PostgreSQL. Everything follows from the seed but the keys, which are
drawn. Loading goes by the server's own role, without triggers and with the secondary indexes built at the end.
"""

import argparse
import hashlib
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

ROOT = Path(__file__).resolve().parent.parent
BASE = Path(os.environ.get("GUANXI_BENCH", "/var/tmp/guanxi-bench"))
SEED = 7
MONTHS = 12
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
CHUNK = 20_000
SLUG = "bench"
EMAIL = "chen@bench.example"
FAMILIES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董潘袁于蒋蔡余杜叶程苏魏吕丁任沈"
    "姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
)
GIVEN = (
    "伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超霞平刚桂文辉玲建华红玉兰飞凤鑫波斌宇浩凯佳怡欣雨子轩梓涵一诺思"
    "琪浩然雪梅春晓东海天宇志强国庆小龙俊豪美玲晓燕婷婷悦月云山水木林森乐安康宁福贵长青永和"
)
_FIRST = """
Ana Ben Carla David Elena Felix Greta Hugo Ines Jonas Karin Luis Marta Nils Olga Paul Rosa Sven Tina Uwe
Vera Wim Xenia Yann Zoe Emma Noah Lea Finn Mia Tom Eva Max Lina Leo Nora Otto Pia Rui Sara
"""
FIRST = _FIRST.split()
_LAST = """
Costa Silva Santos Müller Schmidt Weber Fischer Meyer Wagner Becker Hoffmann Rossi Russo Ferrari Smith
Jones Brown Taylor Davies Wilson Evans Thomas Martin Bernard Dubois Durand García López Nowak Kowalski
Novák Andersen Hansen Larsen Jansen de Vries Bakker Visser
"""
LAST = _LAST.split()
_TRADES = """
Outdoor Trading Books Foods Logistics Textiles Design Software Consulting Mechanics Optics Pharma Energy
Travel
"""
TRADES = _TRADES.split()
ENDINGS = ("Ltd", "GmbH", "SA", "Inc", "有限公司", "贸易公司")


def folder_for(customers: int, events: int) -> Path:
    """Where this size is kept; another schema or generator is another folder."""
    digest = hashlib.sha256(Path(__file__).read_bytes())
    for path in sorted(ROOT.glob("src/guanxi/*/migrations/*.py")):
        digest.update(path.read_bytes())
    return BASE / f"{customers}-{events}-{digest.hexdigest()[:10]}"


def ready(customers: int, events: int) -> Path:
    """The data folder with this many customers and events: made if it is not there, its server started."""
    folder = folder_for(customers, events)
    if not (folder / "complete").exists():
        environment = os.environ | {"GUANXI_DATA": str(folder), "DJANGO_SETTINGS_MODULE": "guanxi.settings"}
        arguments = ["--customers", str(customers), "--events", str(events)]
        subprocess.run(
            [sys.executable, "-m", "bench.generate", *arguments], env=environment, check=True, cwd=ROOT
        )
    return folder


def main() -> None:
    """Make the folder that the arguments name."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--events", type=int, default=20_000_000)
    asked = parser.parse_args()
    folder = folder_for(asked.customers, asked.events)
    os.environ["GUANXI_DATA"] = str(folder)
    os.environ["DJANGO_SETTINGS_MODULE"] = "guanxi.settings"
    started = time.monotonic()
    Generator(folder, asked.customers, asked.events).make()
    (folder / "complete").touch()
    print(f"{folder}: {time.monotonic() - started:.0f} s")


class Generator:
    """Makes one folder; the imports of the house wait until its settings stand."""

    def __init__(self, folder: Path, customers: int, events: int) -> None:
        self.folder, self.customers, self.events = folder, customers, events

    def make(self) -> None:
        """Cluster, tables, enterprise, customers, events, what is added up from them, indexes."""
        from guanxi.core import database  # noqa: PLC0415

        cluster = database.cluster_in(self.folder)
        if cluster.exists:
            # A run that was stopped half-way: begin again.
            cluster.stop(mode="immediate")
        else:
            self.folder.mkdir(parents=True, exist_ok=True)
        if not (self.folder / "complete").exists():
            cluster.create({**database.SERVER_SETTINGS, "shared_buffers": "1GB", "max_wal_size": "8GB"})
        cluster.ensure()
        import django  # noqa: PLC0415

        django.setup()
        import psycopg  # noqa: PLC0415

        from guanxi.core import migrating  # noqa: PLC0415

        migrating.migrate(verbosity=0)
        enterprise_id, stores = self._found()
        with psycopg.connect(cluster.address(), autocommit=True) as connection:
            connection.execute("SET session_replication_role = replica; SET synchronous_commit = off")
            indexes = self._drop_indexes(connection)
            self._customers(connection, enterprise_id, stores)
            self._partitions(connection)
            self._events(connection, enterprise_id, stores)
            self._sums(connection, enterprise_id)
            for definition in indexes:
                _said(definition[:90])
                connection.execute(definition)
            connection.execute("VACUUM ANALYZE")

    def _found(self) -> tuple[UUID, list[UUID]]:
        from guanxi.core import foundation  # noqa: PLC0415
        from guanxi.core.viewer import Reach, Role  # noqa: PLC0415

        made = foundation.found(
            slug=SLUG, name="Bench 长风", currency="CNY", zone="Asia/Shanghai", country="CN", clock=NOW
        )
        stores = [
            foundation.open_store(enterprise_id=made.pk, code=f"s{n}", name=f"Store {n}").pk
            for n in range(20)
        ]
        foundation.employ(
            enterprise_id=made.pk,
            email=EMAIL,
            name="Chen Wei",
            role=Role.OWNER,
            reach=Reach.ALL,
            store_ids=[],
            team="",
        )
        return made.pk, stores

    def _drop_indexes(self, connection: Any) -> list[str]:
        """Take the secondary indexes of the big tables away; gives how to build them again."""
        tables = [
            "people_customer",
            "people_identifier",
            "people_profile",
            "core_event",
            "sales_order",
            "mining_score",
        ]
        found = connection.execute(
            "SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index i "
            "JOIN pg_class t ON t.oid = i.indrelid LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid "
            "WHERE t.relname = ANY(%s) AND c.oid IS NULL",
            [tables],
        ).fetchall()
        for name, _definition in found:
            connection.execute(f"DROP INDEX {name}")
        return [definition.replace(" ON ONLY ", " ON ") for _name, definition in found]

    def _customers(self, connection: Any, enterprise_id: UUID, stores: Sequence[UUID]) -> None:
        from guanxi.people import records  # noqa: PLC0415

        connection.execute(
            "CREATE UNLOGGED TABLE IF NOT EXISTS bench_customer (n int PRIMARY KEY, id uuid NOT NULL)"
        )
        connection.execute("TRUNCATE bench_customer")
        hasher = records.hasher(enterprise_id)
        for start in range(0, self.customers, CHUNK):
            rows = list(_chunk(enterprise_id, stores, hasher, start, min(self.customers, start + CHUNK)))
            _copy(
                connection, "core_subjectkey (enterprise_id, subject_id, wrapped)", [row[0] for row in rows]
            )
            _copy(connection, f"people_customer ({_CUSTOMER})", [row[1] for row in rows])
            _copy(connection, f"people_identifier ({_IDENTIFIER})", [one for row in rows for one in row[2]])
            _copy(connection, "bench_customer (n, id)", [row[3] for row in rows])
            _said(f"{start + len(rows):,} customers")

    def _partitions(self, connection: Any) -> None:
        for month in range(MONTHS):
            first, following = _month(month), _month(month + 1)
            connection.execute(
                f"CREATE TABLE IF NOT EXISTS core_event_{first:%Y_%m} PARTITION OF core_event "
                f"FOR VALUES FROM ('{first:%Y-%m-%d} 00:00+00') TO ('{following:%Y-%m-%d} 00:00+00')"
            )

    def _events(self, connection: Any, enterprise_id: UUID, stores: Sequence[UUID]) -> None:
        connection.execute("SELECT setseed(0.7)")
        each = self.events // MONTHS
        values = {"enterprise": enterprise_id, "source": stores[0], "customers": self.customers, "each": each}
        for month in range(MONTHS):
            connection.execute(_EVENTS, values | {"month": month, "first": _month(month)})
            _said(f"{each * (month + 1):,} events")
        connection.execute(f"SELECT setval('core_event_seq', {self.events + 1})")

    def _sums(self, connection: Any, enterprise_id: UUID) -> None:
        for name, statement in (
            ("orders", _ORDERS),
            ("profiles", _PROFILES),
            ("run", _RUN),
            ("scores", _SCORES),
        ):
            _said(name)
            connection.execute(statement, {"enterprise": enterprise_id, "now": NOW})


_CUSTOMER = (
    "id, enterprise_id, root_id, kind, name, label, source_key, identified, simulated, home_store_id, fields, sources, grams,"
    " created_at"
)
_IDENTIFIER = "id, enterprise_id, customer_id, kind, digest, value, source, recorded_at"


def _chunk(
    enterprise_id: UUID, stores: Sequence[UUID], hasher: Any, start: int, end: int
) -> Iterator[tuple[Any, Any, list[Any], Any]]:
    from guanxi.core import sealing  # noqa: PLC0415
    from guanxi.core.identity import id_of  # noqa: PLC0415
    from guanxi.people import naming, records  # noqa: PLC0415
    from guanxi.people.identifiers import Identifier  # noqa: PLC0415

    chance = random.Random(f"{SEED}-{start}")
    sources = '{"name": ["import", "2026-01-01T00:00:00+00:00", "2026-01-01T00:00:00+00:00"]}'
    made_at = datetime(2026, 1, 1, tzinfo=UTC)
    for number in range(start, end):
        key = os.urandom(32)
        id_ = id_of(enterprise_id, "customer", f"b{number}")
        kind, name = _name(chance)
        grams = "{" + ",".join(map(str, hasher.many(naming.name_grams(name)))) + "}"
        known = [Identifier("email", f"u{number}@mail{number % 9}.example")] if chance.random() < 0.6 else []
        if chance.random() < 0.7:
            known.append(Identifier("phone", f"+8613{number:09d}"))
        wrapped = sealing._wrap(id_, key)  # the bench stands in for the house here
        yield (
            (enterprise_id, id_, wrapped),
            (id_, enterprise_id, id_, kind, sealing.encrypt(key, name), "", f"b{number}", True, False,
             chance.choice(stores), "{}", sources, grams, made_at),
            [(id_of(id_, one.kind), enterprise_id, id_, one.kind, records.digest(enterprise_id, one),
              sealing.encrypt(key, one.value), "import", made_at) for one in known],
            (number, id_),
        )  # fmt: skip


def _name(chance: random.Random) -> tuple[str, str]:
    drawn = chance.random()
    if drawn < 0.6:
        # Frequent families are much more frequent than rare ones, as in life.
        family = FAMILIES[int(len(FAMILIES) * chance.random() ** 2.2)]
        return "person", family + "".join(chance.choice(GIVEN) for _each in range(chance.choice((1, 2, 2))))
    if drawn < 0.9:
        return "person", f"{chance.choice(FIRST)} {chance.choice(LAST)}"
    place = chance.choice(LAST) if drawn < 0.95 else chance.choice(FAMILIES) + chance.choice(GIVEN)
    return "firm", f"{place} {chance.choice(TRADES)} {chance.choice(ENDINGS)}"


_EVENTS = """
INSERT INTO core_event (id, enterprise_id, seq, type, version, occurred_at, received_at, customer_id, source_id, payload)
SELECT md5(drawn.key)::uuid, %(enterprise)s, %(month)s::bigint * %(each)s + drawn.n,
       CASE WHEN what < 0.6 THEN 'page.viewed' WHEN what < 0.85 THEN 'product.viewed' WHEN what < 0.92 THEN 'product.added'
            WHEN what < 0.97 THEN 'message.opened' ELSE 'order.placed' END,
       1, at - interval '2 seconds', at, who.id, %(source)s,
       CASE WHEN what < 0.97 THEN jsonb_build_object('path', '/p/' || (drawn.n %% 5000))
            ELSE jsonb_build_object('order_id', md5('o' || drawn.key)::uuid, 'source_key', 'o' || drawn.key,
                 'total', round((20 + 400 * what2)::numeric, 2)::text, 'currency', 'CNY', 'lines', 1 + drawn.n %% 7,
                 'store', 's1') END
  FROM (SELECT n, %(month)s::text || '-' || n AS key, random() AS what, random() AS what2,
               floor(%(customers)s * power(random(), 1.7))::int AS whose,
               %(first)s::timestamptz + interval '19 days' * (n::float8 / %(each)s) AS at
          FROM generate_series(1, %(each)s) AS n) AS drawn
  JOIN bench_customer AS who ON who.n = drawn.whose
"""

_ORDERS = """
INSERT INTO sales_order (id, enterprise_id, customer_id, source_key, placed_at, recorded_at, currency, total, discount, extra,
                         refunded, line_count, state, simulated)
SELECT (payload->>'order_id')::uuid, enterprise_id, customer_id, payload->>'source_key', occurred_at, received_at, 'CNY',
       (payload->>'total')::numeric, 0, 0, 0, (payload->>'lines')::int, 'completed', false
  FROM core_event WHERE enterprise_id = %(enterprise)s AND type = 'order.placed'
"""

_PROFILES = """
INSERT INTO people_profile (customer_id, enterprise_id, root_id, events, orders, returns, spent, returned, first_seen_at,
                            last_seen_at, first_order_at, last_order_at)
SELECT who.id, %(enterprise)s, who.id, coalesce(events, 0), coalesce(orders, 0), 0, coalesce(spent, 0), 0, first_seen_at,
       last_seen_at, first_order_at, last_order_at
  FROM bench_customer AS who LEFT JOIN (
    SELECT customer_id, count(*) AS events, count(*) FILTER (WHERE type = 'order.placed') AS orders,
           sum((payload->>'total')::numeric) FILTER (WHERE type = 'order.placed') AS spent,
           min(occurred_at) AS first_seen_at, max(occurred_at) AS last_seen_at,
           min(occurred_at) FILTER (WHERE type = 'order.placed') AS first_order_at,
           max(occurred_at) FILTER (WHERE type = 'order.placed') AS last_order_at
      FROM core_event WHERE enterprise_id = %(enterprise)s GROUP BY customer_id) AS summed
    ON summed.customer_id = who.id
"""

_RUN = """
INSERT INTO mining_run (id, enterprise_id, kind, state, asked_by, asked_at, started_at, ended_at, as_of, engine, step, progress,
                        rows, seconds, report, error)
VALUES (md5('bench')::uuid, %(enterprise)s, 'measures', 'done', '', %(now)s, %(now)s, %(now)s, %(now)s, 'duckdb', '', 100,
        '{}', '{}', '{}', '')
"""

_SCORES = """
INSERT INTO mining_score (enterprise_id, customer_id, construct, value, lo, hi, evidence, level, horizon_days, as_of,
                          model_version, reasons, levers, run_id)
SELECT enterprise_id, customer_id, 'value', spent::float8, spent::float8 * 0.7, spent::float8 * 1.4, orders,
       CASE WHEN orders > 3 THEN 'A' WHEN orders > 0 THEN 'B' ELSE 'C' END, 365, %(now)s, 'bench',
       '[]', '[]', md5('bench')::uuid
  FROM people_profile WHERE enterprise_id = %(enterprise)s
"""


def _copy(connection: Any, target: str, rows: Sequence[Sequence[Any]]) -> None:
    with connection.cursor() as cursor, cursor.copy(f"COPY {target} FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def _month(index: int) -> datetime:
    """The first of the month `index` months after the first one; the last is the month of the clock."""
    at = NOW.year * 12 + NOW.month - 1 - (MONTHS - 1) + index
    return datetime(at // 12, at % 12 + 1, 1, tzinfo=UTC)


def _said(text: str) -> None:
    print(f"{datetime.now(UTC):%H:%M:%S} {text}", flush=True)


if __name__ == "__main__":
    main()
