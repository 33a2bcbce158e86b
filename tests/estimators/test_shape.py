"""Regularity, concentration and shrinkage against figures that can be checked by hand."""

import numpy as np
import pytest

from guanxi.estimators import concentration, shrinkage
from guanxi.estimators.regularity import wheat_morrison


@pytest.mark.parametrize(("k", "regular"), [(1.0, False), (2.0, True), (6.0, True)])
def test_the_shape_that_made_the_gaps_is_recovered(k, regular):
    draw = np.random.default_rng(4)
    found = wheat_morrison(draw.gamma(k, size=30_000), draw.gamma(k, size=30_000))
    assert found.k == pytest.approx(k, rel=0.05)
    assert found.lo < k < found.hi
    assert found.regular is regular


def test_few_pairs_say_nothing():
    assert wheat_morrison([1.0] * 9, [2.0] * 9) is None


def test_clockwork_is_finite():
    assert np.isfinite(wheat_morrison([7.0] * 50, [7.0] * 50).k)


@pytest.mark.parametrize(
    ("values", "expected"),
    [([1, 1, 1, 1], 0.0), ([0, 0, 0, 1], 0.75), ([1, 2, 3], 2 / 9), ([], 0.0), ([0, 0], 0.0)],
)
def test_gini_of_small_sets(values, expected):
    assert concentration.gini(values) == pytest.approx(expected)


def test_lorenz_runs_from_nothing_to_everything():
    curve = concentration.lorenz([5, 1, 2, 2])
    assert curve.customers == (0.0, 0.25, 0.5, 0.75, 1.0)
    assert curve.value == pytest.approx((0.0, 0.1, 0.3, 0.5, 1.0))


def test_the_whale_rises_above_one_where_some_customers_cost():
    assert max(concentration.whale([10, 5, -5]).value) == pytest.approx(1.5)


def test_the_best_fifth_is_counted():
    assert concentration.held_by_top([8, 1, 1, 0, 0], 0.2) == pytest.approx(0.8)


def test_few_trials_are_pulled_to_everybody():
    shrunk = shrinkage.rate([1, 300], [1, 1000])
    assert shrunk[0] == pytest.approx((1 + 20 * 301 / 1001) / 21)
    assert shrunk[1] == pytest.approx(0.3, abs=0.001)
