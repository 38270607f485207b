"""What the charts of columns are drawn from: the three sides in the same bins."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd

from domain.evaluation.comparison import MISSING, Comparison
from domain.evaluation.pictures import OTHERS, Axis, ColumnOverlay

BINS = 25
"""About how many bins the axis of a number has."""

CATEGORIES = 15
"""Categories beyond the commonest of the training rows share one bin."""

_TAIL = 0.005
"""The share of training rows at each end that may lie beyond the axis, in its end bins. So no
edge is anybody's extreme value, and a single far one does not press all others into one bin."""

_MANTISSAS = (1.0, 1.25, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)
_MINUTE, _HOUR, _DAY = 60.0, 3_600.0, 86_400.0
_CLOCK = (
    *(1.0, 2.0, 3.0, 5.0, 10.0, 15.0, 20.0, 30.0),
    *(m * _MINUTE for m in (1, 2, 3, 5, 10, 15, 20, 30)),
    *(h * _HOUR for h in (1, 2, 3, 4, 6, 8, 12, 18)),
)


def overlays(comparison: Comparison) -> tuple[ColumnOverlay, ...]:
    """One overlay a compared column."""
    return tuple(
        _number_overlay(comparison, name)
        if name in comparison.numeric
        else _category_overlay(comparison, name)
        for name in comparison.columns
    )


def _sides(comparison: Comparison, name: str) -> list[pd.Series]:
    return [f[name] for f in (comparison.train, comparison.holdout, comparison.synthetic)]


def _number_overlay(comparison: Comparison, name: str) -> ColumnOverlay:
    sides = [side.to_numpy(float) for side in _sides(comparison, name)]
    known = [side[~np.isnan(side)] for side in sides]
    date = name in comparison.dates
    edges = axis_edges(known[0], date=date)
    real, held_out, synthetic = (_counts(values, edges) for values in known)
    missing = [len(side) - len(values) for side, values in zip(sides, known, strict=True)]
    return ColumnOverlay(
        table=comparison.prefix.rstrip("/"),
        column=name,
        axis=Axis.DATE if date else Axis.NUMBER,
        edges=edges,
        real=real,
        held_out=held_out,
        synthetic=synthetic,
        missing=(missing[0], missing[1], missing[2]),
        open_ended=any(((v < edges[0]) | (v >= edges[-1])).any() for v in known),
    )


def axis_edges(values: np.ndarray, *, date: bool) -> tuple[float, ...]:
    """Round edges of about :data:`BINS` bins over all but the utmost of ``values``.

    Whole numbers get bins of whole width; with no more values than bins, one bin a value.
    """
    if len(values) == 0:
        return 0.0, 1.0
    low, high = (float(v) for v in np.quantile(values, [_TAIL, 1 - _TAIL], method="nearest"))
    whole = bool((values == np.round(values)).all())
    step = _step(high - low, abs(low), whole=whole, date=date)
    first, last = math.floor(low / step), math.floor(high / step) + 1
    return tuple(float(round(i * step, 12)) for i in range(first, last + 1))


def _step(spread: float, size: float, *, whole: bool, date: bool) -> float:
    """The round width of a bin that is nearest to ``spread`` over :data:`BINS`."""
    wanted = spread / BINS if spread > 0 else max(size / 10, 1.0)
    if date:
        return _clock_step(wanted)
    step = _round_number(wanted)
    return max(1.0, round(step)) if whole else step


def _round_number(wanted: float) -> float:
    power = 10.0 ** math.floor(math.log10(wanted))
    return min((m * power for m in _MANTISSAS), key=lambda step: abs(step - wanted))


def _clock_step(wanted: float) -> float:
    """Seconds, minutes or hours of a clock, or whole days."""
    if wanted > _CLOCK[-1]:
        return max(1.0, round(_round_number(wanted / _DAY))) * _DAY
    return min(_CLOCK, key=lambda step: abs(step - wanted))


def _counts(values: np.ndarray, edges: Sequence[float]) -> tuple[int, ...]:
    """Values in each bin; those beyond the axis are in its end bins."""
    bins = np.searchsorted(np.array(edges[1:-1]), values, side="right")
    return tuple(int(n) for n in np.bincount(bins, minlength=len(edges) - 1))


def _category_overlay(comparison: Comparison, name: str) -> ColumnOverlay:
    sides = _sides(comparison, name)
    known = [side[side != MISSING] for side in sides]
    words = tuple(str(word) for word in known[0].value_counts().index[:CATEGORIES])
    counts = [_word_counts(side, words) for side in known]
    if any(of_side[-1] for of_side in counts) or not words:
        words += (OTHERS,)
    else:
        counts = [of_side[:-1] for of_side in counts]
    missing = [len(side) - len(values) for side, values in zip(sides, known, strict=True)]
    return ColumnOverlay(
        table=comparison.prefix.rstrip("/"),
        column=name,
        axis=Axis.CATEGORY,
        words=words,
        real=counts[0],
        held_out=counts[1],
        synthetic=counts[2],
        missing=(missing[0], missing[1], missing[2]),
    )


def _word_counts(column: pd.Series, words: Sequence[str]) -> tuple[int, ...]:
    """Rows of each of ``words``, then of all others."""
    counts = column.value_counts()
    named = [int(counts.get(word, 0)) for word in words]
    return (*named, len(column) - sum(named))
