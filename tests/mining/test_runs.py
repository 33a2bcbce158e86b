"""A run from beginning to end: scores with intervals and reasons, and a failure that changes nothing."""

import random
from datetime import timedelta

import pytest

from guanxi.core.tenancy import tenancy
from guanxi.mining import queries, runs, services, storing
from guanxi.mining.errors import AlreadyRunning
from guanxi.mining.models import Behaviour, Run, Score, State
from guanxi.people.models import Customer
from tests.mining.shop import customer_id, open_shop, order

pytestmark = pytest.mark.slow


@pytest.fixture
def done(process, shop, data):
    """The run of the shop, ended."""
    return runs.perform_now(process)


def scores(process, construct="value"):
    with tenancy(process):
        return {row.customer_id: row for row in Score.objects.filter(construct=construct)}


def test_every_customer_who_bought_is_scored(process, done, shop):
    assert done.error == ""
    assert done.state == State.DONE
    assert len(scores(process)) == len(scores(process, "consumption")) == 60
    assert done.rows["orders"] == shop
    assert done.rows["rows written"] == 180
    assert set(done.seconds) == {"lake", "features", "measures", "backtest", "store"}


def test_no_score_stands_without_its_interval_and_reasons(process, done):
    for score in [*scores(process).values(), *scores(process, "consumption").values()]:
        assert score.lo <= score.value <= score.hi
        assert 1 <= len(score.reasons) <= 3
        assert score.level in "ABC"
        assert score.evidence >= 1


def test_who_comes_often_and_still_comes_is_worth_more(process, done):
    found = scores(process, "consumption")
    assert found[customer_id(process, 1)].value > 3 * found[customer_id(process, 50)].value


def test_known_cost_makes_value_a_margin(process, done):
    assert done.report["value"]["basis"] == "margin"
    assert done.report["value"]["margin"] == pytest.approx(0.3, abs=0.01)


def test_behaviour_is_counted_by_day(process, data):
    with tenancy(process):
        open_shop(process, customers=12, lines=True)
    runs.perform_now(process)
    with tenancy(process):
        row = Behaviour.objects.get(customer_id=customer_id(process, 4))
    assert row.orders >= row.days > 20
    assert row.gap == pytest.approx((row.last_on - row.first_on).days / (row.days - 1))
    assert row.department in {"Boots", "Tents", "Food"}
    assert {row.recency, row.frequency, row.money} <= {1, 2, 3, 4, 5}


def test_the_last_third_was_predicted_and_compared(done):
    tested = done.report["backtest"]
    assert tested["predicted"] == pytest.approx(tested["actual"], rel=0.15)
    assert tested["correlation"] > 0.8
    assert tested["weeks"][-1][2] <= tested["actual"]
    assert 0.6 <= tested["coverage"] <= 1.0


def test_the_report_adds_up_to_everybody(done):
    report = done.report
    assert sum(bar["customers"] for bar in report["value"]["bars"]) == 60
    assert sum(cell[2] for cell in report["consumption"]["grid"]) == 60
    assert sum(row[2] for row in report["cohorts"] if row[0] == row[1]) == 60


def test_a_second_run_finds_the_same(process, done, data):
    before = {key: (row.value, row.lo, row.hi) for key, row in scores(process).items()}
    assert runs.perform_now(process).state == State.DONE
    assert {key: (row.value, row.lo, row.hi) for key, row in scores(process).items()} == before


def test_a_failed_run_leaves_the_last_good_scores(process, done, monkeypatch):
    before = {key: row.run_id for key, row in scores(process).items()}
    monkeypatch.setattr(storing, "_INSERT_SCORE", storing._INSERT_SCORE.replace("mining_incoming", "nowhere"))
    failed = runs.perform_now(process)
    assert failed.state == State.FAILED
    assert "nowhere" in failed.error
    assert {key: row.run_id for key, row in scores(process).items()} == before


def test_no_purchase_is_a_plain_failure(process, data):
    failed = runs.perform_now(process)
    assert failed.state == State.FAILED
    assert "import orders first" in failed.error


def test_two_runs_at_once_are_refused(process, at_desk):
    services.ask(at_desk)
    with pytest.raises(AlreadyRunning):
        services.ask(at_desk)
    assert Run.objects.count() == 1


def test_a_run_that_ended_is_not_taken_up_again(process, done):
    with tenancy(process):
        assert services.begin(process, done.pk, engine="duckdb") is None


def test_purchases_after_the_clock_are_not_seen(process, shop, data):
    with tenancy(process):
        order(process, 59, process.now + timedelta(days=40), random.Random(1)).save(force_insert=True)
    runs.perform_now(process)
    with tenancy(process):
        assert max(Behaviour.objects.values_list("last_on", flat=True)) <= process.now.date()


def test_merged_records_are_one_customer(process, shop, data):
    one, other = customer_id(process, 5), customer_id(process, 6)
    with tenancy(process):
        Customer.objects.filter(pk=other).update(root_id=one)
    runs.perform_now(process)
    found = scores(process)
    assert one in found
    assert other not in found


def test_a_cell_of_a_chart_holds_exactly_the_customers_it_counted(process, done, chen):
    with tenancy(chen):
        for bar in done.report["value"]["bars"]:
            asked = {"value_min": f"{bar['from']:g}", "value_max": f"{bar['to']:g}"}
            assert queries.chosen(chen, asked).roots.count() == bar["customers"]
        for recency, frequency, number, _money in done.report["consumption"]["grid"]:
            assert queries.chosen(chen, {"rfm": f"{recency}-{frequency}-*"}).roots.count() == number
        for cohort, month, number in done.report["cohorts"]:
            asked = {
                "cohort": f"{cohort // 12}-{cohort % 12 + 1:02}",
                "active": f"{month // 12}-{month % 12 + 1:02}",
            }
            assert queries.chosen(chen, asked).roots.count() == number


def test_reasons_are_said_in_words(process, done, chen):
    with tenancy(chen):
        value, consumption = queries.measures_of(chen, customer_id(process, 2))
    assert any("Bought on" in reason for reason in value.reasons)
    assert consumption.reasons


def test_measures_of_a_customer_out_of_reach_are_not_shown(process, done, mei):
    with tenancy(mei):
        assert not queries.values_of(mei, [customer_id(process, 2)])


def test_nothing_of_it_is_seen_next_door(process, done, bea):
    with tenancy(bea):
        assert Run.objects.count() == Score.objects.count() == Behaviour.objects.count() == 0


def test_a_shop_of_one_purchase_each_is_scored_with_weak_evidence(process, data):
    with tenancy(process):
        open_shop(process, customers=3, days=20)
    assert runs.perform_now(process).state == State.DONE
    assert {row.level for row in scores(process).values()} == {"C"}


def test_a_run_left_behind_by_a_killed_process_is_taken_up_again(process, shop, data):
    with tenancy(process):
        run = services.ask(process)
        services.begin(process, run.pk, engine="duckdb")
        services.advance(process, run.pk, step="lake", progress=7)
    again = runs.perform_now(process)
    assert (again.pk, again.state) == (run.pk, State.DONE)
