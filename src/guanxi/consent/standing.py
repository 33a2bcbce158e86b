"""The standing of an enterprise by its individuals: counts of 90 days in, a figure with its interval out. Pure.

Five shares, each the better the nearer to one; what is not counted yet is left out:

    promises   matters answered within a week            / matters that customers opened
    mending    complaints mended within two weeks        / complaints and broken promises
    pressure   contacted customers whose load stays ≤ 1  / customers contacted unasked
    asking     askings that the gate did not refuse      / askings of the gate
    conduct    contacts that nobody reported             / contacts        (a leaked address counts as 25 reports)

Each share is the mean of its Beta posterior under the prior in `PRIOR`, which weighs as much as ten cases (two hundred
where the bad ones are rare): few cases pull nobody far. Standing is the mean of the shares that there are, weighted by
`WEIGHTS`; its variance is the weighted sum of theirs (they are counted from different rows), the interval ±1.96
standard deviations inside 0 to 100. Below `LEAST` cases in all, or where the interval is wider than `WIDEST`,
too little is known, and no figure is given.

There is no payment, setting or word of staff among the arguments, and there never may be one.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

DAYS = 90
LEAST = 30
#: An interval wider than this (of 100) says nothing, and no figure is given either.
WIDEST = 40
#: The prior of each share, as (good, bad) cases; a reported contact is rare, so its prior is strong and high.
PRIOR: Mapping[str, tuple[float, float]] = {
    "promises": (5.0, 5.0),
    "mending": (5.0, 5.0),
    "pressure": (8.0, 2.0),
    "asking": (8.0, 2.0),
    "conduct": (200.0, 1.0),
}
WEIGHTS: Mapping[str, float] = {"promises": 3, "mending": 3, "pressure": 2, "asking": 1, "conduct": 3}
#: What one reported contact in a hundred takes away: complaints are rare, so the scale of this share is stretched.
STRETCH = 20.0
LEAK = 25
#: Reports among contacts that cost nothing, and the share at which a contact costs twice.
FREE, DOUBLE = 0.001, 0.02


@dataclass(frozen=True, slots=True)
class Counts:
    """What the database counted over 90 days."""

    matters: int = 0
    matters_kept: int = 0
    holds: int = 0
    holds_mended: int = 0
    contacted: int = 0
    pressed: int = 0
    contacts: int = 0
    asked: int = 0
    refused: int = 0
    reports: int = 0
    leaks: int = 0


@dataclass(frozen=True, slots=True)
class Share:
    """One share: what it is of, how many cases, and between what it lies (0 to 1)."""

    name: str
    cases: int
    good: int
    value: float
    variance: float

    @property
    def percent(self) -> int:
        """The share out of a hundred."""
        return round(self.value * 100)


@dataclass(frozen=True, slots=True)
class Figure:
    """Standing: 0 to 100 with its interval of 95 %; no figure where too little is known."""

    value: int | None
    low: int | None
    high: int | None
    cases: int
    shares: tuple[Share, ...]
    leaks: int = 0

    @property
    def known(self) -> bool:
        """Whether enough happened for a figure."""
        return self.value is not None


def standing(counts: Counts) -> Figure:
    """The figure of an enterprise."""
    shares = tuple(share for share in _shares(counts) if share.cases)
    cases = sum(share.cases for share in shares)
    if cases < LEAST:
        return Figure(None, None, None, cases, shares, counts.leaks)
    weight = sum(WEIGHTS[share.name] for share in shares)
    mean = sum(WEIGHTS[share.name] * share.value for share in shares) / weight
    spread = 1.96 * math.sqrt(sum((WEIGHTS[share.name] / weight) ** 2 * share.variance for share in shares))
    low, high = max(0.0, mean - spread), min(1.0, mean + spread)
    if (high - low) * 100 > WIDEST:
        return Figure(None, None, None, cases, shares, counts.leaks)
    return Figure(
        round(mean * 100), math.floor(low * 100), math.ceil(high * 100), cases, shares, counts.leaks
    )


def surcharge(counts: Counts) -> Decimal:
    """What reports add to the price of a contact: 0 for none, 1 for twice the price, at most 4.

    The share of reports is shrunk towards none by a thousand contacts, so that one report among ten says little.
    """
    bad = counts.reports + LEAK * counts.leaks
    share = bad / (counts.contacts + 1000)
    return round(Decimal(min(4.0, max(0.0, (share - FREE) / (DOUBLE - FREE)))), 2)


def _shares(counts: Counts) -> tuple[Share, ...]:
    bad = min(counts.contacts, counts.reports + LEAK * counts.leaks)
    conduct = _share("conduct", counts.contacts, counts.contacts - bad)
    stretched = max(0.0, 1 - STRETCH * (1 - conduct.value))
    return (
        _share("promises", counts.matters, counts.matters_kept),
        _share("mending", counts.holds, counts.holds_mended),
        _share("pressure", counts.contacted, counts.contacted - counts.pressed),
        _share("asking", counts.asked, counts.asked - counts.refused),
        # Shown as what nobody reported; leaks are told beside it.
        Share(
            "conduct",
            counts.contacts,
            counts.contacts - min(counts.contacts, counts.reports),
            stretched,
            min(0.25, STRETCH**2 * conduct.variance),
        ),
    )


def _share(name: str, cases: int, good: int) -> Share:
    """The mean and variance of Beta(prior + good, prior + the rest)."""
    a, b = PRIOR[name][0] + good, PRIOR[name][1] + (cases - good)
    total = a + b
    return Share(name, cases, good, a / total, a * b / (total**2 * (total + 1)))
