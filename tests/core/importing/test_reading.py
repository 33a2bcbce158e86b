# ruff: noqa: DTZ001 (cells of workbooks have no zone)
"""Files come out as rows with the numbers of a spreadsheet; broken rows are told, not fatal."""

import datetime
import tracemalloc
import zipfile

import openpyxl
import pyarrow
import pytest
from pyarrow import parquet

from guanxi.core.importing import reading
from guanxi.core.importing.reading import Broken, Layout, Record, Unreadable


def rows_of(path, **changes):
    reader = reading.read(path, reading.with_changes(reading.detect(path), changes))
    try:
        return reader.headings, list(reader)
    finally:
        reader.close()


@pytest.fixture
def file(tmp_path):
    def write(content, name="file.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def test_rows_have_the_numbers_of_a_spreadsheet(file):
    headings, rows = rows_of(file('name,note\nAna,"two\nlines"\n\nBo,x\n'))
    assert headings == ["name", "note"]
    assert rows == [Record(2, ["Ana", "two\nlines"]), Record(4, ["Bo", "x"])]


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_every_line_ending_is_read(file, ending):
    assert rows_of(file(ending.join(["a,b", "1,2", "3,4"])))[1] == [
        Record(2, ["1", "2"]),
        Record(3, ["3", "4"]),
    ]


def test_headings_are_never_empty_and_never_equal(file):
    assert rows_of(file("name,,name,\n1,2,3,\n"))[0] == ["name", "Column B", "name (2)"]


def test_an_unclosed_quotation_mark_loses_one_row_only(file):
    lines = [f"{number},x" for number in range(3, 5001)]
    _headings, rows = rows_of(file("\n".join(["a,b", '"1,x', *lines]) + "\n"))
    assert rows[0] == Broken(2, "a quotation mark that is never closed")
    assert rows[1:] == [Record(number, [str(number), "x"]) for number in range(3, 5001)]


def test_an_unclosed_quotation_mark_near_the_end_loses_one_row_only(file):
    _headings, rows = rows_of(file('a,b\n1,x\n"2,x\n3,x\n'))
    assert rows == [
        Record(2, ["1", "x"]),
        Broken(3, "a quotation mark that is never closed"),
        Record(4, ["3", "x"]),
    ]


def test_text_after_a_closing_mark_breaks_its_row_only(file):
    _headings, rows = rows_of(file('a,b\n"1"2,x\n3,x\n'))
    assert [type(row) for row in rows] == [Broken, Record]
    assert [row.number for row in rows] == [2, 3]


def test_a_row_with_too_many_cells_is_broken_and_missing_cells_are_empty(file):
    _headings, rows = rows_of(file("a,b\n1,2,3\n4\n5,6,,\n"))
    assert rows == [Broken(2, "3 cells, but the heading has 2"), Record(3, ["4"]), Record(4, ["5", "6"])]


def test_bytes_that_cannot_be_decoded_break_their_row_only(file):
    good = "张三,上海\n".encode() * 30
    _headings, rows = rows_of(file("姓名,城市\n".encode() + good + b"\xff\xfe,x\n" + good))
    assert [row.number for row in rows if isinstance(row, Broken)] == [32]
    assert len(rows) == 61


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16", "utf-16-le"])
def test_chinese_is_read_in_every_usual_encoding(file, encoding):
    headings, rows = rows_of(file("姓名,城市\n张三,上海\n李四,北京\n".encode(encoding)))
    assert headings == ["姓名", "城市"]
    assert rows == [Record(2, ["张三", "上海"]), Record(3, ["李四", "北京"])]


def test_a_workbook_keeps_types_and_row_numbers(tmp_path):
    path = tmp_path / "customers.xlsx"
    book = openpyxl.Workbook()
    book.active.append(["name", "since", "spent"])
    book.active.append(["Ana", datetime.datetime(2020, 1, 2), 12.5])
    book.active.append([])
    book.active.append(["Bo", None, 7])
    book.active.append(["Cy", None, "#N/A"])
    book.save(path)
    headings, rows = rows_of(path)
    assert headings == ["name", "since", "spent"]
    assert rows[:2] == [Record(2, ["Ana", datetime.datetime(2020, 1, 2), 12.5]), Record(4, ["Bo", None, 7])]
    assert rows[2] == Broken(5, "a cell holds the error #N/A")


def test_a_sheet_is_chosen_by_name(tmp_path):
    path = tmp_path / "two.xlsx"
    book = openpyxl.Workbook()
    book.active.append(["a"])
    book.create_sheet("Kunden").append(["b"])
    book.save(path)
    assert rows_of(path, sheet="Kunden")[0] == ["b"]
    with pytest.raises(Unreadable, match="Kunden"):
        rows_of(path, sheet="Gäste")


def test_parquet_is_read_in_its_types(tmp_path):
    path = tmp_path / "orders.parquet"
    parquet.write_table(pyarrow.table({"key": [1, 2], "note": ["x", None]}), path)
    assert rows_of(path) == (["key", "note"], [Record(2, [1, "x"]), Record(3, [2, None])])


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "empty"),
        (b"\n\n", "empty"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 100, "old kind"),
        (b"%PDF-1.7 ...", "not a table"),
        (b"PK\x03\x04 nonsense", "damaged"),
        (b"PAR1 nonsense", "damaged"),
        (bytes(range(256)) * 10, "not a table"),
    ],
)
def test_a_file_that_is_no_table_is_refused_with_the_reason(file, content, why):
    with pytest.raises(Unreadable, match=why):
        rows_of(file(content, "file.bin"))


def test_an_archive_is_not_a_workbook(tmp_path):
    path = tmp_path / "x.xlsx"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("a.txt", "a")
    with pytest.raises(Unreadable, match="archive"):
        rows_of(path)


def test_an_unknown_encoding_is_refused():
    with pytest.raises(Unreadable, match="klingon"):
        reading.with_changes(Layout(), {"encoding": "klingon"})


def test_columns_are_lettered_as_in_a_spreadsheet():
    assert [reading.letters(place) for place in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]


@pytest.mark.slow
def test_memory_does_not_grow_with_the_file(tmp_path):
    path = tmp_path / "long.csv"
    with path.open("w") as file:
        file.write("a,b,c\n")
        file.writelines(f"{number},some text,{number * 2}\n" for number in range(400_000))
    tracemalloc.start()
    reader = reading.read(path, reading.detect(path))
    count = sum(1 for _ in reader)
    reader.close()
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 400_000
    assert peak < 4_000_000
