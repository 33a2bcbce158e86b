"""Matched comparison: finds the effect that made the data in spite of confounding, and says when not to trust it."""

import numpy as np
import pytest

from guanxi.estimators import matched, trust
from guanxi.estimators.matched import Matching, Window


def world(seed, *, people=3000, effect=5.0, pull=0.8, drift=0.0, share=-1.0):
    """Customers with a habit; those whose records look better are addressed more often. `drift`: those addressed would
    have bought more anyway, for a reason that nobody wrote down."""
    draw = np.random.default_rng(seed)
    habit = draw.gamma(2.0, 15.0, people)
    coupons = draw.poisson(1 + habit / 30)
    record = habit + draw.normal(0, 5, people)
    unseen = draw.normal(size=people)
    logit = share + pull * (record - 30) / 21 + 0.3 * (coupons - 2) + 1.5 * unseen * (drift > 0)
    addressed = draw.random(people) < 1 / (1 + np.exp(-logit))

    def weeks(number, step):
        noise = draw.normal(0, 20 / np.sqrt(number), people)
        # Nobody stays as far above or below the mean as they were: the trap for plain differences.
        return 10 + 0.7 * habit + 2.0 * coupons + drift * unseen * step + noise

    before, pretended, after = weeks(12, 0), weeks(4, 1), weeks(6, 2) + effect * addressed
    known = np.column_stack(
        [np.log1p(np.maximum(before, 0)), before, coupons, habit + draw.normal(0, 3, people)]
    )
    now = Window(known, before[:, None], after[:, None])
    return now, Window(known, before[:, None], pretended[:, None]), addressed, habit


def test_the_effect_that_made_the_data_is_recovered_in_spite_of_confounding():
    hits, estimates = 0, []
    for seed in range(60):
        now, _, addressed, _ = world(seed)
        (found,) = Matching().fit(now, addressed).outcomes
        estimates.append(found.effect)
        hits += found.low <= 5.0 <= found.high
    assert np.mean(estimates) == pytest.approx(5.0, abs=0.3)
    assert hits >= 53
    naive = now.after[addressed].mean() - now.after[~addressed].mean()
    assert naive > 15


def test_no_effect_is_seldom_taken_for_one():
    found = [Matching().fit(*world(seed, effect=0.0)[::2]).outcomes[0] for seed in range(100, 160)]
    assert sum(one.sure for one in found) <= 7


def test_what_was_known_is_balanced_and_the_weights_add_up():
    now, _, addressed, _ = world(1)
    found = Matching().fit(now, addressed)
    assert max(found.gap_before) > 0.5
    assert found.worst_gap < 0.05
    assert found.weights.sum() == pytest.approx(1.0)
    assert (found.weights[addressed] == 0).all()


def test_a_sound_comparison_is_trusted_fairly():
    now, pretended, addressed, _ = world(2)
    judged = trust.judge(Matching().fit(now, addressed), Matching().fit(pretended, addressed))
    assert judged == trust.Trust("fair", ())


def test_the_placebo_unmasks_what_nobody_wrote_down():
    now, pretended, addressed, _ = world(3, effect=0.0, drift=6.0)
    found = Matching().fit(now, addressed)
    assert found.outcomes[0].sure
    judged = trust.judge(found, Matching().fit(pretended, addressed))
    assert judged.level == "none"
    assert "placebo" in judged.against


def test_people_without_their_like_are_left_out_and_cost_trust():
    now, pretended, _, habit = world(4)
    best = habit > np.quantile(habit, 0.8)
    found = Matching().fit(now, best)
    assert found.support < 0.9
    assert trust.judge(found, Matching().fit(pretended, best)).level != "fair"


def test_a_handful_is_not_trusted():
    now, pretended, _, _ = world(5)
    few = np.zeros(len(now.known), dtype=bool)
    few[:12] = True
    judged = trust.judge(Matching().fit(now, few), Matching().fit(pretended, few))
    assert judged.level == "none"
    assert "few" in judged.against


def test_without_weeks_before_nothing_is_checked():
    now, _, addressed, _ = world(6)
    assert trust.judge(Matching().fit(now, addressed), None) == trust.Trust("little", ("unchecked",))


def test_an_unseen_cause_must_be_stronger_for_a_stronger_effect():
    assert matched.hidden(0.0) == 1.0
    # VanderWeele & Ding (2017): d = .5 is a risk ratio of 1.58 and an E-value of 2.53.
    assert matched.hidden(0.5) == pytest.approx(2.53, abs=0.01)


def test_nobody_to_compare_with_is_refused():
    now, _, addressed, _ = world(7)
    with pytest.raises(ValueError, match="not addressed"):
        Matching().fit(now, np.ones_like(addressed))


def test_a_figure_that_hangs_on_the_model_costs_trust():
    now, pretended, addressed, _ = world(8)
    found, placebo = Matching().fit(now, addressed), Matching().fit(pretended, addressed)
    moved = Window(now.known, now.before, now.after + 3.0 * addressed[:, None])
    assert trust.judge(found, placebo, Matching(squares=True).fit(now, addressed)).level == "fair"
    assert trust.judge(found, placebo, Matching(squares=True).fit(moved, addressed)).against == ("model",)
