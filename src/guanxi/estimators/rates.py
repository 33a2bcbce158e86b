"""How often does something rare happen? Ranges for a share that stay valid whenever they are looked at.

Beta mixture of Robbins (1970), "Statistical methods related to the law of the iterated logarithm", Annals of
Mathematical Statistics 41: with k of n so far, the likelihood of p against its mean under a Beta(1/2, 1/2) prior is a
martingale under p, so that over any number of looks it falls below alpha with a chance of at most alpha (Ville 1939).
Exact for any n and k, 0 included: what a normal limit cannot say of an unsubscription in ten thousand messages.
"""

import math
from dataclasses import dataclass

_STEPS = 60


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many."""

    hits: int
    n: int

    def __post_init__(self) -> None:
        if not 0 <= self.hits <= self.n:
            raise ValueError("a share has no more hits than cases")

    @property
    def mean(self) -> float:
        """The share seen; 0 where nothing was seen."""
        return self.hits / self.n if self.n else 0.0


@dataclass(frozen=True, slots=True)
class Range:
    """A value and where it lies whenever it is looked at."""

    estimate: float
    low: float
    high: float


def share(seen: Share, *, alpha: float = 0.05) -> Range:
    """The share, and its range of level 1 - alpha over all looks together.

    Raises:
        ValueError: alpha is no level.
    """
    if not 0 < alpha < 1:
        raise ValueError("alpha lies between 0 and 1")
    if not seen.n:
        return Range(0.0, 0.0, 1.0)
    least = math.log(alpha) + _log_mixture(seen)
    low = 0.0 if seen.hits == 0 else _edge(seen, least, 0.0, seen.mean)
    high = 1.0 if seen.hits == seen.n else _edge(seen, least, 1.0, seen.mean)
    return Range(seen.mean, low, high)


def difference(treated: Share, control: Share, *, alpha: float = 0.05) -> Range:
    """How much larger the share of the treated is; each arm takes half of alpha."""
    ours, theirs = share(treated, alpha=alpha / 2), share(control, alpha=alpha / 2)
    return Range(treated.mean - control.mean, ours.low - theirs.high, ours.high - theirs.low)


def _log_mixture(seen: Share) -> float:
    a, b = seen.hits + 0.5, seen.n - seen.hits + 0.5
    return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b) - math.log(math.pi)


def _log_likelihood(seen: Share, p: float) -> float:
    missed = seen.n - seen.hits
    hit = seen.hits * math.log(p) if seen.hits else 0.0
    return hit + (missed * math.log1p(-p) if missed else 0.0)


def _edge(seen: Share, least: float, outside: float, inside: float) -> float:
    """Where the likelihood falls to its least, between a point that is out and one that is in."""
    for _step in range(_STEPS):
        middle = (outside + inside) / 2
        if _log_likelihood(seen, middle) < least:
            outside = middle
        else:
            inside = middle
    return outside
