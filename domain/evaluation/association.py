"""Pair by pair: do the synthetic columns hang together like the real ones?"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations

import numpy as np
import pandas as pd

from domain.evaluation.comparison import Comparison
from domain.evaluation.report import Score

MAX_CATEGORIES = 100
"""Categories beyond the most frequent ones count as one."""

WORST_PAIRS = 10
"""How many pairs are named, largest difference first."""

_SOURCE = (
    "Spearman's rank correlation (two numeric columns), correlation ratio η with ε² correction "
    "(Kelley 1935; numeric and categorical), Cramér's V with Bergsma's correction (2013; two "
    "categorical columns)"
)

Pair = tuple[str, str]


def associations(frame: pd.DataFrame, comparison: Comparison) -> dict[Pair, float]:
    """How strongly every pair of columns hangs together in ``frame``.

    Spearman's ρ (−1 to 1), correlation ratio or Cramér's V (0 to 1); 0 where a column is
    constant or has no values. Rows with a missing number are left out of that pair.
    """
    ranks = frame[list(comparison.numeric)].rank()
    codes = {c: lumped_codes(frame[c]) for c in comparison.categorical}
    return (
        _spearman(ranks)
        | {
            (n, c): _correlation_ratio(frame[n].to_numpy(), codes[c])
            for n in comparison.numeric
            for c in comparison.categorical
        }
        | {(a, b): _cramers_v(codes[a], codes[b]) for a, b in combinations(codes, 2)}
    )


def lumped_codes(column: pd.Series) -> np.ndarray:
    """Category numbers by falling frequency; all beyond :data:`MAX_CATEGORIES` share one."""
    order = {word: code for code, word in enumerate(column.value_counts().index)}
    codes = column.map(order).to_numpy(int) if len(column) else np.zeros(0, int)
    return np.minimum(codes, MAX_CATEGORIES)


def _spearman(ranks: pd.DataFrame) -> dict[Pair, float]:
    matrix = ranks.corr().fillna(0.0).to_numpy()
    names = list(ranks.columns)
    return {
        (names[i], names[j]): float(matrix[i, j]) for i, j in combinations(range(len(names)), 2)
    }


def _correlation_ratio(values: np.ndarray, codes: np.ndarray) -> float:
    """η between a number and a category, corrected for chance (ε²)."""
    known = ~np.isnan(values)
    values, codes = values[known], codes[known]
    counts = np.bincount(codes) if len(codes) else np.zeros(0)
    counts, n = counts[counts > 0], len(values)
    if len(counts) < 2 or n <= len(counts):
        return 0.0
    centred = values - values.mean()
    total = float(centred @ centred)
    if total <= 0.0:
        return 0.0
    sums = np.bincount(codes, weights=centred)
    sizes = np.bincount(codes)
    between = float((sums[sizes > 0] ** 2 / sizes[sizes > 0]).sum())
    corrected = 1 - (1 - between / total) * (n - 1) / (n - len(counts))
    return float(np.sqrt(np.clip(corrected, 0.0, 1.0)))


def _cramers_v(a: np.ndarray, b: np.ndarray) -> float:
    """Cramér's V with Bergsma's bias correction."""
    n = len(a)
    if n < 2:
        return 0.0
    table = np.bincount(a * (b.max() + 1) + b, minlength=(a.max() + 1) * (b.max() + 1))
    counts = table.reshape(a.max() + 1, b.max() + 1).astype(float)
    counts = counts[counts.sum(axis=1) > 0][:, counts.sum(axis=0) > 0]
    rows, columns = counts.shape
    expected = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / n
    phi2 = float(((counts - expected) ** 2 / expected).sum()) / n
    phi2 = max(0.0, phi2 - (rows - 1) * (columns - 1) / (n - 1))
    smaller = min(rows - (rows - 1) ** 2 / (n - 1), columns - (columns - 1) ** 2 / (n - 1)) - 1
    return float(np.sqrt(min(phi2 / smaller, 1.0))) if smaller > 0 else 0.0


def association_scores(comparison: Comparison) -> tuple[Score, ...]:
    """Mean absolute difference of associations over all pairs, and the pairs that are worst."""
    if len(comparison.columns) < 2:
        return ()
    if len(comparison.reference) < 2 or len(comparison.synthetic) < 2:
        return (
            comparison.score(
                "similarity.pairs", None, "Not measured: pairs need two rows on each side."
            ),
        )
    real = associations(comparison.reference, comparison)
    differences = _differences(associations(comparison.synthetic, comparison), real)
    baseline = (
        _differences(associations(comparison.train, comparison), real)
        if comparison.has_holdout
        else {}
    )
    return (
        _table_score(comparison, differences, baseline),
        *_pair_scores(comparison, differences, baseline),
    )


def _differences(one: Mapping[Pair, float], other: Mapping[Pair, float]) -> dict[Pair, float]:
    return {pair: abs(one[pair] - other[pair]) for pair in other}


def _table_score(
    comparison: Comparison, differences: Mapping[Pair, float], baseline: Mapping[Pair, float]
) -> Score:
    mean = float(np.mean(list(differences.values())))
    real = float(np.mean(list(baseline.values()))) if baseline else None
    chance = f" (chance alone makes {real:.3f})" if real is not None else ""
    return comparison.score(
        "similarity.pairs",
        mean,
        f"Over {len(differences)} pairs of columns, the strength of association differs by "
        f"{mean:.3f} on average{chance}; 0 is the same. The worst pairs are named: check them "
        "if your analysis rests on them.",
        baseline=real,
        source=_SOURCE,
    )


def _pair_scores(
    comparison: Comparison, differences: Mapping[Pair, float], baseline: Mapping[Pair, float]
) -> list[Score]:
    worst = sorted(differences, key=lambda pair: (-differences[pair], pair))[:WORST_PAIRS]
    return [
        comparison.score(
            "similarity.pair",
            differences[pair],
            f"The association of “{pair[0]}” and “{pair[1]}” differs by {differences[pair]:.3f} "
            f"from the {comparison.against}.",
            scope=f"pair:{pair[0]},{pair[1]}",
            baseline=baseline.get(pair),
            source=_SOURCE,
        )
        for pair in worst
    ]
