"""Files come in over the API as they do on the page."""

import msgspec
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from guanxi.core.importing import running

STORES = b"store id,store name\nn1,North\nn2,\n,Nameless\n"


def send(till, content=STORES, name="stores.csv", query="", **headers):
    answer = Client(headers={"authorization": f"Bearer {till.key}", **headers}).post(
        f"/api/v1/imports{query}", {"file": SimpleUploadedFile(name, content)}
    )
    answer.said = msgspec.json.decode(answer.content)
    return answer


@pytest.fixture
def sent(till):
    return send(till).said


def test_a_file_is_sent_and_its_columns_proposed(sent):
    assert (sent["state"], sent["target"]) == ("received", "core.store")
    assert sent["mapping"] == {"store id": "code", "store name": "name"}


def test_targets_tell_their_fields(till):
    targets = {each["name"]: each for each in till.get("import-targets").said}
    assert {"people.customer", "sales.product", "sales.order_line", "sales.redemption", "core.store"} <= set(
        targets
    )
    assert targets["core.store"]["match_keys"] == ["code"]


def test_an_import_is_tried_and_run_and_tells_what_became_of_each_row(till, chen, sent):
    address = f"imports/{sent['id']}"
    assert till.post(f"{address}/begin", {"dry": True}).status_code == 202
    running.execute(chen, sent["id"])
    assert till.get(address).said["creates"] == 2
    assert till.post(f"{address}/begin", {"dry": False}).said["state"] == "running"
    running.execute(chen, sent["id"])
    done = till.get(address).said
    assert (done["state"], done["stored"], done["rejects"]) == ("done", 2, 1)
    outcomes = till.get(f"{address}/outcomes").said
    assert [(one["row"], one["action"]) for one in outcomes["items"]] == [
        (2, "create"),
        (3, "create"),
        (4, "reject"),
    ]


def test_outcomes_are_read_page_by_page(till, chen, sent):
    till.post(f"imports/{sent['id']}/begin", {"dry": True})
    running.execute(chen, sent["id"], size=1)
    first = till.get(f"imports/{sent['id']}/outcomes?limit=2").said
    second = till.get(first["next"].removeprefix("http://testserver")).said
    assert [one["row"] for one in first["items"] + second["items"]] == [2, 3, 4]
    assert second["next"] is None


def test_an_import_is_configured(till, sent):
    answer = till.ask("PATCH", f"imports/{sent['id']}", {"mapping": {"store id": "code"}, "match": ["code"]})
    assert answer.said["mapping"] == {"store id": "code"}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"mapping": {"store id": "moon"}}, 422),
        ({"target": "core.moon"}, 404),
        ({"layout": {"encoding": "klingon"}}, 422),
        ({"habits": {"zone": "Mars/Base"}}, 422),
        ({"layout": {"delimiter": '"'}}, 422),
    ],
)
def test_a_bad_configuration_is_refused_and_changes_nothing(till, sent, body, status):
    assert till.ask("PATCH", f"imports/{sent['id']}", body).status_code == status
    assert till.get(f"imports/{sent['id']}").said == sent


def test_a_file_that_is_no_table_is_refused(till):
    answer = send(till, b"%PDF-1.7", "x.pdf")
    assert (answer.status_code, answer.said["code"]) == (422, "import.unreadable")


def test_a_file_is_deleted_that_wrote_nothing(till, sent):
    assert till.ask("DELETE", f"imports/{sent['id']}").status_code == 204
    assert till.get(f"imports/{sent['id']}").status_code == 404


def test_another_enterprise_finds_nothing(machine, bea, sent):
    other = machine(bea)
    assert other.get(f"imports/{sent['id']}").status_code == 404
    assert other.get(f"imports/{sent['id']}/outcomes").status_code == 404
    assert other.post(f"imports/{sent['id']}/begin", {"dry": True}).status_code == 404


def test_a_key_without_the_right_is_refused(machine, chen):
    assert machine(chen, ["orders.read"]).get("imports").status_code == 403


@pytest.mark.parametrize("size", [1, 200_000], ids=["in one portion", "in several"])
def test_an_upload_of_the_same_name_and_size_is_another_request(till, size):
    rows = STORES + b"n4,North\n" * size
    others = rows.replace(b"North", b"South")
    first, again, other = (send(till, one, **{"Idempotency-Key": "k-1"}) for one in (rows, rows, others))
    assert (first.status_code, again.status_code, again["Idempotency-Replayed"]) == (201, 201, "true")
    assert first.content == again.content
    assert (other.status_code, other.said["code"]) == (422, "request.idempotency_key_reused")
    assert first.said["mapping"] == {"store id": "code", "store name": "name"}
    assert len(till.get("imports").said["items"]) == 1
