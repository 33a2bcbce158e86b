"""Customers drawn from a BG/NBD whose parameters are known."""

import numpy as np

from guanxi.estimators.histories import Histories

CDNOW = {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426}


def simulated(customers: int, *, seed: int, weeks: float = 39.0) -> tuple[Histories, np.ndarray]:
    """Histories of `weeks` (arrival spread over the first 12), and repeats in as many weeks after."""
    draw = np.random.default_rng(seed)
    rate = draw.gamma(CDNOW["r"], 1 / CDNOW["alpha"], customers)
    leave = draw.beta(CDNOW["a"], CDNOW["b"], customers)
    age = weeks - draw.uniform(0, 12, customers)
    x, last, later = np.zeros(customers, int), np.zeros(customers), np.zeros(customers, int)
    now, active = np.zeros(customers), np.ones(customers, bool)
    while active.any():
        now[active] += draw.exponential(1 / np.maximum(rate[active], 1e-12))
        past, ahead = active & (now <= age), active & (now > age) & (now <= age + weeks)
        x[past] += 1
        last[past] = now[past]
        later[ahead] += 1
        active &= (now <= age + weeks) & (draw.random(customers) >= leave)
    return Histories.of(x, last, age), later
