"""Machines read standing and the access log, and answer what persons say is wrong."""

import pytest

from guanxi.core.tenancy import tenancy
from guanxi.people import disputes
from guanxi.people import services as people
from tests.machine import Machine


@pytest.fixture
def hers(chen, ana):
    with tenancy(chen):
        key = people.create(
            viewer=chen, change=people.Change(name="Anna"), identifiers=[("email", "ana@example.org")]
        )
    with tenancy(ana):
        people.claim(viewer=ana, kind="email", value="ana@example.org", proved_by="sign-in")
    return str(key)


def test_standing_says_that_too_little_is_known(till: Machine):
    said = till.get("standing").said
    assert (said["value"], said["cases"], said["surcharge"]) == (None, 0, "0.00")


def test_a_reading_by_a_program_is_in_the_log(till: Machine, hers):
    till.get(f"customers/{hers}")
    (line,) = till.get(f"customers/{hers}/readings").said["items"]
    assert (line["way"], line["customer_id"]) == ("api", hers)


def test_a_fact_is_put_right(till: Machine, ana, chen, hers):
    with tenancy(ana):
        disputes.contest(viewer=ana, enterprise_id=chen.tenant, kind="fact", field="name", proposed="Ana")
    (one,) = till.get("disputes?state=open").said["items"]
    assert (one["field"], one["proposed"]) == ("name", "Ana")
    answered = till.post(f"disputes/{one['id']}/settle", {"accept": True, "answer": "Of course."})
    assert answered.status_code == 204
    assert till.get("disputes?state=open").said["items"] == []
    assert till.get(f"customers/{hers}").said["title"] == "Ana"
