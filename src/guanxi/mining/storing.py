"""How scores come into the database: copied beside, then swapped in one transaction, so that a failure
changes nothing.

COPY is refused on tables under row security: rows go into a temporary table and from there by INSERT …
SELECT.
"""

import io
import json
from collections.abc import Iterable
from typing import Any, cast

import numpy as np
import pyarrow as pa
from django.db import connection
from pyarrow import csv

from guanxi.core.tenancy import tenancy
from guanxi.core.viewer import Viewer
from guanxi.mining.measures import consumption
from guanxi.mining.measures.interface import Population, Scores
from guanxi.mining.models import Behaviour, Run, Score
from guanxi.mining.performing import Found

BATCH = 50_000
_SCORE = "customer_id uuid, value float8, lo float8, hi float8, evidence int, level text, reasons jsonb"
_BEHAVIOUR = """customer_id uuid, orders int, days int, first int, last int, spent bigint, refunded bigint,
discount bigint, lines bigint, gap float8, shape float8, trend float8, departments int, department text,
department_share float8, recency int, frequency int, money int"""
_INSERT_BEHAVIOUR = """INSERT INTO mining_behaviour (enterprise_id, customer_id, orders, days, first_on,
last_on, spent, refunded, discount, basket, lines, gap, shape, trend, departments, department,
department_share, recency, frequency, money, cohort, as_of, run_id)
SELECT %(tenant)s, customer_id, orders, days, day_one, DATE '1970-01-01' + last, spent / 100.0, refunded /
100.0, discount / 100.0, round((spent - refunded) / 100.0 / orders, 2), lines::float8 / orders, gap, shape,
trend, coalesce(departments, 0), left(coalesce(department, ''), 120), department_share, recency, frequency,
money, (extract(year FROM day_one) * 12 + extract(month FROM day_one) - 1)::int, %(as_of)s, %(run)s
FROM (SELECT *, DATE '1970-01-01' + first AS day_one FROM mining_incoming) AS incoming"""
_INSERT_SCORE = """INSERT INTO mining_score (enterprise_id, customer_id, construct, value, lo, hi, evidence,
level, horizon_days, as_of, model_version, reasons, levers, run_id)
SELECT %(tenant)s, customer_id, %(construct)s, value, lo, hi, evidence, level, %(horizon)s, %(as_of)s,
%(version)s, reasons, '[]', %(run)s FROM mining_incoming"""


def store(viewer: Viewer, run: Run, found: Found) -> int:
    """Replace all scores and behaviours of the enterprise by those of this run; returns how many rows were
    written."""
    facts: dict[str, Any] = {"tenant": viewer.tenant, "as_of": run.as_of, "run": run.pk}
    written: int = 0
    with tenancy(viewer), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0")
        Behaviour.objects.all().delete()
        Score.objects.all().delete()
        _incoming(cursor, _BEHAVIOUR, behaviours(found.population))
        cursor.execute(_INSERT_BEHAVIOUR, facts)
        written += cursor.rowcount
        for scores, reasons in zip(found.scores, found.reasons, strict=True):
            _incoming(cursor, _SCORE, rows(found.population, scores, reasons))
            about: dict[str, Any] = {
                "construct": scores.construct,
                "horizon": scores.horizon_days,
                "version": scores.version,
            }
            cursor.execute(_INSERT_SCORE, {**facts, **about})
            written += cursor.rowcount
    return written


def rows(population: Population, scores: Scores, reasons: Iterable[Any]) -> pa.Table:
    """Scores as the temporary table wants them."""
    texts = [json.dumps(one, ensure_ascii=False) for one in reasons]
    return pa.table(
        {
            "customer_id": population.roots, "value": scores.value, "lo": scores.lo, "hi": scores.hi,
            "evidence": scores.evidence, "level": scores.level.tolist(), "reasons": texts,
        }
    )  # fmt: skip


def behaviours(population: Population) -> pa.Table:
    """Behaviour as the temporary table wants it."""
    table = population.table
    numbers = {
        "gap": consumption.gap(population),
        "shape": consumption.shape(population),
        "trend": consumption.trend(population),
    }
    whole = ("orders", "days", "first", "last", "spent", "refunded", "discount", "lines")
    columns = {name: table[name] for name in whole}
    known = {name: pa.array(column, mask=~np.isfinite(column)) for name, column in numbers.items()}
    rest = ("departments", "department", "department_share", "recency", "frequency", "money")
    return pa.table(
        {"customer_id": population.roots, **columns, **known, **{name: table[name] for name in rest}}
    )


def _incoming(cursor: Any, columns: str, table: pa.Table) -> None:
    cursor.execute(
        f"DROP TABLE IF EXISTS mining_incoming; CREATE TEMP TABLE mining_incoming ({columns}) ON COMMIT DROP"
    )
    raw = cast(Any, cursor).cursor
    with raw.copy("COPY mining_incoming FROM STDIN (FORMAT csv)") as copy:
        for batch in table.to_batches(max_chunksize=BATCH):
            text = io.BytesIO()
            csv.write_csv(pa.Table.from_batches([batch]), text, csv.WriteOptions(include_header=False))
            copy.write(text.getvalue())
