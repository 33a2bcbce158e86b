"""What the house gives out and stands for is signed: receipts of permissions, certificates of erasure.

W3C Data Integrity with the suite *eddsa-jcs-2022* (Ed25519 over JSON in the one spelling of RFC 8785): whoever has
the file and the public key can verify it without asking anybody. The key is the installation's own; its public half
is published as the DID document of the address, `/.well-known/did.json`. Pure but for the two functions at the end.
"""

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.conf import settings

SUITE = "eddsa-jcs-2022"
# What says in a Multikey that 32 bytes of an Ed25519 public key follow.
_ED25519 = b"\xed\x01"
_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


class NotVerified(ValueError):
    """A document is not what was signed, or not signed by this key; the message says which."""


def canonical(value: Any) -> bytes:
    """JSON in its one spelling (RFC 8785), for documents of texts, whole numbers, truth values, lists and objects."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def signed(
    document: Mapping[str, Any], key: Ed25519PrivateKey, *, method: str, at: datetime
) -> dict[str, Any]:
    """A document with its proof.

    Args:
        method: The address of the public key, as the verifier finds it.
        at: When it is signed.
    """
    proof: dict[str, Any] = {
        "type": "DataIntegrityProof",
        "cryptosuite": SUITE,
        "created": at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "verificationMethod": method,
        "proofPurpose": "assertionMethod",
    }
    if "@context" in document:
        proof["@context"] = document["@context"]
    return {**document, "proof": {**proof, "proofValue": "z" + base58(key.sign(_hashed(document, proof)))}}


def verify(document: Mapping[str, Any], keys: Sequence[Ed25519PublicKey]) -> None:
    """Hold a document against its proof and these keys.

    Raises:
        NotVerified: There is no proof of our suite, or none of the keys has made it.
    """
    proof = document.get("proof")
    if not isinstance(proof, Mapping) or proof.get("cryptosuite") != SUITE:
        raise NotVerified(f"The file carries no proof of the suite {SUITE}.")
    plain = {name: value for name, value in document.items() if name != "proof"}
    options = {name: value for name, value in proof.items() if name != "proofValue"}
    try:
        signature = unbase58(str(proof.get("proofValue", ""))[1:])
    except ValueError as error:
        raise NotVerified("The proof's value is not written in base 58.") from error
    if "@context" in options and options["@context"] != plain.get("@context"):
        raise NotVerified("The proof was made for another context.")
    hashed = _hashed(plain, options)
    if not any(_fits(key, signature, hashed) for key in keys):
        raise NotVerified("The file was changed, or signed with another key.")


def _hashed(document: Mapping[str, Any], proof: Mapping[str, Any]) -> bytes:
    """What is signed: the hash of the proof's terms, then the hash of the document (vc-di-eddsa §3.3)."""
    return hashlib.sha256(canonical(proof)).digest() + hashlib.sha256(canonical(document)).digest()


def _fits(key: Ed25519PublicKey, signature: bytes, hashed: bytes) -> bool:
    try:
        key.verify(signature, hashed)
    except InvalidSignature:
        return False
    return True


def multikey(key: Ed25519PublicKey) -> str:
    """A public key as a Multikey text, `z6Mk…`."""
    return "z" + base58(_ED25519 + key.public_bytes_raw())


def public_key(text: str) -> Ed25519PublicKey:
    """The public key of a Multikey text.

    Raises:
        ValueError: The text is no Ed25519 Multikey.
    """
    raw = unbase58(text.strip()[1:])
    if not text.strip().startswith("z") or not raw.startswith(_ED25519) or len(raw) != len(_ED25519) + 32:
        raise ValueError("A public key begins with z6Mk and is an Ed25519 Multikey.")
    return Ed25519PublicKey.from_public_bytes(raw[len(_ED25519) :])


def keys_in(text: str) -> list[Ed25519PublicKey]:
    """The public keys of a DID document, or of a text that is one key.

    Raises:
        ValueError: There is none.
    """
    if not text.lstrip().startswith("{"):
        return [public_key(text)]
    methods = json.loads(text).get("verificationMethod", [])
    keys = [public_key(each["publicKeyMultibase"]) for each in methods if "publicKeyMultibase" in each]
    if not keys:
        raise ValueError("The document names no public key.")
    return keys


def base58(raw: bytes) -> str:
    """Bytes in base 58, Bitcoin's alphabet."""
    number, text = int.from_bytes(raw, "big"), ""
    while number:
        number, rest = divmod(number, 58)
        text = _ALPHABET[rest] + text
    return _ALPHABET[0] * (len(raw) - len(raw.lstrip(b"\0"))) + text


def unbase58(text: str) -> bytes:
    """The bytes of a text in base 58.

    Raises:
        ValueError: A letter does not belong to it.
    """
    number = 0
    for letter in text:
        number = number * 58 + _ALPHABET.index(letter)
    zeros = len(text) - len(text.lstrip(_ALPHABET[0]))
    return b"\0" * zeros + number.to_bytes((number.bit_length() + 7) // 8, "big")


def did(address: str) -> str:
    """The name of an installation by its address (did:web): `did:web:crm.example.org`."""
    parts = urlsplit(address)
    return ":".join(["did:web", parts.netloc.replace(":", "%3A"), *filter(None, parts.path.split("/"))])


def did_document(address: str, keys: Sequence[str]) -> dict[str, Any]:
    """What `/.well-known/did.json` says: the keys with which this house signs and signed."""
    name = did(address)
    return {
        "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"],
        "id": name,
        "verificationMethod": [
            {"id": f"{name}#{key}", "type": "Multikey", "controller": name, "publicKeyMultibase": key}
            for key in keys
        ],
        "assertionMethod": [f"{name}#{key}" for key in keys],
    }


@lru_cache(maxsize=2)
def _key(text: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(base64.b64decode(text))


def by_the_house(document: Mapping[str, Any], *, at: datetime) -> dict[str, Any]:
    """A document, signed by this installation."""
    key = _key(settings.SIGNING_KEY)
    method = f"{did(settings.CONFIGURATION.address)}#{multikey(key.public_key())}"
    return signed(document, key, method=method, at=at)


def keys_of_the_house() -> list[str]:
    """The public keys of this installation: the one that signs now, and those that signed before."""
    former = settings.CONFIGURATION.former_signing_keys.replace(",", " ").split()
    return [multikey(_key(settings.SIGNING_KEY).public_key()), *former]
