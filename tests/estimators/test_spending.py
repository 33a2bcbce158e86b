"""Gamma-Gamma: gradients, known truth, safety."""

import numpy as np
import pytest

from guanxi.estimators.spending import GammaGamma, Likelihood, NoSpending


def drawn(customers: int, *, seed: int, p: float = 6.25, q: float = 3.74, gamma: float = 15.44):
    draw = np.random.default_rng(seed)
    x = draw.geometric(0.4, customers).astype(float)
    nu = draw.gamma(q, 1 / gamma, customers)
    return x, draw.gamma(p * x, 1 / (nu * x)), p / nu


@pytest.mark.parametrize("theta", [(1.8, 1.3, 2.7), (0.1, 0.4, 5.0), (3.0, 3.0, 0.0)])
def test_gradient_equals_finite_differences(theta):
    x, mean, _ = drawn(300, seed=1)
    likelihood, at, step = Likelihood(x, mean), np.array(theta), 1e-5
    numeric = [
        (likelihood(at + step * unit)[0] - likelihood(at - step * unit)[0]) / (2 * step) for unit in np.eye(3)
    ]
    np.testing.assert_allclose(likelihood(at)[1], numeric, rtol=1e-5, atol=1e-3)


def test_parameters_that_made_the_data_are_recovered():
    x, mean, _ = drawn(40_000, seed=2)
    found = GammaGamma().fit(x, mean, seed=2)
    assert (found.p, found.q, found.gamma) == pytest.approx((6.25, 3.74, 15.44), rel=0.06)


def test_spread_is_that_of_the_true_mean_about_the_estimate():
    x, mean, true = drawn(60_000, seed=3)
    found = GammaGamma().fit(x, mean, seed=3)
    own, _ = found.spread(x, mean)
    assert own.mean() == pytest.approx(((true - found.mean_value(x, mean)) ** 2).mean(), rel=0.1)


@pytest.mark.parametrize(
    "data",
    [([1], [10]), ([3] * 200, [9.99] * 200), ([1, 2] * 50, [1e-2, 1e9] * 50), ([1] * 80, list(range(1, 81)))],
    ids=["one customer", "all alike", "eleven orders of magnitude", "one purchase each"],
)
def test_no_data_makes_the_default_diverge(data):
    x, mean = np.array(data[0], float), np.array(data[1], float)
    found = GammaGamma().fit(x, mean, seed=0)
    estimate = found.mean_value(x, mean)
    assert np.isfinite(estimate).all()
    assert (estimate > 0).all()
    assert (estimate <= 5 * mean.max()).all()


def test_own_purchases_outweigh_everybody_the_more_there_are():
    x, mean, _ = drawn(2_000, seed=5)
    share = GammaGamma().fit(x, mean, seed=0).own_share([1, 2, 10, 100])
    assert (np.diff(share) > 0).all()
    assert share[-1] > 0.98


def test_dependence_of_number_and_value_is_reported():
    x, _, _ = drawn(2_000, seed=6)
    assert not GammaGamma().fit(x, x * 10 + 1, seed=0).independent


def test_nothing_to_fit_is_said_so():
    with pytest.raises(NoSpending):
        GammaGamma().fit([0, 2], [5, 0])
