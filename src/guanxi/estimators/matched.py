"""What a past action did where nobody was left alone by chance: those addressed against others like them.

Steps, for the average effect on those addressed who have their like among the others:

1. Propensity by ridge logistic regression; whoever has nobody within a caliper of .2 standard deviations of the logit
   (Austin 2011) is left out, and the share that stays is the common support.
2. Entropy balancing (Hainmueller 2012, Political Analysis 20(1)): weights of the others, as even as they can be, that
   give them the same means of everything known before; with a small ridge, so that such weights exist.
3. Difference in differences of weekly outcomes, before to after, adjusted by a weighted regression among the others
   (doubly robust: Zhao & Percival 2017, Journal of Causal Inference 5(1)); interval from the influence values.
4. The same with a pretended start some weeks earlier (placebo): it must find nothing.
5. How strong something unseen would have to be to explain the effect away (VanderWeele & Ding 2017, E-value).

How far to trust the result is judged in `trust.py`. It is never called proved: only chance can prove.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from guanxi.estimators import propensity
from guanxi.estimators.histories import Numbers

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Window:
    """Everybody at one (true or pretended) start: what was known, and what they did a week before and after it.

    Attributes:
        known: One row a customer, one column a trait known before the start.
        before: Outcome a week before the start; one column an outcome.
        after: Outcome a week from the start on.
    """

    known: Numbers
    before: Numbers
    after: Numbers


@dataclass(frozen=True, slots=True)
class Comparison:
    """Of one outcome: the effect a week with its range, and how strong an unseen cause would have to be."""

    effect: float
    low: float
    high: float
    control_mean: float
    hidden: float

    @property
    def sure(self) -> bool:
        """Whether the range leaves zero out."""
        return self.low > 0 or self.high < 0


@dataclass(frozen=True, slots=True, eq=False)
class Matched:
    """The comparison as a whole.

    Attributes:
        support: Share of those addressed who have their like among the others.
        effective: Kish's effective number of the others after weighting.
        gap_before, gap_after: Standardised differences of each trait before and after weighting.
        weights: Of the others, adding up to one; 0 for those addressed.
        kept: Those addressed who are within the support.
    """

    outcomes: tuple[Comparison, ...]
    addressed: int
    others: int
    support: float
    effective: float
    gap_before: tuple[float, ...]
    gap_after: tuple[float, ...]
    weights: Numbers
    kept: Flags

    @property
    def worst_gap(self) -> float:
        """The greatest difference that is left."""
        return max(map(abs, self.gap_after), default=0.0)


@dataclass(frozen=True, slots=True)
class Matching:
    """Settings of the comparison; with `squares` the spread of what was known is made equal too."""

    squares: bool = False
    ridge: float = 0.01
    caliper: float = 0.2
    z: float = 1.96

    def fit(self, window: Window, addressed: Flags) -> Matched:
        """Compare those addressed with the others.

        Raises:
            ValueError: Nobody was addressed, or nobody was not.
        """
        if not addressed.any() or addressed.all():
            raise ValueError("a comparison needs people addressed and people not addressed")
        known = _standard(window.known, addressed)
        logit = propensity.logit(known, addressed)
        traits = known.shape[1]
        if self.squares:
            known = _standard(np.column_stack([known, np.clip(known, -4, 4) ** 2]), addressed)
        kept = addressed & propensity.have_their_like(logit, addressed, self.caliper)
        if not kept.any():
            kept = addressed
        weights = np.zeros(len(addressed))
        weights[~addressed] = balanced(known[~addressed], known[kept].mean(axis=0), self.ridge)
        gaps = [_gaps(known[:, :traits], kept, one) for one in (_even(~addressed), weights)]
        outcomes = tuple(
            self._compare(
                known,
                window.after[:, column] - window.before[:, column],
                window.after[:, column],
                kept,
                weights,
            )
            for column in range(window.after.shape[1])
        )
        return Matched(
            outcomes, int(addressed.sum()), int((~addressed).sum()), float(kept.sum() / addressed.sum()),
            float(1 / (weights**2).sum()), tuple(gaps[0]), tuple(gaps[1]), weights, kept,
        )  # fmt: skip

    def _compare(
        self, known: Numbers, change: Numbers, after: Numbers, kept: Flags, weights: Numbers
    ) -> Comparison:
        """Mean change of those addressed less that of the others, both less what their traits foretell."""
        design = np.column_stack([np.ones(len(known)), known])
        heavy = design * weights[:, None]
        penalty = np.diag([0.0] + [self.ridge] * known.shape[1])
        slope = np.linalg.solve(heavy.T @ design + penalty, heavy.T @ change)
        left = change - design @ slope
        n = int(kept.sum())
        effect = float(left[kept].mean() - weights @ left)
        spread = float(left[kept].var(ddof=1)) / n if n > 1 else float("inf")
        error = float(np.sqrt(spread + (weights**2) @ left**2))
        low, high = effect - self.z * error, effect + self.z * error
        size = float(np.sqrt(max(float(change.var()), 1e-12)))
        nearest = low if low > 0 else high if high < 0 else 0.0
        return Comparison(effect, low, high, float(weights @ after), hidden(nearest / size))


def balanced(others: Numbers, target: Numbers, ridge: float, rounds: int = 60) -> Numbers:
    """Weights of the others, as even as they can be, whose means are `target`.

    Minimises log(mean exp(z t)) + ridge |t|^2 / 2 over t by damped Newton steps, z = others - target; the weights are
    the softmax of z t.
    """
    z = others - target
    t = np.zeros(z.shape[1])

    def at(t: Numbers) -> tuple[float, Numbers]:
        reach = z @ t
        top = float(reach.max())
        raised = np.exp(reach - top)
        return top + float(np.log(raised.mean())) + ridge / 2 * float(t @ t), raised / raised.sum()

    value, weights = at(t)
    for _ in range(rounds):
        mean = weights @ z
        gradient = mean + ridge * t
        if float(np.abs(gradient).max()) < 1e-8:
            break
        curve = (z * weights[:, None]).T @ z - np.outer(mean, mean) + ridge * np.eye(len(t))
        step, size = np.linalg.solve(curve, gradient), 1.0
        while size > 1e-6 and (ahead := at(t - size * step))[0] > value - 1e-4 * size * float(
            gradient @ step
        ):
            size /= 2
        t, (value, weights) = t - size * step, ahead
    return weights


def hidden(distance: float) -> float:
    """E-value of an effect of so many standard deviations: R = exp(.91 d), E = R + sqrt(R (R - 1)); 1 is nothing."""
    ratio = float(np.exp(0.91 * min(abs(distance), 50.0)))
    return ratio + float(np.sqrt(ratio * (ratio - 1)))


def _standard(known: Numbers, addressed: Flags) -> Numbers:
    """In units of the pooled spread, as standardised differences are."""
    spread = np.sqrt((known[addressed].var(axis=0) + known[~addressed].var(axis=0)) / 2)
    even: Numbers = (known - known.mean(axis=0)) / np.where(spread > 1e-9, spread, 1.0)
    return even


def _even(members: Flags) -> Numbers:
    even: Numbers = members / members.sum()
    return even


def _gaps(known: Numbers, kept: Flags, weights: Numbers) -> list[float]:
    return [float(one) for one in known[kept].mean(axis=0) - weights @ known]
