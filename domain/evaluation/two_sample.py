"""The classifier two-sample test: two judges learn to tell two tables' rows apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix, hstack
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from domain.evaluation.boosting import boosted, leaned_on
from domain.evaluation.comparison import Comparison, drawn
from domain.evaluation.features import feature_matrices
from domain.evaluation.parallel import side_by_side
from domain.evaluation.ranking import auc

FOLDS = 5
SHUFFLED_ROWS = 5_000
"""At most this many held-out rows of a fold are judged again with a column shuffled."""

SHUFFLED_CELLS = 200_000
"""In wide tables fewer: so many divided by the columns, but no fewer than a thousand."""

_RARE = 5
"""Categories of fewer rows are one to the linear judge."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Two tables' rows, as many of each, and which table each is from."""

    real: pd.DataFrame
    other: pd.DataFrame
    folds: Sequence[tuple[np.ndarray, np.ndarray]]
    """Row numbers to learn from and to judge; the rows of ``real`` come first."""
    seed: int

    @property
    def truth(self) -> np.ndarray:
        """0 for the rows of ``real``, 1 for those of ``other``."""
        return np.repeat([0, 1], len(self.real))


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """How well gradient boosting told the rows of each fold, and what each column told it."""

    aucs: tuple[float, ...]
    losses: Mapping[str, tuple[float, ...]]
    """Column → how much AUC each fold loses when the column is shuffled among its rows."""

    @property
    def auc(self) -> float:
        return float(np.mean(self.aucs))


def sides(comparison: Comparison, real: pd.DataFrame, other: pd.DataFrame) -> Rows:
    """The rows to tell apart; the longer side is drawn down, so that both are equally likely."""
    n = min(len(real), len(other))
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=comparison.seed)
    truth = np.repeat([0, 1], n)
    return Rows(
        real=drawn(real, n, comparison.seed),
        other=drawn(other, n, comparison.seed),
        folds=tuple(folds.split(truth, truth)),
        seed=comparison.seed,
    )


def judged_by_boosting(
    comparison: Comparison, rows: Rows, shuffle: Sequence[str] | None = None
) -> Judged:
    """What gradient boosting tells, fold by fold; ``shuffle`` names columns, by default all."""
    matrices, mask = feature_matrices(
        [rows.real, rows.other], comparison.numeric, comparison.categorical
    )
    names = comparison.columns if shuffle is None else shuffle
    places = [comparison.columns.index(name) for name in names]
    x = np.vstack(matrices)
    tasks = [partial(_boosted_fold, x, rows, fold, mask, places) for fold in range(len(rows.folds))]
    found = side_by_side(tasks)
    losses = {name: tuple(f[1][i] for f in found) for i, name in enumerate(names)}
    return Judged(aucs=tuple(f[0] for f in found), losses=losses)


def _boosted_fold(
    x: np.ndarray, rows: Rows, fold: int, mask: list[bool], places: Sequence[int]
) -> tuple[float, list[float]]:
    """The AUC of one fold, and what shuffling each of the columns ``places`` takes of it."""
    learn, judge = rows.folds[fold]
    truth = rows.truth
    model, features = boosted(x[learn], truth[learn], x[judge], mask, classify=True, seed=rows.seed)
    fold_auc = _auc(model, features, truth[judge])
    taken = np.flatnonzero(~np.isnan(x[learn]).all(axis=0))
    telling = {int(taken[place]) for place in leaned_on(model) if place < len(taken)}
    # A fold's row numbers are in order, real rows first: the few are drawn.
    few = min(SHUFFLED_ROWS, max(1_000, SHUFFLED_CELLS // x.shape[1]))
    order = np.random.default_rng([rows.seed, fold]).permutation(len(judge))[:few]
    features, positive = features[order], truth[judge][order]
    whole = _auc(model, features, positive)
    rng = np.random.default_rng([rows.seed, fold, 1])
    losses = [
        whole - _auc(model, _shuffled(features, int(np.searchsorted(taken, p)), rng), positive)
        if p in telling
        else 0.0
        for p in places
    ]
    return fold_auc, losses


def _auc(model: Any, features: np.ndarray, truth: np.ndarray) -> float:
    return auc(truth == 1, model.predict_proba(features)[:, 1])


def _shuffled(features: np.ndarray, place: int, rng: np.random.Generator) -> np.ndarray:
    mixed = features.copy()
    mixed[:, place] = rng.permutation(mixed[:, place])
    return mixed


def auc_by_line(comparison: Comparison, rows: Rows) -> float:
    """Mean AUC over folds of logistic regression on standardised numbers and one-hot
    categories, missing cells flagged."""
    x = _linear_features(pd.concat([rows.real, rows.other], ignore_index=True), comparison)
    # One by one: in threads, scikit-learn's logistic regression loses its warning filters.
    return float(np.mean([_linear_fold(x, rows, fold) for fold in range(len(rows.folds))]))


def _linear_fold(x: csr_matrix, rows: Rows, fold: int) -> float:
    learn, judge = rows.folds[fold]
    model = LogisticRegression(max_iter=500, tol=1e-3).fit(x[learn], rows.truth[learn])
    return _auc(model, x[judge], rows.truth[judge])


def _linear_features(frame: pd.DataFrame, comparison: Comparison) -> csr_matrix:
    numbers = frame[list(comparison.numeric)].to_numpy(float)
    missing = np.isnan(numbers)
    parts = [csr_matrix(missing[:, missing.any(axis=0)].astype(float))]
    known = ~missing.all(axis=0)
    if known.any():
        standard = StandardScaler().fit_transform(numbers[:, known])
        parts.append(csr_matrix(np.where(missing[:, known], 0.0, standard)))
    if comparison.categorical:
        one_hot = OneHotEncoder(min_frequency=_RARE, handle_unknown="ignore")
        parts.append(one_hot.fit_transform(frame[list(comparison.categorical)]))
    return csr_matrix(hstack(parts))
