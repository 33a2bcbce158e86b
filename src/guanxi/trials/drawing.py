"""Drawing one action by chance. Pure: the seed is an argument, and equal seeds give equal actions everywhere."""

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from guanxi.core.errors import Invalid

# Thirteen letters of four bits: exact in a double, and in a bigint whatever its sign.
_LETTERS, _BITS = 13, 52
_RANGE = float(2**_BITS)


class BadChances(Invalid):
    """Chances that are no chances."""

    code = "trials.bad_chances"
    summary = _("The chances of the eligible actions must be positive and add up to one.")


@dataclass(frozen=True, slots=True)
class Option:
    """An action that was possible, and the chance it had."""

    action: str
    chance: float


def options(weights: Mapping[str, float]) -> list[Option]:
    """The options that these weights make, in order of their names.

    Raises:
        BadChances: There is none, or a weight is not positive.
    """
    total = sum(weights.values())
    if not weights or not math.isfinite(total) or min(weights.values()) <= 0:
        raise BadChances(field="weights")
    return [Option(action, weights[action] / total) for action in sorted(weights)]


def draw(eligible: Sequence[Option], *, seed: int) -> Option:
    """The option on which the seed falls."""
    point = share(f"draw:{seed}")
    reached = 0.0
    for option in eligible:
        reached += option.chance
        if point < reached:
            return option
    # Sums of chances may end just below one.
    return eligible[-1]


def share(text: str) -> float:
    """A number from 0 to below 1 that is the text's own: the first 52 bits of its SHA-256."""
    return int(hashlib.sha256(text.encode()).hexdigest()[:_LETTERS], 16) / _RANGE


def share_in_sql(text: str) -> str:
    """The same number as PostgreSQL works it out, for draws over a million rows; `text` is an expression of type text.

    PostgreSQL has SHA-256 built in, so that both sides give the same number (decision 0045).
    """
    digest = f"left(encode(sha256(convert_to({text}, 'UTF8')), 'hex'), {_LETTERS})"
    return f"(('x' || {digest})::bit({_BITS})::bigint / {_RANGE:.0f}::float8)"
