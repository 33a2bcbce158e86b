"""Files to rows: one record at a time, in bounded memory, with the numbers that a spreadsheet shows.

A record that cannot be read comes out as a `Broken`, never as an end of the file. Parquet and workbooks are
read by modules that are resolved when such a file comes (`columns`, `workbook`): their libraries are heavy.
"""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO, Literal, Protocol

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from guanxi.core.errors import DomainError
from guanxi.core.importing import encoding as encodings
from guanxi.core.resolve import resolve

Format = Literal["csv", "xlsx", "parquet"]
FORMATS: tuple[Format, ...] = ("csv", "xlsx", "parquet")
LONGEST_RECORD_LINES = 2_000
LONGEST_RECORD_LETTERS = 1_000_000
_READERS = {
    "xlsx": "guanxi.core.importing.workbook:read",
    "parquet": "guanxi.core.importing.columns:read",
}
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
csv.field_size_limit(LONGEST_RECORD_LETTERS + 1)


class Unreadable(DomainError):
    """The file as a whole is not of a kind that can be read."""

    code = "import.unreadable"
    status = 422
    help = gettext_lazy(
        "Save it as CSV (UTF-8), as an Excel workbook (.xlsx) or as Parquet and send it again."
    )


@dataclass(frozen=True, slots=True)
class Layout:
    """How a file is to be read; detected by `look`, and any part may be overruled."""

    format: Format = "csv"
    encoding: str = "utf-8"
    delimiter: str = ","
    sheet: str = ""


@dataclass(slots=True)
class Record:
    """The cells of one row, in the order of the heading."""

    number: int
    cells: list[Any]


@dataclass(frozen=True, slots=True)
class Broken:
    """A row that cannot be read, and why."""

    number: int
    reason: str


class Reader(Protocol):
    """What each format's `read` returns: headings, then records; `done` is the share already read."""

    headings: list[str]

    def __iter__(self) -> Iterator[Record | Broken]: ...

    def done(self) -> float: ...

    def close(self) -> None: ...


def detect(path: Path, name: str = "") -> Layout:
    """The layout of a file, from its first bytes (the name decides nothing)."""
    with path.open("rb") as file:
        sample = file.read(encodings.SAMPLE)
    if not sample.strip(b"\0 \t\r\n"):
        raise Unreadable(_("The file is empty."), field="file")
    if sample.startswith(b"PAR1"):
        return Layout(format="parquet")
    if sample.startswith(b"PK\x03\x04"):
        return Layout(format="xlsx")
    if sample.startswith(b"\xd0\xcf\x11\xe0"):
        raise Unreadable(_("This is a workbook of the old kind (.xls)."), field="file")
    if sample.startswith(
        (b"%PDF", b"\x1f\x8b", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"7z\xbc\xaf", b"Rar!")
    ):
        raise Unreadable(_("This file is not a table."), field="file")
    found = encodings.detect_encoding(sample)
    text = sample.decode(found, errors="replace")
    if len(_CONTROLS.findall(text)) > 0.01 * len(text):
        raise Unreadable(_("This file is not a table."), field="file")
    return Layout(
        format="csv", encoding=found, delimiter=encodings.detect_delimiter(text.removeprefix("\ufeff"))
    )


def read(path: Path, layout: Layout) -> Reader:
    """A reader over the whole file; ask it for a new iteration only once."""
    if layout.format == "csv":
        return Delimited(path.open("rb"), layout)
    reader: Reader = resolve(_READERS[layout.format])(path, layout)
    return reader


def with_changes(layout: Layout, changes: dict[str, str]) -> Layout:
    """The layout with what somebody overruled; refuses encodings that Python does not know."""
    wanted = {key: value for key, value in changes.items() if value}
    if "encoding" in wanted:
        try:
            "".encode(wanted["encoding"])
        except (LookupError, UnicodeError, ValueError):
            raise Unreadable(
                _("There is no encoding “{name}”."), field="encoding", name=wanted["encoding"]
            ) from None
    sign = wanted.get("delimiter", ",")
    if len(sign) != 1 or sign in '"\r\n' or not (sign.isprintable() or sign == "\t"):
        raise Unreadable(_("The separator must be a single sign."), field="delimiter")
    return replace(layout, **wanted)  # type: ignore[arg-type]  # every field is text


