"""How often chance singles a row out depends on how many rows there are."""

from __future__ import annotations

import numpy as np
from scipy.optimize import brentq

_ENDLESS = 1e6
"""Predicates of so even weights are alike: Poisson's law."""


def singled_out_among(counts: np.ndarray, size: float) -> float:
    """By what factor more predicates pick one row alone among ``size`` times as many rows.

    ``counts``: how many rows fulfil each predicate now. The expected counts are taken to follow
    a gamma law over predicates, fitted to the shares of predicates with no row and with one
    (Giomi et al. 2023 fit a curve to subsamples instead). 1 where nothing can be fitted.
    """
    none, one = float(np.mean(counts == 0)), float(np.mean(counts == 1))
    if size == 1 or none in (0.0, 1.0) or one == 0.0:
        return 1.0
    ratio, silence = one / none, -float(np.log(none))
    shape = _shape(ratio, silence)
    mean = ratio * shape / (shape - ratio)
    return _one(shape, size * mean) / _one(shape, mean)


def _shape(ratio: float, silence: float) -> float:
    """The gamma law's shape from P(1)/P(0) and −log P(0)."""

    def excess(shape: float) -> float:
        return float(-shape * np.log1p(-ratio / shape)) - silence

    low, high = ratio * (1 + 1e-9), ratio * _ENDLESS
    if excess(low) <= 0 or excess(high) >= 0:
        return high if excess(high) >= 0 else low * 1.01
    return float(brentq(excess, low, high))


def _one(shape: float, mean: float) -> float:
    """The chance of exactly one row (negative binomial)."""
    return float(mean * np.exp(-(shape + 1) * np.log1p(mean / shape)))
