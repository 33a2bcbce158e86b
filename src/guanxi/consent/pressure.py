"""Contact pressure: how much unasked contact lies on somebody, against how much they bear. Pure.

Each contact weighs by its channel and decays by half in a half-life (days). An answered contact weighs half, one that
was asked for half, a refused one half as much again; what serves the customer weighs nothing. They bear
`limit + q`, where q is the strength of the permission between 0 and 1, shrunk by what they did with past contacts. A
contact fits where load + its weight is at most that. Formula: Godfrey, Seiders, Voss (2011), with the units of
`docs/explanation/privacy.md`; weights and half-life are starting assumptions until caps were randomised.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from guanxi.consent.words import CONTRACTUAL, Channel, Strength

LIMIT = 0.5
HALF_LIFE = 45.0
#: About 3 calls, 4 messages, 8 displays or 10 letters in a half-life are one unit.
WEIGHTS: Mapping[str, float] = {
    Channel.PHONE: 1 / 3,
    Channel.EMAIL: 1 / 4,
    Channel.SMS: 1 / 4,
    Channel.CHAT: 1 / 4,
    Channel.MESSENGER: 1 / 4,
    Channel.DISPLAY: 1 / 8,
    Channel.POST: 1 / 10,
}
ASKED_FOR = 0.5
#: What a response adds to the weight of the contact that it answers.
RESPONSES: Mapping[str, float] = {"answered": -0.5, "refused": 0.5}
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Past:
    """What somebody did with the unasked contacts they had."""

    contacts: int = 0
    answered: int = 0
    refused: int = 0


NO_PAST = Past()


def weight(
    channel: str, purpose: str, *, asked_for: bool = False, weights: Mapping[str, float] | None = None
) -> float:
    """What one contact adds to the load."""
    if purpose in CONTRACTUAL or not channel:
        return 0.0
    unit = (weights or {}).get(channel, WEIGHTS[channel])
    return unit * ASKED_FOR if asked_for else unit


def decayed(load: float, age: timedelta, half_life: float) -> float:
    """What is left of a load after a time; what lies ahead has not decayed."""
    return load * math.exp2(-max(age / _DAY, 0.0) / half_life)


def response(load: float, kind: str, age: timedelta, half_life: float) -> float:
    """What a response changes at its moment, where the contact weighed `load` when it was made."""
    return RESPONSES[kind] * decayed(load, age, half_life)


def willingness(strength: int, past: Past) -> float:
    """The strength of a permission between 0 and 1, shrunk by contacts that were ignored or refused."""
    level = strength / Strength.DELEGATE
    ignored = max(past.contacts - past.answered - past.refused, 0)
    return (4 * level + past.answered) / (4 + past.answered + 0.1 * ignored + 3 * past.refused)


def tolerance(strength: int, past: Past, limit: float = LIMIT) -> float:
    """How much load somebody bears."""
    return limit + willingness(strength, past)


def fits_at(load: float, room: float, now: datetime, half_life: float) -> datetime | None:
    """When a load will have decayed to `room`, in whole seconds; None where it never will."""
    if room <= 0:
        return None
    days = half_life * math.log2(load / room) if load > room else 0.0
    return now + timedelta(seconds=math.ceil(days * 86_400) + 1)
