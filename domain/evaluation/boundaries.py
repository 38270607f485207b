"""Does the twin stay within what is real, and does it reach all of it?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from domain.evaluation.comparison import MISSING, Comparison
from domain.evaluation.report import Score
from domain.synthesis.encoding.categories import STAND_IN
from domain.synthesis.private_encoding.categories import STAND_IN as PRIVATE_STAND_IN

_STAND_INS = frozenset({STAND_IN, PRIVATE_STAND_IN})

_RANGE = "Range coverage (SDMetrics' definition): the share of the training range that is spanned"
_BOUNDARY = "Boundary adherence (SDMetrics' definition), against the range of the training rows"
_COVERAGE = "Category coverage (SDMetrics' definition), of the training rows' categories"
_ADHERENCE = "Category adherence (SDMetrics' definition), to the training rows' categories"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How one sample of a column lies in the range, or among the categories, of another."""

    coverage: float
    """The share of the range spanned, or of the categories that occur; 0 to 1."""
    adherence: float
    """The share of values within the range, or of known categories; 0 to 1."""
    outside: int
    values: int
    stand_in: str = ""
    """The word that the product writes in the place of rare values, where nothing else is
    outside."""


def numeric_bounds(real: np.ndarray, other: np.ndarray) -> Bounds | None:
    """How ``other`` lies in the range of ``real``, missing values left out.

    ``None`` where a side has no values.
    """
    x, y = real[~np.isnan(real)], other[~np.isnan(other)]
    if len(x) == 0 or len(y) == 0:
        return None
    low, high = float(x.min()), float(x.max())
    outside = int(((y < low) | (y > high)).sum())
    if high > low:
        missed = max(float(y.min()) - low, 0.0) + max(high - float(y.max()), 0.0)
        coverage = max(0.0, 1 - missed / (high - low))
    else:
        coverage = float((y == low).any())
    return Bounds(coverage=coverage, adherence=1 - outside / len(y), outside=outside, values=len(y))


