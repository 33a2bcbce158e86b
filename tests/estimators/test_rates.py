"""Ranges of shares: they hold at every look, and say something about what never happened yet."""

import numpy as np
import pytest

from guanxi.estimators import rates
from guanxi.estimators.rates import Share


@pytest.mark.parametrize("p", [0.002, 0.05, 0.5])
def test_the_true_share_is_outside_at_any_look_at_most_so_often_as_stated(p):
    draw = np.random.default_rng(3)
    wrong, worlds, looks = 0, 400, range(50, 2001, 50)
    for _world in range(worlds):
        hits = np.cumsum(draw.random(2000) < p)
        ranges = [rates.share(Share(int(hits[n - 1]), n), alpha=0.1) for n in looks]
        wrong += any(not one.low <= p <= one.high for one in ranges)
    assert wrong / worlds <= 0.1


def test_what_never_happened_has_a_range_that_narrows():
    few, many = rates.share(Share(0, 100)), rates.share(Share(0, 10_000))
    assert few.low == many.low == 0
    assert 0.0 < many.high < 0.002 < few.high < 0.1


def test_nobody_seen_says_nothing():
    assert rates.share(Share(0, 0)) == rates.Range(0.0, 0.0, 1.0)


def test_a_large_difference_is_proved_and_none_is_not():
    assert rates.difference(Share(120, 1000), Share(10, 1000)).low > 0.05
    same = rates.difference(Share(50, 1000), Share(52, 1000))
    assert same.low < 0 < same.high
