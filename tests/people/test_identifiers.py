"""Identifiers: one spelling, and junk refused with its reason."""

import pytest

from guanxi.people import identifiers
from guanxi.people.identifiers import Identifier, Refused


@pytest.mark.parametrize(
    ("kind", "given", "value"),
    [
        ("email", " Ana@Example-Shop.ORG ", "ana@example-shop.org"),
        ("email", "ａｎａ@x.org", "ana@x.org"),
        ("email", "li@münchen.de", "li@xn--mnchen-3ya.de"),
        ("phone", "138 0013 2041", "+8613800132041"),
        ("phone", "+86-13800132041", "+8613800132041"),
        ("phone", "0086 138 0013 2041", "+8613800132041"),
        ("phone", "+49 30 901820", "+4930901820"),
        ("card", "8801 4420 11", "8801442011"),
        ("card", "ab-77 12", "AB7712"),
        ("tag", "E2:80:11:60", "E2:80:11:60"),
        ("source_key", "11", "11"),
        ("source_key", "hh-1", "hh-1"),
        ("open_id", "oX_7Yc", "oX_7Yc"),
    ],
)
def test_an_identifier_has_one_spelling(kind: str, given: str, value: str) -> None:
    assert identifiers.normalise(kind, given) == Identifier(kind, value)


@pytest.mark.parametrize(
    ("kind", "given", "code"),
    [
        ("source_key", "null", "junk"),
        ("source_key", "0000", "junk"),
        ("source_key", "N/A", "junk"),
        ("anonymous", "undefined", "junk"),
        ("anonymous", "[object Object]", "junk"),
        ("card", "123456", "junk"),
        ("card", "1111 1111", "junk"),
        ("card", "0", "junk"),
        ("phone", "11111111111", "junk"),
        ("phone", "12345", "junk"),
        ("phone", "99", "junk"),
        ("phone", "13", "phone"),
        ("email", "test@test", "junk"),
        ("email", "test@test.com", "junk"),
        ("email", "null@null.com", "junk"),
        ("email", "ana", "email"),
        ("email", "a b@x.org", "email"),
        ("device", "00000000-0000-0000-0000-000000000000", "junk"),
        ("card", "a\x00b", "control"),
        ("card", "9" * 400, "long"),
        ("card", "   ", "empty"),
        ("card", None, "empty"),
        ("shoe size", "42", "kind"),
    ],
)
def test_junk_is_refused_with_its_reason(kind: str, given: str | None, code: str) -> None:
    found = identifiers.normalise(kind, given)
    assert isinstance(found, Refused)
    assert found.code == code
    assert found.reason


def test_national_numbers_are_read_in_the_region_of_the_enterprise() -> None:
    assert identifiers.normalise("phone", "030 901820", region="DE") == Identifier("phone", "+4930901820")


def test_many_identifiers_come_in_order_of_trust_and_once() -> None:
    good, refused = identifiers.normalise_all(
        [
            ("anonymous", "a-77"),
            ("email", "ANA@x.org"),
            ("email", "ana@x.org"),
            ("phone", "0000"),
            ("card", ""),
        ]
    )
    assert good == [Identifier("email", "ana@x.org"), Identifier("anonymous", "a-77")]
    assert [one.kind for one in refused] == ["phone"]


def test_a_phone_number_typed_into_the_search_box_is_understood() -> None:
    assert Identifier("phone", "+8613800132041") in identifiers.guesses("138 0013 2041")
    assert Identifier("email", "ana@x.org") in identifiers.guesses("ana@x.org")
    assert identifiers.guesses("张三") == []


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [
        ("phone", "+8613800132041", "+86138 •••• 2041"),
        ("email", "ana@x.org", "a•••@x.org"),
        ("card", "8801442011", "•••• 2011"),
    ],
)
def test_a_masked_identifier_can_be_recognised_and_not_used(kind: str, value: str, shown: str) -> None:
    assert identifiers.masked(kind, value) == shown
