"""Machines make sources, read what happened and mend what could not be taken."""

from guanxi.core.tenancy import tenancy
from guanxi.core.viewer import Viewer
from guanxi.touch import digester, keys, services
from tests.machine import Machine


def sent(key: str, till: Machine, *messages: dict[str, object]) -> None:
    keys.forget()
    answer = till.ask("POST", "/v1/batch", {"batch": list(messages)}, Authorization=f"Bearer {key}")
    assert answer.status_code == 200
    digester.digest()


def test_a_source_is_made_with_a_key_told_once(till: Machine) -> None:
    made = till.post("sources", {"name": "Till 3", "kind": "device"})
    assert made.status_code == 201
    assert made.said["write_key"].startswith("gxw_")
    assert "write_key" not in till.get(f"sources/{made.said['id']}").said
    assert [source["name"] for source in till.get("sources").said["items"]] == ["Till 3"]


def test_a_key_is_rotated_and_the_source_closed(till: Machine) -> None:
    made = till.post("sources", {"name": "Till 3"}).said
    rotated = till.post(f"sources/{made['id']}/rotate").said
    assert rotated["former_hint"] == made["hint"]
    assert till.post(f"sources/{made['id']}/revoke-former").said["former_hint"] == ""
    assert till.post(f"sources/{made['id']}/close").said["closed_at"]
    assert till.post(f"sources/{made['id']}/rotate").status_code == 409


def test_events_are_read_in_plain_and_by_type(till: Machine) -> None:
    key = till.post("sources", {"name": "Shop"}).said["write_key"]
    traits = {"email": "ana@lopes.pt"}
    sent(key, till, {"type": "identify", "userId": "u1", "traits": traits}, {"type": "page", "userId": "u1"})
    assert till.get("events?type=customer.identified").said["items"][0]["payload"] == {"traits": traits}
    (event,) = till.get("events?type=page.viewed").said["items"]
    assert till.get(f"events/{event['seq']}").said == event
    assert till.get("events/0").status_code == 404


def test_a_refused_message_is_mended(till: Machine) -> None:
    key = till.post("sources", {"name": "Shop"}).said["write_key"]
    sent(key, till, {"type": "track", "userId": "u1"})
    (kept,) = till.get("quarantine").said["items"]
    assert kept["code"] == "missing"
    again = till.post(f"quarantine/{kept['id']}/replay", {"body": kept["body"]})
    assert (again.status_code, again.said["code"]) == (422, "touch.still_refused")
    mended = till.post(
        f"quarantine/{kept['id']}/replay", {"body": '{"type":"track","userId":"u1","event":"Dance"}'}
    )
    assert mended.said["state"] == "replayed"
    digester.digest()
    assert len(till.get("events?type=track.dance").said["items"]) == 1


def test_nothing_of_another_enterprise_is_there(till: Machine, bea: Viewer) -> None:
    with tenancy(bea):
        theirs = services.create_source(viewer=bea, name="Theirs").source.pk
    assert till.get(f"sources/{theirs}").status_code == 404
    assert till.post(f"sources/{theirs}/close").status_code == 404
    assert till.get("sources").said["items"] == []
