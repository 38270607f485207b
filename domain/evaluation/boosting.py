"""Gradient boosting, the judge of detection and utility."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor


def boosted(
    x: np.ndarray,
    y: np.ndarray,
    judged: np.ndarray,
    mask: list[bool],
    *,
    classify: bool,
    seed: int,
) -> tuple[Any, np.ndarray]:
    """A model fitted to ``x`` and ``y``, and ``judged`` in the columns the model takes.

    Columns of which ``x`` knows no value are left out: scikit-learn cannot bin them.
    """
    known = ~np.isnan(x).all(axis=0)
    if not known.any():
        x, judged, mask, known = (
            np.zeros_like(x),
            np.zeros_like(judged),
            [False] * len(mask),
            ~known,
        )
    kind = HistGradientBoostingClassifier if classify else HistGradientBoostingRegressor
    model = kind(random_state=seed, categorical_features=np.array(mask)[known])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # too few distinct values to bin is expected here
        model.fit(x[:, known], y)
    return model, judged[:, known]
