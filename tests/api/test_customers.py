"""Customers over the API."""

from typing import Any
from uuid import uuid4

from tests.machine import Machine

ANA = {"name": "Ana Costa", "identifiers": [{"kind": "email", "value": "ana@example.org"}]}


def make(till: Machine, **said: Any) -> str:
    answer = till.post("customers", said)
    assert answer.status_code == 201, answer.content
    return str(answer.json()["id"])


def test_a_customer_is_made_read_and_found(till: Machine) -> None:
    key = make(till, **ANA)
    read = till.get(f"customers/{key}").json()
    assert (read["title"], read["merged"]) == ("Ana Costa", False)
    assert read["identifiers"][0]["value"] == "ana@example.org"
    found = till.get("customers?q=costa").json()["items"]
    assert [one["id"] for one in found] == [key]


def test_an_identifier_of_somebody_else_is_a_conflict(till: Machine) -> None:
    key = make(till, **ANA)
    answer = till.post("customers", ANA)
    assert answer.status_code == 409
    assert answer.json()["code"] == "people.taken"
    assert [one["id"] for one in till.get("customers").json()["items"]] == [key]


def test_junk_is_refused_by_name(till: Machine) -> None:
    answer = till.post("customers", {"identifiers": [{"kind": "card", "value": "0000"}]})
    assert answer.status_code == 422
    assert answer.json()["field"] == "card"


def test_a_change_is_seen_and_other_facts_stay(till: Machine) -> None:
    key = make(till, **ANA)
    read = till.ask("PATCH", f"customers/{key}", {"label": "Ana from the fair"}).json()
    assert {one["name"]: one["value"] for one in read["facts"]} == {
        "name": "Ana Costa",
        "label": "Ana from the fair",
    }


def test_an_old_id_answers_with_the_whole_and_says_so(till: Machine) -> None:
    ana, anna = make(till, **ANA), make(till, name="Anna")
    preview = till.get(f"customers/{ana}/merge-preview?other_id={anna}").json()
    assert preview["conflicts"] == ["name"]
    merge = till.post(f"customers/{ana}/merge", {"other_id": anna}).json()
    read = till.get(f"customers/{anna}").json()
    assert (read["id"], read["asked_id"], read["merged"]) == (ana, anna, True)
    assert till.post(f"merges/{merge['id']}/undo", {}).status_code == 200
    assert till.get(f"customers/{anna}").json()["merged"] is False
    assert till.post(f"merges/{merge['id']}/undo", {}).status_code == 409


def test_what_happened_comes_page_by_page(till: Machine) -> None:
    key = make(till, **ANA)
    for number in range(3):
        till.ask("PATCH", f"customers/{key}", {"label": f"Ana {number}"})
    first = till.get(f"customers/{key}/timeline?limit=2").json()
    assert len(first["items"]) == 2
    rest = till.get(first["next"].replace("http://testserver", "")).json()
    assert [one["type"] for one in rest["items"]] == ["customer.updated", "customer.created"]


def test_identifiers_are_added_and_removed(till: Machine) -> None:
    key = make(till, name="Ana")
    made = till.post(f"customers/{key}/identifiers", {"kind": "phone", "value": "138 0013 2041"}).json()["id"]
    assert till.get("customers?q=13800132041").json()["items"][0]["id"] == key
    assert till.ask("DELETE", f"customers/{key}/identifiers/{made}").status_code == 204
    assert till.get("customers?q=13800132041").json()["items"] == []


def test_a_stranger_is_not_found(till: Machine) -> None:
    assert till.get(f"customers/{uuid4()}").status_code == 404


def test_the_same_request_twice_makes_one_customer(till: Machine) -> None:
    first = till.post("customers", {"name": "Ana"}, **{"Idempotency-Key": "k-1"})
    again = till.post("customers", {"name": "Ana"}, **{"Idempotency-Key": "k-1"})
    assert first.json() == again.json()
    assert len(till.get("customers?q=ana").json()["items"]) == 1
