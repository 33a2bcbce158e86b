"""Ana keeps the receipt of a decision, takes it away and has it verified where nobody knows her."""

import json
import re

import pytest
from typer.testing import CliRunner

from guanxi.cli import commands
from guanxi.core.tenancy import tenancy
from guanxi.people import services as people

RUN = CliRunner()


@pytest.fixture
def phone(chen, ana, signed_in):
    """Ana's phone, with a relation to Shanhang and one decision made."""
    with tenancy(chen):
        people.create(
            viewer=chen, change=people.Change(name="Ana Silva"), identifiers=[("email", "ana@example.org")]
        )
    phone = signed_in(ana)
    phone.get("/me/")
    phone.post(f"/me/relations/{chen.tenant}/step/", {"purpose": "offers", "strength": "3"})
    return phone


def text(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def test_ana_downloads_her_receipt_and_anybody_verifies_it_off_line(phone, tmp_path):
    page = phone.get("/me/receipts/")
    assert "Shanhang Outdoor" in text(page)
    assert "Know me" in text(page)
    (address,) = set(re.findall(r"/me/receipts/[0-9a-f-]{36}/", page.content.decode()))
    assert "you, at your own door" in text(phone.get(address))

    receipt, keys = tmp_path / "receipt.json", tmp_path / "did.json"
    receipt.write_bytes(phone.get(f"{address}download/").content)
    keys.write_bytes(phone.get("/.well-known/did.json").content)
    done = RUN.invoke(commands, ["verify-receipt", str(receipt), "--key", str(keys)])
    assert done.exit_code == 0, done.output
    assert done.output.startswith("Verified: urn:uuid:")

    # Somebody raises what she permitted: the signature does not stand that.
    changed = json.loads(receipt.read_text())
    changed["dpv:hasRecordOfActivity"]["dpv:hasProcess"]["gx:strength"] = 5
    receipt.write_text(json.dumps(changed))
    done = RUN.invoke(commands, ["verify-receipt", str(receipt), "--key", str(keys)])
    assert done.exit_code == 1
    assert "The file was changed" in done.output


def test_all_receipts_go_into_one_file_that_verifies_with_the_houses_own_key(phone, chen, tmp_path):
    phone.post(f"/me/relations/{chen.tenant}/less/", {"purpose": "offers"})
    everything = tmp_path / "receipts.json"
    everything.write_bytes(phone.get("/me/receipts/download/").content)
    assert len(json.loads(everything.read_text())) == 2
    assert RUN.invoke(commands, ["verify-receipt", str(everything)]).exit_code == 0


def test_a_key_of_somebody_else_verifies_nothing(phone, tmp_path):
    receipt, key = tmp_path / "receipts.json", tmp_path / "key"
    receipt.write_bytes(phone.get("/me/receipts/download/").content)
    key.write_text("z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2")
    assert RUN.invoke(commands, ["verify-receipt", str(receipt), "--key", str(key)]).exit_code == 1


@pytest.mark.parametrize(
    ("content", "says"), [("[]", "holds no receipt"), ("no json", "Expecting value"), ("[1]", "no receipt")]
)
def test_what_is_no_receipt_is_told(tmp_path, content, says):
    file = tmp_path / "file.json"
    file.write_text(content)
    done = RUN.invoke(commands, ["verify-receipt", str(file)])
    assert done.exit_code != 0
    assert says in re.sub(r"[│\s]+", " ", done.output)


def test_tom_reads_none_of_anas_receipts(phone, tom, signed_in):
    (address,) = set(re.findall(r"/me/receipts/[0-9a-f-]{36}/", phone.get("/me/receipts/").content.decode()))
    stranger = signed_in(tom)
    assert stranger.get(address).status_code == 404
    assert stranger.get(f"{address}download/").status_code == 404
    assert json.loads(stranger.get("/me/receipts/download/").content) == []


def test_what_the_house_heeds_and_signs_with_is_published(client, db):
    assert client.get("/.well-known/gpc.json").json()["gpc"] is True
    assert client.get("/.well-known/did.json").json()["verificationMethod"][0]["type"] == "Multikey"
