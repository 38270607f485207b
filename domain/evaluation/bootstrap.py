"""How sure a measurement on test rows is: the same rows drawn again and again, with replacement."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

DRAWS = 200

_BLOCK = 2_000_000
"""Cells of a block of draws: long tables are resampled some draws at a time."""

Measure = Callable[[np.ndarray], np.ndarray]
"""``measure(counts)``: ``counts`` says in (rows × draws) how often each row was drawn; gives one
value a draw, or several at once (values × draws)."""


def plain(measure: Measure, rows: int) -> np.ndarray:
    """The measurement on every row once."""
    return np.asarray(measure(np.ones((rows, 1)))[..., 0])


def drawn_again(measure: Measure, groups: np.ndarray, seed: int, draws: int = DRAWS) -> np.ndarray:
    """The measurement of ``draws`` resamples, each with as many rows of every group as there are.

    ``groups`` gives each row a whole number: classes are resampled apart, so that a rare one does
    not vanish from a draw (stratified bootstrap). The same seed gives the same draws, so that
    two measurements of the same rows are paired. (Efron & Tibshirani 1993.)
    """
    random = np.random.default_rng(seed)
    block = max(1, _BLOCK // max(len(groups), 1))
    sizes = [min(block, draws - start) for start in range(0, draws, block)]
    return np.concatenate([measure(_counts(groups, size, random)) for size in sizes], axis=-1)


def _counts(groups: np.ndarray, draws: int, random: np.random.Generator) -> np.ndarray:
    counts = np.zeros((len(groups), draws))
    for rows in _of_groups(groups):
        picks = random.integers(0, len(rows), (len(rows), draws)) * draws + np.arange(draws)
        counts[rows] = np.bincount(picks.ravel(), minlength=len(rows) * draws).reshape(-1, draws)
    return counts


def _of_groups(groups: np.ndarray) -> Iterator[np.ndarray]:
    for group in np.unique(groups):
        yield np.flatnonzero(groups == group)


def interval95(draws: np.ndarray) -> tuple[float, float] | None:
    """The middle 95 % of the draws that are known; ``None`` when none is."""
    known = draws[np.isfinite(draws)]
    if not len(known):
        return None
    low, high = np.quantile(known, [0.025, 0.975])
    return float(low), float(high)
