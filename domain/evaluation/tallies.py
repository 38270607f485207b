"""Weighted counts and the distances between the distributions that they make."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MAX_GRID = 4_096
"""Points at which two cumulative distributions are compared: their distance is known to a
four-thousandth."""


def tally(codes: Ints, owners: Ints, weights: Floats, size: int) -> Floats:
    """How often each code occurs (size × draws), where each owner counts by ``weights``."""
    ones = np.ones(len(codes))
    table = csr_matrix((ones, (codes, owners)), shape=(size, len(weights)))
    return np.asarray(table @ weights)


def shares(counts: Floats) -> Floats:
    """Counts as shares of their column; NaN where it is empty."""
    total = counts.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(counts / total)


def grid(*sides: Floats) -> Floats:
    """Where cumulative distributions of ``sides`` can differ: rising, at most :data:`MAX_GRID`."""
    known = np.concatenate([side[~np.isnan(side)] for side in sides])
    points = np.unique(known)
    if len(points) <= MAX_GRID:
        return points
    at = np.linspace(0, len(known) - 1, MAX_GRID).astype(int)
    return np.unique(np.sort(known)[at])


def bins(values: Floats, points: Floats) -> Ints:
    """Each value's bin: 0 is missing, then “up to” each of ``points``, then beyond."""
    found = np.searchsorted(points, values, side="left") + 1
    return np.where(np.isnan(values), 0, found).astype(np.int64)


def largest_gap(one: Floats, other: Floats) -> Floats:
    """Kolmogorov–Smirnov's distance of two tallies over the same bins, draw by draw."""
    steps = np.cumsum(shares(one), axis=0) - np.cumsum(shares(other), axis=0)
    return np.asarray(np.abs(steps).max(axis=0, initial=0.0)) + 0.0 * steps.sum(axis=0)


def total_variation(one: Floats, other: Floats) -> Floats:
    """Half the sum of differences of shares, draw by draw."""
    return np.asarray(np.abs(shares(one) - shares(other)).sum(axis=0) / 2)
