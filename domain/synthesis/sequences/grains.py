"""How round numbers are: a withdrawal is a multiple of a hundred, an interest is not.

A bin of a number codec is decoded along its quantiles, which knows nothing of round numbers. So
the network says, too, of which power of ten a number in a bin is a multiple.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.datasets.entities import SdType
from domain.synthesis.encoding.codec import Codec
from domain.synthesis.encoding.numbers import NumberCodec

Whole = NDArray[np.int64]
Sizes = tuple[int, ...]
"""Powers of ten in the column's smallest decimal, ascending from 1; empty where none tells."""

_SHARE = 0.02
"""Of the numbers in wide bins, from which on a power of ten is told apart."""
_LARGEST = 10**12
_NONE = 2**62
"""In place of a larger power of ten where there is none."""


def grains(
    column: pd.Series, codec: Codec, rare_threshold: int, owners: Whole | None = None
) -> Sizes:
    """The powers of ten that tell the numbers of a typed ``column`` apart; ``owners``: whose each
    row is, where as many as ``rare_threshold`` of them have to hold such numbers."""
    if not isinstance(codec, NumberCodec) or codec.grid.sdtype is SdType.DATETIME:
        return ()
    if not codec.grid.step:
        return ()
    has = np.flatnonzero(column.notna().to_numpy(np.bool_))
    inside = has[wide(codec)[codec.encode(column.iloc[has])]]
    numbers = _whole(codec.grid.positions(column.iloc[inside]), codec)
    own = inside if owners is None else owners[inside]
    fewest = max(_SHARE * len(numbers), rare_threshold, 1)

    def tell(rows: NDArray[np.bool_]) -> bool:
        return bool(rows.sum() >= fewest) and len(np.unique(own[rows])) >= rare_threshold

    sizes, power = [1], 10
    while power <= _LARGEST and tell(numbers % power == 0):
        finer = (numbers % sizes[-1] == 0) & (numbers % power != 0)
        sizes = [*sizes, power] if tell(finer) else [*sizes[:-1], power]
        power *= 10
    return (1, *(s for s in sizes if s > 1)) if len(sizes) > 1 else ()


def wide(codec: NumberCodec) -> NDArray[np.bool_]:
    """Which codes stand for several numbers."""
    low, high = ends(codec)
    return np.append(low != high, np.zeros(codec.size - codec.bins, dtype=np.bool_))


def ends(codec: NumberCodec) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The lowest and the highest position of every bin."""
    return codec.knots[codec.starts[:-1]], codec.knots[codec.starts[1:] - 1]


def grains_of(column: pd.Series, codec: NumberCodec, sizes: Sizes) -> Whole:
    """The place of each number's power of ten among ``sizes``; 0 where it is missing."""
    found = np.zeros(len(column), dtype=np.int64)
    present = column.notna().to_numpy(np.bool_)
    numbers = _whole(codec.grid.positions(column[present]), codec)
    for place, size in enumerate(sizes):
        found[np.flatnonzero(present)[numbers % size == 0]] = place
    return found


def rounded(
    values: pd.Series, codec: NumberCodec, codes: Whole, sizes: Sizes, places: Whole
) -> pd.Series:
    """Drawn ``values`` of the bins ``codes`` as multiples of the ``sizes`` at ``places`` (beyond
    the last: left as they are), and of no larger one, where the bin holds such a number."""
    asked = np.flatnonzero((places < len(sizes)) & wide(codec)[codes])
    positions = np.zeros(len(values))
    missing = values.isna().to_numpy(np.bool_)
    positions[~missing] = codec.grid.positions(values[~missing])
    low, high = (_whole(side, codec)[codes[asked]] for side in ends(codec))
    numbers = _whole(positions[asked], codec)
    steps = np.array([*sizes, _NONE])
    found = _nearest(numbers, low, high, steps[places[asked]], steps[places[asked] + 1])
    positions[asked] = (found - codec.grid.origin) / codec.grid.step
    return codec.grid.values(positions, missing)


def _nearest(numbers: Whole, low: Whole, high: Whole, step: Whole, larger: Whole) -> Whole:
    """The multiple of ``step`` from ``low`` to ``high`` that is nearest, if possible none of
    ``larger``; the number itself where there is none."""
    first, last = -(-low // step), high // step
    nearest = np.clip(np.round(numbers / step).astype(np.int64), first, last)
    aside = np.where(numbers < nearest * step, -1, 1)
    for shift in (aside, -aside):
        moved = nearest + shift
        inside = (moved >= first) & (moved <= last)
        rounder = (nearest * step % larger == 0) & (larger != _NONE)
        nearest = np.where(rounder & inside, moved, nearest)
    found: Whole = np.where(first <= last, nearest * step, numbers)
    return found


def _whole(positions: NDArray[np.float64], codec: NumberCodec) -> Whole:
    """Positions of the grid as numbers of the smallest decimal."""
    found: Whole = np.round(positions).astype(np.int64) * codec.grid.step + codec.grid.origin
    return found
