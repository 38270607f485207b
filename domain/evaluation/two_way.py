"""Two columns at a time, bin by bin: what averages of associations cannot see."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pandas as pd

from domain.evaluation.association import Pair
from domain.evaluation.comparison import MISSING, Comparison
from domain.evaluation.distances import bin_edges
from domain.evaluation.report import Score

BINS = 10
"""Numbers are cut into this many bins, equally full of reference values."""

CATEGORIES = 20
"""Categories beyond the commonest of the reference count as one."""

MAX_PAIRS = 300
"""Of wide tables this many pairs are drawn, by the seed."""

MIN_ROWS = 2

_SOURCE = (
    f"Mean total variation distance of two-way marginals; numbers in {BINS} bins, the "
    f"{CATEGORIES} commonest categories"
)


def two_way_scores(comparison: Comparison) -> tuple[Score, ...]:
    """The mean distance of the shares of all combinations of two columns."""
    if len(comparison.columns) < 2:
        return ()
    if min(len(comparison.reference), len(comparison.synthetic)) < MIN_ROWS:
        reason = "Not measured: pairs need two rows on each side."
        return (comparison.score("similarity.two_way", None, reason, source=_SOURCE),)
    pairs = drawn_pairs(comparison.columns, comparison.seed)
    frames = [comparison.reference, comparison.synthetic]
    if comparison.has_holdout:
        frames.append(comparison.train)
    synthetic, *real = two_way_distances(frames, comparison, pairs)
    baseline = float(real[0].mean()) if real else None
    return (
        comparison.score(
            "similarity.two_way",
            float(synthetic.mean()),
            _sentence(comparison, pairs, synthetic, real[0] if real else None),
            baseline=baseline,
            source=_SOURCE,
        ),
    )


def drawn_pairs(columns: Sequence[str], seed: int) -> list[Pair]:
    """All pairs of columns, or :data:`MAX_PAIRS` of them drawn by ``seed``."""
    pairs = list(combinations(columns, 2))
    if len(pairs) <= MAX_PAIRS:
        return pairs
    chosen = np.random.default_rng(seed).choice(len(pairs), MAX_PAIRS, replace=False)
    return [pairs[i] for i in sorted(chosen)]


def two_way_distances(
    frames: Sequence[pd.DataFrame], comparison: Comparison, pairs: Sequence[Pair]
) -> list[np.ndarray]:
    """Total variation of every pair between the first frame and each other, 0 to 1."""
    used = sorted({name for pair in pairs for name in pair})
    numeric = set(comparison.numeric)
    cells = {name: _cells([f[name] for f in frames], name in numeric) for name in used}
    return list(np.array([_distances(cells[a], cells[b]) for a, b in pairs]).T)


def _cells(columns: Sequence[pd.Series], numeric: bool) -> list[np.ndarray]:
    """Each side's cell numbers; the bins are those of the first side."""
    if numeric:
        return [_bins(columns[0].to_numpy(), column.to_numpy()) for column in columns]
    words = columns[0][columns[0] != MISSING].value_counts().index[:CATEGORIES]
    order = {MISSING: 0} | {word: code for code, word in enumerate(words, start=1)}
    return [c.map(order).fillna(len(order)).to_numpy(np.int64) for c in columns]


def _bins(reference: np.ndarray, values: np.ndarray) -> np.ndarray:
    edges = bin_edges(reference[~np.isnan(reference)], BINS)
    bins = np.searchsorted(edges, values, side="right") + 1
    return np.where(np.isnan(values), 0, bins)


def _distances(a: Sequence[np.ndarray], b: Sequence[np.ndarray]) -> list[float]:
    """Total variation between the first side and each other, of one pair."""
    width = 1 + max(int(side.max()) for side in b)
    size = width * (1 + max(int(side.max()) for side in a))
    shares = [
        np.bincount(x * width + y, minlength=size) / len(x) for x, y in zip(a, b, strict=True)
    ]
    return [float(np.abs(shares[0] - other).sum()) / 2 for other in shares[1:]]


def _sentence(
    comparison: Comparison,
    pairs: Sequence[Pair],
    distances: np.ndarray,
    real: np.ndarray | None,
) -> str:
    chance = f" ({real.mean():.1%} among real rows)" if real is not None else ""
    total = len(comparison.columns) * (len(comparison.columns) - 1) // 2
    drawn = f"{len(pairs)} of {total}" if len(pairs) < total else f"all {total}"
    worst = pairs[int((distances - (real if real is not None else 0.0)).argmax())]
    return (
        f"Over {drawn} pairs of columns, {distances.mean():.1%} of rows would have to change to "
        f"make the pair's table of shares that of the {comparison.against}{chance}. Counts of "
        f"“{worst[0]}” by “{worst[1]}” are furthest off: check them before you publish such a "
        "table."
    )
