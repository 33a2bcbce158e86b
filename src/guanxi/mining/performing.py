"""A run from beginning to end, in the analysing process: lake, features, measures, back-test, store.

Steps say how far they are through `Tell`; whoever started the run decides whether that is a row of the run,
a bar on a terminal or nothing. Scores are written in one transaction at the very end.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pyarrow import compute, parquet

from guanxi.core import extracts
from guanxi.core.viewer import Viewer
from guanxi.mining import backtest, lake
from guanxi.mining.engine import Engine, opened
from guanxi.mining.features import consumption as features
from guanxi.mining.measures.consumption import Consumption
from guanxi.mining.measures.interface import Measure, Population, Scores
from guanxi.mining.measures.value import CustomerValue

MEASURES: tuple[Measure, ...] = (CustomerValue(), Consumption())
STEPS = ("lake", "features", "measures", "backtest", "store")
# What makes a customer better in recency, frequency and money, and what decides among equals.
FIFTHS = {"recency": ("last", "days"), "frequency": ("orders", "last"), "money": ("kept", "orders")}
EPOCH = date(1970, 1, 1)
Tell = Callable[[str, int, int], None]


@dataclass(slots=True)
class Found:
    """What a run found, not yet stored."""

    population: Population
    scores: list[Scores] = field(default_factory=list)
    reasons: list[Any] = field(default_factory=list)
    report: dict[str, Any] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Tables:
    """The lake's tables that the measures read, as Ibis tables of one engine."""

    engine: Engine
    orders: Any
    lines: Any
    products: Any
    customers: Any


class NothingBought(RuntimeError):
    """There is no purchase before the day of the run: nothing to measure."""


def as_of_day(viewer: Viewer) -> int:
    """The day up to which purchases count, exclusive: today is in, unless the clock stands at midnight."""
    local = (viewer.now - timedelta(microseconds=1)).astimezone(viewer.timezone)
    return (local.date() - EPOCH).days + 1


def find(viewer: Viewer, *, data: Path, address: str, seed: int = 0, tell: Tell = lambda *_: None) -> Found:
    """Bring the lake up to date and evaluate every measure, without storing anything."""
    seconds: dict[str, float] = {}
    rows: dict[str, int] = {}
    with timed(seconds, "lake"):
        for extract in extracts.registered().values():
            taken = lake.take(
                viewer, extract, data / "lake", tell=lambda name, at, of: tell(f"lake {name}", at, of)
            )
            rows |= taken.rows
    with opened(address, data / "scratch") as engine:
        found = evaluate(
            tables(viewer, engine, data / "lake"), as_of_day(viewer), seconds, seed=seed, tell=tell
        )
    found.rows = {**rows, "customers measured": len(found.population)}
    found.report |= {"engine": engine.name, "as_of": as_of_day(viewer), "currency": viewer.currency}
    return found


def tables(viewer: Viewer, engine: Engine, folder: Path) -> Tables:
    """The lake of an enterprise in an engine."""

    def one(name: str) -> Any:
        return engine.table(lake.files(viewer, name, folder), lake.schema(extracts.get(name)))

    return Tables(engine, one("orders"), one("lines"), one("products"), one("customers"))


def evaluate(
    source: Tables, as_of: int, seconds: dict[str, float], *, seed: int = 0, tell: Tell = lambda *_: None
) -> Found:
    """Features, measures and back-test from the tables of a lake."""
    with timed(seconds, "features"):
        tell("features", 0, 2)
        population = Population(populated(source, features.Scope(as_of)), as_of)
        if not len(population):
            raise NothingBought(
                "No customer bought anything before the day of this run: import orders first."
            )
        bought = features.purchases(source.orders, source.customers, features.Scope(as_of))
        cohorts = source.engine.collect(features.cohorts(bought))
    found = Found(population, seconds=seconds)
    with timed(seconds, "measures"):
        for number, measure in enumerate(MEASURES):
            tell("measures", number, len(MEASURES))
            scores = measure.evaluate(population, seed=seed)
            found.scores.append(scores)
            found.reasons.append(measure.explain(population, scores))
            found.report[measure.construct] = dict(scores.report)
    with timed(seconds, "backtest"):
        tell("backtest", 0, 1)
        found.report["backtest"] = tested(source, population, seed=seed)
    found.report["cohorts"] = [list(row.values()) for row in cohorts.to_pylist()]
    return found


