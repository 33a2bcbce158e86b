"""Codes are read as people write them, and a mistake is found out."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from guanxi.market.offers import codes

chances = some.integers(0, 2**codes.CHANCE_BITS - 1)


def test_codes_are_drawn_apart_and_are_valid():
    drawn = codes.drawn(1000)
    assert len(set(drawn)) == 1000
    assert all(codes.is_unique(code) for code in drawn)


@pytest.mark.parametrize(
    "typed",
    [
        str.lower,
        lambda code: f" {code} ",
        lambda code: code.replace("0", "o"),
        lambda code: code.replace("1", "l"),
        lambda code: code.replace("-", " "),
    ],
)
def test_a_code_is_understood_however_it_is_typed(typed):
    code = next(one for one in codes.drawn(500) if "0" in one and "1" in one)
    assert codes.read(typed(codes.shown(code))) == code


@given(chances, some.integers(0, 11), some.integers(1, 31))
def test_one_wrong_sign_is_found_out(chance, place, shift):
    code = codes.written(chance)
    other = codes.ALPHABET[(codes.ALPHABET.index(code[place]) + shift) % 32]
    wrong = code[:place] + other + code[place + 1 :]
    assert not codes.is_unique(wrong)
    assert codes.looks_mistyped(wrong)


@given(chances)
def test_two_signs_that_changed_places_are_found_out(chance):
    code = codes.written(chance)
    for one, two in combinations(range(12), 2):
        if code[one] != code[two]:
            swapped = list(code)
            swapped[one], swapped[two] = code[two], code[one]
            assert not codes.is_unique("".join(swapped))


def test_a_word_is_one_word_however_it_is_typed():
    assert codes.read(" spring-10 ") == codes.read("SPRING10") == "SPRING10"
    assert codes.read("春天10") == "春天10"
    assert codes.shown("SPRING10") == "SPRING10"
