"""Columns find their fields in both languages; samples are the first values that say something."""

import pytest

from guanxi.core.importing import guessing
from guanxi.core.importing.reading import Broken, Record
from guanxi.core.importing.targets import TargetField

FIELDS = (
    TargetField("source_key", label="Source key", aliases=("customer id", "id", "客户编号", "编号")),
    TargetField("name", label="Name", aliases=("full name", "customer name", "姓名", "客户姓名")),
    TargetField("email", "email", label="E-mail", aliases=("mail", "email address", "邮箱", "电子邮件")),
    TargetField("phone", "phone", label="Phone", aliases=("mobile", "telephone", "手机", "电话", "手机号")),
    TargetField("born_on", "date", label="Birthday", aliases=("date of birth", "生日", "出生日期")),
    TargetField("fields.income", label="Income"),
)


def columns_of(headings, *rows):
    return guessing.look(headings, [Record(number, list(row)) for number, row in enumerate(rows, start=2)])


@pytest.mark.parametrize(
    ("heading", "field"),
    [
        ("Customer ID", "source_key"),
        ("customer_id", "source_key"),
        ("编号", "source_key"),
        ("Full Name", "name"),
        ("姓名", "name"),
        ("客户姓名(必填)", "name"),
        ("E-Mail", "email"),
        ("Email Adress", "email"),
        ("邮箱", "email"),
        ("Mobile phone", "phone"),
        ("手机号", "phone"),
        ("Date of Birth", "born_on"),
        ("income", "fields.income"),
        ("favourite colour", None),
    ],
)
def test_a_heading_finds_its_field(heading, field):
    assert guessing.guess(columns_of([heading]), FIELDS, zone="UTC").mapping.get(heading) == field


def test_a_column_of_addresses_is_found_by_its_values():
    columns = columns_of(["Kontakt"], ["ana@x.org"], ["bo@x.org"])
    assert guessing.guess(columns, FIELDS, zone="UTC").mapping == {"Kontakt": "email"}


def test_a_near_name_does_not_count_when_the_values_cannot_be_meant():
    columns = columns_of(["birthdays"], ["three of them"])
    assert guessing.guess(columns, FIELDS, zone="UTC").mapping == {}


def test_each_field_is_filled_by_one_column():
    columns = columns_of(["name", "Full name", "email"], ["a", "b", "c@x.org"])
    assert guessing.guess(columns, FIELDS, zone="UTC").mapping == {"name": "name", "email": "email"}


def test_samples_are_the_first_values_that_are_not_empty():
    [column] = columns_of(["note"], [""], [None], ["n/a"], ["first"], ["first"], ["second"])
    assert column.samples == ("first", "second")
    assert column.filled == 0.5


def test_broken_rows_do_not_disturb_the_look():
    [column] = guessing.look(["a"], [Broken(2, "x"), Record(3, []), Record(4, ["12.50"])])
    assert (column.samples, column.looks) == (("12.50",), "decimal")


@pytest.mark.parametrize(
    ("samples", "order"),
    [
        (["2024-03-09"], "YMD"),
        (["09.03.2024", "25.03.2024"], "DMY"),
        (["03/25/2024"], "MDY"),
        (["03/04/2024"], "DMY"),
    ],
)
def test_the_order_of_dates_is_guessed_from_the_file(samples, order):
    columns = columns_of(["day"], *[[text] for text in samples])
    assert guessing.guess(columns, FIELDS, zone="UTC").habits.date_order == order


@pytest.mark.parametrize(
    ("samples", "sign"), [(["1.234,50", "3,10"], ","), (["1,234.50", "3.10"], "."), (["12"], ".")]
)
def test_the_decimal_sign_is_guessed_from_the_file(samples, sign):
    columns = columns_of(["amount"], *[[text] for text in samples])
    assert guessing.guess(columns, FIELDS, zone="UTC").habits.decimal_sign == sign


@pytest.mark.parametrize(
    ("samples", "looks"),
    [
        (["ana@x.org"], "email"),
        (["+86 138 0013 8000"], "phone"),
        (["12", "13"], "integer"),
        (["12.5"], "decimal"),
        (["$12.50"], "money"),
        (["2024-01-02"], "date"),
        (["2024-01-02 10:00"], "datetime"),
        (["是", "否"], "boolean"),
        (["hello"], "text"),
        ([], "empty"),
    ],
)
def test_values_show_what_they_are(samples, looks):
    [column] = columns_of(["x"], *[[text] for text in samples])
    assert column.looks == looks