def populated(source: Tables, scope: features.Scope) -> pa.Table:
    """One row of features for each customer, in the order of their ids, with favourites where lines are
    known."""
    rows = consumption(source.engine, source.orders, source.customers, scope)
    best = source.engine.collect(features.favourites(source.lines, source.products, source.customers, scope))
    best = best.sort_by("root_id")
    at = compute.index_in(rows["root_id"].combine_chunks(), value_set=best["root_id"].combine_chunks())
    for name in ("department", "departments", "amount", "best"):
        rows = rows.append_column(name, best[name].combine_chunks().take(at))
    for name, orders in FIFTHS.items():
        rows = rows.append_column(name, pa.array(fifths(*(rows[order].to_numpy() for order in orders))))
    whole = compute.cast(compute.max_element_wise(rows["amount"], 1), pa.float64())
    return rows.append_column("department_share", compute.fill_null(compute.divide(rows["best"], whole), 0.0))


def consumption(engine: Engine, orders: Any, customers: Any, scope: features.Scope) -> pa.Table:
    """How each customer buys, in the order of their ids; purchases are joined once and kept while both parts read
    them."""
    whole = features.roots(customers)
    with engine.kept(features.purchases(orders, features.numbered(customers, whole), scope)) as bought:
        return engine.collect(features.named(features.consumption(bought, scope), whole)).sort_by("root_id")


def fifths(first: Any, then: Any) -> npt.NDArray[np.int32]:
    """Equal fifths of the base by `first`, then `then`, then the order of the rows; 5 is best.

    Here and not in the engine: a rank over everybody would bring all rows to one machine, as this does once.
    """
    place = np.empty(len(first), dtype=np.int64)
    place[np.lexsort((np.arange(len(first)), then, first))] = np.arange(len(first))
    return (place * 5 // max(len(first), 1) + 1).astype(np.int32)


def tested(source: Tables, population: Population, *, seed: int) -> dict[str, Any] | None:
    """The back-test within this history; None where it is too short."""
    first = int(compute.min(population.table["first"]).as_py())
    recorded = source.engine.collect(source.orders.aggregate(first=source.orders.recorded.min()))["first"][
        0
    ].as_py()
    at = backtest.cut(first, population.as_of, recorded)
    if at is None:
        return None
    past = features.Scope(at.day, at.known)
    known = consumption(source.engine, source.orders, source.customers, past)
    if known.num_rows < 10:
        return None
    bought = features.purchases(source.orders, source.customers, features.Scope(at.end))
    of_them = bought.semi_join(features.purchases(source.orders, source.customers, past), "root_id")
    later = source.engine.collect(features.ahead(of_them, at.day))
    weeks = source.engine.collect(features.by_week(of_them, at.day))
    return backtest.compare(Population(known, at.day), later, weeks, at, seed=seed)


def write_scores(found: Found, folder: Path) -> Path:
    """All scores as one Parquet file, for whoever reads the lake rather than the database."""
    parts = [
        pa.table(
            {
                "customer_id": found.population.roots, "construct": [scores.construct] *
                len(found.population), "value": scores.value, "lo": scores.lo, "hi": scores.hi, "level":
                scores.level.tolist(),
            }
        )
        for scores in found.scores
    ]  # fmt: skip
    path = folder / "scores.parquet"
    parquet.write_table(pa.concat_tables(parts), path)
    return path


@contextmanager
def timed(seconds: dict[str, float], step: str) -> Iterator[None]:
    """Note how long the block took."""
    began = time.perf_counter()
    yield
    seconds[step] = round(time.perf_counter() - began, 3)
