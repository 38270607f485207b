"""How far two samples of one column are apart, in ways that do not grow with the rows."""

from __future__ import annotations

import numpy as np
from scipy import stats
from scipy.spatial.distance import jensenshannon

JS_BINS = 20
"""Numbers are compared in this many bins, equally full of reference values."""

WASSERSTEIN_SOURCE = (
    "Wasserstein-1 distance (SciPy wasserstein_distance) over the standard deviation of the "
    "real reference rows"
)
JS_SOURCE = (
    "Jensen–Shannon distance: square root of the divergence, base 2 (Lin 1991, Endres & "
    f"Schindelin 2003; SciPy jensenshannon); numbers in {JS_BINS} bins"
)


def normalised_wasserstein(reference: np.ndarray, other: np.ndarray) -> float | None:
    """How far the average value has to move, in standard deviations of ``reference`` (≥ 0).

    Without missing values. ``None`` where it has no size: no values, or a constant reference
    that ``other`` does not equal.
    """
    if len(reference) == 0 or len(other) == 0:
        return None
    distance = float(stats.wasserstein_distance(reference, other))
    spread = float(reference.std())
    if spread > 0.0:
        return distance / spread
    return 0.0 if distance == 0.0 else None


def jensen_shannon(counts: np.ndarray) -> float | None:
    """Jensen–Shannon distance (0 same, 1 disjoint) of two columns of counts, shape (cells, 2)."""
    if len(counts) == 0 or not counts.sum(axis=0).all():
        return None
    # Rounding may leave the divergence of equal shares a hair below zero.
    return float(np.nan_to_num(jensenshannon(counts[:, 0], counts[:, 1], base=2)))


def binned_counts(reference: np.ndarray, other: np.ndarray) -> np.ndarray:
    """How many values of each sample fall into each bin of :func:`bin_edges`, shape (bins, 2)."""
    if len(reference) == 0 or len(other) == 0:
        return np.zeros((0, 2))
    edges = bin_edges(reference, JS_BINS)
    sides = [np.searchsorted(edges, side, side="right") for side in (reference, other)]
    return np.column_stack([np.bincount(side, minlength=len(edges) + 1) for side in sides])


def bin_edges(reference: np.ndarray, bins: int) -> np.ndarray:
    """The inner edges of about ``bins`` bins, equally full of ``reference`` (no missing values).

    A value so common that it fills a bin has it for itself. A bin holds its left edge.
    """
    if len(reference) == 0:
        return np.zeros(0)
    quantiles = np.quantile(reference, np.linspace(0, 1, bins + 1)[1:-1], method="nearest")
    edges, times = np.unique(quantiles, return_counts=True)
    return np.union1d(edges, np.nextafter(edges[times > 1], np.inf))
