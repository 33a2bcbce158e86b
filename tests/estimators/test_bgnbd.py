"""BG/NBD: gradients, recovery of known truth, safety on data that would break the plain likelihood."""

import json
from dataclasses import asdict

import numpy as np
import pytest

from guanxi.estimators.bgnbd import BetaGeometric, Likelihood
from guanxi.estimators.histories import BadHistory, Histories
from guanxi.estimators.purchases import Purchases
from tests.estimators.simulation import CDNOW, simulated


def fitted(**changes: float) -> Purchases:
    still = {"covariance": ((0.0,) * 4,) * 4, "log_likelihood": 0.0, "customers": 1000, "unit_days": 7.0}
    return Purchases(**{**CDNOW, **changes}, **still, source="likelihood")


@pytest.mark.parametrize("theta", [(-1.4, 1.5, -0.2, 0.9), (0.7, 3.0, 1.5, 3.0), (-3.0, 0.2, -2.0, -1.0)])
def test_gradient_equals_finite_differences(theta):
    table, _ = simulated(400, seed=3)
    likelihood = Likelihood(table.grouped())
    at, step = np.array(theta), 1e-5
    numeric = [
        (likelihood(at + step * unit)[0] - likelihood(at - step * unit)[0]) / (2 * step) for unit in np.eye(4)
    ]
    np.testing.assert_allclose(likelihood(at)[1], numeric, rtol=1e-5, atol=1e-3)


def test_grouping_changes_nothing():
    table, _ = simulated(2_000, seed=5)
    rounded = Histories.of(table.repeats, np.floor(table.last), np.ceil(table.age))
    theta = np.array([-1.0, 1.2, -0.1, 0.8])
    one_by_one, in_cells = Likelihood(rounded)(theta), Likelihood(rounded.grouped())(theta)
    assert len(rounded.grouped()) < len(rounded)
    assert in_cells[0] == pytest.approx(one_by_one[0])
    np.testing.assert_allclose(in_cells[1], one_by_one[1])


def test_parameters_that_made_the_data_are_recovered():
    table, _ = simulated(40_000, seed=1)
    found = BetaGeometric().fit(table, seed=1)
    assert found.r == pytest.approx(CDNOW["r"], rel=0.08)
    assert found.alpha == pytest.approx(CDNOW["alpha"], rel=0.10)
    assert found.a / (found.a + found.b) == pytest.approx(0.2463, rel=0.06)


def test_hold_out_of_simulated_customers_is_predicted_without_bias():
    table, later = simulated(40_000, seed=2)
    predicted = BetaGeometric().fit(table, seed=2).expected(table.repeats, table.last, table.age, 39.0)
    assert predicted.sum() == pytest.approx(later.sum(), rel=0.04)


def test_variance_and_chance_of_none_match_simulation():
    table, later = simulated(60_000, seed=4)
    ahead = fitted().outlook(table.repeats, table.last, table.age, 39.0)
    assert ahead.none.mean() == pytest.approx((later == 0).mean(), abs=0.01)
    assert ahead.variance.mean() == pytest.approx(((later - ahead.mean) ** 2).mean(), rel=0.10)


@pytest.mark.slow
def test_same_seed_gives_the_same_fit():
    table, _ = simulated(21_000, seed=6)
    assert BetaGeometric().fit(table, seed=9) == BetaGeometric().fit(table, seed=9)


@pytest.mark.slow
def test_a_sample_to_start_from_does_not_change_the_answer():
    table, _ = simulated(25_000, seed=8)
    one, other = BetaGeometric().fit(table, seed=1), BetaGeometric().fit(table, seed=2)
    np.testing.assert_allclose(
        (one.r, one.alpha, one.a, one.b), (other.r, other.alpha, other.a, other.b), rtol=1e-4
    )


def test_fit_survives_a_round_trip_through_json():
    table, _ = simulated(500, seed=7)
    found = BetaGeometric().fit(table, seed=0)
    again = json.loads(json.dumps(asdict(found)))
    assert again["alpha"] == found.alpha


def test_the_callers_table_is_left_as_it_was():
    table, _ = simulated(300, seed=7)
    before = (table.repeats.copy(), table.last.copy(), table.age.copy())
    BetaGeometric().fit(table, seed=0)
    np.testing.assert_array_equal(before, (table.repeats, table.last, table.age))


DEGENERATE = {
    "one customer who never came back": ([0], [0], [10]),
    "one customer who came back once": ([1], [5], [10]),
    "nobody repeats": ([0] * 500, [0] * 500, list(np.linspace(1, 52, 500))),
    "everyone repeats daily": ([364] * 500, [52.0] * 500, [52.1] * 500),
    "everyone repeats once and at once": ([1] * 300, [1 / 7] * 300, [52] * 300),
    "all bought today": ([0] * 50, [0] * 50, [0] * 50),
    "one giant among many": ([0] * 999 + [5000], [0] * 999 + [52], [52] * 1000),
    "nobody": ([], [], []),
}


@pytest.mark.parametrize("history", DEGENERATE.values(), ids=DEGENERATE.keys())
def test_no_data_makes_the_default_diverge(history):
    table = Histories.of(*history)
    found = BetaGeometric().fit(table, seed=0)
    ahead = found.outlook(table.repeats, table.last, table.age, 52.0, 0.002)
    bought = (table.repeats + 1).sum()
    parts = (ahead.mean, ahead.variance, ahead.none, ahead.discounted)
    assert all(np.isfinite(part).all() and (part >= 0).all() for part in parts)
    assert ahead.mean.sum() <= 3 * bought * max(1.0, 52.0 / max(float(table.age.max(initial=52.0)), 1.0))
    assert found.source in {"posterior", "prior"}


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"a": 1.0},
        {"a": 1.0 + 1e-9},
        {"r": 30.0, "a": 0.01, "b": 0.02},
        {"a": 20.0, "b": 400.0},
        {"a": 3.0},
    ],
    ids=str,
)
def test_closed_form_equals_integration_over_the_chance_to_leave(changes):
    x, age = np.repeat(np.arange(0.0, 60.0, 7), 5), np.tile([1.0, 13.0, 39.0, 104.0, 520.0], 9)
    found = fitted(**changes)
    closed = found.expected(x, age * (x > 0), age, 52.0)
    ahead = found.outlook(x, age * (x > 0), age, 52.0)
    rough = found.alive(x, age * (x > 0), age) * found._mean(x, age, 52.0)
    np.testing.assert_allclose(closed, rough, rtol=1e-2)
    np.testing.assert_allclose(ahead.mean, closed, rtol=1e-2)


def test_discounting_lowers_the_mean_and_nothing_else():
    table, _ = simulated(200, seed=11)
    plain = fitted().outlook(table.repeats, table.last, table.age, 156.0)
    ahead = fitted().outlook(table.repeats, table.last, table.age, 156.0, 0.10 * 7 / 365.25)
    np.testing.assert_allclose(plain.discounted, plain.mean, rtol=1e-9)
    assert ((ahead.discounted < plain.mean) & (ahead.discounted > 0.74 * plain.mean)).all()


@pytest.mark.parametrize(
    "history", [([-1], [0], [1]), ([1], [3], [2]), ([0], [1], [2]), ([1], [float("nan")], [2])], ids=str
)
def test_impossible_histories_are_refused(history):
    with pytest.raises(BadHistory):
        Histories.of(*history)
