"""What numbers remember: correlations with the next events of the same history."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import permutations

import numpy as np
from numpy.typing import NDArray

from domain.evaluation.event_log import EventLog
from domain.evaluation.figures import Figure, figure_of, unmeasured
from domain.evaluation.halves import SOURCE, Apart, apart
from domain.evaluation.log_sides import LogSides

LAGS = 7
LIMIT = 0.08
MOST_COLUMNS = 12
"""Cross-correlations are of the first so many numeric columns."""
_ENOUGH = 30
"""Pairs of events that a correlation takes."""
_TAIL = 0.005
"""Real values beyond this share at each end count as if they lay there: of long tails, a single
value would else decide over a correlation."""
_SOURCE = (
    "Mean absolute difference of correlations with the event 1 to {lags} later, numbers less the "
    f"mean of their history, pooled over histories; {SOURCE}; limit: {LIMIT} (this product's "
    "target)"
)
_NONE = "no column of numbers changes within histories of two events or more"

Floats = NDArray[np.float64]
Pair = tuple[str, str, int]
"""A column, the column of the later event, and how many events later."""


def autocorrelation_figures(sides: LogSides) -> Iterator[Figure]:
    """Over all numeric columns, then each."""
    source = _SOURCE.format(lags=LAGS)
    found = {name: _of_column(sides, name) for name in sides.columns.numbers}
    known = {name: one for name, one in found.items() if one.value is not None}
    if not known:
        yield unmeasured("temporal.autocorrelation", _NONE, source)
        return
    yield figure_of("temporal.autocorrelation", _mean(list(known.values())), LIMIT, source)
    for name, one in known.items():
        yield figure_of(
            "temporal.column_autocorrelation", one, LIMIT, source, scope=f"column:{name}"
        )


def _of_column(sides: LogSides, name: str) -> Apart:
    return _apart(sides, [(name, name, lag) for lag in range(1, LAGS + 1)])


def _apart(sides: LogSides, pairs: Sequence[Pair]) -> Apart:
    columns = dict.fromkeys(name for pair in pairs for name in pair[:2])
    clip = {name: ends(sides.real.numbers[name]) for name in columns}
    summary = partial(correlations, pairs, clip)
    return apart(sides.real, sides.twin, sides.split, summary, _off)


def ends(values: Floats) -> tuple[float, float]:
    """Where values are clipped: what all but the utmost half per cent at each end lie between."""
    known = values[~np.isnan(values)]
    if not len(known):
        return 0.0, 0.0
    low, high = np.quantile(known, [_TAIL, 1 - _TAIL])
    return float(low), float(high)


def _mean(found: Sequence[Apart]) -> Apart:
    return Apart(
        twin=np.mean([one.twin for one in found], axis=0),
        real=np.mean([one.real for one in found], axis=0),
        many=all(one.many for one in found),
    )


def cross_figure(sides: LogSides) -> Figure:
    """Each number with every other number of the next event."""
    name, source = "temporal.cross_correlation", _SOURCE.format(lags=1)
    columns = sides.columns.numbers[:MOST_COLUMNS]
    if len(columns) < 2:
        return unmeasured(name, "it takes two columns of numbers", source)
    found = _apart(sides, [(a, b, 1) for a, b in permutations(columns, 2)])
    if found.value is None:
        return unmeasured(name, _NONE, source)
    return figure_of(name, found, LIMIT, source)


def _off(one: Floats, other: Floats) -> Floats:
    """The mean over pairs that are known on both sides; one that a side lacks counts as 0 there,
    unless real halves lack it."""
    real_knows = ~np.isnan(other)
    difference = np.abs(np.where(np.isnan(one), 0.0, one) - np.where(real_knows, other, 0.0))
    with np.errstate(invalid="ignore", divide="ignore"):
        mean: Floats = (difference * real_knows).sum(0) / real_knows.sum(0)
    return mean


def correlations(
    pairs: Sequence[Pair], clip: Mapping[str, tuple[float, float]], log: EventLog, weights: Floats
) -> Floats:
    """The correlation of each pair (pairs × draws), values clipped by ``clip``, column by column.

    NaN where fewer than :data:`_ENOUGH` pairs of events are known, or a side never changes.
    """
    centred = {name: _centred(log, np.clip(log.numbers[name], *clip[name])) for name in clip}
    return np.stack([_correlation(log, centred, *pair, weights) for pair in pairs])


def _centred(log: EventLog, values: Floats) -> Floats:
    """Numbers less the mean of their history."""
    known = ~np.isnan(values)
    count = np.bincount(log.owners, weights=known, minlength=log.histories)
    total = np.bincount(log.owners, np.where(known, values, 0.0), minlength=log.histories)
    mean = total / np.maximum(count, 1)
    found: Floats = values - mean[log.owners]
    return found


def _correlation(
    log: EventLog, centred: dict[str, Floats], one: str, later: str, lag: int, weights: Floats
) -> Floats:
    at = log.pairs(lag)
    x, y = centred[one][at], centred[later][at + lag]
    known = ~(np.isnan(x) | np.isnan(y))
    x, y, owners = x[known], y[known], log.owners[at[known]]
    sums = np.stack(
        [np.bincount(owners, w, log.histories) for w in (np.ones(len(x)), x * y, x * x, y * y)]
    )
    pairs, xy, xx, yy = sums @ weights
    with np.errstate(invalid="ignore", divide="ignore"):
        found: Floats = xy / np.sqrt(xx * yy)
    return np.where(pairs >= _ENOUGH, found, np.nan)
