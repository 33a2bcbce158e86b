"""Customer value: a million customers from twenty million orders.

The orders are drawn from a BG/NBD world and written as the lake writes them; features run on DuckDB. What is timed is
the product's own path: features, fit and scores with intervals, the scores as a Parquet file. The yardstick for the fit
is `lifetimes`, on the same histories in the same run.
"""

import os
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import django
import lifetimes
import numpy as np
import pyarrow as pa
from pyarrow import parquet

from bench.figures import Figure

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "guanxi.settings")
django.setup()

from guanxi.core.extracts import get  # noqa: E402
from guanxi.estimators.bgnbd import BetaGeometric  # noqa: E402
from guanxi.estimators.histories import Histories  # noqa: E402
from guanxi.mining import engine, lake, performing  # noqa: E402
from guanxi.mining.features import consumption as features  # noqa: E402
from guanxi.mining.measures.interface import Population  # noqa: E402
from guanxi.mining.measures.value import CustomerValue  # noqa: E402

CUSTOMERS, ORDERS = 1_000_000, 20_000_000
DAYS, MONTHS = 730, 24
AS_OF = 17_532
# In weeks; purchases are drawn somewhat faster, for twenty each in two years.
TRUE = {"r": 1.1, "alpha": 4.0, "a": 0.5, "b": 12.0}


def run(scale: float) -> list[Figure]:
    """The figures of the bar."""
    folder = Path(tempfile.mkdtemp(prefix="guanxi-bench-"))
    try:
        paths, orders = generate(folder, round(CUSTOMERS * scale))
        return measure(folder, paths, orders, round(CUSTOMERS * scale))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def measure(folder: Path, paths: dict[str, list[Path]], orders: int, customers: int) -> list[Figure]:
    """Time the product's path and the yardstick."""
    note = f"{customers:,} customers, {orders:,} orders"
    with engine.opened("duckdb", folder / "scratch") as opened:
        tables = [opened.table(paths[name]) for name in ("orders", "customers")]
        table, features_seconds = timed(
            lambda: performing.consumption(opened, *tables, features.Scope(AS_OF))
        )
    population = Population(table, AS_OF)
    value = CustomerValue()
    scores, scores_seconds = timed(lambda: value.evaluate(population, seed=1))
    found = performing.Found(population, [scores])
    _, write_seconds = timed(lambda: performing.write_scores(found, folder))
    histories = population.histories()
    ours, fit_seconds = timed(lambda: BetaGeometric().fit(histories, seed=1))
    theirs, their_seconds = timed(lambda: fitted_by_lifetimes(histories))
    total = features_seconds + scores_seconds + write_seconds
    far = max(abs(np.log(getattr(ours, name) / theirs.params_[name])) for name in TRUE)
    return [
        Figure("Value: features, fit and scores", total, "s", bar=30, better="less", note=note),
        Figure("of these features", features_seconds, "s", better="less", note=note),
        Figure("of these fit, scores and intervals", scores_seconds, "s", better="less", note=note),
        Figure("of these writing scores", write_seconds, "s", better="less", note=note),
        Figure(
            "Fit, times as fast as lifetimes", their_seconds / fit_seconds, "times", bar=10, better="more",
            yardstick=f"lifetimes {their_seconds:.1f} s, ours {fit_seconds:.2f} s",
            note=f"{len(histories):,} histories",
        ),
        Figure("Fit, largest log difference from lifetimes", far, "", better="less", note=text(ours, theirs)),
    ]  # fmt: skip


def timed(work: Callable[[], Any]) -> tuple[Any, float]:
    """What it gives and how long it took."""
    began = time.perf_counter()
    found = work()
    return found, time.perf_counter() - began


def fitted_by_lifetimes(histories: Histories) -> Any:
    """The yardstick's fit, grouped as its documentation advises."""
    cells = histories.grouped()
    return lifetimes.BetaGeoFitter().fit(cells.repeats, cells.last, cells.age, weights=cells.count)


def text(ours: Any, theirs: Any) -> str:
    """Both fits and the truth."""
    return "; ".join(
        f"{name} {getattr(ours, name):.3f} ({theirs.params_[name]:.3f}, true {TRUE[name]:g})" for name in TRUE
    )


def generate(folder: Path, customers: int) -> tuple[dict[str, list[Path]], int]:
    """A lake of orders by month: every purchase of customers who buy and leave as BG/NBD says."""
    draw = np.random.default_rng(20)
    names = np.char.add("0190a1b2-c3d4-7e5f-8000-", np.char.zfill(np.arange(customers).astype(str), 12))
    people = pa.table({"customer_id": names, "root_id": names})
    parquet.write_table(people, folder / "customers.parquet")
    customer, day = purchases(draw, customers)
    total = np.maximum(1, draw.gamma(6.0, 1 / draw.gamma(4.0, 1 / 900, customers)[customer])).astype(np.int64)
    columns = lake.schema(get("orders"))
    paths = []
    for month in range(MONTHS):
        at = np.flatnonzero((day * MONTHS) // DAYS == month)
        path = folder / f"orders-{month:02}.parquet"
        parquet.write_table(_orders(columns, at, names, customer, day, total), path, compression="zstd")
        paths.append(path)
    return {"orders": paths, "customers": [folder / "customers.parquet"]}, len(customer)


def purchases(draw: np.random.Generator, customers: int) -> tuple[Any, Any]:
    """Customer and day of every purchase, the first included."""
    rate = draw.gamma(TRUE["r"], 1 / (TRUE["alpha"] * 7), customers) * 1.56
    leave = draw.beta(TRUE["a"], TRUE["b"], customers)
    now = draw.uniform(0, DAYS * 0.6, customers)
    at, days, alive = [np.arange(customers)], [now.astype(np.int32)], np.arange(customers)
    while len(alive):
        now[alive] += draw.exponential(1 / np.maximum(rate[alive], 1e-9))
        alive = alive[now[alive] < DAYS]
        at.append(alive)
        days.append(now[alive].astype(np.int32))
        alive = alive[draw.random(len(alive)) >= leave[alive]]
    return np.concatenate(at), np.concatenate(days)


def _orders(columns: pa.Schema, at: Any, names: Any, customer: Any, day: Any, total: Any) -> pa.Table:
    local = pa.array(AS_OF - DAYS + day[at], pa.int32())
    moment = pa.array((AS_OF - DAYS + day[at]).astype(np.int64) * 86_400_000_000)
    known: dict[str, Any] = {
        "order_id": pa.array(at).cast(pa.string()), "customer_id": pa.array(names[customer[at]]), "day": local,
        "month": pa.array(day[at] // 31, pa.int32()), "placed": moment, "recorded": moment,
        "total": pa.array(total[at]),
        "discount": pa.array(np.zeros(len(at), np.int64)), "refunded": pa.array(np.zeros(len(at), np.int64)),
        "cost": pa.array(total[at] * 7 // 10), "lines": pa.array(np.ones(len(at), np.int32)),
        "state": pa.array(["completed"] * len(at)),
    }  # fmt: skip
    return pa.table([known.get(each.name, pa.nulls(len(at), each.type)) for each in columns], schema=columns)
