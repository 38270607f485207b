"""Counting what is rare by whose it is: a hundred rows of one person are still one person's."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Whole = NDArray[np.int64]


def distinct(groups: Whole, owners: Whole, many: int) -> Whole:
    """How many different ``owners`` (0 and above) the rows of each of ``many`` groups have."""
    if not len(owners):
        return np.zeros(many, dtype=np.int64)
    most = int(owners.max()) + 1
    pairs = np.unique(groups * most + owners)
    found: Whole = np.bincount(pairs // most, minlength=many).astype(np.int64)
    return found


def shared(cuts: Whole, owners: Whole, least: int) -> Whole:
    """Those of ascending ``cuts`` between rows that leave every piece ``least`` owners or more.

    What has fewer is joined with the piece behind it, at the end with the one before.
    """
    kept, held = [0], set[int]()
    for start, end in pairwise([0, *cuts.tolist(), len(owners)]):
        if len(held) >= least:
            kept.append(start)
            held = set()
        held.update(owners[start:end].tolist())
    if len(held) < least:
        kept.pop()
    return np.array(kept[1:], dtype=np.int64)


def extremes(values: NDArray[np.float64], owners: Whole, many: int) -> tuple[float, float]:
    """The means of the ``many`` lowest and highest of sorted ``values``, one of each owner."""
    lows = values[np.unique(owners, return_index=True)[1]]
    highs = values[::-1][np.unique(owners[::-1], return_index=True)[1]]
    return float(np.sort(lows)[:many].mean()), float(np.sort(highs)[-many:].mean())
