"""At most so many rows of one person: what makes noise for a row hide a person."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.privacy.randomness import SealedSeed


def bounded(rows: pd.DataFrame, unit: pd.Series, most: int, seed: SealedSeed) -> pd.DataFrame:
    """``rows`` with at most ``most`` of each ``unit``, chosen by secret lots.

    Which rows of a person stay depends on no other person. A row without a unit is its own.
    """
    lots = seed.stream("contributions").uniforms(len(rows))
    order = np.lexsort((lots, unit_codes(unit)))
    codes = unit_codes(unit)[order]
    first = np.r_[True, codes[1:] != codes[:-1]] if len(codes) else np.zeros(0, bool)
    starts = np.maximum.accumulate(np.where(first, np.arange(len(codes)), 0))
    kept = order[np.arange(len(codes)) - starts < most]
    return rows.iloc[np.sort(kept)].reset_index(drop=True)


def unit_codes(unit: pd.Series) -> NDArray[np.int64]:
    """A number for each unit of privacy; rows without one have a number each."""
    codes, names = pd.factorize(unit.astype(object))
    lone = codes < 0
    codes = codes.astype(np.int64)
    codes[lone] = len(names) + np.arange(int(lone.sum()))
    return codes
