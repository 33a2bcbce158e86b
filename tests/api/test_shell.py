"""What holds for every operation, tried on products and orders."""

from typing import Any
from uuid import uuid4

import pytest

from guanxi.core import services
from guanxi.core.tenancy import tenancy
from guanxi.core.viewer import RIGHTS
from tests.machine import Machine

BOOT = {"source_key": "boot-1", "name": "Trekking boot"}


def told(answer: Any) -> tuple[int, str]:
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.said["status"] == answer.status_code
    assert answer.said["detail"]
    assert answer.said["help"]
    assert answer.said["request_id"] == answer["X-Request-Id"]
    return answer.status_code, answer.said["code"]


def test_without_a_key_nothing_is_answered(till):
    till.key = ""
    assert told(till.get("products")) == (401, "request.unauthenticated")
    assert till.get("products")["WWW-Authenticate"].startswith("Bearer")


def test_a_revoked_or_invented_key_opens_nothing(till):
    till.key = "gxa_invented"
    assert told(till.get("products")) == (401, "request.unauthenticated")


def test_a_key_does_only_what_its_scopes_say(machine, chen):
    reader = machine(chen, ["orders.read"])
    assert reader.get("products").status_code == 200
    assert told(reader.post("products", BOOT)) == (403, "core.not_allowed")
    assert reader.get("products").said["items"] == []


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b'{"source_key": "a", "name": NaN}', 400, "request.unreadable"),
        (b'{"source_key": "a", "name": "x", "unit_cost": 1e999}', 400, "request.unreadable"),
        (b'{"source_key": "a", "source_key": "b", "name": "x"}', 400, "request.unreadable"),
        (b'{"source_key": "\\ud800", "name": "x"}', 400, "request.unreadable"),
        (b'{"source_key": "\\u0000", "name": "x"}', 400, "request.unreadable"),
        (b'{"source_key": "\xff", "name": "x"}', 400, "request.unreadable"),
        (b"[" * 100_000, 400, "request.unreadable"),
        (b"", 422, "request.invalid"),
        (b"[]", 422, "request.invalid"),
        (b'{"source_key": 1, "name": "x"}', 422, "request.invalid"),
        (b'{"source_key": "", "name": "x"}', 422, "request.invalid"),
        (b'{"source_key": "a", "name": "x", "unknown": 1}', 422, "request.invalid"),
        (b'{"source_key": "a", "name": "x", "unit_cost": 12.5}', 422, "request.invalid"),
        (b'{"source_key": "a", "name": "x", "unit_cost": "1e2"}', 422, "request.invalid"),
        (b'{"source_key": "a", "name": "x", "unit_cost": "-1"}', 422, "request.invalid"),
    ],
)
def test_what_cannot_be_kept_is_refused_and_nothing_is_written(till, body, status, code):
    assert told(till.post("products", body)) == (status, code)
    assert till.get("products").said["items"] == []


def test_a_problem_names_the_field(till):
    line = {"product_key": "a", "amount": "12,50"}
    answer = till.post("orders", {"source_key": "1", "placed_at": "2026-11-01T10:00:00Z", "lines": [line]})
    assert answer.said["field"] == "lines[0].amount"
    assert answer.said["errors"][0]["field"] == "lines[0].amount"


def test_a_time_outside_the_house_years_is_refused(till):
    answer = till.post("orders", {"source_key": "1", "placed_at": "1899-12-31T23:59:59Z"})
    assert (told(answer), answer.said["field"]) == ((422, "request.invalid"), "placed_at")


def test_other_media_are_refused(till):
    assert told(till.post("products", b"source_key=a", **{"Content-Type": "text/plain"})) == (
        415,
        "request.media_type",
    )


def test_a_body_beyond_the_limit_is_refused(till):
    assert told(till.post("products", b'"' + b"x" * 6_000_000 + b'"')) == (413, "request.too_large")


def test_unknown_addresses_and_methods_are_problems_too(till):
    assert told(till.get("nothing/like/this")) == (404, "request.not_found")
    wrong = till.ask("DELETE", "products")
    assert told(wrong) == (405, "request.method")
    assert set(wrong["Allow"].replace(" ", "").split(",")) == {"GET", "POST"}