def categorical_bounds(real: np.ndarray, other: np.ndarray) -> Bounds | None:
    """How the categories of ``other`` are those of ``real``, missing cells left out.

    ``None`` where a side has no values.
    """
    x, y = pd.Series(real[real != MISSING]), pd.Series(other[other != MISSING])
    if len(x) == 0 or len(y) == 0:
        return None
    known = x.unique()
    strange = y[~y.isin(known)]
    words = {str(word) for word in strange.unique()}
    return Bounds(
        coverage=float(np.isin(known.astype(str), y.unique().astype(str)).mean()),
        adherence=1 - len(strange) / len(y),
        outside=len(strange),
        values=len(y),
        stand_in=words.pop() if len(words) == 1 and words <= _STAND_INS else "",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundedColumn:
    """One column's synthetic and held-out values among its training values."""

    name: str
    numeric: bool
    synthetic: Bounds | None
    holdout: Bounds | None


def boundary_scores(comparison: Comparison) -> tuple[Score, ...]:
    """Coverage and adherence of the table, then of every column.

    Measured against the training rows: what the synthesizer could know of.
    """
    columns = [_bounded(comparison, name) for name in comparison.columns]
    return (
        *_table_scores(comparison, columns),
        *(score for column in columns for score in _column_scores(comparison, column)),
    )


def bounds_of(comparison: Comparison, name: str, other: pd.DataFrame) -> Bounds | None:
    """How the column ``name`` of ``other`` lies among its training values."""
    measure = numeric_bounds if name in comparison.numeric else categorical_bounds
    return measure(comparison.train[name].to_numpy(), other[name].to_numpy())


def _bounded(comparison: Comparison, name: str) -> BoundedColumn:
    return BoundedColumn(
        name=name,
        numeric=name in comparison.numeric,
        synthetic=bounds_of(comparison, name, comparison.synthetic),
        holdout=bounds_of(comparison, name, comparison.holdout),
    )


def _table_scores(comparison: Comparison, columns: Sequence[BoundedColumn]) -> tuple[Score, ...]:
    known = [(c.name, c.synthetic) for c in columns if c.synthetic]
    if not known:
        return ()
    return (
        comparison.score(
            "similarity.adherence",
            _adherence([b for _, b in known]),
            _adherence_sentence(known),
            baseline=_adherence([c.holdout for c in columns if c.holdout]),
            source=f"{_BOUNDARY}; {_ADHERENCE}",
        ),
        comparison.score(
            "similarity.coverage",
            _coverage([b for _, b in known]),
            _coverage_sentence(known),
            baseline=_coverage([c.holdout for c in columns if c.holdout]),
            source=f"{_RANGE}; {_COVERAGE}",
        ),
    )


def _adherence(bounds: Sequence[Bounds]) -> float | None:
    """The share of all cells that are within what is real."""
    values = sum(b.values for b in bounds)
    return 1 - sum(b.outside for b in bounds) / values if values else None


def _coverage(bounds: Sequence[Bounds]) -> float | None:
    """The mean over columns."""
    return float(np.mean([b.coverage for b in bounds])) if bounds else None


def _adherence_sentence(known: Sequence[tuple[str, Bounds]]) -> str:
    share = _adherence([b for _, b in known])
    name, worst = min(known, key=lambda column: column[1].adherence)
    said = f"{share:.2%} of synthetic cells lie within the real ranges and categories."
    if worst.outside == 0:
        return f"{said} Nothing to do."
    return (
        f"{said} “{name}” strays most, in {1 - worst.adherence:.2%} of its rows: where the limits "
        "of a column are rules, state them as a constraint."
    )


def _coverage_sentence(known: Sequence[tuple[str, Bounds]]) -> str:
    name, worst = min(known, key=lambda column: column[1].coverage)
    said = (
        f"The twin spans {_coverage([b for _, b in known]):.1%} of the real ranges and categories, "
        "on average over columns"
    )
    if worst.coverage == 1.0:
        return f"{said}. Nothing to do."
    return (
        f"{said}; least of “{name}” ({worst.coverage:.1%}). Extremes and rare categories that are "
        "left out protect the few people who have them; draw more rows, or use the real table, "
        "for work on rare cases."
    )


def _column_scores(comparison: Comparison, column: BoundedColumn) -> tuple[Score, ...]:
    names = (
        ("similarity.range_coverage", "similarity.boundary_adherence")
        if column.numeric
        else ("similarity.category_coverage", "similarity.category_adherence")
    )
    sources = (_RANGE, _BOUNDARY) if column.numeric else (_COVERAGE, _ADHERENCE)
    ours, real = column.synthetic, column.holdout
    return (
        comparison.score(
            names[0],
            ours.coverage if ours else None,
            _coverage_of(column),
            scope=f"column:{column.name}",
            baseline=real.coverage if real else None,
            source=sources[0],
        ),
        comparison.score(
            names[1],
            ours.adherence if ours else None,
            _adherence_of(column),
            scope=f"column:{column.name}",
            baseline=real.adherence if real else None,
            source=sources[1],
        ),
    )


def stands_for_rare(word: str) -> str:
    """What to know of a word that the product writes, and what to do."""
    return (
        f"“{word}” stands for values that too few real rows have to be told: nothing is invented. "
        "Merge them into wider categories before training, or drop the column."
    )


def _coverage_of(column: BoundedColumn) -> str:
    if column.synthetic is None:
        return f"Not measured: “{column.name}” has no values on one side."
    real = f"; other real rows {column.holdout.coverage:.1%}" if column.holdout else ""
    what = "of the range" if column.numeric else "of the categories"
    return (
        f"Synthetic rows reach {column.synthetic.coverage:.1%} {what} of “{column.name}” in the "
        f"training rows{real}."
    )


def _adherence_of(column: BoundedColumn) -> str:
    if column.synthetic is None:
        return f"Not measured: “{column.name}” has no values on one side."
    where = "outside the range" if column.numeric else "in none of the categories"
    real = f"; of other real rows {1 - column.holdout.adherence:.2%}" if column.holdout else ""
    said = (
        f"{1 - column.synthetic.adherence:.2%} of synthetic “{column.name}” lie {where} of the "
        f"training rows{real}."
    )
    if column.synthetic.outside == 0:
        return said
    if column.numeric:
        return f"{said} If its limits are rules, state them as a constraint."
    if column.synthetic.stand_in:
        return f"{said} {stands_for_rare(column.synthetic.stand_in)}"
    return f"{said} Invented categories break whatever looks them up: replace or drop them."
