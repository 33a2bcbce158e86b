"""Empirical-Bayes shrinkage: what a customer's own few records say, pulled towards everybody by how few they
are.

Method of moments for a mean with known within-variance; models.md §0. Efron & Morris (1975).
"""

import numpy as np
import numpy.typing as npt

from guanxi.estimators.histories import Numbers

START = 20.0  # how many records everybody's rate counts for, until the data say otherwise


def rate(hits: npt.ArrayLike, trials: npt.ArrayLike, strength: float = START) -> Numbers:
    """(k + s m)/(n + s): own rate shrunk to the pooled rate m, which weighs as much as s trials."""
    k, n = np.asarray(hits, dtype=np.float64), np.asarray(trials, dtype=np.float64)
    pooled = k.sum() / n.sum() if n.sum() else 0.0
    return (k + strength * pooled) / (n + strength)
