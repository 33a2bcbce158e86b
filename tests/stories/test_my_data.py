"""Ana's own data: claimed by a code, corrected, contested, taken away, erased with proof."""

import csv
import io
import json
import re

import pytest
from typer.testing import CliRunner

from guanxi.cli import commands
from guanxi.consent.models import Receipt
from guanxi.core.models import Event
from guanxi.core.tenancy import tenancy
from guanxi.mining.models import Run, Score
from guanxi.people import queries
from guanxi.people import services as people
from guanxi.people.models import Claim, Dispute

ID = r"[0-9a-f-]{36}"


@pytest.fixture
def hers(chen):
    """Ana's record at Shanhang, known by her member card alone."""
    with tenancy(chen):
        return people.create(
            viewer=chen, change=people.Change(name="Anna Silva"), identifiers=[("card", "7700 1234")]
        )


@pytest.fixture
def phone(chen, ana, hers, signed_in):
    """Ana's phone, after the shop handed her a code."""
    with tenancy(chen):
        code = people.give_claim_code(viewer=chen, customer_id=hers)
    phone = signed_in(ana)
    assert "1 record is yours now." in text(
        phone.post("/me/claim/staff-code/", {"staff_code": code.lower()}, follow=True)
    )
    return phone


def text(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def test_a_code_is_good_once_and_for_one_person(chen, ana, tom, hers, signed_in):
    desk = signed_in(chen)
    page = text(desk.post(f"/desk/customers/{hers}/claim-code/", follow=True))
    code = re.search(r"[0-9A-Z]{5}-[0-9A-Z]{5}", page)[0]
    assert signed_in(ana).post("/me/claim/staff-code/", {"staff_code": code}).status_code == 302
    again = signed_in(tom).post("/me/claim/staff-code/", {"staff_code": code})
    assert (again.status_code, "used up" in text(again)) == (422, True)
    with tenancy(chen):
        assert Claim.objects.count() == 1


def test_codes_are_not_to_be_guessed_quickly(ana, signed_in):
    phone = signed_in(ana)
    answers = [
        phone.post("/me/claim/staff-code/", {"staff_code": f"AAAA{n}-23456"}).status_code for n in range(2, 9)
    ]
    assert answers[-1] == 429


def test_a_fact_is_put_right_by_staff_and_the_person_reads_the_answer(phone, chen, hers, signed_in, shanhang):
    held = f"/me/relations/{shanhang}/held/"
    assert "Something is wrong" in text(phone.get(held))
    said = {"field": "name", "proposed": "Ana Silva", "words": "One n"}
    phone.post(f"/me/relations/{shanhang}/correct/", said)
    assert phone.post(f"/me/relations/{shanhang}/correct/", said).status_code == 409
    desk = signed_in(chen)
    page = desk.get("/desk/disputes/").content.decode()
    assert "Ana Silva" in page
    (address,) = re.findall(rf"/desk/disputes/{ID}/settle/", page)
    assert desk.post(address, {"deed": "accept", "answer": ""}).status_code == 422
    desk.post(address, {"deed": "accept", "answer": "You are right, sorry."})
    assert "Ana Silva" in text(phone.get(held))
    assert "You are right, sorry." in text(phone.get("/me/data/"))
    with tenancy(chen):
        assert queries.whole_for(chen, hers).facts["name"].source == "person"


def test_a_score_is_shown_in_words_and_contested_until_it_is_answered(phone, chen, hers, signed_in, shanhang):
    with tenancy(chen):
        run = Run.objects.create(enterprise_id=shanhang, asked_at=chen.now, as_of=chen.now, state="done")
        Score.objects.create(
            enterprise_id=shanhang, customer_id=hers, construct="value", value=420, lo=0, hi=900, evidence=3, level="B",
            horizon_days=365, as_of=chen.now, model_version="1", run=run,
            reasons=[{"code": "once", "days": 20}],
        )  # fmt: skip
    assert "What you may bring them" in text(phone.get("/me/scores/"))
    phone.post(f"/me/scores/{shanhang}/contest/", {"construct": "value", "words": "I moved away."})
    assert "contested" in text(phone.get("/me/scores/"))
    desk = signed_in(chen)
    (address,) = re.findall(rf"/desk/disputes/{ID}/settle/", desk.get("/desk/disputes/").content.decode())
    desk.post(address, {"deed": "refuse", "answer": "It falls by itself within the year."})
    assert "answered" in text(phone.get("/me/scores/"))


def test_she_takes_everything_with_her_and_nobody_is_told_that_she_read_it(phone, shanhang):
    held = json.loads(phone.get(f"/me/data/{shanhang}/json/download/").content)
    assert held["people_customer"][0]["name"] == "Anna Silva"
    table = phone.get(f"/me/data/{shanhang}/csv/download/").content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(table)))
    assert {"table": "people_customer", "row": "1", "field": "name", "value": "Anna Silva"} in rows
    assert "Nobody has read it" in text(phone.get("/me/readings/"))


def test_she_is_erased_with_a_certificate_that_verifies(phone, chen, hers, shanhang, tmp_path):
    phone.post(f"/me/relations/{shanhang}/step/", {"purpose": "offers", "strength": "3"})
    assert phone.post(f"/me/data/{shanhang}/erase/", {"word": "no"}).status_code == 422
    page = phone.post(f"/me/data/{shanhang}/erase/", {"word": "erase"}, follow=True).content.decode()
    (address,) = set(re.findall(rf"/me/data/certificates/{ID}/", page))
    certificate = tmp_path / "erasure.json"
    certificate.write_bytes(phone.get(address).content)
    assert CliRunner().invoke(commands, ["verify-receipt", str(certificate)]).exit_code == 0
    said = json.loads(certificate.read_text())
    assert (said["gx:keysDestroyed"], said["gx:identifiersRemoved"], said["gx:records"]) == (
        1,
        1,
        [str(hers)],
    )
    assert "Anna" not in certificate.read_text()
    with tenancy(chen):
        assert queries.whole_for(chen, hers).name is None
        assert Receipt.objects.exists()
        assert Event.objects.filter(type="customer.erased").count() == 1
    assert json.loads(phone.get("/me/receipts/download/").content) == []


def test_tom_can_touch_none_of_it(phone, tom, chen, hers, signed_in, shanhang):
    phone.post(f"/me/relations/{shanhang}/correct/", {"field": "name", "proposed": "X", "words": ""})
    stranger = signed_in(tom)
    assert stranger.get(f"/me/data/{shanhang}/json/download/").status_code == 404
    assert stranger.post(f"/me/data/{shanhang}/erase/", {"word": "erase"}).status_code == 404
    assert (
        stranger.post(f"/me/relations/{shanhang}/correct/", {"field": "name", "proposed": "X"}).status_code
        == 404
    )
    assert (
        stranger.post(f"/me/scores/{shanhang}/contest/", {"construct": "value", "words": "X"}).status_code
        == 404
    )
    with tenancy(tom):
        assert not Dispute.objects.exists()
    with tenancy(chen):
        assert queries.whole_for(chen, hers).name == "Anna Silva"


def test_an_analyst_reads_objections_and_answers_none(phone, gao, signed_in, shanhang):
    phone.post(f"/me/relations/{shanhang}/correct/", {"field": "name", "proposed": "Ana", "words": ""})
    desk = signed_in(gao)
    page = desk.get("/desk/disputes/").content.decode()
    assert "settle" not in page
    with tenancy(gao):
        row = Dispute.objects.get()
    assert desk.post(f"/desk/disputes/{row.pk}/settle/", {"deed": "accept", "answer": "x"}).status_code == 403
