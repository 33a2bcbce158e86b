"""Tables of the touch centre, by half: what comes in, and what goes out."""

from guanxi.touch.models.incoming import AsideState, Inbox, Poison, Quarantined, Source, SourceKind, Tally
from guanxi.touch.models.outgoing import (
    Account,
    Attempt,
    Health,
    Letter,
    Message,
    Outbox,
    Report,
    Template,
    Undeliverable,
    Version,
    Waiting,
)

__all__ = [
    "Account",
    "AsideState",
    "Attempt",
    "Health",
    "Inbox",
    "Letter",
    "Message",
    "Outbox",
    "Poison",
    "Quarantined",
    "Report",
    "Source",
    "SourceKind",
    "Tally",
    "Template",
    "Undeliverable",
    "Version",
    "Waiting",
]
