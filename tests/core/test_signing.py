"""What the house signs can be verified by anybody: agreement with the published example, and what a change does."""

from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from guanxi.core import signing
from guanxi.core.signing import NotVerified

AT = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
# W3C vc-di-eddsa 1.0, appendix B.3 (eddsa-jcs-2022), examples 29 to 39.
SECRET = "z3u2en7t5LR2WtQH5PfFqMqwVHBeXouLzo6haApm8XHqvjxq"
PUBLIC = "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"
SIGNATURE = "z2HnFSSPPBzR36zdDgK8PbEHeXbR56YF24jwMpt3R1eHXQzJDMWS93FCzpvJpwTWd3GAVFuUfjoJdcnTMuVor51aX"
PUBLISHED = {
    "@context": ["https://www.w3.org/ns/credentials/v2", "https://www.w3.org/ns/credentials/examples/v2"],
    "id": "urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33",
    "type": ["VerifiableCredential", "AlumniCredential"],
    "name": "Alumni Credential",
    "description": "A minimum viable example of an Alumni Credential.",
    "issuer": "https://vc.example/issuers/5678",
    "validFrom": "2023-01-01T00:00:00Z",
    "credentialSubject": {"id": "did:example:abcdefgh", "alumniOf": "The School of Examples"},
}


@pytest.fixture
def key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


def test_the_published_example_is_signed_with_the_published_signature():
    key = Ed25519PrivateKey.from_private_bytes(signing.unbase58(SECRET[1:])[2:])
    at = datetime(2023, 2, 24, 23, 36, 38, tzinfo=UTC)
    document = signing.signed(PUBLISHED, key, method=f"did:key:{PUBLIC}#{PUBLIC}", at=at)
    assert document["proof"]["proofValue"] == SIGNATURE
    assert signing.multikey(key.public_key()) == PUBLIC
    signing.verify(document, [signing.public_key(PUBLIC)])


@pytest.mark.parametrize(
    "change",
    [{"name": "Another"}, {"added": "x"}, {"credentialSubject": {}}, {"@context": ["https://x.example"]}],
)
def test_a_changed_document_is_not_verified(key, change):
    document = signing.signed(PUBLISHED, key, method="did:example:house#1", at=AT)
    with pytest.raises(NotVerified):
        signing.verify({**document, **change}, [key.public_key()])


def test_a_changed_date_of_the_proof_is_not_verified(key):
    document = signing.signed(PUBLISHED, key, method="did:example:house#1", at=AT)
    document["proof"]["created"] = "2020-01-01T00:00:00Z"
    with pytest.raises(NotVerified, match="changed"):
        signing.verify(document, [key.public_key()])


@pytest.mark.parametrize(
    "proof", [None, {}, {"cryptosuite": "other"}, {"cryptosuite": signing.SUITE, "proofValue": "z0OIl"}]
)
def test_a_document_without_a_proof_of_ours_says_so(key, proof):
    with pytest.raises(NotVerified):
        signing.verify({**PUBLISHED, "proof": proof}, [key.public_key()])


def test_one_of_several_published_keys_is_enough(key):
    document = signing.signed(PUBLISHED, key, method="did:example:house#1", at=AT)
    other = Ed25519PrivateKey.generate().public_key()
    signing.verify(document, [other, key.public_key()])
    with pytest.raises(NotVerified):
        signing.verify(document, [other])


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"b": 1, "a": [True, None, "é"]}, '{"a":[true,null,"é"],"b":1}'),
        ('"\\\n\x01€', '"\\"\\\\\\n\\u0001€"'),
    ],
)
def test_json_has_one_spelling(value, text):
    assert signing.canonical(value) == text.encode()


@pytest.mark.parametrize("raw", [b"", b"\0\0a", bytes(range(64))])
def test_base_58_comes_back(raw):
    assert signing.unbase58(signing.base58(raw)) == raw


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("https://crm.example.org", "did:web:crm.example.org"),
        ("http://127.0.0.1:8000", "did:web:127.0.0.1%3A8000"),
        ("https://example.org/crm", "did:web:example.org:crm"),
    ],
)
def test_a_house_is_named_by_its_address(address, name):
    assert signing.did(address) == name


def test_the_published_document_gives_its_keys_back(key):
    text = signing.multikey(key.public_key())
    document = signing.did_document("https://crm.example.org", [text])
    (found,) = signing.keys_in(signing.canonical(document).decode())
    assert signing.multikey(found) == text
    assert document["assertionMethod"] == [document["verificationMethod"][0]["id"]]
