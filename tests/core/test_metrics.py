"""What those who watch over the installation read."""

import pytest
from django.test import Client

from guanxi.core import jobs
from guanxi.core.viewer import Viewer


def test_figures_are_given_to_this_machine_itself(db: None) -> None:
    answer = Client().get("/metrics/")
    assert answer.status_code == 200
    assert "guanxi_reactions_waiting 0" in answer.content.decode()


def test_figures_are_refused_to_others_without_the_token(db: None) -> None:
    assert Client(REMOTE_ADDR="192.0.2.1").get("/metrics/").status_code == 403


def test_health_says_ok_to_anybody(db: None) -> None:
    assert Client(REMOTE_ADDR="192.0.2.1").get("/health/").content == b"ok\n"


def test_a_job_is_deferred_inside_the_tenancy_of_whoever_asks(at_desk: Viewer) -> None:
    names = list(jobs.registered())
    assert names
    assert jobs.defer(names[0], enterprise_id=at_desk.tenant) > 0


def test_a_job_nobody_registered_is_refused(at_desk: Viewer) -> None:
    with pytest.raises(KeyError):
        jobs.defer("nobody.knows")
