"""Where Ibis expressions run: DuckDB in this process, or a Spark cluster. One definition, two engines.

Spark reads and writes Parquet only: it needs no driver for PostgreSQL, and its answer is read back as Arrow.
"""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import ibis
import pyarrow as pa
from pyarrow import parquet

MEMORY = "2GB"


class Engine(Protocol):
    """What a run needs of an engine."""

    name: str

    def table(self, files: Sequence[Path], schema: pa.Schema | None = None) -> Any:
        """The Ibis table that lies in these Parquet files; an empty one of the schema where there are
        none."""

    def kept(self, expression: Any) -> AbstractContextManager[Any]:
        """Run an expression and keep its rows in the engine while the block lasts."""

    def collect(self, expression: Any) -> pa.Table:
        """Run an expression and bring its rows here."""


@dataclass(slots=True)
class DuckDB:
    """In this process; what does not fit into memory goes to a scratch folder."""

    backend: Any
    name: str = "duckdb"

    def table(self, files: Sequence[Path], schema: pa.Schema | None = None) -> Any:
        """The Ibis table that lies in these Parquet files."""
        if files:
            return self.backend.read_parquet([str(path) for path in files])
        return self.backend.create_table(
            ibis.util.gen_name("empty"), schema=ibis.Schema.from_pyarrow(schema), temp=True
        )

    @contextmanager
    def kept(self, expression: Any) -> Iterator[Any]:
        """Keep the rows of an expression in a temporary table."""
        name = ibis.util.gen_name("kept")
        yield self.backend.create_table(name, expression, temp=True)
        self.backend.raw_sql(f'DROP TABLE "{name}"')

    def collect(self, expression: Any) -> pa.Table:
        """Run an expression and bring its rows here."""
        return expression.to_pyarrow()


@dataclass(slots=True)
class Spark:
    """A Spark cluster (standalone, `spark://host:port`)."""

    backend: Any
    scratch: Path
    name: str = "spark"

    def table(self, files: Sequence[Path], schema: pa.Schema | None = None) -> Any:
        """The Ibis table that lies in these Parquet files."""
        if not files:
            draft = self.scratch / f"{ibis.util.gen_name('empty')}.parquet"
            parquet.write_table(schema.empty_table() if schema else pa.table({}), draft)
            files = [draft]
        frame = self.backend._session.read.parquet(*(path.resolve().as_uri() for path in files))
        name = ibis.util.gen_name("lake")
        frame.createOrReplaceTempView(name)
        return self.backend.table(name)

    @contextmanager
    def kept(self, expression: Any) -> Iterator[Any]:
        """Keep the rows of an expression on the workers."""
        frame = self.backend._session.sql(self.backend.compile(expression)).cache()
        name = ibis.util.gen_name("kept")
        frame.createOrReplaceTempView(name)
        yield self.backend.table(name)
        frame.unpersist()

    def collect(self, expression: Any) -> pa.Table:
        """Run an expression on the cluster, have it write Parquet, read that."""
        target = self.scratch / ibis.util.gen_name("answer")
        self.backend.to_parquet_dir(expression, target.resolve().as_uri())
        try:
            return parquet.read_table(target)
        finally:
            shutil.rmtree(target, ignore_errors=True)


@contextmanager
def opened(address: str, scratch: Path) -> Iterator[Engine]:
    """The engine at an address (`duckdb`, `spark://…`), closed at the end.

    Args:
        address: The setting GUANXI_ENGINE.
        scratch: A folder for what does not fit into memory; with Spark one that all workers see.
    """
    scratch.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=scratch, prefix="run-"))
    try:
        if address == "duckdb":
            backend = ibis.duckdb.connect(temp_directory=str(folder), memory_limit=MEMORY)
            try:
                yield DuckDB(backend)
            finally:
                backend.disconnect()
        elif address.startswith(("spark://", "local[")):
            session = _session(address, folder)
            try:
                yield Spark(ibis.pyspark.connect(session), folder)
            finally:
                session.stop()
        else:
            raise ValueError(f"GUANXI_ENGINE is {address!r}: write duckdb, or spark://host:port.")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class JavaMissing(RuntimeError):
    """Spark was asked for, and the machine has no Java."""


def _session(address: str, folder: Path) -> Any:
    """A Spark session: same zone everywhere, our own Python on the workers, nothing left behind."""
    if not (os.environ.get("JAVA_HOME") or shutil.which("java")):
        raise JavaMissing(
            "Spark needs Java 17 or 21: install a JRE, or set JAVA_HOME (Debian: default-jre-headless)."
        )
    from pyspark.sql import SparkSession  # noqa: PLC0415  an extra that only this engine needs

    # Without it the workers take the first python3 of their path, which knows none of our packages.
    os.environ["PYSPARK_PYTHON"] = os.environ["PYSPARK_DRIVER_PYTHON"] = sys.executable
    session = (
        SparkSession.builder.master(address).appName("guanxi")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.warehouse.dir", str(folder / "warehouse"))
        .config("spark.sql.shuffle.partitions", "4")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.adaptive.coalescePartitions.enabled", "true")
        .config("spark.ui.showConsoleProgress", "false")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .getOrCreate()
    )  # fmt: skip
    session.sparkContext.setLogLevel("ERROR")
    return session
