"""Excel workbooks (.xlsx), streamed by openpyxl. Loaded only when one comes."""

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
from django.utils.translation import gettext as _

from guanxi.core.importing.reading import Broken, Layout, Record, Unreadable, headings_of

LARGEST_UNPACKED = 4 * 2**30
_ERRORS = frozenset({"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!"})


def read(path: Path, layout: Layout) -> "Workbook":
    """A reader over one sheet: the named one, or the first."""
    _check(path)
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        if layout.sheet and layout.sheet not in book.sheetnames:
            raise Unreadable(
                _("There is no sheet “{name}”. Sheets: {sheets}."),
                field="sheet",
                name=layout.sheet,
                sheets=", ".join(book.sheetnames),
            )
        return Workbook(book, layout.sheet)
    except (KeyError, ValueError, IndexError, zipfile.BadZipFile, OSError) as error:
        raise Unreadable(_("This workbook is damaged or protected by a password."), field="file") from error


class Workbook:
    """The rows of one sheet; a cell comes as text, number, date or truth value."""

    def __init__(self, book: openpyxl.Workbook, name: str) -> None:
        self._book = book
        sheet: Any = book[name] if name else book.worksheets[0]
        self._total = sheet.max_row or 0
        sheet.reset_dimensions()  # some programs write a wrong size into the file
        self._rows = enumerate(sheet.iter_rows(values_only=True), start=1)
        self._number = 0
        self.headings = self._heading()

    def __iter__(self) -> Iterator[Record | Broken]:
        width = len(self.headings)
        for number, values in self._rows:
            self._number = number
            if any(value is not None and value != "" for value in values):
                yield _row(number, list(values), width)

    def done(self) -> float:
        return min(self._number / self._total, 1.0) if self._total else 0.0

    def close(self) -> None:
        self._book.close()

    def _heading(self) -> list[str]:
        for _number, values in self._rows:
            cells = list(values)
            while cells and cells[-1] in (None, ""):
                cells.pop()
            if cells:
                return headings_of(cells)
        raise Unreadable(_("The file has no heading."), field="file")


def _row(number: int, cells: list[Any], width: int) -> Record | Broken:
    if any(value not in (None, "") for value in cells[width:]):
        return Broken(
            number, _("{found} cells, but the heading has {width}").format(found=len(cells), width=width)
        )
    for cell in cells:
        if isinstance(cell, str) and cell in _ERRORS:
            return Broken(number, _("a cell holds the error {error}").format(error=cell))
    return Record(number, cells[:width])


def _check(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as packed:
            names = packed.namelist()
            size = sum(part.file_size for part in packed.infolist())
    except (zipfile.BadZipFile, OSError) as error:
        raise Unreadable(_("This workbook is damaged or protected by a password."), field="file") from error
    if "xl/workbook.xml" not in names:
        raise Unreadable(_("This is an archive, not a workbook."), field="file")
    if size > LARGEST_UNPACKED:
        raise Unreadable(_("This workbook is larger than 4 GB when unpacked."), field="file")
