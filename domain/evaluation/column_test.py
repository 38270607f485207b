"""How far two samples of one column are apart, and whether chance explains it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
from scipy import stats

from domain.evaluation.comparison import Comparison
from domain.evaluation.distances import binned_counts, jensen_shannon, normalised_wasserstein
from domain.evaluation.false_discovery import adjusted
from domain.evaluation.parallel import side_by_side

SIGNIFICANCE = 0.05
"""A column passes when its test's p-value is above this."""

MARGIN = 0.02
"""A distance this far above that of real rows is large enough to matter.

The product's choice: about what the Kolmogorov–Smirnov test itself can see with 10,000 rows a
side (1.36·√(2/10,000) = 0.019), so a longer table fails for nothing that those would not show.
"""

MIN_ROWS = 20
"""Values needed on each side: a test of fewer passes nearly anything."""

KS_SOURCE = "Two-sample Kolmogorov–Smirnov test (SciPy ks_2samp)"
CHI2_SOURCE = "Pearson's chi-square test of homogeneity (SciPy), rare cells merged (Cochran 1954)"
TV_SOURCE = "Total variation distance between category shares"

_MIN_EXPECTED = 5
"""Cells of the chi-square table expected to hold fewer rows are merged (Cochran's rule)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnTest:
    """How far two samples of one column are apart (0 same, 1 disjoint), and the test's p."""

    distance: float
    """Kolmogorov–Smirnov's of numbers, total variation of categories."""
    p: float
    values: tuple[int, int]
    """How many known values each sample has."""
    wasserstein: float | None = None
    """Of numbers, in standard deviations of the first sample."""
    js: float | None = None
    """Jensen–Shannon distance; ``None`` where a sample has no values."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedColumn:
    """One column's test, as it stands among the tests of all columns and beside real rows."""

    name: str
    numeric: bool
    test: ColumnTest
    baseline: ColumnTest | None
    """Training against held-out rows; ``None`` without a holdout."""
    q: float | None
    """p adjusted for the number of columns; ``None`` where there are too few values to test."""
    real_q: float | None

    @property
    def limit(self) -> float:
        """The distance above which a difference matters."""
        return (self.baseline.distance if self.baseline else 0.0) + MARGIN

    @property
    def differs(self) -> bool:
        """Whether the difference is both beyond chance and large enough to matter."""
        return self.q is not None and self.q <= SIGNIFICANCE and self.test.distance > self.limit

    @property
    def real_differs(self) -> bool | None:
        """The same of training against held-out rows; ``None`` where they cannot be tested."""
        if self.baseline is None or self.real_q is None:
            return None
        return self.real_q <= SIGNIFICANCE and self.baseline.distance > MARGIN


def judged_columns(comparison: Comparison) -> tuple[JudgedColumn, ...]:
    """Every compared column, synthetic against :attr:`Comparison.reference`."""
    tests = column_tests(comparison, comparison.reference, comparison.synthetic)
    baseline = (
        column_tests(comparison, comparison.holdout, comparison.train)
        if comparison.has_holdout
        else {}
    )
    q, real_q = _adjusted(tests), _adjusted(baseline)
    return tuple(
        JudgedColumn(
            name=name,
            numeric=name in comparison.numeric,
            test=tests[name],
            baseline=baseline.get(name),
            q=q.get(name),
            real_q=real_q.get(name),
        )
        for name in comparison.columns
    )


def _adjusted(tests: Mapping[str, ColumnTest]) -> dict[str, float]:
    return adjusted({name: test.p for name, test in tests.items() if test.tells})


def column_tests(
    comparison: Comparison, reference: pd.DataFrame, other: pd.DataFrame
) -> dict[str, ColumnTest]:
    """The test of every column, by name; columns are tested side by side."""
    tasks = [
        partial(
            numeric_test if name in comparison.numeric else categorical_test,
            reference[name].to_numpy(),
            other[name].to_numpy(),
        )
        for name in comparison.columns
    ]
    return dict(zip(comparison.columns, side_by_side(tasks), strict=True))


def numeric_test(reference: np.ndarray, other: np.ndarray) -> ColumnTest:
    """Kolmogorov–Smirnov distance and p-value of two samples, missing values left out."""
    x, y = reference[~np.isnan(reference)], other[~np.isnan(other)]
    values = len(x), len(y)
    if len(x) == 0 or len(y) == 0:
        return _empty(values)
    result = stats.ks_2samp(x, y)
    return ColumnTest(
        distance=float(result.statistic),
        p=float(result.pvalue),
        values=values,
        wasserstein=normalised_wasserstein(x, y),
        js=jensen_shannon(binned_counts(x, y)),
    )


def categorical_test(reference: np.ndarray, other: np.ndarray) -> ColumnTest:
    """Total variation distance, and p of the chi-square test with rare cells merged."""
    values = len(reference), len(other)
    if len(reference) == 0 or len(other) == 0:
        return _empty(values)
    counts = _counts(reference, other)
    shares = counts / counts.sum(axis=0)
    return ColumnTest(
        distance=float(np.abs(shares[:, 0] - shares[:, 1]).sum() / 2),
        p=_chi_square_p(counts),
        values=values,
        js=jensen_shannon(counts),
    )


def _empty(values: tuple[int, int]) -> ColumnTest:
    """Two samples of which one has no values: the same if both have none, else disjoint."""
    same = values == (0, 0)
    return ColumnTest(distance=0.0 if same else 1.0, p=1.0 if same else 0.0, values=values)


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
