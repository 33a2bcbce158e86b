"""The lake: Parquet by enterprise, extract and month, copied from PostgreSQL as far as it changed.

Each month is compared with what the source holds now (rows, sums, newest record); a month that differs is
copied again into a new file, checked against the source, and only then written into the list of files
(`LakeFile`), in one transaction. Whoever reads the lake reads that list: a run that is killed leaves the
former files, and the next one goes on where it stopped. Memory is bounded by a batch of rows, whatever the
size of the table.
"""

import io
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pyarrow as pa
from django.db import connection
from pyarrow import compute, csv, parquet

from guanxi.core.extracts import Extract
from guanxi.core.identity import new_id
from guanxi.core.tenancy import tenancy
from guanxi.core.viewer import Viewer
from guanxi.mining.models import LakeFile

ALWAYS = "all"  # the month of an extract that is not cut
BLOCK = 4 << 20
_TYPES: Mapping[str, pa.DataType] = {
    "string": pa.string(), "int32": pa.int32(), "int64": pa.int64(), "double": pa.float64(), "bool":
    pa.bool_(),
}  # fmt: skip
Tell = Callable[[str, int, int], None]  # what is done, pieces done, pieces in all


class LakeDisagrees(RuntimeError):
    """A file does not hold what the source holds, after trying again."""


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What a month of a table holds: enough to see that it changed, and to check a copy."""

    rows: int
    sums: Mapping[str, int]
    newest: str = ""


@dataclass(slots=True)
class Taken:
    """What a run of the lake did."""

    rows: dict[str, int] = field(default_factory=dict)
    copied: dict[str, int] = field(default_factory=dict)
    files: int = 0


def take(viewer: Viewer, extract: Extract, folder: Path, *, tell: Tell = lambda *_: None) -> Taken:
    """Bring one table of the lake up to date; months that did not change are left alone."""
    taken = Taken({extract.name: 0}, {extract.name: 0})
    with tenancy(viewer):
        _patient()
        source = fingerprints(viewer, extract)
        known = {row.month: row for row in LakeFile.objects.filter(extract=extract.name)}
    stale = [month for month, now in sorted(source.items()) if not _same(known.get(month), now, folder)]
    for number, month in enumerate(stale):
        tell(extract.name, number, len(stale))
        taken.copied[extract.name] += _copy_month(viewer, extract, month, folder)
        taken.files += 1
    _forget(viewer, extract, set(known) - set(source), folder)
    taken.rows[extract.name] = sum(one.rows for one in source.values())
    tell(extract.name, len(stale), len(stale))
    return taken


def files(viewer: Viewer, extract: str, folder: Path) -> list[Path]:
    """The files that make up a table of the lake now."""
    with tenancy(viewer):
        rows = LakeFile.objects.filter(extract=extract).order_by("month")
        return [folder / row.path for row in rows]


def fingerprints(viewer: Viewer, extract: Extract, month: str | None = None) -> dict[str, Fingerprint]:
    """What each month of the source holds (or one of them), in one pass over the table."""
    sums = "".join(f", coalesce(sum({extract.columns[name].expression}), 0)::text" for name in extract.sums)
    newest = f"coalesce(max({extract.newest})::text, '')" if extract.newest else "''"
    cut = _cut(extract)
    where, values = _limits(viewer, extract, month)
    statement = f"SELECT {cut}, count(*), {newest}{sums} FROM {extract.source} WHERE {where} GROUP BY 1"
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return {
            row[0]: Fingerprint(row[1], dict(zip(extract.sums, map(int, row[3:]), strict=True)), row[2])
            for row in cursor.fetchall()
        }


def _same(known: LakeFile | None, now: Fingerprint, folder: Path) -> bool:
    # Without a column that grows, a change may keep the number of rows: such tables are small and copied
    # each time.
    if known is None or not now.newest or not (folder / known.path).exists():
        return False
    return (known.rows, known.sums, known.newest) == (now.rows, dict(now.sums), now.newest)


def _copy_month(viewer: Viewer, extract: Extract, month: str, folder: Path, tries: int = 3) -> int:
    """Copy a month into a new file, check it, put it into the list; returns its rows."""
    target = Path(str(viewer.tenant)) / extract.name / f"{month}.{new_id().hex}.parquet"
    written = now = nothing = Fingerprint(0, dict.fromkeys(extract.sums, 0))
    for _ in range(tries):
        with tenancy(viewer):
            _patient()
            written = _write(viewer, extract, month, folder / target)
            now = fingerprints(viewer, extract, month).get(month, nothing)
            if (written.rows, written.sums) != (now.rows, now.sums):
                continue  # rows came in between the copy and the count: copy again
            former = _put(viewer, extract, month, target, now, (folder / target).stat().st_size)
        if former:
            (folder / former).unlink(missing_ok=True)
        return written.rows
    (folder / target).unlink(missing_ok=True)
    raise LakeDisagrees(
        f"{extract.name} of {month}: the file holds {written.rows} rows {dict(written.sums)}, "
        f"the source {now.rows} rows {dict(now.sums)}. Nothing was replaced; run it again when fewer rows come in."
    )


def _put(viewer: Viewer, extract: Extract, month: str, path: Path, now: Fingerprint, size: int) -> str:
    """Write the file into the list; returns the path of the one it replaces."""
    former = LakeFile.objects.filter(extract=extract.name, month=month).values_list("path", flat=True).first()
    facts = {
        "path": str(path), "rows": now.rows, "sums": dict(now.sums), "newest": now.newest, "bytes": size,
        "written_at": viewer.now,
    }  # fmt: skip
    LakeFile.objects.bulk_create(
        [LakeFile(enterprise_id=viewer.tenant, extract=extract.name, month=month, **facts)],
        update_conflicts=True,
        unique_fields=["enterprise", "extract", "month"],
        update_fields=list(facts),
    )
    return former or ""


def _forget(viewer: Viewer, extract: Extract, months: set[str], folder: Path) -> None:
    """Take months off the list of which the source holds nothing any more, and files that nobody lists."""
    with tenancy(viewer):
        LakeFile.objects.filter(extract=extract.name, month__in=months).delete()
        listed = set(LakeFile.objects.filter(extract=extract.name).values_list("path", flat=True))
    for path in (folder / str(viewer.tenant) / extract.name).glob("*.parquet*"):
        if str(path.relative_to(folder)) not in listed:
            path.unlink(missing_ok=True)


def _write(viewer: Viewer, extract: Extract, month: str, path: Path) -> Fingerprint:
    """COPY a month into a Parquet file beside its place, then move it there; returns what was written."""
    path.parent.mkdir(parents=True, exist_ok=True)
    columns = schema(extract)
    rows, sums = 0, dict.fromkeys(extract.sums, 0)
    handle, draft = tempfile.mkstemp(dir=path.parent, suffix=".parquet.draft")
    os.close(handle)
    try:
        with parquet.ParquetWriter(draft, columns, compression="zstd") as writer:
            for batch in _batches(viewer, extract, month, columns):
                writer.write_batch(batch)
                rows += batch.num_rows
                for name in sums:
                    sums[name] += _sum(batch, name)
        Path(draft).replace(path)
    finally:
        Path(draft).unlink(missing_ok=True)
    return Fingerprint(rows, sums)


def _sum(batch: pa.RecordBatch, name: str) -> int:
    total = compute.sum(batch.column(name)).as_py()
    return int(total or 0)


def _batches(viewer: Viewer, extract: Extract, month: str, columns: pa.Schema) -> Iterator[pa.RecordBatch]:
    """The rows of a month as they come from COPY, a block at a time."""
    with connection.cursor() as cursor:
        values = ", ".join(f"{column.expression} AS {name}" for name, column in extract.columns.items())
        where, limits = _limits(viewer, extract, month)
        statement = f"COPY (SELECT {values} FROM {extract.source} WHERE {where}) TO STDOUT (FORMAT csv)"
        raw = cast(Any, cursor).cursor  # Django's wrapper hides psycopg's copy
        with raw.copy(statement, {**limits, "zone": viewer.zone}) as copy:
            stream = io.BufferedReader(_Copied(copy), BLOCK)
            # An empty answer has no first block, which the reader takes for an error.
            if not stream.peek(1):
                return
            yield from csv.open_csv(
                stream,
                read_options=csv.ReadOptions(column_names=columns.names, block_size=BLOCK),
                parse_options=csv.ParseOptions(newlines_in_values=True),
                convert_options=csv.ConvertOptions(
                    column_types=columns, null_values=[""], strings_can_be_null=True,
                    quoted_strings_can_be_null=False, true_values=["t"], false_values=["f"],
                ),
            )  # fmt: skip


class _Copied(io.RawIOBase):
    """psycopg's COPY as a file to read."""

    def __init__(self, copy: Any) -> None:
        self._copy = copy
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, target: Any) -> int:
        """Fill the target with what came, asking for more when nothing is left."""
        if not self._rest:
            self._rest = memoryview(bytes(self._copy.read()))
        size = min(len(target), len(self._rest))
        target[:size], self._rest = self._rest[:size], self._rest[size:]
        return size


def _cut(extract: Extract) -> str:
    return f"to_char({extract.month} AT TIME ZONE 'UTC', 'YYYY-MM')" if extract.month else f"'{ALWAYS}'::text"


def _limits(viewer: Viewer, extract: Extract, month: str | None) -> tuple[str, dict[str, Any]]:
    """The condition of tenant and month, and its values."""
    where, values = f"{extract.tenant} = %(tenant)s", {"tenant": viewer.tenant, "zone": viewer.zone}
    if month is None or month == ALWAYS or not extract.month:
        return where, values
    first = f"{month}-01 00:00+00"
    where += (
        f" AND {extract.month} >= %(first)s::timestamptz"
        f" AND {extract.month} < (%(first)s::timestamptz AT TIME ZONE 'UTC' + interval '1 month') "
        "AT TIME ZONE 'UTC'"
    )
    return where, {**values, "first": first}


def _patient() -> None:
    """A month may take longer than a page's query may."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0")


def schema(extract: Extract) -> pa.Schema:
    """The columns of a table of the lake."""
    return pa.schema([(name, _TYPES[column.type]) for name, column in extract.columns.items()])
