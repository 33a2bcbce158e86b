"""What a receipt of a permission says: a consent receipt after ISO/IEC TS 27560, in the W3C Data Privacy Vocabulary.

Pure: facts in, JSON-LD out. The shape is that of the community group's guide (https://w3id.org/dpv/guides/consent-27560):
a receipt around one consent record, with the process, the parties, the notice shown and the event. What DPV has no
word for (the strength of the permission, quiet hours, a cap) stands under our own prefix `gx`. No name, no address: the
person is an id that only their enterprise and they themselves can tell.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from guanxi.consent.words import RUNGS, Channel, Purpose, Strength

CONTEXT: tuple[Any, ...] = (
    "https://w3id.org/security/data-integrity/v2",
    {
        "dpv": "https://w3id.org/dpv#",
        "dct": "http://purl.org/dc/terms/",
        "schema": "https://schema.org/",
        "skos": "http://www.w3.org/2004/02/skos/core#",
        "gx": "urn:guanxi:permission:",
    },
)
#: The purposes of the house in DPV's words.
PURPOSES: Mapping[str, str] = {
    Purpose.SERVICE: "dpv:CustomerCare",
    Purpose.ORDERS: "dpv:CustomerOrderManagement",
    Purpose.NEWS: "dpv:PublicRelations",
    Purpose.OFFERS: "dpv:DirectMarketing",
    Purpose.RESEARCH: "dpv:CommercialResearch",
    Purpose.COMMUNITY: "dpv:MembersAndPartnersManagement",
    Purpose.RECOGNITION: "dpv:IdentityVerification",
    Purpose.LEARNING: "dpv:ServiceOptimisation",
}
#: The same purposes where the permission lets the enterprise use the person's own data (strength 3 and more).
PERSONAL_PURPOSES: Mapping[str, str] = {
    Purpose.NEWS: "dpv:Personalisation",
    Purpose.OFFERS: "dpv:PersonalisedAdvertising",
}


@dataclass(frozen=True, slots=True)
class Decision:
    """A change of a permission, with everything that its receipt says.

    Attributes:
        former: The strength before, None where nothing had been said.
        noted_by: "person" who decided it themselves, "enterprise" that wrote down what it was told.
        proof: How it was said; words of the person or of staff.
        words: The words that were shown.
        terms: Quiet hours, cap, pause and end, as texts and whole numbers.
    """

    id: UUID
    receipt_id: UUID
    enterprise_id: UUID
    enterprise: str
    giver_id: UUID
    purpose: str
    purpose_label: str
    channel: str
    strength: int
    former: int | None
    words: str
    language: str
    proof: str
    noted_by: str
    happened_at: datetime
    recorded_at: datetime
    terms: Mapping[str, str | int]


def status(strength: int, former: int | None) -> str:
    """What the decision does to consent, in DPV's words; a lower rung that still allows something is consent given."""
    if strength == Strength.NONE:
        return "dpv:ConsentWithdrawn" if former else "dpv:ConsentRefused"
    return "dpv:RenewedConsentGiven" if former else "dpv:ConsentGiven"


def document(decision: Decision, *, address: str, issued_at: datetime) -> dict[str, Any]:
    """The receipt of a decision, without its proof.

    Args:
        address: Of the installation, where the person changes it.
        issued_at: When the receipt is made out.
    """
    enterprise = {"@id": f"urn:uuid:{decision.enterprise_id}", "schema:name": decision.enterprise}
    return {
        "@context": list(CONTEXT),
        "@id": f"urn:uuid:{decision.receipt_id}",
        "@type": "dpv:ConsentReceipt",
        "dct:identifier": str(decision.receipt_id),
        "dct:conformsTo": "https://w3id.org/dpv/schema/dpv-27560#receipt",
        "dct:created": _moment(issued_at),
        "dct:publisher": enterprise,
        "dct:audience": "dpv:DataSubject",
        "dpv:hasRecordOfActivity": _record(decision, enterprise, address),
    }


