"""Are the same columns missing together?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from domain.evaluation.column_test import MARGIN, SIGNIFICANCE, ColumnTest, categorical_test
from domain.evaluation.comparison import MISSING, Comparison
from domain.evaluation.report import Score

_SOURCE = (
    "Total variation distance between the shares of missing patterns (which columns are missing "
    f"together), chi-square test at {SIGNIFICANCE:.0%}; the limit is that of real rows and this "
    f"product's margin of {MARGIN:.0%}"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two columns and how often both are missing; shares of 0 to 1."""

    names: tuple[str, str]
    real: float
    synthetic: float


def missing_cells(frame: pd.DataFrame, comparison: Comparison) -> np.ndarray:
    """Which cells are missing, shape (rows, columns), in the order of the columns."""
    numbers = frame[list(comparison.numeric)].isna().to_numpy(bool)
    words = (frame[list(comparison.categorical)] == MISSING).to_numpy(bool)
    return np.hstack([numbers.reshape(len(frame), -1), words.reshape(len(frame), -1)])


def patterns(missing: np.ndarray) -> np.ndarray:
    """A short name of each row's pattern of missing cells: equal for equal patterns."""
    packed = np.packbits(missing, axis=1)
    return np.array([row.tobytes().hex() for row in packed], dtype=object)


def missingness_scores(comparison: Comparison) -> tuple[Score, ...]:
    """How far apart the distributions of missing patterns are."""
    cells = missing_cells(comparison.reference, comparison)
    synthetic = missing_cells(comparison.synthetic, comparison)
    test = categorical_test(patterns(cells), patterns(synthetic))
    baseline = _baseline(comparison, cells)
    return (
        comparison.score(
            "similarity.missing_patterns",
            test.distance,
            _sentence(comparison, cells, synthetic, test, baseline),
            baseline=baseline,
            threshold=(baseline or 0.0) + MARGIN,
            source=_SOURCE,
        ),
    )


def _baseline(comparison: Comparison, held_out: np.ndarray) -> float | None:
    if not comparison.has_holdout:
        return None
    train = missing_cells(comparison.train, comparison)
    return categorical_test(patterns(held_out), patterns(train)).distance


def _sentence(
    comparison: Comparison,
    real: np.ndarray,
    synthetic: np.ndarray,
    test: ColumnTest,
    baseline: float | None,
) -> str:
    if not real.any() and not synthetic.any():
        return "No cell is missing, in real as in synthetic rows. Nothing to do."
    chance = f" ({baseline:.1%} among real rows)" if baseline is not None else ""
    said = (
        f"{test.distance:.1%} of rows would have to change which of their cells are "
        f"missing{chance}."
    )
    if test.passed or test.distance <= (baseline or 0.0) + MARGIN:
        return f"{said} That is chance, or too little to matter."
    return f"{said} {_worst(comparison, real, synthetic)}"


def _worst(comparison: Comparison, real: np.ndarray, synthetic: np.ndarray) -> str:
    pair = worst_pair(comparison.columns, real, synthetic)
    advice = "Train longer, or do not draw conclusions from what is missing."
    if pair is None:
        return f"Compare the shares of missing cells column by column. {advice}"
    return (
        f"“{pair.names[0]}” and “{pair.names[1]}” are missing together in {pair.synthetic:.1%} of "
        f"synthetic and {pair.real:.1%} of real rows. {advice}"
    )


def worst_pair(columns: tuple[str, ...], real: np.ndarray, synthetic: np.ndarray) -> Pair | None:
    """The two columns whose share of being missing together differs most, if any differs."""
    shares = [_together(side) for side in (real, synthetic)]
    gaps = np.triu(np.abs(shares[0] - shares[1]), k=1)
    i, j = np.unravel_index(int(gaps.argmax()), gaps.shape)
    if gaps[i, j] == 0.0:
        return None
    return Pair(
        names=(columns[i], columns[j]),
        real=float(shares[0][i, j]),
        synthetic=float(shares[1][i, j]),
    )


def _together(missing: np.ndarray) -> np.ndarray:
    """The share of rows in which each pair of columns is missing, shape (columns, columns)."""
    cells = missing.astype(np.float32)
    shares: np.ndarray = cells.T @ cells / len(cells)
    return shares
