# ruff: noqa: DTZ001 (cells of workbooks have no zone)
"""Cells become typed values, or say why not without repeating the value."""

from contextlib import suppress
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guanxi.core.importing import values
from guanxi.core.importing.targets import TargetField
from guanxi.core.importing.values import Bad, Habits

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("cell", "order", "expected"),
    [
        ("2024-03-09", "YMD", date(2024, 3, 9)),
        ("2024/3/9", "DMY", date(2024, 3, 9)),
        ("2024年3月9日", "DMY", date(2024, 3, 9)),
        ("20240309", "DMY", date(2024, 3, 9)),
        ("09.03.2024", "DMY", date(2024, 3, 9)),
        ("3/9/2024", "MDY", date(2024, 3, 9)),
        ("9 March 2024", "YMD", date(2024, 3, 9)),
        ("9-Mar-24", "YMD", date(2024, 3, 9)),
        ("March 9th, 2024", "YMD", date(2024, 3, 9)),
        ("Sat, 9 Mar 2024", "YMD", date(2024, 3, 9)),
        ("24-03-09", "YMD", date(2024, 3, 9)),
        ("09/03/71", "DMY", date(1971, 3, 9)),
        ("2024-03-09 10:00", "YMD", date(2024, 3, 9)),
        (datetime(2024, 3, 9, 10), "YMD", date(2024, 3, 9)),
        (45360, "YMD", date(2024, 3, 9)),
        ("", "YMD", None),
        ("N/A", "YMD", None),
        ("无", "YMD", None),
        (None, "YMD", None),
    ],
)
def test_days_are_read_in_many_forms(cell, order, expected):
    assert values.day(cell, order=order) == expected


@pytest.mark.parametrize(
    ("cell", "order", "why"),
    [
        ("09/03/2024", "YMD", "declare the order"),
        ("2024-02-30", "YMD", "no such day"),
        ("13/13/2024", "DMY", "no such day when read as DMY"),
        ("1024-01-01", "YMD", "between 1900 and 2199"),
        ("soon", "YMD", "not a date"),
        ("2024-03-09 banana", "YMD", "not a date"),
        ("9 Brumaire 2024", "YMD", "not a date"),
        (True, "YMD", "not a date"),
    ],
)
def test_a_bad_day_says_why(cell, order, why):
    with pytest.raises(Bad, match=why):
        values.day(cell if cell is not True else "x", order=order)


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("2024-03-09T10:00:00Z", datetime(2024, 3, 9, 10, tzinfo=UTC)),
        ("2024-03-09T10:00:00+08:00", datetime(2024, 3, 9, 2, tzinfo=UTC)),
        ("2024-03-09 10:00", datetime(2024, 3, 9, 9, tzinfo=UTC)),
        ("09.03.2024 10:00:30", datetime(2024, 3, 9, 9, 0, 30, tzinfo=UTC)),
        ("09/03/2024 10:00 PM", datetime(2024, 3, 9, 21, tzinfo=UTC)),
        ("09/03/2024 10:00 UTC", datetime(2024, 3, 9, 10, tzinfo=UTC)),
        ("2024年3月9日 下午3:05", datetime(2024, 3, 9, 14, 5, tzinfo=UTC)),
        ("2024-03-09", datetime(2024, 3, 8, 23, tzinfo=UTC)),
        (date(2024, 3, 9), datetime(2024, 3, 8, 23, tzinfo=UTC)),
        (datetime(2024, 7, 9, 10), datetime(2024, 7, 9, 8, tzinfo=UTC)),
        ("", None),
    ],
)
def test_times_are_meant_in_the_zone_of_the_file(cell, expected):
    assert values.moment(cell, order="DMY", zone=BERLIN) == expected


@pytest.mark.parametrize("cell", ["2024-03-09 25:00", "2024-03-09 10:61", "10:00", "2024-03-09 at noon"])
def test_a_bad_time_says_so(cell):
    with pytest.raises(Bad):
        values.moment(cell, order="YMD", zone=BERLIN)


@pytest.mark.parametrize(
    ("cell", "sign", "expected"),
    [
        ("1234.5", ".", "1234.5"),
        ("1,234.50", ".", "1234.50"),
        ("1,23,456.78", ".", "123456.78"),
        ("1.234,50", ",", "1234.50"),
        ("1 234,50", ",", "1234.50"),
        ("1\xa0234,50", ",", "1234.50"),
        ("1'234.50", ".", "1234.50"),
        ("1.234", ",", "1234"),
        ("12,5", ",", "12.5"),
        ("(12.50)", ".", "-12.50"),
        ("\u221212", ".", "-12"),
        ("1e3", ".", "1E+3"),
        (0.1, ".", "0.1"),
        (7, ".", "7"),
        ("", ".", None),
        ("-", ".", None),
    ],
)
def test_numbers_follow_the_declared_sign(cell, sign, expected):
    assert values.decimal(cell, decimal_sign=sign) == (None if expected is None else Decimal(expected))


