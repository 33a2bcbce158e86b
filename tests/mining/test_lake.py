"""The lake holds what the source holds: by month, only what changed, and whole whatever is killed."""

import random
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from pyarrow import parquet

from guanxi.core import viewers
from guanxi.core.tenancy import tenancy
from guanxi.mining import lake
from guanxi.mining.models import LakeFile
from guanxi.sales.extract import LINES, ORDERS, PRODUCTS
from guanxi.sales.models import Order
from tests.mining.shop import OPENED, open_shop, order


@pytest.fixture
def shop(process):
    with tenancy(process):
        return open_shop(process, customers=20, lines=True)


def held(process, folder: Path, name: str = "orders"):
    return [parquet.read_table(path) for path in lake.files(process, name, folder)]


def test_every_order_is_taken_once(process, shop, tmp_path):
    taken = lake.take(process, ORDERS, tmp_path)
    tables = held(process, tmp_path)
    ids = [one for table in tables for one in table["order_id"].to_pylist()]
    assert taken.rows == {"orders": shop}
    assert len(ids) == len(set(ids)) == shop


def test_money_is_the_same_to_the_last_cent(process, shop, tmp_path):
    lake.take(process, ORDERS, tmp_path)
    total = sum(sum(table["total"].to_pylist()) for table in held(process, tmp_path))
    with tenancy(process):
        assert total == sum(100 * row for row in Order.objects.values_list("total", flat=True))


def test_files_are_cut_by_month(process, shop, tmp_path):
    lake.take(process, ORDERS, tmp_path)
    with tenancy(process):
        months = set(LakeFile.objects.values_list("month", flat=True))
    assert {"2025-12", "2026-06"} < months
    assert len(months) == len(held(process, tmp_path))


def test_a_second_run_copies_nothing(process, shop, tmp_path):
    lake.take(process, ORDERS, tmp_path)
    again = lake.take(process, ORDERS, tmp_path)
    assert again.copied == {"orders": 0}
    assert again.rows == {"orders": shop}


def test_a_new_order_moves_its_month_only(process, shop, tmp_path):
    lake.take(process, ORDERS, tmp_path)
    before = set(lake.files(process, "orders", tmp_path))
    with tenancy(process):
        order(process, 3, OPENED + timedelta(days=200), random.Random(5)).save(force_insert=True)
    assert lake.take(process, ORDERS, tmp_path).files == 1
    assert len(set(lake.files(process, "orders", tmp_path)) - before) == 1
    assert sum(table.num_rows for table in held(process, tmp_path)) == shop + 1


def test_a_change_without_a_new_record_is_seen_by_its_sum(process, shop, tmp_path):
    lake.take(process, ORDERS, tmp_path)
    with tenancy(process):
        Order.objects.filter(pk=Order.objects.order_by("pk").first().pk).update(refunded=3)
    assert lake.take(process, ORDERS, tmp_path).files == 1
    assert sum(sum(table["refunded"].to_pylist()) for table in held(process, tmp_path)) == 300


def test_a_month_that_is_gone_from_the_source_is_gone(process, shop, tmp_path):
    lake.take(process, ORDERS, tmp_path)
    with tenancy(process):
        LakeFile.objects.create(
            enterprise_id=process.tenant,
            extract="orders",
            month="1999-01",
            path="x",
            rows=1,
            written_at=process.now,
        )
    lake.take(process, ORDERS, tmp_path)
    with tenancy(process):
        assert not LakeFile.objects.filter(month="1999-01").exists()


def test_what_a_killed_run_left_is_swept_and_made_good(process, shop, tmp_path):
    lake.take(process, ORDERS, tmp_path)
    lost, *_ = lake.files(process, "orders", tmp_path)
    leftover = lost.with_name(f"{uuid4().hex}.parquet.draft")
    leftover.write_bytes(b"half a file")
    lost.unlink()
    lake.take(process, ORDERS, tmp_path)
    assert not leftover.exists()
    assert sum(table.num_rows for table in held(process, tmp_path)) == shop


def test_unknown_stays_unknown_and_empty_stays_empty(process, shop, tmp_path):
    with tenancy(process):
        Order.objects.update(store_id=None, cost=None)
    lake.take(process, ORDERS, tmp_path)
    lake.take(process, PRODUCTS, tmp_path)
    assert held(process, tmp_path)[0]["cost"].null_count == held(process, tmp_path)[0].num_rows
    products = held(process, tmp_path, "products")[0]
    assert products["category"].to_pylist() == ["", "", ""]
    assert products["unit_cost"].null_count == 3


def test_lines_stand_in_the_month_of_their_order(process, shop, tmp_path):
    lake.take(process, LINES, tmp_path)
    assert sum(table.num_rows for table in held(process, tmp_path, "lines")) == shop


def test_nothing_of_another_enterprise_is_taken(process, shop, beilin, tmp_path):
    other = viewers.for_process(beilin, "mining")
    assert lake.take(other, ORDERS, tmp_path).rows == {"orders": 0}
    assert lake.files(other, "orders", tmp_path) == []
