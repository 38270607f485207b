"""Column by column: is the synthetic column's distribution the real one's?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from domain.evaluation.comparison import MISSING, Comparison
from domain.evaluation.report import Score

SIGNIFICANCE = 0.05
"""A column passes when its test's p-value is above this."""

_MIN_EXPECTED = 5
"""Cells of the chi-square table expected to hold fewer rows are merged (Cochran's rule)."""

_KS = "Two-sample Kolmogorov–Smirnov test (SciPy ks_2samp)"
_CHI2 = "Pearson's chi-square test of homogeneity (SciPy), rare cells merged (Cochran 1954)"
_TV = "Total variation distance between category shares"


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnTest:
    """How far two samples of one column are apart (0 same, 1 disjoint), and the test's p."""

    distance: float
    p: float

    @property
    def passed(self) -> bool:
        """Whether the test sees no difference at 5 %."""
        return self.p > SIGNIFICANCE


def numeric_test(reference: np.ndarray, other: np.ndarray) -> ColumnTest:
    """Kolmogorov–Smirnov distance and p-value of two samples, missing values left out."""
    x, y = reference[~np.isnan(reference)], other[~np.isnan(other)]
    if len(x) == 0 and len(y) == 0:
        return ColumnTest(distance=0.0, p=1.0)
    if len(x) == 0 or len(y) == 0:
        return ColumnTest(distance=1.0, p=0.0)
    result = stats.ks_2samp(x, y)
    return ColumnTest(distance=float(result.statistic), p=float(result.pvalue))


def categorical_test(reference: np.ndarray, other: np.ndarray) -> ColumnTest:
    """Total variation distance, and p of the chi-square test with rare cells merged."""
    if len(reference) == 0 or len(other) == 0:
        same = len(reference) == len(other)
        return ColumnTest(distance=0.0 if same else 1.0, p=1.0 if same else 0.0)
    counts = _counts(reference, other)
    shares = counts / counts.sum(axis=0)
    distance = float(np.abs(shares[:, 0] - shares[:, 1]).sum() / 2)
    return ColumnTest(distance=distance, p=_chi_square_p(counts))


