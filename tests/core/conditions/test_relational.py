"""Each engine says of each customer what the Python predicate says."""

import sys

import duckdb
import ibis
import pyarrow as pa
import pyarrow.parquet as parquet
import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from guanxi.core.conditions import parse, postgresql, relational
from tests.core.conditions import agreement
from tests.core.conditions.world import NOW, VOCABULARY, accepted, customers

# The strategies are larger than Hypothesis likes to print.
pytestmark = pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisWarning")


def _ask_duckdb(conditions, people):
    table = agreement.table_of()
    with duckdb.connect() as connection:
        connection.register(
            "facts", pa.Table.from_pylist(agreement.rows(people), schema=table.schema().to_pyarrow())
        )
        sql = ibis.to_sql(agreement.questions(conditions, table, "duckdb"), dialect="duckdb")
        return [list(row) for row in connection.execute(sql).fetchall()]


@pytest.mark.slow
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(st.lists(accepted(), min_size=1, max_size=8), st.lists(customers(), min_size=1, max_size=8))
def test_duckdb_agrees_with_the_predicate(conditions, people):
    assert agreement.differences(conditions, people, _ask_duckdb(conditions, people)) == []


POSTGRES = {
    "int64": "bigint",
    "float64": "double precision",
    "decimal(16, 2)": "numeric(16, 2)",
    "string": "text",
    "boolean": "boolean",
    "timestamp('UTC', 6)": "timestamptz",
    "array<string>": "text[]",
}


def _make_postgres_table(cursor, people):
    columns = {name: POSTGRES[str(kind)] for name, kind in agreement.table_of().schema().items()}
    cursor.execute(
        f"CREATE TEMP TABLE facts ({', '.join(f'{name} {kind}' for name, kind in columns.items())})"
    )
    cursor.executemany(
        f"INSERT INTO facts VALUES ({', '.join(['%s'] * len(columns))})",
        [
            [list(value) if isinstance(value, tuple) else value for value in row.values()]
            for row in agreement.rows(people)
        ],
    )


@pytest.mark.slow
def test_postgres_agrees_with_the_predicate_whatever_its_zone(db):
    conditions, people = agreement.sample(conditions=400, people=30)
    answers = [[] for _ in people]
    with connection.cursor() as cursor:
        # Far from UTC, so that a moment taken for local time would show.
        cursor.execute("SET LOCAL timezone = 'Asia/Shanghai'")
        _make_postgres_table(cursor, people)
        for start in range(0, len(conditions), 40):
            asked = agreement.questions(conditions[start : start + 40], agreement.table_of(), "postgres")
            cursor.execute(relational.postgres_sql(asked))
            for answer, row in zip(answers, cursor.fetchall(), strict=True):
                answer.extend(row)
    assert agreement.differences(conditions, people, answers) == []


class _Columns:
    """Facts and answers as columns of the table."""

    def known(self, attribute):
        return f'"{attribute.column}"'

    def asked(self, node, value):
        return f'"{node.column}"'

    def compared(self, node, operator, constant, value):
        return None


@pytest.mark.slow
def test_our_own_sql_agrees_with_the_predicate_whatever_the_zone(db):
    conditions, people = agreement.sample(conditions=600, people=30)
    answers = [[] for _ in people]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL timezone = 'Asia/Shanghai'")
        _make_postgres_table(cursor, people)
        for condition in conditions:
            text, parameters = postgresql.render(condition, _Columns(), now=NOW)
            cursor.execute(f"SELECT {text} FROM facts ORDER BY number", parameters)
            for answer, row in zip(answers, cursor.fetchall(), strict=True):
                answer.extend(row)
    assert agreement.differences(conditions, people, answers) == []


def test_a_list_condition_on_postgres_is_one_that_a_gin_index_serves():
    condition = parse("'tent' in needs.tags", VOCABULARY)
    table = agreement.table_of()
    rendered = relational.render(condition, table, now=NOW, engine="postgres")
    sql = relational.postgres_sql(table.filter(rendered).select("number"))
    assert """"needs_tags" @> CAST(ARRAY['tent'] AS TEXT[])""" in sql


def test_text_is_ordered_by_code_point_whatever_the_collation_of_the_database():
    table = agreement.table_of()
    rendered = relational.render(parse("who.city < 'b'", VOCABULARY), table, now=NOW, engine="postgres")
    assert 'COLLATE "C"' in relational.postgres_sql(table.filter(rendered).select("number"))


def test_the_time_since_something_is_compared_so_that_an_index_serves():
    table = agreement.table_of()
    rendered = relational.render(parse("now - orders.last_at > duration('72h')", VOCABULARY), table, now=NOW)
    sql = ibis.to_sql(table.filter(rendered).select("number"), dialect="duckdb")
    assert """"orders_last_at" < CAST('2026-11-17T09:00:00+00:00' AS TIMESTAMPTZ)""" in " ".join(sql.split())


def _ask_spark(session, conditions, people, folder):
    path = str(folder / "facts.parquet")
    table = agreement.table_of()
    parquet.write_table(
        pa.Table.from_pylist(agreement.rows(people), schema=table.schema().to_pyarrow()), path
    )
    session.read.parquet(path).createOrReplaceTempView("facts")
    compiler = ibis.pyspark.connect(session)
    answers = [[] for _ in people]
    for start in range(0, len(conditions), 60):
        sql = compiler.compile(agreement.questions(conditions[start : start + 60], table, "pyspark"))
        for answer, row in zip(answers, session.sql(sql).collect(), strict=True):
            answer.extend(row)
    return answers


@pytest.mark.spark
@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.filterwarnings("ignore")
def test_spark_agrees_with_the_predicate(tmp_path, spark):
    conditions, people = agreement.sample(conditions=150, people=30)
    assert agreement.differences(conditions, people, _ask_spark(spark, conditions, people, tmp_path)) == []


@pytest.fixture
def spark(tmp_path, monkeypatch):
    pyspark = pytest.importorskip("pyspark.sql")
    monkeypatch.setenv("PYSPARK_PYTHON", sys.executable)
    monkeypatch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
    session = (
        pyspark.SparkSession.builder.master("local[1]")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.sql.warehouse.dir", str(tmp_path / "warehouse"))
        .getOrCreate()
    )
    yield session
    session.stop()
