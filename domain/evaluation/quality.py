"""The field's own quality score, computed by its own library."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd

from domain.evaluation.comparison import Comparison
from domain.evaluation.report import Score

_SOURCE = "SDMetrics QualityReport: mean of Column Shapes and Column Pair Trends"
_MIN_ROWS = 2
_MIN_BASELINE = 20
"""Held-out rows that tell what real rows reach: fewer make any twin look good."""


def quality_scores(comparison: Comparison) -> tuple[Score, ...]:
    """SDMetrics' quality score of the synthetic rows against the training rows."""
    value = sdmetrics_quality(comparison, comparison.train, comparison.synthetic)
    if value is None:
        reason = "Not measured: the tables are too small or too empty for SDMetrics."
        return (comparison.score("similarity.quality", None, reason, source=_SOURCE),)
    baseline = _baseline(comparison)
    real = f"; other real rows reach {baseline:.1%}" if baseline is not None else ""
    sentence = (
        f"SDMetrics finds the synthetic table {value:.1%} like the training table in columns "
        f"and pairs of columns{real}. Compare synthesizers by it; it says nothing about privacy."
    )
    return (
        comparison.score("similarity.quality", value, sentence, baseline=baseline, source=_SOURCE),
    )


def _baseline(comparison: Comparison) -> float | None:
    if len(comparison.holdout) < _MIN_BASELINE:
        return None
    return sdmetrics_quality(comparison, comparison.train, comparison.holdout)


def sdmetrics_quality(
    comparison: Comparison, real: pd.DataFrame, other: pd.DataFrame
) -> float | None:
    """SDMetrics' overall score (0 to 1), or ``None`` where it cannot compute one."""
    if min(len(real), len(other)) < _MIN_ROWS:
        return None
    columns = {
        c: {"sdtype": "numerical" if c in comparison.numeric else "categorical"}
        for c in comparison.columns
    }
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        # The import itself warns of a newer entry point with another signature; this one is
        # what published figures were made with.
        from sdmetrics.reports.single_table import QualityReport

        report = QualityReport()
        report.generate(*_coded(comparison, real, other), {"columns": columns}, verbose=False)
        score = float(report.get_score())
    return score if np.isfinite(score) else None


def _coded(
    comparison: Comparison, real: pd.DataFrame, other: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The frames with numbers for categories: the same score in two thirds of the time."""
    real, other = real.copy(), other.copy()
    for name in comparison.categorical:
        codes, _ = pd.factorize(np.concatenate([real[name].to_numpy(), other[name].to_numpy()]))
        real[name], other[name] = codes[: len(real)], codes[len(real) :]
    return real, other
