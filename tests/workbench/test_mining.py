"""Staff start a run, see how far it is, and go from a bar to the customers in it."""

from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse

from guanxi.core import viewers
from guanxi.core.tenancy import tenancy
from guanxi.core.viewer import Viewer
from guanxi.mining import runs, services
from guanxi.mining.models import Run
from guanxi.workbench.figures import mining as figures
from tests.mining.shop import customer_id, open_shop

SignIn = Callable[[Viewer], Client]


@pytest.fixture
def desk(signed_in: SignIn, chen: Viewer) -> Client:
    """Chen at her desk."""
    return signed_in(chen)


@pytest.fixture
def done(shanhang: UUID, chen: Viewer, tmp_path: Path, settings) -> Run:
    """A run of a shop of thirty customers."""
    settings.CONFIGURATION = settings.CONFIGURATION.model_copy(update={"data": tmp_path, "engine": "duckdb"})
    process = viewers.for_process(shanhang, "mining")
    with tenancy(process):
        open_shop(process, customers=30)
    return runs.perform_now(process)


def test_before_the_first_run_the_page_teaches(desk: Client) -> None:
    answer = desk.get(reverse("desk:mining"))
    assert answer.status_code == 200
    assert "No run yet" in answer.content.decode()


def test_the_button_puts_a_run_on_its_way_once(desk: Client, chen: Viewer) -> None:
    answer = desk.post(reverse("desk:mining-start"))
    with tenancy(chen):
        run = Run.objects.get()
    assert answer["Location"] == reverse("desk:mining-run", args=[run.pk])
    assert desk.post(reverse("desk:mining-start"))["Location"] == reverse("desk:mining")
    assert "under way" in desk.get(reverse("desk:mining")).content.decode()


def test_a_role_without_the_right_cannot_start_one(signed_in: SignIn, ding: Viewer, chen: Viewer) -> None:
    assert signed_in(ding).post(reverse("desk:mining-start")).status_code == 403
    with tenancy(chen):
        assert not Run.objects.exists()


def test_service_does_not_see_the_page(signed_in: SignIn, mei: Viewer) -> None:
    assert signed_in(mei).get(reverse("desk:mining")).status_code == 403


@pytest.mark.slow
def test_every_chart_stands_on_the_page(desk: Client, done: Run) -> None:
    page = desk.get(reverse("desk:mining")).content.decode()
    for name in ("value-distribution", "concentration", "rfm-grid", "cohorts", "tracking", "calibration"):
        assert f'id="chart-{name}"' in page


@pytest.mark.slow
def test_a_bar_leads_to_exactly_its_customers(desk: Client, done: Run) -> None:
    series = figures.charts(done.report)["distribution"]["series"][0]
    for link, number in zip(series["links"], series["values"], strict=True):
        listed = desk.get(link).context["items"]
        assert len(listed) == number


@pytest.mark.slow
def test_runs_and_a_run_are_shown_with_rows_and_seconds(desk: Client, done: Run) -> None:
    assert "Done" in desk.get(reverse("desk:mining-runs")).content.decode()
    page = desk.get(reverse("desk:mining-run", args=[done.pk])).content.decode()
    assert "customers measured" in page
    assert "Back-test" in page


@pytest.mark.slow
def test_a_customer_shows_measures_with_their_reasons(desk: Client, done: Run, chen: Viewer) -> None:
    page = desk.get(reverse("desk:customer", args=[customer_id(chen, 3)])).content.decode()
    assert "Customer value" in page
    assert "Bought on" in page
    reasons = desk.get(reverse("desk:mining-why", args=[customer_id(chen, 3)])).content.decode()
    assert "Evidence" in reasons


@pytest.mark.slow
def test_a_customers_interval_is_said_as_chances(desk: Client, done: Run, chen: Viewer) -> None:
    page = desk.get(reverse("desk:customer", args=[customer_id(chen, 3)])).content.decode()
    assert "Expected within 3 years; " in page
    assert "one in ten of more than ¥" in page


@pytest.mark.slow
def test_the_page_says_how_many_of_the_hold_out_ended_inside_their_interval(desk: Client, done: Run) -> None:
    page = desk.get(reverse("desk:mining")).content.decode()
    tested = done.report["backtest"]
    inside = round(tested["customers"] * tested["coverage"])
    assert f"{inside} of {tested['customers']} customers held out; 80 % were promised" in page


@pytest.mark.parametrize(
    ("customers", "coverage", "tone"), [(2000, 0.72, "amber"), (2000, 0.79, ""), (40, 0.72, "")]
)
def test_intervals_are_called_too_narrow_where_chance_does_not_explain_it(
    customers: int, coverage: float, tone: str
) -> None:
    report = {"backtest": {"customers": customers, "coverage": coverage, "promised": 0.8}}
    assert figures.held_out(report)["tone"] == tone


@pytest.mark.slow
def test_the_page_stays_within_its_queries(desk: Client, done: Run, django_assert_max_num_queries) -> None:
    desk.get(reverse("desk:mining"))
    with django_assert_max_num_queries(20):
        desk.get(reverse("desk:mining"))


def test_a_failed_run_says_what_went_wrong(desk: Client, chen: Viewer) -> None:
    with tenancy(chen):
        run = services.ask(chen)
        services.fail(chen, run.pk, error="ValueError: the disk is full")
    page = desk.get(reverse("desk:mining-run", args=[run.pk])).content.decode()
    assert "the disk is full" in page
    assert "still in place" in page


def test_a_run_next_door_is_not_found(signed_in: SignIn, chen: Viewer, bea: Viewer) -> None:
    with tenancy(chen):
        run = services.ask(chen)
    assert signed_in(bea).get(reverse("desk:mining-run", args=[run.pk])).status_code == 404
