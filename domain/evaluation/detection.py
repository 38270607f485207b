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
_SEEN, _EASY = 0.55, 0.75
_UNSURE = 0.6
"""Where the interval reaches further, a coin's AUC is no proof that the rows look real."""

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
            _sentence(value, n, comparison),
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


def _sentence(value: float, n: int, comparison: Comparison) -> str:
    return f"{_meaning(value, comparison.against)} {_verdict(value, n)}"


def _meaning(value: float, against: str) -> str:
    if value < CHANCE:
        return (
            f"A classifier that looks for synthetic rows among the {against} reaches an AUC of "
            f"{value:.3f}; one half is a coin, and below one half counts as not told apart."
        )
    return (
        f"Shown a synthetic row and one of the {against}, a classifier picks the synthetic one "
        f"{value:.1%} of the time; one half is a coin."
    )


def _verdict(value: float, n: int) -> str:
    low, high = auc_interval(max(value, CHANCE), n, n)
    told_apart = value >= _SEEN and low > CHANCE
    if not told_apart and (high > _UNSURE or value >= _SEEN):
        return f"{n:,} rows a side are too few to tell whether they look real: bring more rows."
    if not told_apart:
        return "That is hardly better than a coin: the rows look real to it."
    if value < _EASY:
        return "Some pattern gives them away; the pair and column scores show where to look."
    return "They are easy to tell apart: try another synthesizer or more training."
