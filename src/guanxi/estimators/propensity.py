"""Who was likely to be addressed, and who of them has their like among the others."""

import numpy as np
import numpy.typing as npt

from guanxi.estimators.histories import Numbers

Flags = npt.NDArray[np.bool_]


def logit(known: Numbers, addressed: Flags, ridge: float = 1.0, rounds: int = 25) -> Numbers:
    """Logit of the chance to be addressed, by ridge logistic regression (Newton)."""
    design = np.column_stack([np.ones(len(known)), known])
    penalty = ridge * np.eye(design.shape[1])
    penalty[0, 0] = 1e-6
    slope = np.zeros(design.shape[1])
    for _ in range(rounds):
        chance = 1 / (1 + np.exp(-np.clip(design @ slope, -30, 30)))
        gradient = design.T @ (chance - addressed) + penalty @ slope
        step = np.linalg.solve((design * (chance * (1 - chance))[:, None]).T @ design + penalty, gradient)
        slope = slope - np.clip(step, -5, 5)
        if float(np.abs(step).max()) < 1e-8:
            break
    found: Numbers = design @ slope
    return found


def have_their_like(logit: Numbers, addressed: Flags, caliper: float) -> Flags:
    """Whether somebody who was not addressed is within so many standard deviations of the logit (Austin 2011)."""
    others = np.sort(logit[~addressed])
    at = np.searchsorted(others, logit)
    below = np.abs(logit - others[np.maximum(at - 1, 0)])
    above = np.abs(logit - others[np.minimum(at, len(others) - 1)])
    near: Flags = np.minimum(below, above) <= caliper * float(logit.std())
    return near
