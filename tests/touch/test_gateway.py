"""The gateway takes what it acknowledges, says what it does not take, and never loses anything in silence."""

import gzip
import io
import json
from typing import Any

import psycopg
import pytest
from django.db import connection
from django.test import Client, override_settings

from guanxi import wsgi
from guanxi.core.tenancy import role, tenancy
from guanxi.core.viewer import Viewer
from guanxi.settings import CONFIGURATION
from guanxi.touch import inbox, services
from guanxi.touch.services import NewKey
from tests.touch.conftest import Send

PAGE = {"userId": "u1", "name": "Home"}


def stored() -> int:
    with role("guanxi_work"), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM touch_inbox")
        return int(cursor.fetchone()[0])


@pytest.mark.parametrize(
    ("call", "body"),
    [
        ("identify", {"userId": "u1"}),
        ("track", {"userId": "u1", "event": "Dance"}),
        ("page", PAGE),
        ("screen", PAGE),
        ("group", {"userId": "u1", "groupId": "g"}),
        ("alias", {"userId": "u1", "previousId": "a"}),
        ("batch", {"batch": [PAGE | {"type": "page"}]}),
        ("t", {"userId": "u1", "event": "Dance", "type": "track"}),
        ("p", PAGE),
        ("batch/", {"batch": [PAGE | {"type": "page"}]}),
    ],
)
def test_each_call_is_stored_before_it_is_acknowledged(send: Send, call: str, body: Any) -> None:
    answer = send(call, body)
    assert (answer.status_code, answer.json()) == (200, {"success": True})
    assert stored() == 1


@pytest.mark.parametrize(
    ("kind", "body", "rows"),
    [
        (
            "application/cloudevents+json",
            {"specversion": "1.0", "id": "1", "source": "s", "type": "t", "subject": "u"},
            1,
        ),
        (
            "application/cloudevents-batch+json; charset=utf-8",
            [
                {"specversion": "1.0", "id": str(id_), "source": "s", "type": "t", "subject": "u"}
                for id_ in range(3)
            ],
            3,
        ),
    ],
)
def test_cloudevents_are_taken_in_both_modes(send: Send, kind: str, body: Any, rows: int) -> None:
    assert send("events", body, content_type=kind).status_code == 200
    assert stored() == rows


def test_cloudevents_of_another_content_type_are_not(send: Send) -> None:
    answer = send("events", {})
    assert (answer.status_code, answer["Content-Type"]) == (415, "application/problem+json")


def test_good_messages_of_a_batch_go_on_and_bad_ones_are_kept(send: Send) -> None:
    answer = send("batch", {"batch": [PAGE | {"type": "page"}, {"type": "page"}, 7]})
    assert answer.status_code == 200
    assert [told["code"] for told in answer.json()["quarantined"]] == ["touch.nobody", "touch.not_object"]
    assert stored() == 3


def test_a_single_bad_message_is_told_and_kept(send: Send) -> None:
    answer = send("track", {"userId": "u1"})
    assert (answer.status_code, answer.json()["code"]) == (400, "touch.missing")
    assert stored() == 1


