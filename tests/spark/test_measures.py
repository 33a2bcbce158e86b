"""The same expressions on DuckDB and on a Spark cluster give the same customers the same figures."""

import json

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from guanxi.mining import engine, performing

pytestmark = [pytest.mark.spark, pytest.mark.slow, pytest.mark.timeout(900)]
AS_OF = 17_500
CUSTOMERS = 400


def lake(folder):
    """A lake of 400 customers, written as the product writes it: two files of orders, lines, products, customers."""
    draw = np.random.default_rng(7)
    number = draw.geometric(0.08, CUSTOMERS)
    customer = np.repeat(np.arange(CUSTOMERS), number)
    day = AS_OF - 360 + draw.integers(0, 360, len(customer))
    total = draw.integers(99, 20_000, len(customer))
    ids = pa.array([f"order-{n:05}" for n in range(len(customer))])
    names = pa.array([f"customer-{n:04}" for n in customer])
    orders = pa.table(
        {
            "order_id": ids, "customer_id": names, "store_id": pa.nulls(len(ids), pa.string()),
            "day": pa.array(day, pa.int32()), "month": pa.array(2017 * 12 + (day - day.min()) // 31, pa.int32()),
            "placed": pa.array(day * 86_400_000_000), "recorded": pa.array(day * 86_400_000_000 + 1),
            "total": pa.array(total), "discount": pa.array(total // 10), "refunded": pa.array(total % 7 * 0),
            "cost": pa.array(total * 7 // 10, mask=customer % 5 == 0), "lines": pa.array(total % 9 + 1, pa.int32()),
            "state": pa.array(np.where(total % 50 == 0, "cancelled", "completed")),
        }
    )  # fmt: skip
    lines = pa.table(
        {
            "order_id": ids, "product_id": pa.array([f"p-{n % 11}" for n in total]), "customer_id": names,
            "day": orders["day"], "recorded": orders["recorded"], "quantity": pa.array(total * 0 + 1000),
            "amount": orders["total"], "discount": orders["discount"], "cost": orders["cost"],
        }
    )  # fmt: skip
    products = pa.table(
        {
            "product_id": [f"p-{n}" for n in range(11)],
            "department": ["", "Boots", "帐篷", "Food"] * 2 + ["Food"] * 3,
        }
    )
    customers = pa.table(
        {
            "customer_id": [f"customer-{n:04}" for n in range(CUSTOMERS)],
            "root_id": [f"customer-{n - (n % 40 == 1):04}" for n in range(CUSTOMERS)],
        }
    )
    half = len(ids) // 2
    files = {
        "orders": [orders.slice(0, half), orders.slice(half)], "lines": [lines], "products": [products],
        "customers": [customers],
    }  # fmt: skip
    paths = {}
    for name, parts in files.items():
        paths[name] = [folder / f"{name}-{at}.parquet" for at in range(len(parts))]
        for path, part in zip(paths[name], parts, strict=True):
            parquet.write_table(part, path)
    return paths


def found(address, folder, paths):
    with engine.opened(address, folder / "scratch") as opened:
        tables = performing.Tables(opened, *(opened.table(paths[name]) for name in paths))
        answer = performing.evaluate(tables, AS_OF, {})
    answer.reasons = [list(reasons) for reasons in answer.reasons]
    return answer


def rounded(report):
    """Figures to eight digits: sums over customers in another order differ in the last ones."""
    return json.loads(json.dumps(report), parse_float=lambda text: float(f"{float(text):.8g}"))


@pytest.fixture(scope="module")
def both(cluster, tmp_path_factory):
    folder = tmp_path_factory.mktemp("lake")
    paths = lake(folder)
    return found("duckdb", folder, paths), found(cluster, folder, paths)


def test_features_are_equal_to_the_last_unit(both):
    here, there = (one.population.table for one in both)
    assert here.num_rows > 300
    assert set(here.column_names) == set(there.column_names)
    for name in here.column_names:
        assert here[name].to_pylist() == there[name].to_pylist(), name


def test_scores_and_intervals_are_equal(both):
    for here, there in zip(both[0].scores, both[1].scores, strict=True):
        np.testing.assert_allclose(here.value, there.value, rtol=1e-9)
        np.testing.assert_allclose(here.lo, there.lo, rtol=1e-9)
        np.testing.assert_allclose(here.hi, there.hi, rtol=1e-9)
        assert here.level.tolist() == there.level.tolist()


def test_reasons_and_reports_are_equal(both):
    assert both[0].reasons == both[1].reasons
    assert both[0].report["cohorts"] == both[1].report["cohorts"]
    assert rounded(both[0].report["backtest"]) == rounded(both[1].report["backtest"])
    assert both[0].report["value"]["bars"] == both[1].report["value"]["bars"]


def test_nothing_is_left_in_the_scratch_folder(tmp_path):
    with engine.opened("duckdb", tmp_path / "scratch"):
        assert list((tmp_path / "scratch").iterdir())
    assert list((tmp_path / "scratch").iterdir()) == []


def test_an_unknown_engine_is_refused_with_the_choices(tmp_path):
    with pytest.raises(ValueError, match="duckdb, or spark://"), engine.opened("hadoop", tmp_path):
        pass
