"""Machines ask for runs and read scores."""

from pathlib import Path
from uuid import UUID

import pytest

from guanxi.core import viewers
from guanxi.core.tenancy import tenancy
from guanxi.core.viewer import Viewer
from guanxi.mining import runs
from tests.machine import Machine
from tests.mining.shop import customer_id, open_shop


@pytest.fixture
def scored(shanhang: UUID, chen: Viewer, tmp_path: Path, settings) -> None:
    """A shop of twelve customers, measured."""
    settings.CONFIGURATION = settings.CONFIGURATION.model_copy(update={"data": tmp_path, "engine": "duckdb"})
    process = viewers.for_process(shanhang, "mining")
    with tenancy(process):
        open_shop(process, customers=12)
    runs.perform_now(process)


def test_a_run_is_asked_for_once(till: Machine) -> None:
    made = till.post("mining/runs", {})
    assert (made.status_code, made.said["state"]) == (201, "waiting")
    again = till.post("mining/runs", {})
    assert (again.status_code, again.said["code"]) == (409, "mining.already_running")
    assert till.get(f"mining/runs/{made.said['id']}").said["report"] == {}
    assert [run["id"] for run in till.get("mining/runs").said["items"]] == [made.said["id"]]


def test_a_key_that_only_reads_starts_nothing(machine, chen: Viewer) -> None:
    reader = machine(chen, ["mining.read"])
    assert reader.post("mining/runs", {}).status_code == 403
    assert reader.get("mining/runs").said["items"] == []


@pytest.mark.slow
def test_scores_come_highest_first_with_reasons(till: Machine, scored: None, chen: Viewer) -> None:
    first = till.get("mining/scores?limit=5").said
    rest = till.get(first["next"].partition("/api/v1/")[2]).said
    values = [score["value"] for score in (*first["items"], *rest["items"])]
    assert values == sorted(values, reverse=True)
    assert all(score["words"] for score in first["items"])
    of_one = till.get(f"mining/customers/{customer_id(chen, 3)}/scores").said
    assert {score["measure"] for score in of_one} == {"value", "consumption"}


@pytest.mark.slow
def test_a_customer_next_door_has_no_scores_here(machine, scored: None, chen: Viewer, bea: Viewer) -> None:
    assert machine(bea).get(f"mining/customers/{customer_id(chen, 3)}/scores").status_code == 404
    assert machine(bea).get("mining/scores").said["items"] == []
