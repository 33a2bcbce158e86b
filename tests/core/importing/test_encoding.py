"""Encodings and separators are found from the first bytes."""

import pytest

from guanxi.core.importing import encoding

CHINESE = "姓名,电话,城市\n张三,13800138000,上海\n李四,13900139000,北京\n"
WESTERN = "Name;Stadt;Umsatz\nMüller;Köln;12,50\nJosé Núñez;Málaga;3,10\nRenée;Besançon;8\n"
TRADITIONAL = "姓名,電話,城市\n張惠妹,0912345678,臺北\n陳奕迅,0987654321,高雄\n劉德華,0911222333,臺中\n" * 5


@pytest.mark.parametrize(
    ("text", "written", "found"),
    [
        (CHINESE, "utf-8", "utf-8"),
        (CHINESE, "utf-8-sig", "utf-8-sig"),
        (CHINESE, "gb18030", "gb18030"),
        (CHINESE, "gbk", "gb18030"),
        (CHINESE, "utf-16", "utf-16"),
        (WESTERN, "utf-16-le", "utf-16-le"),
        (WESTERN, "utf-16-be", "utf-16-be"),
        (WESTERN, "latin-1", "cp1252"),
        (WESTERN, "utf-8", "utf-8"),
        ("a,b\n1,2\n", "ascii", "utf-8"),
    ],
)
def test_the_encoding_is_found(text, written, found):
    assert encoding.detect_encoding(text.encode(written)) == found


@pytest.mark.parametrize("written", ["big5", "shift_jis", "euc_kr", "cp1251", "cp1252"])
def test_other_encodings_read_back_as_written(written):
    text = {
        "big5": TRADITIONAL,
        "shift_jis": "名前,住所\n山田太郎,東京都千代田区\nさとう花子,大阪府おおさか市\nカタカナ,ひらがな\n"
        * 5,
        "euc_kr": "이름,도시\n김철수,서울특별시\n이영희,부산광역시\n박민수,대구광역시\n" * 5,
        "cp1251": "имя,город\nИван Петров,Москва\nАнна Смирнова,Санкт-Петербург\n" * 5,
        "cp1252": "name,note\nRené,“très bien” – déjà vu\nZoë,l’été à Besançon\n" * 5,
    }[written]
    sample = text.encode(written)
    assert sample.decode(encoding.detect_encoding(sample)) == text


def test_a_sample_that_ends_inside_a_letter_is_still_utf8():
    assert encoding.detect_encoding(("顾客" * 100).encode()[:-1]) == "utf-8"


def test_one_damaged_byte_does_not_change_the_encoding_of_the_file():
    sample = CHINESE.encode() * 20 + b"\xff\xfe,1,2\n" + CHINESE.encode() * 20
    assert encoding.detect_encoding(sample) == "utf-8"


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        ("a,b,c\n1,2,3\n", ","),
        ("a\tb\n1,5\t2,5\n", "\t"),
        ("Name;Umsatz\nMüller;12,50\nMeier;3,10\n", ";"),
        ("a|b|c\nx, y|2|3\n", "|"),
        ("sep=;\na;b\n1;2\n", ";"),
        ("one column\nonly\n", ","),
        ('name,note\nAna,"a; b; c"\nBo,"d; e; f"\n', ","),
        ("", ","),
    ],
)
def test_the_separator_is_found(text, sign):
    assert encoding.detect_delimiter(text) == sign
