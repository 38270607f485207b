"""Tables as matrices for gradient boosting: numbers as they are, categories as codes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

MAX_CATEGORIES = 250
"""Gradient boosting takes at most 255 categories a column; rarer ones share one code."""


def feature_matrices(
    frames: Sequence[pd.DataFrame], numeric: Sequence[str], categorical: Sequence[str]
) -> tuple[list[np.ndarray], list[bool]]:
    """One float matrix a frame, and which of its columns hold category codes.

    Codes are shared by all ``frames``; missing numbers stay NaN, which boosting understands.
    """
    columns = [[frame[name].to_numpy(float) for name in numeric] for frame in frames]
    for name in categorical:
        codes = _codes([frame[name] for frame in frames])
        for side, of_side in zip(columns, codes, strict=True):
            side.append(of_side)
    mask = [False] * len(numeric) + [True] * len(categorical)
    return [np.column_stack(side) for side in columns], mask


def _codes(columns: Sequence[pd.Series]) -> list[np.ndarray]:
    counts = pd.concat(columns).value_counts()
    order = {word: code for code, word in enumerate(counts.index[:MAX_CATEGORIES])}
    return [c.map(order).fillna(len(order)).to_numpy(float) for c in columns]
