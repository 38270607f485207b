"""Held-out rows that were trained on after all: more of them repeat a training row than chance."""

from __future__ import annotations

import numpy as np
import pandas as pd

_SURELY = 3.0
"""Standard deviations by which a surplus of repeating rows must exceed chance (p = 0.1 %)."""


def row_keys(comparable: pd.DataFrame) -> np.ndarray:
    """A hash of every row of a comparison's side, equal for equal rows (numbers to nine digits)."""
    hashed: np.ndarray = pd.util.hash_pandas_object(comparable.round(9), index=False).to_numpy()
    return hashed


def doubles(keys: np.ndarray) -> float:
    """The share of rows that another row of the same side repeats: what chance does."""
    return float(pd.Series(keys).duplicated(keep=False).mean())


def seen_rows(train: np.ndarray, holdout: np.ndarray) -> tuple[float, tuple[int, ...]]:
    """The share of held-out rows that were trained on, and the places of as many of them.

    Takes the :func:`row_keys` of both sides. Rows that repeat a training row count beyond as many
    as repeat each other among training rows, and only where chance does not explain the surplus;
    of those that repeat, rows that occur once in training are the likelier to be seen.
    """
    if not len(train) or not len(holdout):
        return 0.0, ()
    keys, times = np.unique(train, return_counts=True)
    at = np.searchsorted(keys, holdout).clip(max=len(keys) - 1)
    found = np.where(keys[at] == holdout, times[at], 0)
    chance = doubles(train)
    surplus = float((found > 0).mean()) - chance
    if surplus <= _SURELY * _spread_by_chance(train, holdout):
        return 0.0, ()
    share = surplus / (1 - chance)
    repeating = np.flatnonzero(found)
    likeliest = repeating[np.argsort(found[repeating], kind="stable")]
    return share, tuple(int(i) for i in likeliest[: round(share * len(holdout))])


def _spread_by_chance(train: np.ndarray, holdout: np.ndarray) -> float:
    """The surplus's standard deviation if all real rows had been split at random.

    Equal rows are groups of ``size``, of which chance puts a binomial number ``k`` into training.
    A group adds 1/n to the surplus where ``k`` is 1 (a training row that nothing repeats) and
    takes size/m where it is 0 (held-out rows that repeat none); that all ``k`` come to n is known.
    """
    n, m = len(train), len(holdout)
    size = np.unique(np.concatenate([train, holdout]), return_counts=True)[1].astype(float)
    f = n / (n + m)
    none, one = (1 - f) ** size, size * f * (1 - f) ** (size - 1)
    mean = one / n - size * none / m
    variance = np.sum(one / n**2 + size**2 * none / m**2 - mean**2)
    with_k = np.sum(one / n - size * f * mean)
    return float(np.sqrt(max(variance - with_k**2 / np.sum(size * f * (1 - f)), 0.0)))
