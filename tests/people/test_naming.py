"""Names are found as people type them."""

import pytest

from guanxi.people import naming


def finds(asked: str, *names: str) -> bool:
    grams = naming.asked_grams(asked)
    return bool(grams) and grams <= naming.name_grams(*names)


@pytest.mark.parametrize(
    "asked", ["张", "三", "张三", "zhangsan", "zs", "zhang san", "ZhangSan", "zhang", "san", "張三"[1:]]
)
def test_zhang_san_is_found(asked: str) -> None:
    assert finds(asked, "张三")


@pytest.mark.parametrize("asked", ["李", "lisi", "ls", "zhangsi", "三张", "", "   ", "!"])
def test_zhang_san_is_not_found_by_another_name(asked: str) -> None:
    assert not finds(asked, "张三")


@pytest.mark.parametrize(
    "asked",
    ["shanhang", "outdoor", "door", "trading ltd", "ltd trading", "山行", "户外", "行户", "shwai"[:2], "so"],
)
def test_a_firm_is_found_by_any_part_of_its_name(asked: str) -> None:
    assert finds(asked, "Shanhang Outdoor Trading Ltd 山行户外")


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        ("zengguofan", "曾国藩"),
        ("zgf", "曾国藩"),
        ("shanxiongxin", "单雄信"),
        ("ouyang", "欧阳修"),
        ("oyx", "欧阳修"),
        ("lvbu", "吕布"),
        ("mengle", "孟乐"),
        ("mengyue", "孟乐"),
        ("qiuying", "仇英"),
        ("chouying", "仇英"),
    ],
)
def test_surnames_and_polyphones_are_found_by_each_reading(asked: str, name: str) -> None:
    assert finds(asked, name)


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        ("jose", "José Núñez"),
        ("nunez", "José Núñez"),
        ("jn", "José Núñez"),
        ("müller", "Muller"),
        ("ＡＢＣ", "abc gmbh"),
    ],
)
def test_marks_and_widths_do_not_matter(asked: str, name: str) -> None:
    assert finds(asked, name)


def test_a_whole_name_is_marked_so_that_it_comes_first() -> None:
    assert naming.asked_whole("zhangsan") in naming.name_grams("张三")
    assert naming.asked_whole("张三") in naming.name_grams("张三")
    assert naming.asked_whole("张三") not in naming.name_grams("张三丰")


def test_hashes_differ_by_tenant_and_fit_a_bigint() -> None:
    here, there = naming.Hasher(b"a" * 32), naming.Hasher(b"b" * 32)
    assert here.one("zs") != there.one("zs")
    assert here.one("zs") == naming.Hasher(b"a" * 32).one("zs")
    assert all(-(2**63) <= one < 2**63 for one in here.many(naming.name_grams("张三 Ana")))


def test_a_very_long_name_makes_a_bounded_number_of_grams() -> None:
    assert len(naming.name_grams("x" * 100_000 + "张" * 100_000)) < 800
