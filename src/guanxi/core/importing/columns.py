"""Parquet files, streamed by PyArrow. Loaded only when one comes."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow
from django.utils.translation import gettext as _
from pyarrow import parquet

from guanxi.core.importing.reading import Broken, Layout, Record, Unreadable, headings_of

BATCH = 2_000


def read(path: Path, layout: Layout) -> "Columns":
    """A reader over the whole file."""
    try:
        return Columns(parquet.ParquetFile(path))
    except (pyarrow.ArrowException, OSError, ValueError) as error:
        raise Unreadable(_("This Parquet file is damaged."), field="file") from error


class Columns:
    """The rows of a Parquet file; cells come as their stored type."""

    def __init__(self, file: parquet.ParquetFile) -> None:
        self._file = file
        self._total = file.metadata.num_rows
        self._number = 1
        self.headings = headings_of(list(file.schema_arrow.names))

    def __iter__(self) -> Iterator[Record | Broken]:
        try:
            for batch in self._file.iter_batches(batch_size=BATCH):
                for cells in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                    self._number += 1
                    yield Record(self._number, list(cells))
        except (pyarrow.ArrowException, OSError) as error:
            # The rows before stand; what comes after cannot be reached in a damaged file.
            yield Broken(self._number + 1, _("the file is damaged from here on: {error}").format(error=error))

    def done(self) -> float:
        return (self._number - 1) / self._total if self._total else 1.0

    def close(self) -> None:
        self._file.close()
