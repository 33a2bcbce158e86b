"""How far to trust a comparison that chance did not make: its size, support, balance and placebo, against fixed limits.

The limits are conventions, fixed before any campaign was looked at: a standardised difference of .1 is negligible and
one of .25 is not (Austin 2009; Stuart 2010); a placebo that finds an effect where there can be none refutes the
comparison (Rosenbaum 2002, ch. 6).
"""

from dataclasses import dataclass
from typing import Literal

from guanxi.estimators.matched import Comparison, Matched

Level = Literal["fair", "little", "none"]
# (where trust is little, where there is none): addressed, effective others, support, gap that is left
ADDRESSED, OTHERS, SUPPORT, GAP = (100, 30), (100, 30), (0.9, 0.6), (0.1, 0.25)


@dataclass(frozen=True, slots=True)
class Trust:
    """A level, and what speaks against the comparison: names of limits that it breaks."""

    level: Level
    against: tuple[str, ...]


def judge(found: Matched, placebo: Matched | None, richer: Matched | None = None, outcome: int = 0) -> Trust:
    """How far to trust one outcome of a comparison.

    Args:
        placebo: The same with a pretended earlier start; None where there are too few weeks before.
        richer: The same with more made equal; where it says something else, the figure hangs on the model.
    """
    doubts = {
        "few": _step(found.addressed, ADDRESSED),
        "others": _step(found.effective, OTHERS),
        "support": _step(found.support, SUPPORT),
        "balance": _step(-found.worst_gap, (-GAP[0], -GAP[1])),
        "model": _model(found.outcomes[outcome], richer.outcomes[outcome] if richer else None),
        **_placebo(found.outcomes[outcome], placebo.outcomes[outcome] if placebo else None),
    }
    worst = max(doubts.values())
    level: Level = "none" if worst == 2 else "little" if worst == 1 else "fair"
    return Trust(
        level, tuple(sorted((name for name, doubt in doubts.items() if doubt), key=lambda one: -doubts[one]))
    )


def _placebo(found: Comparison, placebo: Comparison | None) -> dict[str, int]:
    """A placebo that finds something refutes; one that drifts by half of the effect or more leaves little trust."""
    if placebo is None:
        return {"unchecked": 1}
    drift = not placebo.sure and abs(placebo.effect) >= max(abs(found.effect) / 2, 1e-12)
    return {"placebo": 2 if placebo.sure else 0, "drift": 1 if drift else 0}


def _model(found: Comparison, richer: Comparison | None) -> int:
    """A richer model that moves the figure by more than one standard error leaves little trust."""
    return int(
        richer is not None and abs(richer.effect - found.effect) > (found.high - found.low) / (2 * 1.96)
    )


def _step(value: float, limits: tuple[float, float]) -> int:
    little, none = limits
    return 2 if value < none else 1 if value < little else 0
