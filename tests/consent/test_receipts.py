"""Each decision gives a signed receipt that can be verified by anybody who has the key, and by nobody be changed."""

import pytest

from guanxi.consent import issuing, own, receipts, services
from guanxi.consent.models import Change, Giver, Receipt
from guanxi.consent.services import Statement
from guanxi.core import signing
from guanxi.core.identity import new_id
from guanxi.core.signing import NotVerified
from guanxi.core.tenancy import tenancy
from guanxi.people import services as people

PROOF = "Form at the till, 2026-11-01"
OFFERS = Statement(purpose="offers", strength=3)


@pytest.fixture
def hers(chen, ana):
    """Ana's record at Shanhang, which she has claimed."""
    with tenancy(chen):
        key = people.create(
            viewer=chen, change=people.Change(name="Ana Silva"), identifiers=[("email", "ana@example.org")]
        )
    with tenancy(ana):
        people.claim(viewer=ana, kind="email", value="ana@example.org", proved_by="sign-in")
    return key


def keys():
    return [signing.public_key(text) for text in signing.keys_of_the_house()]


def receipts_of(viewer):
    with tenancy(viewer):
        return own.opened(viewer, own.receipts_for(viewer).order_by("issued_at", "pk"))


def test_what_a_person_says_gives_them_a_receipt_that_verifies(ana, hers, shanhang):
    with tenancy(ana):
        services.say(viewer=ana, enterprise_id=shanhang, statements=[OFFERS])
    (kept,) = receipts_of(ana)
    signing.verify(kept.document, keys())
    assert (kept.shown.purpose, kept.shown.strength, kept.shown.former, kept.shown.noted_by) == (
        "offers",
        3,
        None,
        "person",
    )
    assert kept.shown.words.startswith("Know me")
    with pytest.raises(NotVerified):
        signing.verify({**kept.document, "dct:created": "2020-01-01T00:00:00Z"}, keys())


def test_a_receipt_follows_the_standard_and_names_no_person(ana, hers, shanhang):
    with tenancy(ana):
        services.say(viewer=ana, enterprise_id=shanhang, statements=[OFFERS])
    (kept,) = receipts_of(ana)
    record = kept.document["dpv:hasRecordOfActivity"]
    assert kept.document["@type"] == "dpv:ConsentReceipt"
    assert kept.document["dct:conformsTo"].endswith("/dpv-27560#receipt")
    # What ISO/IEC TS 27560 demands of a record: header, processing, parties, events.
    assert {
        "dct:identifier", "dct:conformsTo", "dpv:hasDataSubject", "dpv:hasDataController", "dpv:hasLegalBasis",
        "dpv:hasProcess", "dpv:hasNotice", "dpv:hasConsentStatus",
    } <= set(record)  # fmt: skip
    assert record["dpv:hasProcess"]["dpv:hasPurpose"]["@type"] == "dpv:PersonalisedAdvertising"
    assert record["dpv:hasConsentStatus"]["@type"][0] == "dpv:ConsentGiven"
    text = signing.canonical(kept.document).decode()
    assert "Ana" not in text
    assert "ana@example.org" not in text


@pytest.mark.parametrize(
    ("strength", "former", "says"),
    [
        (3, None, "dpv:ConsentGiven"),
        (3, 0, "dpv:ConsentGiven"),
        (2, 3, "dpv:RenewedConsentGiven"),
        (0, 3, "dpv:ConsentWithdrawn"),
        (0, None, "dpv:ConsentRefused"),
    ],
)
def test_a_decision_has_its_word_in_the_vocabulary(strength, former, says):
    assert receipts.status(strength, former) == says


def test_every_purpose_has_a_word_in_the_vocabulary():
    assert set(receipts.PURPOSES) == set(receipts.Purpose)


def test_what_staff_note_gives_the_customer_a_receipt_with_its_proof(chen, ana, hers):
    with tenancy(chen):
        services.note(
            viewer=chen, customer_id=hers, statements=[Statement(purpose="news", strength=0)], proof=PROOF
        )
    (kept,) = receipts_of(ana)
    assert (kept.shown.noted_by, kept.shown.proof, kept.shown.strength) == ("enterprise", PROOF, 0)
    signing.verify(kept.document, keys())


def test_nothing_said_anew_gives_no_second_receipt(ana, hers, shanhang):
    with tenancy(ana):
        services.say(viewer=ana, enterprise_id=shanhang, statements=[OFFERS])
        services.say(viewer=ana, enterprise_id=shanhang, statements=[OFFERS])
    assert len(receipts_of(ana)) == 1


def test_what_was_imported_gets_its_receipt_by_the_job_once(chen, ana, hers):
    with tenancy(chen):
        Change.objects.create(
            enterprise_id=chen.tenant, giver_kind=Giver.CUSTOMER, giver_id=hers, receiver_id=chen.tenant,
            purpose="offers", strength=2, words="", proof="Import of 2026-11-01, row 7", happened_at=chen.now,
            recorded_at=chen.now, changed_by="process:import",
        )  # fmt: skip
        assert issuing.issue_missing(viewer=chen) == 1
        assert issuing.issue_missing(viewer=chen) == 0
    (kept,) = receipts_of(ana)
    assert kept.shown.proof == "Import of 2026-11-01, row 7"


def test_an_echo_of_what_a_person_said_gets_none(chen, ana, hers, shanhang):
    with tenancy(chen):
        services.note(
            viewer=chen, customer_id=hers, statements=[Statement(purpose="offers", strength=0)], proof=PROOF
        )
    with tenancy(ana):
        services.say(viewer=ana, enterprise_id=shanhang, statements=[OFFERS])
    with tenancy(chen):
        assert issuing.issue_missing(viewer=chen) == 0
    assert [kept.shown.noted_by for kept in receipts_of(ana)] == ["enterprise", "person"]


def test_another_person_sees_no_receipt_and_another_enterprise_none(ana, tom, bea, hers, shanhang):
    with tenancy(ana):
        services.say(viewer=ana, enterprise_id=shanhang, statements=[OFFERS])
    assert receipts_of(tom) == []
    with tenancy(bea):
        assert not Receipt.objects.exists()


def test_who_is_erased_leaves_no_readable_receipt(chen, ana, hers, shanhang):
    with tenancy(ana):
        services.say(viewer=ana, enterprise_id=shanhang, statements=[OFFERS])
    with tenancy(chen):
        people.erase(viewer=chen, customer_id=hers)
        assert Receipt.objects.count() == 1
    assert receipts_of(ana) == []


def test_a_receipt_that_is_nobodys_is_not_found(ana, hers):
    with tenancy(ana), pytest.raises(own.NotFound):
        own.receipt_for(ana, new_id())