@pytest.mark.parametrize(
    "cell", ["12,5", "1,2345", "abc", "1.2.3", "inf", "1e99", "99999999999999", float("inf"), True, "٣"]
)
def test_a_bad_number_is_refused(cell):
    with pytest.raises(Bad):
        values.decimal(cell, decimal_sign=".")


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("$1,234.50", "1234.50"),
        ("€ 12", "12.00"),
        ("12.5 USD", "12.50"),
        ("¥99.9", "99.90"),
        ("\uffe512", "12.00"),
        ("12元", "12.00"),
        ("-$3.10", "-3.10"),
        ("($3.10)", "-3.10"),
        ("0.005", "0.00"),
        ("3.1", "3.10"),
        (3, "3.00"),
        ("", None),
    ],
)
def test_money_may_carry_its_currency(cell, expected):
    assert values.money(cell) == (None if expected is None else Decimal(expected))


@pytest.mark.parametrize(
    ("cell", "expected"), [("12", 12), ("12.0", 12), (12.0, 12), ("1,200", 1200), ("", None)]
)
def test_whole_numbers(cell, expected):
    assert values.integer(cell) == expected


def test_a_fraction_is_not_a_whole_number():
    with pytest.raises(Bad, match="whole"):
        values.integer("12.5")


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("yes", True),
        ("是", True),
        ("1", True),
        (1.0, True),
        (True, True),
        ("No", False),
        ("否", False),
        ("0", False),
        ("", None),
        (None, None),
    ],
)
def test_yes_and_no_in_both_languages(cell, expected):
    assert values.boolean(cell) is expected


def test_maybe_is_neither():
    with pytest.raises(Bad, match="neither"):
        values.boolean("maybe")


@pytest.mark.parametrize(
    ("cell", "expected"),
    [(" Ana ", "Ana"), (13800138000.0, "13800138000"), (12, "12"), ("Null", "Null"), ("  ", None)],
)
def test_text_is_trimmed_and_whole_numbers_have_no_point(cell, expected):
    assert values.text(cell) == expected


@pytest.mark.parametrize("cell", ["a\0b", "a\ud800b", "a\x1bb", "x" * 1001])
def test_text_that_no_database_holds_is_refused(cell):
    with pytest.raises(Bad):
        values.text(cell)


def test_choices_ignore_capitals_and_name_what_is_valid():
    assert values.choice("GOLD", choices=("gold", "silver")) == "gold"
    with pytest.raises(Bad, match="gold, silver"):
        values.choice("bronze", choices=("gold", "silver"))


@pytest.mark.parametrize(
    ("cell", "expected"), [("ana@x.org", "ana@x.org"), ("Ana <ana@x.org>", "ana@x.org"), ("n/a", None)]
)
def test_addresses(cell, expected):
    assert values.email(cell) == expected


@pytest.mark.parametrize("cell", ["ana", "ana@", "@x.org", "a b@x.org", "a@x.org, b@x.org", "a@x"])
def test_bad_addresses(cell):
    with pytest.raises(Bad):
        values.email(cell)


@pytest.mark.parametrize(
    "cell", ["+86 138 0013 8000", "(020) 7946-0123", "13800138000", 13800138000, "020 123456 ext 12"]
)
def test_telephone_numbers(cell):
    assert values.phone(cell)


def test_a_number_that_a_spreadsheet_rounded_says_so():
    with pytest.raises(Bad, match="rounded"):
        values.phone("1.38E+10")


def test_tags_are_parted_and_each_counts_once():
    assert values.tags("a, b;a\uff0c c、") == ["a", "b", "c"]
    assert values.tags("") is None


KINDS = [
    "text",
    "integer",
    "decimal",
    "money",
    "date",
    "datetime",
    "boolean",
    "choice",
    "email",
    "phone",
    "tags",
]


@given(
    st.sampled_from(KINDS),
    st.text() | st.floats() | st.integers() | st.booleans() | st.none() | st.dates() | st.datetimes(),
)
def test_any_cell_gives_a_value_or_a_reason(kind, cell):
    convert = values.converter(TargetField("x", kind, choices=("a", "b")), Habits())
    with suppress(Bad):
        convert(cell)
