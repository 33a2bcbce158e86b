"""What comes back from mail servers: notices of delivery (RFC 3464) and complaints (RFC 5965), read. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage, Message
from typing import Any, Literal
from uuid import UUID

_KEY = re.compile(r"(?:\+|<|^)([0-9a-f]{32})@")
_STATUS = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
Kind = Literal["bounced", "delayed", "delivered", "complained"]


@dataclass(frozen=True, slots=True)
class Told:
    """What a report says about one message of ours.

    Attributes:
        key: The attempt that it is about.
        hard: Whether nobody will ever read there.
    """

    kind: Kind
    key: UUID
    code: str = ""
    detail: str = ""
    hard: bool = False
    recipient: str = ""


def read(raw: bytes) -> Told | None:
    """What a mail tells about a message of ours; None where it is no report, or not about one of ours."""
    mail = message_from_bytes(raw, policy=policy.default)
    kind = str(mail.get_param("report-type", "") or "").lower()
    key = _key(mail)
    if key is None:
        return None
    if kind == "feedback-report" or any(
        part.get_content_type() == "message/feedback-report" for part in mail.walk()
    ):
        return Told("complained", key, code="abuse", detail=_feedback(mail))
    for part in mail.walk():
        if part.get_content_type() == "message/delivery-status":
            return _delivery(part, key)
    return None


def _key(mail: EmailMessage) -> UUID | None:
    """The attempt: from the address it came back to, else from the message that it returns."""
    for text in _names(mail):
        found = _KEY.search(text)
        if found:
            return UUID(hex=found[1])
    return None


def _names(mail: EmailMessage) -> Iterator[str]:
    for name in ("To", "Delivered-To", "X-Original-To", "Envelope-To"):
        yield from (str(value) for value in mail.get_all(name, []))
    for part in mail.walk():
        if part.get_content_type() == "message/rfc822":
            yield from (str(inner.get("Message-ID", "")) for inner in _inside(part))
        elif part.get_content_type() == "text/rfc822-headers":
            said = part.get_payload(decode=True)
            if isinstance(said, bytes):
                yield str(message_from_bytes(said).get("Message-ID", ""))


def _inside(part: Message[Any, Any]) -> Iterator[Message[Any, Any]]:
    payload = part.get_payload()
    if isinstance(payload, list):
        yield from (one for one in payload if isinstance(one, Message))


def _delivery(part: Message[Any, Any], key: UUID) -> Told | None:
    for block in _inside(part):
        action = str(block.get("Action", "")).strip().lower()
        status = _STATUS.search(str(block.get("Status", "")))
        code = status[1] if status else ""
        detail = " ".join(str(block.get("Diagnostic-Code", "")).split())[:300]
        if action == "failed":
            # 5.2.2: the mailbox is full; 5.7.x: the policy of the receiver. Somebody reads there still.
            hard = code.startswith(("5.1.", "5.2.1", "5.4.4")) or not code
            recipient = str(block.get("Final-Recipient", "")).rpartition(";")[2].strip().strip("<>")
            return Told("bounced", key, code, detail, hard, recipient.casefold())
        if action == "delayed":
            return Told("delayed", key, code, detail)
        if action in ("delivered", "relayed", "expanded"):
            return Told("delivered", key, code, detail)
    return None


def _feedback(mail: EmailMessage) -> str:
    for part in mail.walk():
        if part.get_content_type() == "message/feedback-report":
            blocks = list(_inside(part))
            said = blocks[0] if blocks else message_from_bytes(part.get_payload(decode=True) or b"")  # type: ignore[arg-type]  # bytes where it is decoded
            return f"{said.get('Feedback-Type', 'abuse')} ({said.get('User-Agent', '')})"[:300]
    return ""
