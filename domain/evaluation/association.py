"""Pair by pair: do the synthetic columns hang together like the real ones?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from domain.evaluation.comparison import Comparison
from domain.evaluation.pictures import AssociationMatrix
from domain.evaluation.report import Score

MAX_CATEGORIES = 100
"""Categories beyond the most frequent ones count as one."""

WORST_PAIRS = 10
"""How many pairs are named, largest difference first."""

MAX_CHARTED = 30
"""A chart shows the associations of this many columns."""

_SOURCE = (
    "Spearman's rank correlation (two numeric columns), correlation ratio η with ε² correction "
    "(Kelley 1935; numeric and categorical), Cramér's V with Bergsma's correction (2013; two "
    "categorical columns)"
)
_PEARSON = "Pearson's correlation of every two columns of numbers or dates"

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Associated:
    """How strongly every pair of columns hangs together on each side."""

    real: Mapping[Pair, float]
    """In :attr:`Comparison.reference`."""
    synthetic: Mapping[Pair, float]
    train: Mapping[Pair, float] | None
    """``None`` without a holdout: then the training rows are the reference."""

    @property
    def differences(self) -> dict[Pair, float]:
        return _differences(self.synthetic, self.real)

    @property
    def baseline(self) -> dict[Pair, float]:
        """The differences among real rows; empty without a holdout."""
        return _differences(self.train, self.real) if self.train is not None else {}


def associated(comparison: Comparison) -> Associated | None:
    """The associations of all sides; ``None`` where a side or the columns are too few."""
    if len(comparison.columns) < 2:
        return None
    if len(comparison.reference) < 2 or len(comparison.synthetic) < 2:
        return None
    return Associated(
        real=associations(comparison.reference, comparison),
        synthetic=associations(comparison.synthetic, comparison),
        train=associations(comparison.train, comparison) if comparison.has_holdout else None,
    )


def associations(frame: pd.DataFrame, comparison: Comparison) -> dict[Pair, float]:
    """How strongly every pair of columns hangs together in ``frame``.

    Spearman's ρ (−1 to 1), correlation ratio or Cramér's V (0 to 1); 0 where a column is
    constant or has no values. Rows with a missing number are left out of that pair.
    """
    ranks = frame[list(comparison.numeric)].rank()
    codes = {c: lumped_codes(frame[c]) for c in comparison.categorical}
    return (
        _correlations(ranks)
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


def _correlations(columns: pd.DataFrame) -> dict[Pair, float]:
    matrix = columns.corr().fillna(0.0).to_numpy()
    return {
        (a, b): float(matrix[i, j])
        for (i, a), (j, b) in combinations(enumerate(columns.columns), 2)
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


def association_findings(comparison: Comparison) -> tuple[Score | AssociationMatrix, ...]:
    """The scores of pairs, and the matrix for the chart of them."""
    if len(comparison.columns) < 2:
        return ()
    found = associated(comparison)
    if found is None:
        reason = "Not measured: pairs need two rows on each side."
        return (comparison.score("similarity.pairs", None, reason, source=_SOURCE),)
    return (
        _table_score(comparison, found.differences, found.baseline),
        *_pearson_scores(comparison),
        *_pair_scores(comparison, found.differences, found.baseline),
        matrix_of(comparison, found),
    )


def association_scores(comparison: Comparison) -> tuple[Score, ...]:
    """Mean absolute difference of associations over all pairs, and the pairs that are worst."""
    return tuple(f for f in association_findings(comparison) if isinstance(f, Score))


def association_matrix(comparison: Comparison) -> AssociationMatrix | None:
    """What the chart of associations is drawn from; ``None`` where nothing can be measured."""
    found = associated(comparison)
    return matrix_of(comparison, found) if found is not None else None


def matrix_of(comparison: Comparison, found: Associated) -> AssociationMatrix:
    """The associations of the columns whose pairs are strongest or differ most."""
    columns = _charted(comparison, found)
    return AssociationMatrix(
        table=comparison.prefix.rstrip("/"),
        columns=columns,
        real=_square(columns, found.real),
        synthetic=_square(columns, found.synthetic),
    )


def _charted(comparison: Comparison, found: Associated) -> tuple[str, ...]:
    """At most :data:`MAX_CHARTED` columns, in the order of the table."""
    if len(comparison.columns) <= MAX_CHARTED:
        return comparison.columns
    differences = found.differences
    telling = sorted(
        differences, key=lambda pair: (-max(abs(found.real[pair]), differences[pair]), pair)
    )
    chosen: dict[str, None] = {}
    for pair in telling:
        chosen |= dict.fromkeys(pair)
        if len(chosen) >= MAX_CHARTED:
            break
    kept = set(list(chosen)[:MAX_CHARTED])
    return tuple(c for c in comparison.columns if c in kept)


def _square(
    columns: tuple[str, ...], strengths: Mapping[Pair, float]
) -> tuple[tuple[float, ...], ...]:
    def strength(a: str, b: str) -> float:
        return 1.0 if a == b else strengths.get((a, b), strengths.get((b, a), 0.0))

    return tuple(tuple(strength(a, b) for b in columns) for a in columns)


def _pearson_scores(comparison: Comparison) -> tuple[Score, ...]:
    """The mean absolute difference of linear correlations, where there are two numbers."""
    if len(comparison.numeric) < 2:
        return ()
    real = pearson(comparison.reference, comparison)
    mean = _mean_difference(pearson(comparison.synthetic, comparison), real)
    chance = (
        _mean_difference(pearson(comparison.train, comparison), real)
        if comparison.has_holdout
        else None
    )
    among = f" (chance alone makes {chance:.3f})" if chance is not None else ""
    return (
        comparison.score(
            "similarity.pearson",
            mean,
            f"Linear correlations of numbers differ by {mean:.3f} on average{among}; 0 is the "
            "same. Where this is much worse than the difference of associations, extreme values "
            "are to blame: look at the ends of the columns.",
            baseline=chance,
            source=_PEARSON,
        ),
    )


def pearson(frame: pd.DataFrame, comparison: Comparison) -> dict[Pair, float]:
    """Pearson's r (−1 to 1) of every two numeric columns; 0 where a column is constant."""
    return _correlations(frame[list(comparison.numeric)])


def _mean_difference(one: Mapping[Pair, float], other: Mapping[Pair, float]) -> float:
    return float(np.mean(list(_differences(one, other).values())))


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