def test_a_misspelt_filter_does_not_return_everything(till):
    answer = till.get("orders?storeid=1")
    assert (told(answer), answer.said["field"]) == ((422, "request.unknown_parameter"), "storeid")


def test_a_repeated_request_is_done_once_and_answered_twice(till):
    first = till.post("products", BOOT, **{"Idempotency-Key": "k-1"})
    second = till.post("products", BOOT, **{"Idempotency-Key": "k-1"})
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.content == second.content
    assert second["Idempotency-Replayed"] == "true"
    assert len(till.get("products").said["items"]) == 1


def test_a_key_reused_for_another_request_is_refused(till):
    till.post("products", BOOT, **{"Idempotency-Key": "k-1"})
    other = till.post("products", {**BOOT, "source_key": "boot-2"}, **{"Idempotency-Key": "k-1"})
    assert told(other) == (422, "request.idempotency_key_reused")
    assert len(till.get("products").said["items"]) == 1


def test_a_refused_request_leaves_its_idempotency_key_free(till):
    refused = till.post("products", {**BOOT, "name": ""}, **{"Idempotency-Key": "k-1"})
    mended = till.post("products", BOOT, **{"Idempotency-Key": "k-1"})
    assert (refused.status_code, mended.status_code) == (422, 201)


def test_another_key_cannot_read_what_a_first_was_answered(till, machine, chen):
    till.post("products", BOOT, **{"Idempotency-Key": "k-1"})
    other = machine(chen, ["orders.write"])
    assert told(other.post("products", BOOT, **{"Idempotency-Key": "k-1"})) == (409, "sales.product_exists")


def test_lists_page_to_their_end(till):
    for number in range(7):
        till.post("products", {"source_key": f"p-{number}", "name": "x"})
    first = till.get("products?limit=3")
    second = till.get(first.said["next"].replace("http://testserver", ""))
    third = till.get(second.said["next"].replace("http://testserver", ""))
    keys = [each["source_key"] for page in (first, second, third) for each in page.said["items"]]
    assert keys == [f"p-{number}" for number in range(7)]
    assert third.said["next"] is None


def test_a_cursor_of_ones_own_making_is_refused(till):
    assert told(till.get("products?cursor=abc")) == (404, "core.bad_cursor")


def test_the_rate_limit_is_told_and_held(till, settings):
    settings.CONFIGURATION = settings.CONFIGURATION.model_copy(update={"api_per_minute": 2})
    answers = [till.get("products") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[0]["RateLimit-Limit"] == "2"
    assert answers[0]["RateLimit-Remaining"] == "1"
    assert told(answers[2]) == (429, "request.too_many")
    assert int(answers[2]["Retry-After"]) > 0


def test_the_request_id_is_the_callers(till):
    assert till.get("products", **{"X-Request-Id": "till-42-0001"})["X-Request-Id"] == "till-42-0001"


def test_problems_speak_the_readers_language(till):
    english, chinese = till.get("nothing"), till.get("nothing", **{"Accept-Language": "zh-hans"})
    assert english.said["detail"] != chinese.said["detail"]
    assert english.said["code"] == chinese.said["code"]


def test_the_schema_and_its_page_are_there_for_everybody(client, db):
    assert client.get("/api/v1/openapi.json").json()["openapi"] == "3.1.0"
    page = client.get("/api/v1/docs")
    assert page.status_code == 200
    assert b"createProduct" in page.content or b"create_product" in page.content


def test_what_the_database_refuses_only_at_the_commit_is_a_problem_too(fresh_database, chen):
    with tenancy(chen):
        _key, text = services.issue_api_key(viewer=chen, name="test", scopes=list(RIGHTS))
    machine = Machine(text)
    body = {"name": "Ana", "home_store_id": str(uuid4())}
    refused = machine.post("customers", body, **{"Idempotency-Key": "k-1"})
    assert told(refused) == (409, "request.conflict")
    assert machine.get("customers").said["items"] == []
    made = machine.post("customers", {"name": "Ana"}, **{"Idempotency-Key": "k-1"})
    assert made.status_code == 201
    assert machine.get(f"customers/{made.said['id']}").said["title"] == "Ana"
