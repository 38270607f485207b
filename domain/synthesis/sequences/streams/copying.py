"""Columns of events that mostly say what the same column of their parents says."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.datasets.entities import ColumnSpec, SdType

_WORDS = (SdType.CATEGORICAL, SdType.ID, SdType.TEXT)
_FEWEST = 20
"""Events that have to say something, before any of it counts as their parents' word."""
_MOSTLY, _BEYOND_CHANCE = 0.5, 0.2

Rows = NDArray[np.bool_]


def flag_of(column: str) -> str:
    """The name of the stream's column that says whether ``column`` is as in the parent."""
    return f"{column}, as in its parent"


def same_word(own: pd.Series, parents: pd.Series) -> Rows:
    """Where both say the same, or neither says anything."""
    one, other = own.astype(object), parents.astype(object)
    missing = one.isna() & other.isna()
    same: Rows = ((one == other).fillna(False) | missing).to_numpy(np.bool_)
    return same


def mostly_copied(spec: ColumnSpec, own: pd.Series, parents: pd.Series) -> bool:
    """Whether events that say something mostly say what their parents do, and not by chance."""
    if spec.sdtype not in _WORDS or spec.unique:
        return False
    says = own.notna().to_numpy(np.bool_)
    if says.sum() < _FEWEST:
        return False
    shares = own.astype(object).value_counts(normalize=True)
    rate = float(same_word(own, parents)[says].mean())
    return rate > max(_MOSTLY, float((shares**2).sum()) + _BEYOND_CHANCE)


def with_copies(own: pd.Series, copied: Rows, parents: pd.Series) -> pd.Series:
    """``own`` with the parents' words where they are ``copied``, in its own type."""
    if not isinstance(own.dtype, pd.CategoricalDtype):
        return own.mask(copied, parents)
    words = np.where(copied, parents.astype(object), own.astype(object))
    return pd.Series(pd.Categorical(words))