@pytest.mark.parametrize(
    ("call", "body", "status", "code"),
    [
        ("batch", b"{", 400, "touch.not_json"),
        ("batch", b"[]", 400, "touch.not_object"),
        ("batch", b" " * 600_000, 413, "touch.too_large"),
        ("page", b'{"userId":"' + b"x" * 40_000 + b'"}', 413, "touch.too_large"),
        ("dance", b"{}", 404, "touch.unknown_call"),
    ],
)
def test_what_is_not_taken_is_a_problem(send: Send, call: str, body: bytes, status: int, code: str) -> None:
    answer = send(call, body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer["Content-Type"] == "application/problem+json"
    assert answer["Access-Control-Allow-Origin"] == "*"


def test_only_post_is_taken(website: NewKey) -> None:
    answer = Client().get("/v1/track")
    assert (answer.status_code, answer["Allow"]) == (405, "POST, OPTIONS")


@pytest.mark.parametrize("key", ["", "wrong", "gxw_" + "x" * 40, "\x00", "é" * 5])
def test_an_unknown_key_is_refused_and_nothing_is_stored(send: Send, key: str) -> None:
    answer = send("page", PAGE, key=key)
    assert (answer.status_code, answer["WWW-Authenticate"][:5]) == (401, "Basic")
    assert stored() == 0


@pytest.mark.parametrize("header", ["Bearer {key}", "bearer {key}", "Basic !!!", "Digest x"])
def test_the_key_may_come_as_bearer(website: NewKey, header: str) -> None:
    given = {"authorization": header.format(key=website.text)}
    answer = Client().post("/v1/page", PAGE, content_type="application/json", headers=given)
    assert answer.status_code == (200 if "key" in header else 401)


def test_a_browser_sends_its_key_in_a_text_body(website: NewKey) -> None:
    body = json.dumps(PAGE | {"writeKey": website.text})
    assert Client().post("/v1/p", body, content_type="text/plain").status_code == 200


def test_a_browser_may_ask_before_it_sends(db: None) -> None:
    answer = Client().options("/v1/track")
    assert (answer.status_code, answer["Access-Control-Allow-Methods"]) == (204, "POST")


def test_a_revoked_key_is_refused(send: Send, website: NewKey, chen: Viewer) -> None:
    assert send("page", PAGE).status_code == 200
    with tenancy(chen):
        services.close_source(viewer=chen, source_id=website.source.pk)
    assert send("page", PAGE).status_code == 401


def test_a_key_is_asked_for_once_in_a_while(send: Send, django_assert_num_queries: Any) -> None:
    send("page", PAGE)
    # Straight into the inbox, by COPY, past Django's cursors; nothing else is asked.
    with django_assert_num_queries(0):
        send("page", PAGE)


def test_a_packed_body_is_unpacked(send: Send) -> None:
    packed = gzip.compress(json.dumps({"batch": [PAGE | {"type": "page"}]}).encode())
    assert send("batch", packed, **{"content-encoding": "gzip"}).status_code == 200
    assert stored() == 1


@pytest.mark.parametrize(
    ("body", "encoding", "status"),
    [
        (gzip.compress(b" " * 5_000_000), "gzip", 413),
        (b"not packed", "gzip", 400),
        (gzip.compress(b'{"batch":[]}', mtime=0)[:-9], "gzip", 400),
        (b"{}", "br", 415),
    ],
)
def test_a_badly_packed_body_is_refused(send: Send, body: bytes, encoding: str, status: int) -> None:
    assert send("batch", body, **{"content-encoding": encoding}).status_code == status


def test_a_full_inbox_asks_senders_to_come_back(send: Send) -> None:
    assert send("page", PAGE).status_code == 200
    inbox.look_again()
    with override_settings(CONFIGURATION=CONFIGURATION.model_copy(update={"inbox_limit": 1})):
        answer = send("page", PAGE)
    assert (answer.status_code, int(answer["Retry-After"]) > 0) == (429, True)
    assert stored() == 1


def test_the_web_process_cannot_read_the_inbox(db: None) -> None:
    with pytest.raises(Exception, match="permission denied"), connection.cursor() as cursor:
        cursor.execute("SELECT * FROM touch_inbox")


def test_a_database_that_is_away_is_told_and_nothing_is_acknowledged(
    send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    send("page", PAGE)

    def away(*_given: object) -> None:
        raise psycopg.OperationalError("the server closed the connection")

    monkeypatch.setattr(inbox, "_copy", away)
    answer = send("page", PAGE)
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")


def test_the_web_process_answers_without_django(website: NewKey, db: None) -> None:
    body = b'{"type": "track", "userId": "ana", "event": "Product Viewed"}'
    asked = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/v1/track",
        "CONTENT_LENGTH": str(len(body)),
        "HTTP_AUTHORIZATION": f"Bearer {website.text}",
        "HTTP_X_REQUEST_ID": "till-42-0001",
        "wsgi.input": io.BytesIO(body),
    }
    told: list[tuple[str, dict[str, str]]] = []
    content = b"".join(wsgi.application(asked, lambda status, headers: told.append((status, dict(headers)))))
    [(status, headers)] = told
    assert (status, content) == ("200 OK", b'{"success":true}')
    assert headers["X-Request-Id"] == "till-42-0001"
    assert headers["Content-Length"] == str(len(content))
