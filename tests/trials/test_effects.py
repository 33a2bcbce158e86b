"""What a policy did is counted from decisions and outcomes: everybody in the arm that chance gave, both sides."""

from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID, uuid5

import numpy as np
import pytest
from django.utils import translation

from guanxi.core.tenancy import tenancy
from guanxi.estimators.sequences import Moments
from guanxi.people.models import Customer
from guanxi.trials import effects, holdout, measured, services
from guanxi.trials.models import Decision, Maker, Outcome, Side

SPACE = UUID("018f0000-0000-7000-8000-000000000009")
POLICY = "campaign:018f0000-0000-7000-8000-00000000000a"
WHEN = datetime(2026, 11, 1, 8, tzinfo=UTC)


def crowd(viewer, count):
    rows = [
        Customer(
            id=(one := uuid5(SPACE, f"{viewer.tenant}{number}")), enterprise_id=viewer.tenant, root_id=one,
            label=f"Crowd {number}", created_at=WHEN,
        )
        for number in range(count)
    ]  # fmt: skip
    return Customer.objects.bulk_create(rows)


def decided(viewer, customers, contacted):
    rows = [
        Decision(
            enterprise_id=viewer.tenant, customer_id=one.pk, maker=Maker.CAMPAIGN, policy=POLICY, seed=1,
            eligible=[{"action": "contact", "chance": 0.75}, {"action": "nothing", "chance": 0.25}],
            chosen="contact" if reached else "nothing", chance=0.75 if reached else 0.25, decided_by="process:test",
            decided_at=WHEN,
        )
        for one, reached in zip(customers, contacted, strict=True)
    ]  # fmt: skip
    return Decision.objects.bulk_create(rows)


def brought(viewer, decisions, measure="orders", side=Side.ENTERPRISE, value=1):
    Outcome.objects.bulk_create(
        Outcome(
            enterprise_id=viewer.tenant, decision=one, side=side, measure=measure, value=Decimal(value),
            happened_at=WHEN,
        )
        for one in decisions
    )  # fmt: skip


@pytest.fixture
def decisions(at_desk):
    """A thousand customers, three in four contacted; four in ten of those and two in ten of the others order."""
    made = decided(at_desk, crowd(at_desk, 1000), [number % 4 != 0 for number in range(1000)])
    contact, nothing = ([one for one in made if one.chosen == name] for name in ("contact", "nothing"))
    brought(at_desk, contact[:300])
    brought(at_desk, nothing[:50])
    return made


def test_an_effect_counts_everybody_in_their_arm(at_desk, decisions, django_assert_num_queries):
    with django_assert_num_queries(4):
        (found,) = effects.effects_of(at_desk, POLICY)
    assert (found.treated, found.control) == (Moments(750, 300.0, 300.0), Moments(250, 50.0, 50.0))
    assert found.estimate == pytest.approx(0.2)
    assert found.low > 0
    assert (found.verdict, found.side, found.needed) == ("improved", "enterprise", None)


def test_outcomes_of_a_merged_customer_count_once_in_the_first_arm(at_desk, decisions):
    winner, loser = (Customer.objects.get(pk=decisions[number].customer_id) for number in (0, 1))
    Customer.objects.filter(pk=loser.pk).update(root=winner)
    (found,) = effects.effects_of(at_desk, POLICY)
    assert found.people == 999
    assert found.treated.total + found.control.total == 350
    assert found.treated.squares + found.control.squares == 352


def test_both_sides_and_several_measures_are_answered(at_desk, decisions):
    brought(at_desk, [one for one in decisions if one.chosen == "contact"][:40], "opt_outs", Side.CUSTOMER)
    found = {(one.side, one.measure.name): one for one in effects.effects_of(at_desk, POLICY)}
    assert set(found) == {("enterprise", "orders"), ("customer", "opt_outs")}
    assert found["customer", "opt_outs"].estimate == pytest.approx(40 / 750)


def test_more_of_a_harm_is_worse():
    harm = measured.measured("complaints")
    found = effects.effect(harm, "customer", Moments(5000, 900.0, 900.0), Moments(5000, 300.0, 300.0))
    assert found.verdict == "worse"


def test_what_was_expected_is_answered_before_anybody_did_it(at_desk, decisions):
    found = effects.effects_of(at_desk, POLICY, expected=[("customer", "complaints")])
    assert {one.measure.name for one in found} == {"orders", "complaints"}


def test_choices_of_staff_are_no_trial(at_desk, decisions):
    services.record_choice(
        viewer=at_desk, customer_id=decisions[0].customer_id, policy="by hand", eligible=["contact", "nothing"],
        chosen="contact",
    )  # fmt: skip
    assert effects.effects_of(at_desk, "by hand") == []


def test_another_enterprise_sees_nothing_of_it(at_desk, decisions, bea):
    with tenancy(bea):
        assert effects.effects_of(bea, POLICY) == []


def test_the_hold_out_is_compared_with_everybody_else(at_desk):
    customers = crowd(at_desk, 3000)
    period = holdout.period_of(at_desk.now)
    draw = np.random.default_rng(2)
    outcomes = {
        one.pk: float(draw.random() < (0.25 if holdout.held_out(at_desk.tenant, one.pk, period) else 0.6))
        for one in customers
    }
    found = effects.effect_of_holdout(at_desk, outcomes)
    assert found.people == Customer.objects.filter(enterprise_id=at_desk.tenant).count()
    assert found.control.n == pytest.approx(150, abs=40)
    assert found.verdict == "improved"


@pytest.mark.parametrize(
    ("treated", "control", "said"),
    [
        (
            Moments(4000, 480.0, 480.0),
            Moments(4000, 300.0, 300.0),
            ("4.5 more orders per 100", "Proved: better"),
        ),
        (
            Moments(4000, 300.0, 300.0),
            Moments(4000, 480.0, 480.0),
            ("4.5 fewer orders per 100", "Proved: worse"),
        ),
        (Moments(4000, 320.0, 320.0), Moments(4000, 300.0, 300.0), ("Not proved yet: about", "more people")),
        (Moments(90, 9.0, 9.0), Moments(10, 1.0, 1.0), ("Too early", "90 customers and 10 left alone")),
    ],
)
def test_an_effect_is_said_in_plain_words(treated, control, said):
    text = measured.sentence(effects.effect(measured.measured("orders"), "enterprise", treated, control))
    assert all(part in text for part in said)


def test_an_effect_is_said_in_chinese_too():
    found = effects.effect(
        measured.measured("orders"), "enterprise", Moments(4000, 480.0, 480.0), Moments(4000, 300.0, 300.0)
    )
    with translation.override("zh-hans"):
        assert "每 100 位客户的订单多 4.5" in measured.sentence(found)
