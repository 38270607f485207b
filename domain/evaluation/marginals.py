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
_TESTS = f"{_KS}; {_CHI2}"
_TV = "Total variation distance between category shares"


MIN_ROWS = 20
"""Values needed on each side: a test of fewer passes nearly anything."""

_FEW_ROWS = 100
"""Below this the tests see large differences only, and the sentence says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnTest:
    """How far two samples of one column are apart (0 same, 1 disjoint), and the test's p."""

    distance: float
    p: float
    values: tuple[int, int]
    """How many known values each sample has."""

    @property
    def tells(self) -> bool:
        """Whether there are values enough for the p-value to mean something.

        A column that is empty on one side alone needs no test to be told apart.
        """
        fewest, most = min(self.values), max(self.values)
        return fewest >= MIN_ROWS or (fewest == 0 and (most == 0 or most >= MIN_ROWS))

    @property
    def passed(self) -> bool:
        """Whether the test sees no difference at 5 %."""
        return self.p > SIGNIFICANCE


def numeric_test(reference: np.ndarray, other: np.ndarray) -> ColumnTest:
    """Kolmogorov–Smirnov distance and p-value of two samples, missing values left out."""
    x, y = reference[~np.isnan(reference)], other[~np.isnan(other)]
    values = len(x), len(y)
    if len(x) == 0 and len(y) == 0:
        return ColumnTest(distance=0.0, p=1.0, values=values)
    if len(x) == 0 or len(y) == 0:
        return ColumnTest(distance=1.0, p=0.0, values=values)
    result = stats.ks_2samp(x, y)
    return ColumnTest(distance=float(result.statistic), p=float(result.pvalue), values=values)


def categorical_test(reference: np.ndarray, other: np.ndarray) -> ColumnTest:
    """Total variation distance, and p of the chi-square test with rare cells merged."""
    values = len(reference), len(other)
    if len(reference) == 0 or len(other) == 0:
        same = len(reference) == len(other)
        return ColumnTest(distance=0.0 if same else 1.0, p=1.0 if same else 0.0, values=values)
    counts = _counts(reference, other)
    shares = counts / counts.sum(axis=0)
    distance = float(np.abs(shares[:, 0] - shares[:, 1]).sum() / 2)
    return ColumnTest(distance=distance, p=_chi_square_p(counts), values=values)


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
    return (
        _passed_score(comparison, tests, baseline),
        comparison.score(
            "similarity.mean_distance",
            _mean_distance(tests),
            "How far apart the columns' distributions are on average: 0 is the same, 1 shares "
            "nothing. Compare with the baseline, which is chance alone.",
            baseline=_mean_distance(baseline) if baseline else None,
            source=f"{_KS}; {_TV}",
        ),
    )


def _passed_score(
    comparison: Comparison,
    tests: Mapping[str, ColumnTest],
    baseline: Mapping[str, ColumnTest],
) -> Score:
    """The share of columns that pass, among those with values enough to be tested."""
    rows = min(len(comparison.reference), len(comparison.synthetic))
    told = [c for c, test in tests.items() if test.tells] if rows >= MIN_ROWS else []
    if not told:
        reason = (
            f"Not measured: telling columns from the {comparison.against} takes {MIN_ROWS} values "
            "on each side; a test of fewer passes nearly anything. Bring more rows."
        )
        return comparison.score("similarity.columns_passed", None, reason, source=_TESTS)
    comparable = baseline and all(baseline[c].tells for c in told)
    real = sum(baseline[c].passed for c in told) if comparable else None
    passed = sum(tests[c].passed for c in told)
    sentences = (
        _passed_sentence(comparison.against, passed, len(told), real),
        _untested_sentence(len(tests) - len(told)),
        _passed_advice(passed, len(told), real, rows),
        comparison.sampled,
    )
    return comparison.score(
        "similarity.columns_passed",
        passed / len(told),
        " ".join(filter(None, sentences)),
        baseline=real / len(told) if real is not None else None,
        source=_TESTS,
    )


def _passed_sentence(against: str, passed: int, total: int, real: int | None) -> str:
    chance = f"; real training rows pass {real} of {total}" if real is not None else ""
    return (
        f"{passed} of {total} columns cannot be told from the {against} by a statistical test "
        f"at 5 %{chance}."
    )


def _untested_sentence(columns: int) -> str:
    if columns == 0:
        return ""
    have = "column has" if columns == 1 else "columns have"
    return f"{columns} more {have} too few values to be tested."


def _passed_advice(passed: int, total: int, real: int | None, rows: int) -> str:
    # Without real rows to compare with, one column in twenty may fail by chance alone.
    expected = real if real is not None else total - int(total * SIGNIFICANCE)
    if passed < expected:
        return "Look at the columns with the largest distance."
    if rows < _FEW_ROWS:
        return f"On {rows} rows the tests see large differences only: bring more rows to be sure."
    return "Nothing to do."


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
        test.p if test.tells else None,
        _p_sentence(name, test, comparison.against),
        scope=f"column:{name}",
        baseline=baseline.p if baseline and baseline.tells else None,
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
    if not test.tells:
        return (
            f"Not tested: “{name}” has fewer than {MIN_ROWS} values on one side, and a test of so "
            "few passes nearly anything."
        )
    if test.passed and min(test.values) < _FEW_ROWS:
        return (
            f"The test sees no difference between “{name}” and the {against}; on so few values it "
            "sees large differences only."
        )
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
