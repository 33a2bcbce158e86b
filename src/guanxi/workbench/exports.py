"""A list as a file for spreadsheets: the same rows, the same sight, page by page."""

import csv
import dataclasses
from collections.abc import Callable, Iterator, Sequence

from django.http import StreamingHttpResponse

from guanxi.core import tenancy
from guanxi.core.viewer import Viewer

PAGE_ROWS = 500
Row = Sequence[object]
#: Gives the rows of the page at a cursor, and the cursor of the next page.
Pager = Callable[[str | None], tuple[Sequence[Row], str | None]]


def download(viewer: Viewer, name: str, headings: Row, page: Pager) -> StreamingHttpResponse:
    """The file `<name>.csv`, sent as it is read.

    Raises:
        NotAllowed: The viewer may not take customers out of the house.
    """
    viewer.require("customers.export")
    lines = _lines(dataclasses.replace(viewer, purpose="export"), headings, page)
    answer = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return answer


def _lines(viewer: Viewer, headings: Row, page: Pager) -> Iterator[str]:
    """Runs after the view has returned, so each page opens its own tenancy; which says that it is for a file."""
    writer = csv.writer(_Echo())
    # The mark by which spreadsheets read it as UTF-8.
    yield "\ufeff" + writer.writerow(headings)
    cursor: str | None = None
    while True:
        with tenancy.tenancy(viewer):
            rows, cursor = page(cursor)
        for row in rows:
            yield writer.writerow([_harmless(cell) for cell in row])
        if cursor is None:
            return


class _Echo:
    """What `csv` writes to: gives each line back."""

    def write(self, line: str) -> str:
        """Give the line back."""
        return line


def _harmless(cell: object) -> object:
    """A text that a spreadsheet does not take for a formula; numbers may be negative."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in tuple("=+-@\t\r") else cell
