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


MOST_LEANED_ON = 25
"""So many columns are asked what a model loses without them: of hundreds, most are never split
on, and a prediction of a wide table takes long."""


def leaned_on(model: Any) -> frozenset[int]:
    """The columns, by place, whose splits gain a fitted model most; it splits on each of them."""
    columns = model.n_features_in_
    codes = np.zeros(columns, bool) if model.is_categorical_ is None else model.is_categorical_
    # Inside, scikit-learn puts columns of codes before all others.
    places = np.concatenate([np.flatnonzero(codes), np.flatnonzero(~codes)])
    gains = np.zeros(columns)
    for tree in (tree for round_ in model._predictors for tree in round_):
        inner = tree.nodes[tree.nodes["is_leaf"] == 0]
        np.add.at(gains, places[inner["feature_idx"]], inner["gain"])
    order = np.argsort(-gains, kind="stable")[:MOST_LEANED_ON]
    return frozenset(int(place) for place in order if gains[place] > 0)