def headings_of(cells: list[Any]) -> list[str]:
    """Headings that are never empty and never equal, so that each column has a name."""
    seen: dict[str, int] = {}
    names = []
    for place, cell in enumerate(cells):
        name = " ".join(str(cell).split()) if cell is not None else ""
        name = "".join(letter for letter in name.lstrip("\ufeff") if letter.isprintable())[:500] or _(
            "Column {letters}"
        ).format(letters=letters(place))
        seen[name] = seen.get(name, 0) + 1
        names.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return names


def letters(place: int) -> str:
    """The letters of a spreadsheet's column: 0 is A, 26 is AA."""
    text = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        text = chr(65 + rest) + text
    return text


class _RunawayRecord(Exception):
    """A record does not end: most likely a quotation mark was never closed."""


class Delimited:
    """Text with a sign between the cells (CSV, TSV).

    A quotation mark that is never closed would swallow the rest of the file. A record may therefore span a limited
    number of lines; beyond it the first line alone is broken and reading goes on with the next one. After a broken
    row a narrower one is taken for its remains; otherwise the cells missing at a row's end are empty.
    """

    def __init__(self, file: BinaryIO, layout: Layout) -> None:
        self._file = file
        self._size = max(file.seek(0, io.SEEK_END), 1)
        file.seek(0)
        self._text = io.TextIOWrapper(file, layout.encoding, errors="replace", newline="")
        self._delimiter = layout.delimiter
        self._pending: list[str] = []  # physical lines of the record that is being read
        self._again: list[str] = []  # lines to be read once more, last first
        self._letters = 0
        self._number = 0
        self._recovering = False
        self._records = self._walk()
        try:
            self.headings = self._heading()
        except UnicodeError:
            self.close()
            raise Unreadable(
                _("The file is not written in {encoding}."), field="encoding", encoding=layout.encoding
            ) from None
        except BaseException:
            self.close()
            raise

    def __iter__(self) -> Iterator[Record | Broken]:
        width = len(self.headings)
        for found in self._records:
            if isinstance(found, Broken):
                self._recovering = True
                yield found
            elif len(found.cells) == width:
                self._recovering = False
                yield found
            elif self._recovering or any(cell.strip() for cell in found.cells[width:]):
                yield Broken(found.number, _wrong_width(len(found.cells), width))
            else:
                yield Record(found.number, found.cells[:width])

    def done(self) -> float:
        return min(self._file.tell() / self._size, 1.0)

    def close(self) -> None:
        self._text.close()

    def _heading(self) -> list[str]:
        for found in self._records:
            if isinstance(found, Broken):
                raise Unreadable(
                    _("The heading cannot be read: {reason}."), field="file", reason=found.reason
                )
            if not (len(found.cells) == 1 and found.cells[0].lower().startswith("sep=")):
                return headings_of(_without_empty_end(found.cells))
        raise Unreadable(_("The file has no heading."), field="file")

    def _lines(self) -> Iterator[str]:
        while True:
            line = self._again.pop() if self._again else self._text.readline(LONGEST_RECORD_LETTERS)
            if not line:
                return
            self._pending.append(line)
            self._letters += len(line)
            if len(self._pending) > LONGEST_RECORD_LINES or self._letters > LONGEST_RECORD_LETTERS:
                raise _RunawayRecord
            yield line

    def _walk(self) -> Iterator[Record | Broken]:
        while True:
            self._pending, self._letters = [], 0
            try:
                for cells in csv.reader(self._lines(), delimiter=self._delimiter, strict=True):
                    self._number += 1
                    damaged = any(not line.isascii() and "\ufffd" in line for line in self._pending)
                    self._pending, self._letters = [], 0
                    if damaged:
                        yield Broken(self._number, _("signs that cannot be decoded"))
                    elif cells and any(cells):
                        yield Record(self._number, cells)
                return
            except _RunawayRecord:
                reason = _("a quotation mark that is never closed")
            except csv.Error as error:
                reason = _why(error)
            # Only the first line is lost; the lines after it are read once more.
            self._number += 1
            self._again.extend(reversed(self._pending[1:]))
            yield Broken(self._number, reason)


def _wrong_width(found: int, width: int) -> str:
    return _("{found} cells, but the heading has {width}").format(found=found, width=width)


def _why(error: csv.Error) -> str:
    text = str(error)
    if "unexpected end" in text:
        return _("a quotation mark that is never closed")
    if "expected after" in text:
        return _("text after a closing quotation mark")
    if "NUL" in text:
        return _("a NUL byte")
    return _("not readable: {error}").format(error=text)


def _without_empty_end(cells: list[Any]) -> list[Any]:
    while cells and (cells[-1] is None or not str(cells[-1]).strip()):
        cells = cells[:-1]
    return cells
