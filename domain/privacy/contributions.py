"""At most so many rows of one person: what makes noise for a row hide a person."""

from __future__ import annotations

import hmac

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.privacy.coins import key_for
from domain.privacy.randomness import SealedSeed

_WORD = 8


def bounded(rows: pd.DataFrame, unit: pd.Series, most: int, seed: SealedSeed) -> pd.DataFrame:
    """``rows`` with at most ``most`` of each ``unit``, chosen by secret lots.

    Which rows of a person stay depends on no other person: without her, everybody else keeps the
    very same rows. So tables that differ by one unit still do so afterwards, by ``most`` rows. A
    row without a unit is its own.
    """
    all_codes = unit_codes(unit)
    order = np.lexsort((_lots(unit, all_codes, seed), all_codes))
    codes = all_codes[order]
    first = np.r_[True, codes[1:] != codes[:-1]] if len(codes) else np.zeros(0, bool)
    starts = np.maximum.accumulate(np.where(first, np.arange(len(codes)), 0))
    kept = order[np.arange(len(codes)) - starts < most]
    return rows.iloc[np.sort(kept)].reset_index(drop=True)


def _lots(unit: pd.Series, codes: NDArray[np.int64], seed: SealedSeed) -> NDArray[np.uint64]:
    """A lot for each row, by its unit's name and its place among that unit's rows alone."""
    key = key_for(seed.secret, "contributions")
    places = pd.Series(codes).groupby(codes).cumcount()
    lots = [
        int.from_bytes(hmac.digest(key, f"{place} {name}".encode(), "sha256")[:_WORD], "big")
        for place, name in zip(places, unit, strict=True)
    ]
    return np.array(lots, dtype=np.uint64)


def unit_codes(unit: pd.Series) -> NDArray[np.int64]:
    """A number for each unit of privacy; rows without one have a number each."""
    codes, names = pd.factorize(unit.astype(object))
    lone = codes < 0
    codes = codes.astype(np.int64)
    codes[lone] = len(names) + np.arange(int(lone.sum()))
    return codes
