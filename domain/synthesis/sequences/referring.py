"""Which whole numbers name others instead of measuring something.

An account number, a terminal, a number of an order: the one beside it belongs to somebody else.
Four things tell it from a size: there are many, they come again in a history, hardly two entities
share one, and they lie as evenly and as far apart as numbers that are handed out do.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.synthesis.encoding.owners import distinct
from domain.synthesis.sequences.histories import Histories

_MANY = 100
"""Different values, at least."""
_AGAIN = 0.25
"""Share of the values that their history had before, at least."""
_OWN = 0.5
"""Share of the values that fewer entities have than are rare, at least."""
_UNEVEN = 0.15
"""How far values may be from evenly spread ones (Kolmogorov–Smirnov distance)."""
_APART = 0.75
"""How far the next other value of a history is, at least, against any two values."""

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]


def refers(column: pd.Series, histories: Histories, rare_threshold: int) -> bool:
    """Whether a typed ``column`` of whole numbers, a cell for each row of ``histories``, names
    others."""
    owners = histories.owners(rare_threshold)
    there = np.flatnonzero(column.notna().to_numpy(np.bool_))
    if column.dtype != "Int64" or owners is None or not len(there):
        return False
    values = column.iloc[there].to_numpy(np.float64)
    numbers, place = np.unique(values, return_inverse=True)
    owner = owners[there]
    if len(numbers) < _MANY or _again(place, owner) < _AGAIN:
        return False
    own = numbers[distinct(place, owner, len(numbers)) < max(rare_threshold, 2)]
    few = len(own) < max(_OWN * len(numbers), _MANY)
    return not few and _uneven(own) <= _UNEVEN and _apart(values, owner, own) >= _APART


def _again(place: Whole, owner: Whole) -> float:
    """The share of values that their owner had before."""
    pairs = np.unique(np.stack([owner, place]), axis=1).shape[1]
    return 1 - pairs / len(place)


def _uneven(numbers: Floats) -> float:
    """How far ascending numbers are from evenly spread ones."""
    span = float(numbers[-1] - numbers[0])
    even = (numbers - numbers[0]) / max(span, 1.0)
    return float(np.abs(even - np.linspace(0, 1, len(numbers))).max())


def _apart(values: Floats, owner: Whole, numbers: Floats) -> float:
    """The mean step to the next other value of a history, as a share of that between any two of
    ``numbers``, which is a third of an even span."""
    rare = np.isin(values, numbers)
    values, owner = values[rare], owner[rare]
    steps = np.abs(np.diff(values))[(np.diff(owner) == 0) & (np.diff(values) != 0)]
    span = float(numbers[-1] - numbers[0])
    return float(steps.mean()) / (span / 3) if len(steps) else 0.0
