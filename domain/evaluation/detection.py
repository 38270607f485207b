"""Can a classifier tell synthetic rows from real ones? (The classifier two-sample test.)"""

from __future__ import annotations

import numpy as np
import pandas as pd
from sklearn.model_selection import StratifiedKFold

from domain.evaluation.boosting import boosted
from domain.evaluation.comparison import Comparison, drawn
from domain.evaluation.features import feature_matrices
from domain.evaluation.ranking import auc, auc_interval
from domain.evaluation.report import Score

FOLDS = 5
MIN_ROWS = 20
"""Rows needed on each side for an answer worth reading."""

CHANCE = 0.5

_SOURCE = "Classifier two-sample test (Lopez-Paz & Oquab 2017), gradient boosting, 5-fold"


def detection_scores(comparison: Comparison) -> tuple[Score, ...]:
    """Cross-validated AUC of telling synthetic from real rows; 0.5 is indistinguishable."""
    if min(len(comparison.reference), len(comparison.synthetic)) < MIN_ROWS:
        reason = f"Not measured: telling rows apart needs {MIN_ROWS} rows on each side."
        return (comparison.score("detection.auc", None, reason, source=_SOURCE),)
    value = detection_auc(comparison, comparison.reference, comparison.synthetic)
    n = min(len(comparison.reference), len(comparison.synthetic))
    return (
        comparison.score(
            "detection.auc",
            value,
            _sentence(value, comparison),
            interval=auc_interval(value, n, n),
            baseline=_baseline(comparison),
            source=_SOURCE,
        ),
    )


def detection_auc(comparison: Comparison, real: pd.DataFrame, other: pd.DataFrame) -> float:
    """Mean AUC over folds of a classifier trained to tell ``other`` from ``real`` rows.

    The longer side is drawn down to the shorter, so that both are equally likely.
    """
    n = min(len(real), len(other))
    sides = [drawn(real, n, comparison.seed), drawn(other, n, comparison.seed)]
    matrices, mask = feature_matrices(sides, comparison.numeric, comparison.categorical)
    x, y = np.vstack(matrices), np.repeat([0, 1], n)
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=comparison.seed)
    return float(
        np.mean(
            [_fold_auc(x, y, fit, judge, mask, comparison.seed) for fit, judge in folds.split(x, y)]
        )
    )


def _fold_auc(
    x: np.ndarray, y: np.ndarray, fit: np.ndarray, judge: np.ndarray, mask: list[bool], seed: int
) -> float:
    model, judged = boosted(x[fit], y[fit], x[judge], mask, classify=True, seed=seed)
    return auc(y[judge] == 1, model.predict_proba(judged)[:, 1])


def _baseline(comparison: Comparison) -> float | None:
    if min(len(comparison.holdout), len(comparison.train)) < MIN_ROWS:
        return None
    return detection_auc(comparison, comparison.holdout, comparison.train)


def _sentence(value: float, comparison: Comparison) -> str:
    right = max(value, CHANCE)
    verdict = (
        "That is hardly better than a coin: the rows look real."
        if right < 0.55
        else "Some pattern gives them away; the pair and column scores show where to look."
        if right < 0.75
        else "They are easy to tell apart: try another synthesizer or more training."
    )
    return (
        f"Shown a synthetic row and one of the {comparison.against}, a classifier picks the "
        f"synthetic one {right:.0%} of the time. {verdict}"
    )
