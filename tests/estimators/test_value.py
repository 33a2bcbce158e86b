"""Customer value: the interval holds what it promises, and evidence is told honestly."""

import numpy as np
import pytest

from guanxi.estimators import value
from guanxi.estimators.bgnbd import BetaGeometric
from guanxi.estimators.histories import Histories
from guanxi.estimators.spending import GammaGamma
from tests.estimators.simulation import simulated

YEAR_AHEAD = value.Settings(horizon_days=273, yearly_discount=0.0)


@pytest.fixture(scope="module")
def world():
    """Simulated customers with purchases of known worth, before and after the day of the estimate."""
    table, later = simulated(20_000, seed=21)
    draw = np.random.default_rng(22)
    nu = draw.gamma(3.74, 1 / 15.44, len(table))
    orders = table.repeats + 1
    mean = draw.gamma(6.25 * orders, 1 / (nu * orders))
    spent = np.where(later > 0, draw.gamma(6.25 * np.maximum(later, 1), 1 / nu), 0.0)
    purchases = BetaGeometric().fit(table, seed=1)
    spending = GammaGamma().fit(orders, mean, seed=1)
    return table, mean, purchases, spending, spent


def estimated(world, margin: float = 1.0, settings: value.Settings = YEAR_AHEAD) -> value.Value:
    table, mean, purchases, spending, _ = world
    return value.estimate(table, mean, np.full(len(table), margin), purchases, spending, settings)


def test_total_is_without_bias(world):
    assert estimated(world).value.sum() == pytest.approx(world[-1].sum(), rel=0.05)


def test_four_of_five_customers_end_inside_the_interval(world):
    found, spent = estimated(world), world[-1]
    inside = ((spent >= found.lo) & (spent <= found.hi)).mean()
    assert 0.78 <= inside <= 0.95


def test_the_interval_always_holds_the_figure(world):
    found = estimated(world)
    assert ((found.lo <= found.value) & (found.value <= found.hi) & (found.lo >= 0)).all()


def test_value_is_the_kept_share_of_the_worth(world):
    np.testing.assert_allclose(estimated(world, 0.3).value, 0.3 * estimated(world).value)


def test_money_later_is_worth_less(world):
    later = estimated(world, settings=value.Settings(horizon_days=273, yearly_discount=0.10))
    assert (later.value < estimated(world).value).all()


def test_one_purchase_is_weak_evidence_and_many_are_strong(world):
    table, _, _, _, _ = world
    found = estimated(world)
    assert set(found.level[table.repeats == 0]) == {"C"}
    assert set(found.level[(table.repeats > 8) & (table.age > 30)]) == {"A"}


def test_a_handful_of_customers_is_weak_evidence_whatever_they_did():
    table = Histories.of([5, 6, 7], [20, 21, 22], [30, 30, 30])
    purchases, spending = BetaGeometric().fit(table), GammaGamma().fit([6, 7, 8], [10, 11, 12])
    found = value.estimate(table, [10, 11, 12], [1, 1, 1], purchases, spending, value.Settings())
    assert set(found.level) == {"C"}


@pytest.mark.parametrize("wrong", [{"horizon_days": 0}, {"yearly_discount": 1.0}, {"coverage": 0.0}], ids=str)
def test_senseless_settings_are_refused(wrong):
    with pytest.raises(ValueError, match="must be"):
        value.Settings(**wrong)
