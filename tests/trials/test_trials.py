"""Decisions keep what else could have happened; the hold-out is steady, fair and never withholds service."""

from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID, uuid5

import pytest

from guanxi.core.errors import DomainError
from guanxi.core.tenancy import tenancy
from guanxi.people import services as people
from guanxi.trials import drawing, holdout, services
from guanxi.trials.models import Decision, HoldOut, Maker, Outcome, Side

SPACE = UUID("018f0000-0000-7000-8000-000000000000")
ENTERPRISE = uuid5(SPACE, "enterprise")


@pytest.fixture
def customer(at_desk):
    return people.create(viewer=at_desk, change=people.Change(label="Household 7"))


def test_the_same_seed_gives_the_same_action():
    eligible = drawing.options({"coupon": 1, "nothing": 3})
    assert [drawing.draw(eligible, seed=seed) for seed in range(50)] == [
        drawing.draw(eligible, seed=seed) for seed in range(50)
    ]


def test_actions_come_as_often_as_their_chances_say():
    eligible = drawing.options({"coupon": 1, "nothing": 3})
    drawn = sum(drawing.draw(eligible, seed=seed).action == "coupon" for seed in range(20_000))
    assert drawn / 20_000 == pytest.approx(0.25, abs=0.01)


@pytest.mark.parametrize("weights", [{}, {"a": 0}, {"a": -1, "b": 2}, {"a": float("nan")}])
def test_chances_that_are_none_are_refused(weights):
    with pytest.raises(drawing.BadChances):
        drawing.options(weights)


def test_one_customer_in_twenty_is_left_alone_and_others_the_next_half_year():
    roots = [uuid5(SPACE, str(number)) for number in range(20_000)]
    first = {root for root in roots if holdout.held_out(ENTERPRISE, root, "2026H1")}
    second = {root for root in roots if holdout.held_out(ENTERPRISE, root, "2026H2")}
    assert len(first) / len(roots) == pytest.approx(0.05, abs=0.006)
    assert len(first & second) / len(roots) == pytest.approx(0.0025, abs=0.002)


@pytest.mark.parametrize(
    ("moment", "period"),
    [(datetime(2026, 6, 30, 23, tzinfo=UTC), "2026H1"), (datetime(2026, 7, 1, tzinfo=UTC), "2026H2")],
)
def test_the_hold_out_turns_at_midsummer_and_new_year(moment, period):
    assert holdout.period_of(moment) == period


def test_service_is_never_withheld(at_desk):
    roots = [uuid5(SPACE, str(number)) for number in range(400)]
    held = [root for root in roots if holdout.held_out(at_desk.tenant, root, "2026H2")]
    assert held
    assert not [root for root in held if services.in_holdout(viewer=at_desk, root_id=root, purpose="service")]


def test_a_decision_keeps_what_else_could_have_happened(at_desk, customer):
    decision = services.decide(
        viewer=at_desk, customer_id=customer, maker=Maker.CAMPAIGN, policy="autumn", seed=7,
        weights={"coupon": 1, "letter": 1, "nothing": 2},
    )  # fmt: skip
    stored = Decision.objects.get(pk=decision.pk)
    assert [option["action"] for option in stored.eligible] == ["coupon", "letter", "nothing"]
    assert sum(option["chance"] for option in stored.eligible) == pytest.approx(1)
    assert (stored.seed, stored.chance) == (
        7,
        {"coupon": 0.25, "letter": 0.25, "nothing": 0.5}[stored.chosen],
    )


def test_staff_may_override_a_machine_and_both_choices_stay(at_desk, customer):
    machine = services.decide(
        viewer=at_desk, customer_id=customer, maker=Maker.RULE, policy="routing", seed=1, weights={"call": 1}
    )
    override = services.record_choice(
        viewer=at_desk, customer_id=customer, policy="routing", eligible=["call", "write"], chosen="write",
        replaces=machine,
    )  # fmt: skip
    assert (override.replaces, override.chance, Decision.objects.count()) == (machine, None, 2)


def test_a_choice_that_was_not_possible_is_refused_and_nothing_is_stored(at_desk, customer):
    with pytest.raises(services.NotEligible):
        services.record_choice(
            viewer=at_desk, customer_id=customer, policy="routing", eligible=["call"], chosen="visit"
        )
    assert not Decision.objects.exists()


def test_an_outcome_has_two_sides_and_counts_once(at_desk, customer):
    decision = services.record_choice(
        viewer=at_desk, customer_id=customer, policy="service", eligible=["call"], chosen="call"
    )
    facts = {"viewer": at_desk, "decision": decision, "happened_at": at_desk.now}
    assert services.record_outcome(side=Side.CUSTOMER, measure="effort_saved", value=Decimal(10), **facts)
    assert services.record_outcome(side=Side.ENTERPRISE, measure="margin", value=Decimal("3.5"), **facts)
    assert not services.record_outcome(side=Side.ENTERPRISE, measure="margin", value=Decimal("3.5"), **facts)
    assert Outcome.objects.count() == 2


def test_decisions_of_another_enterprise_are_not_seen(at_desk, customer, bea):
    services.record_choice(viewer=at_desk, customer_id=customer, policy="p", eligible=["a"], chosen="a")
    with tenancy(bea):
        assert not Decision.objects.exists()


def test_being_left_alone_is_recorded_once(at_desk):
    candidates = (people.create(viewer=at_desk, change=people.Change(label=str(n))) for n in range(300))
    held = next(c for c in candidates if holdout.held_out(at_desk.tenant, c, holdout.period_of(at_desk.now)))
    assert services.in_holdout(viewer=at_desk, root_id=held, purpose="offers")
    assert services.in_holdout(viewer=at_desk, root_id=held, purpose="news")
    assert HoldOut.objects.count() == 1


def test_errors_of_trials_are_errors_of_the_house():
    assert issubclass(services.NotEligible, DomainError)
