"""Standing: what is good raises it, what is bad lowers it, and little evidence says little."""

from dataclasses import replace
from decimal import Decimal

import pytest

from guanxi.consent import standing
from guanxi.consent.standing import Counts

FINE = Counts(
    matters=100, matters_kept=95, holds=20, holds_mended=18, contacted=500, pressed=10, contacts=900, asked=1000,
    refused=50, reports=0, leaks=0,
)  # fmt: skip


def test_too_little_is_known_is_said_and_no_figure_given():
    figure = standing.standing(Counts(matters=20, matters_kept=20, contacts=9, contacted=0))
    assert (figure.known, figure.value, figure.low, figure.high, figure.cases) == (
        False,
        None,
        None,
        None,
        29,
    )


def test_an_interval_that_says_nothing_gives_no_figure():
    figure = standing.standing(Counts(contacts=20, asked=41, contacted=1, pressed=1, leaks=1))
    assert (figure.known, figure.cases, figure.leaks) == (False, 62, 1)


def test_the_figure_lies_in_its_interval_and_the_interval_between_nothing_and_a_hundred():
    figure = standing.standing(FINE)
    assert 0 <= figure.low <= figure.value <= figure.high <= 100
    assert figure.value > 80


@pytest.mark.parametrize(
    "worse",
    [
        {"matters_kept": 20}, {"holds_mended": 0}, {"pressed": 400}, {"refused": 800}, {"reports": 20}, {"leaks": 1},
    ],
)  # fmt: skip
def test_whatever_is_worse_lowers_it(worse):
    assert standing.standing(replace(FINE, **worse)).value < standing.standing(FINE).value


def test_more_evidence_makes_the_interval_narrower():
    tenfold = Counts(**{name: 10 * getattr(FINE, name) for name in Counts.__slots__})
    few, many = standing.standing(FINE), standing.standing(tenfold)
    assert many.high - many.low < few.high - few.low


def test_what_never_happened_counts_neither_way():
    figure = standing.standing(Counts(matters=100, matters_kept=95))
    assert [share.name for share in figure.shares] == ["promises"]


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        (Counts(contacts=10_000), "0.00"),
        (Counts(contacts=9_000, reports=10), "0.00"),
        (Counts(contacts=9_000, reports=200), "1.00"),
        (Counts(contacts=10, reports=1), "0.00"),
        (Counts(contacts=10, reports=10), "0.47"),
        (Counts(contacts=9_000, leaks=8), "1.00"),
        (Counts(contacts=100, reports=100, leaks=100), "4.00"),
    ],
)
def test_reports_raise_what_a_contact_costs(counts, expected):
    assert standing.surcharge(counts) == Decimal(expected)