def _record(decision: Decision, enterprise: Mapping[str, Any], address: str) -> dict[str, Any]:
    at_door = f"{address}/me/relations/{decision.enterprise_id}/?purpose={decision.purpose}"
    return {
        "@id": f"urn:uuid:{decision.id}",
        "@type": "dpv:ConsentRecord",
        "dct:identifier": str(decision.id),
        "dct:conformsTo": "https://w3id.org/dpv/schema/dpv-27560#record",
        "dpv:hasDataSubject": {"@id": f"urn:uuid:{decision.giver_id}", "skos:broader": "dpv:Customer"},
        "dpv:hasDataController": enterprise,
        "dpv:hasLegalBasis": "dpv:Consent",
        "dpv:hasProcess": _process(decision, enterprise),
        "dpv:hasConsentControl": {
            "@type": ["dpv:ProvideConsent", "dpv:WithdrawConsent"],
            "dpv:isExercisedAt": at_door,
        },
        "dpv:hasRight": {
            "@type": "dpv:DataSubjectRight",
            "dct:title": "Right to withdraw consent",
            "dpv:isExercisedAt": at_door,
        },
        "dpv:hasNotice": {
            "@type": "dpv:ConsentNotice",
            "dct:description": decision.words,
            "dct:language": decision.language,
            "dct:date": _moment(decision.happened_at),
        },
        "dpv:hasConsentStatus": _event(decision),
    }


def _process(decision: Decision, enterprise: Mapping[str, Any]) -> dict[str, Any]:
    personal = decision.strength >= Strength.PERSONAL and not decision.channel
    term = (PERSONAL_PURPOSES if personal else {}).get(decision.purpose) or PURPOSES[decision.purpose]
    process: dict[str, Any] = {
        "@type": "dpv:Process",
        "dpv:hasPurpose": {
            "@type": term,
            "dct:identifier": decision.purpose,
            "dct:title": decision.purpose_label,
        },
        "dpv:hasRecipient": {"@id": enterprise["@id"]},
        "dpv:hasPersonalData": ["dpv:CollectedPersonalData"] if personal else [],
        "gx:strength": decision.strength,
        "gx:channel": decision.channel or "any",
    }
    if decision.former is not None:
        process["gx:formerStrength"] = decision.former
    return process | {f"gx:{name}": value for name, value in decision.terms.items()}


def _event(decision: Decision) -> dict[str, Any]:
    kind = "dpv:ExplicitlyExpressedConsent" if decision.noted_by == "person" else "dpv:ExpressedConsent"
    return {
        "@type": [status(decision.strength, decision.former), kind],
        "dpv:isIndicatedBy": "dpv:DataSubject",
        "dpv:isIndicatedAtTime": _moment(decision.happened_at),
        "dpv:hasIndicationMethod": decision.proof,
        "gx:notedBy": decision.noted_by,
        "gx:recordedAt": _moment(decision.recorded_at),
    }


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True, slots=True)
class Shown:
    """A receipt as a page shows it, read from the signed document itself."""

    id: str
    issued_at: datetime
    enterprise: str
    purpose: str
    channel: str
    strength: int
    former: int | None
    words: str
    proof: str
    noted_by: str
    happened_at: datetime
    status: str
    signed_by: str

    @property
    def purpose_label(self) -> Any:
        """The purpose in the reader's language."""
        return Purpose(self.purpose).label

    @property
    def channel_label(self) -> Any:
        """The channel in the reader's language; empty for the purpose as a whole."""
        return Channel(self.channel).label if self.channel else ""

    @property
    def rung(self) -> Any:
        """What was permitted, as a rung of the ladder."""
        return RUNGS[Strength(self.strength)][0]

    @property
    def former_rung(self) -> Any:
        """What had been permitted, as a rung of the ladder; None where nothing had been said."""
        return None if self.former is None else RUNGS[Strength(self.former)][0]


def shown(document: Mapping[str, Any]) -> Shown:
    """What a stored receipt says."""
    record = document["dpv:hasRecordOfActivity"]
    process, event = record["dpv:hasProcess"], record["dpv:hasConsentStatus"]
    channel = process["gx:channel"]
    return Shown(
        id=document["dct:identifier"],
        issued_at=datetime.fromisoformat(document["dct:created"]),
        enterprise=document["dct:publisher"]["schema:name"],
        purpose=process["dpv:hasPurpose"]["dct:identifier"],
        channel="" if channel == "any" else channel,
        strength=process["gx:strength"],
        former=process.get("gx:formerStrength"),
        words=record["dpv:hasNotice"]["dct:description"],
        proof=event["dpv:hasIndicationMethod"],
        noted_by=event["gx:notedBy"],
        happened_at=datetime.fromisoformat(event["dpv:isIndicatedAtTime"]),
        status=event["@type"][0],
        signed_by=document["proof"]["verificationMethod"],
    )
