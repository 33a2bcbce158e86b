"""What the households of the demonstration permit: the one thing about the retailer that is invented, and says so.

The data tell who bought what and whom the retailer wrote to, not what anybody permitted, and a gate that nobody has
spoken to refuses everything. So each household says something by the hash of its key, the same on every machine, and
the proof of each permission says that it was drawn for the demonstration.
"""

import pyarrow

from demo import retailer
from demo.retailer import Part
from guanxi.trials import drawing

# Share of the households up to which they say this strength; who is beyond the last has said nothing.
SAID = {
    "offers": ((0.40, 3), (0.60, 2), (0.72, 0)),
    "news": ((0.45, 2), (0.60, 0)),
    "recognition": ((0.15, 4), (0.25, 0)),
}
WORDS = {
    4: "Be there: knows you in the store",
    3: "Know me: chosen by your needs and your purchases",
    2: "Tell me: general messages, without your personal data",
    0: "Leave me alone",
}
SAID_ON = "2017-12-01T12:00:00Z"
CAREFUL = 0.2  # of the households want at most two contacts a week


def permissions() -> pyarrow.Table:
    """One row for each thing that a household has said."""
    rows = [
        {
            "household": household, "purpose": purpose, "strength": strength, "cap": _cap(household),
            "kind": "double_opt_in", "proof": "drawn for the demonstration", "words": WORDS[strength], "day": SAID_ON,
        }
        for household in retailer.customers()["key"].to_pylist()
        for purpose, steps in SAID.items()
        if (strength := _strength(household, purpose, steps)) is not None
    ]  # fmt: skip
    return pyarrow.Table.from_pylist(rows)


def _strength(household: str, purpose: str, steps: tuple[tuple[float, int], ...]) -> int | None:
    place = drawing.share(f"demonstration:{purpose}:{household}")
    return next((strength for bound, strength in steps if place < bound), None)


def _cap(household: str) -> int | None:
    return 2 if drawing.share(f"demonstration:cap:{household}") < CAREFUL else None


PARTS = (
    Part(
        "permissions",
        "consent.permission",
        {
            "household": "customer_key", "purpose": "purpose", "strength": "strength", "cap": "weekly_cap",
            "kind": "proof_kind", "proof": "proof", "words": "words", "day": "said_at",
        },
        ("customer_key",),
        permissions,
    ),
)  # fmt: skip
