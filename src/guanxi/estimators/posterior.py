"""Fit a few positive parameters by maximum posterior: log scale, analytic gradients, weak log-normal prior.

Large tables are fitted in two steps: quasi-Newton on a sample, then Newton steps on everything with the
sample's curvature, so that a million histories cost a handful of passes.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

Numbers = npt.NDArray[np.float64]
# theta (log parameters) -> log likelihood and its gradient with respect to theta
Likelihood = Callable[[Numbers], tuple[float, Numbers]]
REACH = 14.0  # log parameters stay within e**±14 of the centre: far beyond any reading, yet finite


@dataclass(frozen=True, slots=True)
class Prior:
    """Log-normal prior: log(parameter) ~ Normal(log(centre), spread)."""

    centre: tuple[float, ...]
    spread: float = 1.0

    def __post_init__(self) -> None:
        if self.spread <= 0 or min(self.centre) <= 0:
            raise ValueError("a prior needs positive centres and a positive spread")


@dataclass(frozen=True, slots=True)
class Peak:
    """Where the posterior is highest, and how sharply (covariance of the log parameters)."""

    theta: tuple[float, ...]
    covariance: tuple[tuple[float, ...], ...]
    log_likelihood: float
    converged: bool


def find(
    sample: Likelihood, share: float, full: Likelihood, centre: tuple[float, ...], prior: Prior | None
) -> Peak:
    """Climb the posterior: `sample` is the likelihood of a `share` (0..1] of what `full` sees."""
    start = np.log(np.array(centre))
    rough = _climb(_objective(sample, 1 / share, prior, start), start)
    target = _objective(full, 1.0, prior, start)
    curvature = _curvature(_objective(sample, 1 / share, prior, start), rough)
    theta, converged = _polish(target, rough, curvature)
    if not converged:
        theta = _climb(target, theta)
        converged = bool(np.abs(target(theta)[1]).max() < 1e-3 * max(1.0, abs(target(theta)[0])))
    nearby = target if share == 1 else _objective(sample, 1 / share, prior, start)
    spread = np.linalg.pinv(_curvature(nearby, theta), hermitian=True)
    return Peak(
        tuple(float(one) for one in theta),
        tuple(tuple(float(one) for one in row) for row in spread),
        float(full(theta)[0]),
        converged,
    )


def _objective(likelihood: Likelihood, weight: float, prior: Prior | None, start: Numbers) -> Likelihood:
    """Negative log posterior and its gradient."""
    centre = np.log(np.array(prior.centre)) if prior else start
    precision = 1 / prior.spread**2 if prior else 0.0

    def negative(theta: Numbers) -> tuple[float, Numbers]:
        value, gradient = likelihood(theta)
        away = theta - centre
        return -weight * value + 0.5 * precision * float(away @ away), -weight * gradient + precision * away

    return negative


def _climb(objective: Likelihood, start: Numbers) -> Numbers:
    limits = [(float(one) - REACH, float(one) + REACH) for one in start]
    scale = max(1.0, abs(objective(start)[0]))

    def scaled(theta: Numbers) -> tuple[float, Numbers]:
        value, gradient = objective(theta)
        return value / scale, gradient / scale

    found = minimize(
        scaled, start, jac=True, method="L-BFGS-B", bounds=limits,
        options={"maxiter": 500, "ftol": 1e-15, "gtol": 1e-10},
    )  # fmt: skip
    return np.asarray(found.x, dtype=np.float64)


def _curvature(objective: Likelihood, theta: Numbers, step: float = 1e-4) -> Numbers:
    """Hessian by central differences of the analytic gradient."""
    rows = [
        (objective(theta + step * unit)[1] - objective(theta - step * unit)[1]) / (2 * step)
        for unit in np.eye(len(theta))
    ]
    hessian = np.array(rows)
    return (hessian + hessian.T) / 2


def _polish(
    objective: Likelihood, theta: Numbers, curvature: Numbers, rounds: int = 30
) -> tuple[Numbers, bool]:
    """Damped Newton steps. The given curvature is kept while it serves; where a step does not lead down, or
    steps hardly shrink, it is measured anew here."""
    value, gradient = objective(theta)
    fresh, before = False, np.inf
    for _ in range(rounds):
        step = np.linalg.lstsq(curvature, gradient)[0]
        size = float(np.abs(step).max())
        if size < 1e-7:
            return theta, True
        step /= max(1.0, size)
        ahead = objective(theta - step)
        if (
            not np.isfinite(ahead[0])
            or ahead[0] > value + 1e-10 * abs(value)
            or (size > 0.5 * before and not fresh)
        ):
            if fresh:
                return theta, size < 1e-4
            curvature, fresh = _curvature(objective, theta), True
            continue
        theta, before, fresh = theta - step, size, False
        value, gradient = ahead
    return theta, False
