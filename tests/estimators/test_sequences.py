"""Effects looked at every day: seldom a false alarm, always the truth in the range, and enough people to know."""

import numpy as np
import pytest

from guanxi.estimators import many, power, rare, sequences
from guanxi.estimators.sequences import Moments
from tests.estimators.campaigns import World, looked_at

NOBODY = Moments(0, 0.0, 0.0)


@pytest.mark.parametrize("rolling", [True, False])
@pytest.mark.parametrize("measure", ["buyers", "orders", "spend"])
def test_useless_campaigns_looked_at_daily_seldom_raise_an_alarm(measure, rolling):
    seen = looked_at(World(measure, rolling), campaigns=150, seed=5)
    alarms = (((seen.low > 0) | (seen.high < 0)) & seen.read).any(axis=1)
    assert seen.read.any(axis=1).mean() > 0.9
    assert alarms.mean() <= 0.05


@pytest.mark.parametrize("rolling", [True, False])
def test_useless_campaigns_seldom_look_proved(rolling):
    seen = looked_at(World(rolling=rolling, share=0.8, people=2000), campaigns=200, seed=6)
    assert ((seen.e_value >= sequences.PROVED) & seen.read).any(axis=1).mean() <= 0.05


@pytest.mark.parametrize("measure", ["buyers", "orders", "spend"])
def test_the_range_holds_the_true_effect_on_every_day(measure):
    world = World(measure, lift=0.3, people=2000)
    seen = looked_at(world, campaigns=200, seed=7)
    missed = ((seen.low > world.truth) | (seen.high < world.truth)) & seen.read
    assert 1 - missed.any(axis=1).mean() >= 0.95


def test_a_true_effect_is_found_and_a_harm_is_seen():
    good, bad = Moments(4000, 480.0, 480.0), Moments(4000, 300.0, 300.0)
    assert sequences.difference(good, bad).verdict == "improved"
    assert sequences.difference(good, bad).e_value > sequences.PROVED
    assert sequences.difference(bad, good).verdict == "worse"


def test_counters_say_the_same_as_the_outcomes():
    draw = np.random.default_rng(3)
    treated, control = draw.gamma(1, 2, 900), draw.gamma(1, 2, 700)
    found = sequences.difference(Moments.of(treated), Moments.of(control))
    assert found.estimate == pytest.approx(treated.mean() - control.mean())
    error = np.sqrt(treated.var(ddof=1) / 900 + control.var(ddof=1) / 700)
    assert (found.high - found.low) / 2 / error == pytest.approx(3.3, abs=0.4)


@pytest.mark.parametrize(
    ("treated", "control"),
    [
        (NOBODY, NOBODY),
        (Moments(200, 60.0, 60.0), Moments(200, 60.0, 60.0)),
        (Moments(9000, 900.0, 900.0), Moments(1000, 20.0, 20.0)),
        # One great customer is no crowd.
        (Moments(5000, 1e6, 1e12), Moments(5000, 900.0, 900.0)),
    ],
)
def test_too_little_says_nothing(treated, control):
    assert sequences.difference(treated, control) is None


def test_many_campaigns_at_once_give_what_each_gives():
    draw = np.random.default_rng(4)
    arms = [
        Moments(n, float(k), float(k))
        for n, k in zip(draw.integers(900, 2000, 6), draw.integers(80, 300, 6), strict=True)
    ]
    stacked = [many.Arms(*(np.array([float(getattr(one, name)) for one in side]) for name in ("n", "total", "squares")))
               for side in (arms[:3], arms[3:])]  # fmt: skip
    seen = many.differences(*stacked)
    for at, (treated, control) in enumerate(zip(arms[:3], arms[3:], strict=True)):
        one = sequences.difference(treated, control)
        found = [seen.estimate[at], seen.low[at], seen.high[at], seen.e_value[at]]
        assert found == pytest.approx([one.estimate, one.low, one.high, one.e_value])


def test_a_cap_that_was_fixed_beforehand_is_kept():
    assert Moments.of([1.0, 500.0], cap=10.0) == Moments(2, 11.0, 101.0)


def test_few_outcomes_are_ranged_without_a_limit_theorem():
    draw = np.random.default_rng(8)
    outside = 0
    for _ in range(200):
        arms = [(draw.random(400) < 0.02).cumsum() for _arm in range(2)]
        seen = [
            rare.bounded(
                Moments(n, *[float(arms[0][n - 1])] * 2), Moments(n, *[float(arms[1][n - 1])] * 2), bound=1
            )
            for n in range(20, 401, 20)
        ]
        outside += any(one.verdict != "unproved" for one in seen)
    assert outside <= 10


def test_many_outcomes_prove_an_effect_without_a_limit_theorem_too():
    found = rare.bounded(Moments(5000, 900.0, 900.0), Moments(5000, 400.0, 400.0), bound=1)
    assert found.low > 0
    assert found.e_value > sequences.PROVED


def test_the_guardrail_stops_a_doubled_harm_and_lets_the_usual_pass():
    draw = np.random.default_rng(9)
    n = np.arange(1, 20_001)
    usual = (draw.random((200, 20_000)) < 0.002).cumsum(axis=1)
    doubled = (draw.random((50, 20_000)) < 0.006).cumsum(axis=1)
    assert (rare.guardrail(usual, n, ceiling=0.003, exp=many.bounded_exp) >= 100).any(axis=1).mean() <= 0.01
    assert (rare.guardrail(doubled, n, ceiling=0.003, exp=many.bounded_exp) >= 100).any(axis=1).mean() > 0.9


def test_as_many_people_as_needed_prove_what_was_asked_about():
    base, lift = 0.20, 0.04
    middle = base + lift / 2
    people = power.Trial(power=0.8).people(lift, mean=middle, variance=middle * (1 - middle))
    draw = np.random.default_rng(10)
    half = people // 2
    hits = [
        sequences.difference(
            Moments(half, *[float(draw.binomial(half, base + lift))] * 2),
            Moments(half, *[float(draw.binomial(half, base))] * 2),
            planned=people,
        ).verdict
        for _ in range(300)
    ]
    assert hits.count("improved") / 300 == pytest.approx(0.8, abs=0.08)


def test_the_smallest_effect_is_the_other_way_round():
    trial = power.Trial(share=0.9)
    people = trial.people(0.02, mean=0.1, variance=0.09)
    assert trial.smallest(people, mean=0.1, variance=0.09) == pytest.approx(0.02, rel=0.01)


def test_settings_that_are_none_are_refused():
    with pytest.raises(ValueError, match="between 0 and 1"):
        power.Trial(share=1.0)
    with pytest.raises(ValueError, match="not zero"):
        power.Trial().people(0.0, mean=1, variance=1)
    with pytest.raises(ValueError, match="not negative"):
        Moments(3, 1.0, -1.0)