def _counts(reference: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Counts of every category in both samples, shape (categories, 2)."""
    table = pd.DataFrame(
        {"a": pd.Series(reference).value_counts(), "b": pd.Series(other).value_counts()}
    )
    return table.fillna(0).to_numpy(float)


def _chi_square_p(counts: np.ndarray) -> float:
    merged = _without_rare_cells(counts)
    if len(merged) < 2:
        return 1.0
    return float(stats.chi2_contingency(merged, correction=False)[1])


def _without_rare_cells(counts: np.ndarray) -> np.ndarray:
    """Lump categories too rare for the test; a lump still too rare joins the next smallest."""
    smaller_share = counts.sum(axis=0).min() / counts.sum()
    rare = counts.sum(axis=1) * smaller_share < _MIN_EXPECTED
    if not rare.any():
        return counts
    common, lump = counts[~rare], counts[rare].sum(axis=0)
    if lump.sum() * smaller_share >= _MIN_EXPECTED or len(common) == 0:
        return np.vstack([common, lump])
    joined = common.copy()
    joined[joined.sum(axis=1).argmin()] += lump
    return joined


def column_tests(
    comparison: Comparison, reference: pd.DataFrame, other: pd.DataFrame
) -> dict[str, ColumnTest]:
    """The test of every column, by name."""
    numeric = {
        c: numeric_test(reference[c].to_numpy(), other[c].to_numpy()) for c in comparison.numeric
    }
    categorical = {
        c: categorical_test(reference[c].to_numpy(), other[c].to_numpy())
        for c in comparison.categorical
    }
    return numeric | categorical


def marginal_scores(comparison: Comparison) -> tuple[Score, ...]:
    """Every column's distance, p-value and missing rate, and the share of columns that pass."""
    tests = column_tests(comparison, comparison.reference, comparison.synthetic)
    baseline = (
        column_tests(comparison, comparison.holdout, comparison.train)
        if comparison.has_holdout
        else {}
    )
    per_column = tuple(
        score
        for name in comparison.columns
        for score in (
            *_test_scores(comparison, name, tests[name], baseline.get(name)),
            _missing_score(comparison, name),
        )
    )
    return (*_table_scores(comparison, tests, baseline), *per_column)


def _table_scores(
    comparison: Comparison,
    tests: Mapping[str, ColumnTest],
    baseline: Mapping[str, ColumnTest],
) -> tuple[Score, ...]:
    passed, total = sum(t.passed for t in tests.values()), len(tests)
    real = sum(t.passed for t in baseline.values())
    sentence = (
        f"{passed} of {total} columns cannot be told from the {comparison.against} by a "
        f"statistical test at 5 %"
        + (f"; real training rows pass {real} of {total}. " if baseline else ". ")
        + ("Nothing to do." if passed >= real else "Look at the columns with the largest distance.")
    )
    return (
        comparison.score(
            "similarity.columns_passed",
            passed / total,
            " ".join(filter(None, (sentence, comparison.sampled))),
            baseline=real / total if baseline else None,
            source=f"{_KS}; {_CHI2}",
        ),
        comparison.score(
            "similarity.mean_distance",
            _mean_distance(tests),
            "How far apart the columns' distributions are on average: 0 is the same, 1 shares "
            "nothing. Compare with the baseline, which is chance alone.",
            baseline=_mean_distance(baseline) if baseline else None,
            source=f"{_KS}; {_TV}",
        ),
    )


def _mean_distance(tests: Mapping[str, ColumnTest]) -> float:
    return float(np.mean([t.distance for t in tests.values()]))


def _test_scores(
    comparison: Comparison, name: str, test: ColumnTest, baseline: ColumnTest | None
) -> tuple[Score, Score]:
    numeric = name in comparison.numeric
    kind, source = ("ks", _KS) if numeric else ("tv", _TV)
    distance = comparison.score(
        f"similarity.{kind}",
        test.distance,
        _distance_sentence(name, test, baseline, numeric=numeric),
        scope=f"column:{name}",
        baseline=baseline.distance if baseline else None,
        source=source,
    )
    p = comparison.score(
        f"similarity.{kind}_p" if numeric else "similarity.chi2_p",
        test.p,
        _p_sentence(name, test, comparison.against),
        scope=f"column:{name}",
        baseline=baseline.p if baseline else None,
        threshold=SIGNIFICANCE,
        source=source if numeric else _CHI2,
    )
    return distance, p


def _distance_sentence(
    name: str, test: ColumnTest, baseline: ColumnTest | None, *, numeric: bool
) -> str:
    what = (
        "the largest gap between the two cumulative distributions"
        if numeric
        else "the share of rows that would have to change category"
    )
    chance = f"; among real rows it is {baseline.distance:.1%}" if baseline else ""
    return f"For “{name}”, {what} is {test.distance:.1%}{chance}."


def _p_sentence(name: str, test: ColumnTest, against: str) -> str:
    if test.passed:
        return f"The test sees no difference between “{name}” and the {against}."
    return (
        f"The test tells synthetic “{name}” from the {against}. With many rows tiny differences "
        "are seen too: judge by the distance whether it matters for your use."
    )


def _missing_score(comparison: Comparison, name: str) -> Score:
    real, synthetic = (
        missing_rate(frame[name]) for frame in (comparison.reference, comparison.synthetic)
    )
    difference = synthetic - real
    return comparison.score(
        "similarity.missing_difference",
        difference,
        f"“{name}” is missing in {synthetic:.1%} of synthetic and {real:.1%} of real rows.",
        scope=f"column:{name}",
        baseline=missing_rate(comparison.train[name]) - real if comparison.has_holdout else None,
        source="Difference of the shares of missing cells",
    )


def missing_rate(column: pd.Series) -> float:
    """The share of missing cells, 0 for a column without rows."""
    if len(column) == 0:
        return 0.0
    missing = column.isna() if column.dtype.kind == "f" else column == MISSING
    return float(missing.mean())
