"""How far a twin that was made again lies from the first one, column by column."""

from __future__ import annotations

import math

import pandas as pd
from scipy.stats import ks_2samp

_MEANINGFUL = 0.05
"""A distance below which two columns are called alike, beyond chance."""
_CATEGORIES = 20
"""Rarer ones count as one."""
_DISTINCT = 0.5
"""A column of texts most of which occur once names rows: there is nothing to compare."""


def rebuilt_distances(packed: pd.DataFrame, rebuilt: pd.DataFrame) -> dict[str, float]:
    """By column, from 0 (alike) to 1: the Kolmogorov-Smirnov distance of numbers, the total
    variation of categories, the twenty commonest apart. Both frames hold text, missing cells NA.

    A column that only one of them has counts as 1.
    """
    found: dict[str, float] = {}
    for name in packed.columns.union(rebuilt.columns, sort=False):
        if name not in packed or name not in rebuilt:
            found[name] = 1.0
            continue
        distance = _distance(packed[name], rebuilt[name])
        if distance is not None:
            found[name] = distance
    return found


def tolerance(rows: int) -> float:
    """Up to which distance two files of ``rows`` rows are called alike: 0.05 beyond what two draws
    of so many rows differ by chance (about 2/√n)."""
    return min(_MEANINGFUL + 2.0 / math.sqrt(max(rows, 1)), 1.0)


def _distance(packed: pd.Series, rebuilt: pd.Series) -> float | None:
    missing = abs(packed.isna().mean() - rebuilt.isna().mean())
    before, now = packed.dropna(), rebuilt.dropna()
    if before.empty or now.empty:
        return float(missing)
    numbers = [pd.to_numeric(side, errors="coerce") for side in (before, now)]
    if not any(side.isna().any() for side in numbers):
        return float(max(missing, ks_2samp(*numbers).statistic))
    if before.nunique() > _DISTINCT * len(before) and len(before) > _CATEGORIES:
        return float(missing)
    return float(max(missing, _total_variation(before, now)))


def _total_variation(before: pd.Series, now: pd.Series) -> float:
    common = before.value_counts().index[:_CATEGORIES]
    shares = [
        side.where(side.isin(common), "").value_counts(normalize=True) for side in (before, now)
    ]
    return float(shares[0].sub(shares[1], fill_value=0.0).abs().sum() / 2)
