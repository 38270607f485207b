"""Series with a regular clock: their rhythm by spectrum, by hour of the day and by weekday."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
from numpy.typing import NDArray

from domain.evaluation.event_log import EventLog, windowed
from domain.evaluation.figures import Figure, figure_of
from domain.evaluation.gaps import hours, weekdays
from domain.evaluation.halves import SOURCE, Apart, Summary, apart
from domain.evaluation.log_sides import LogSides
from domain.evaluation.tallies import largest_gap

LIMIT = 0.05
REGULAR = 0.9
"""A clock is regular where so many gaps are the same."""
_LONG = 64
"""Events of a typical history, for a rhythm to be told."""
_WINDOW = 256
_DAY = 86_400
_SPECTRUM = (
    "Kolmogorov–Smirnov distance of cumulative periodograms (Bartlett 1955), Hann windows "
    f"averaged (Welch 1967), mean over numbers; {SOURCE}; limit: 0.05 (this product's target)"
)
_PROFILE = (
    "Mean absolute difference of the means of each {part}, in standard deviations, mean over "
    f"numbers; {SOURCE}; limit: 0.05 (this product's target)"
)

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def seasonal_figures(sides: LogSides) -> Iterator[Figure]:
    """Nothing where the real clock is not regular."""
    if not sides.columns.numbers or not is_regular(sides.real) or not len(sides.twin):
        return
    length = int(min(_WINDOW, np.median(sides.real.lengths)))
    found = [_spectra(sides, name, length) for name in sides.columns.numbers]
    yield figure_of("temporal.spectrum", _mean(found), LIMIT, _SPECTRUM)
    if sides.columns.time_is_date and sides.columns.time:
        yield from _profiles(sides)


def is_regular(log: EventLog) -> bool:
    """Whether histories are long, and nine of ten gaps the same (or no time tells otherwise)."""
    if not log.histories or np.median(log.lengths) < min(_LONG, len(log)):
        return False
    if len(log) < _LONG:
        return False
    if log.times is None:
        return log.windows
    return typical_gap(log)[1] >= REGULAR


def typical_gap(log: EventLog) -> tuple[float, float]:
    """The commonest gap, and its share of all gaps."""
    gaps, counts = np.unique(log.gaps()[0], return_counts=True)
    if not len(gaps):
        return 0.0, 0.0
    return float(gaps[counts.argmax()]), float(counts.max() / counts.sum())


def _mean(found: list[Apart]) -> Apart:
    with np.errstate(invalid="ignore"):
        return Apart(
            twin=np.nanmean([one.twin for one in found], axis=0),
            real=np.nanmean([one.real for one in found], axis=0),
            many=all(one.many for one in found),
        )


def _spectra(sides: LogSides, name: str, length: int) -> Apart:
    summary = partial(_spectrum, name, length)
    return apart(sides.real, sides.twin, sides.split, summary, largest_gap)


def _spectrum(name: str, length: int, log: EventLog, weights: Floats) -> Floats:
    """Power at each frequency but 0, summed over the windows of each history."""
    tracked = log.numbers[name]
    places, owners = _windows(log, length)
    if not len(places):
        return np.full((length // 2, weights.shape[1]), np.nan)
    values = tracked[places]
    values = np.nan_to_num(values - np.nanmean(values, axis=1, keepdims=True))
    power = np.abs(np.fft.rfft(values * np.hanning(length), axis=1))[:, 1:] ** 2
    by_history = np.zeros((log.histories, power.shape[1]))
    np.add.at(by_history, owners, power)
    return np.asarray(by_history.T @ weights)


def _windows(log: EventLog, length: int) -> tuple[Ints, Ints]:
    """Places of the events of full windows (windows × length), and whose each window is."""
    marked = log.taken(np.arange(len(log)), log.owners, log.histories)
    cut = windowed(_numbered(marked), length, max(length // 2, 1))
    full = np.flatnonzero(cut.lengths == length)
    inside = np.isin(cut.owners, full)
    places = cut.numbers["place"][inside].astype(np.int64).reshape(-1, length)
    return places, log.owners[places[:, 0]] if len(places) else np.empty(0, np.int64)


def _numbered(log: EventLog) -> EventLog:
    return EventLog(
        owners=log.owners,
        histories=log.histories,
        times=None,
        numbers={"place": np.arange(len(log), dtype=float)},
        words={},
        fixed_numbers={},
        fixed_words={},
    )


def _profiles(sides: LogSides) -> Iterator[Figure]:
    gap = typical_gap(sides.real)[0]
    parts: list[tuple[str, str, Callable[[Floats], Ints], int]] = []
    if gap < _DAY:
        parts.append(("temporal.daily_profile", "hour of the day", hours, 24))
    if gap <= _DAY:
        parts.append(("temporal.weekly_profile", "weekday", weekdays, 7))
    for name, words, part, size in parts:
        found = [_by_part(sides, column, part, size) for column in sides.columns.numbers]
        yield figure_of(name, _mean(found), LIMIT, _PROFILE.format(part=words))


def _by_part(sides: LogSides, column: str, part: Callable[[Floats], Ints], size: int) -> Apart:
    scale = float(np.nanstd(sides.real.numbers[column])) or 1.0
    summary: Summary = partial(_sums_by_part, column, part, size, scale)
    return apart(sides.real, sides.twin, sides.split, summary, partial(_means_apart, size))


def _sums_by_part(
    column: str,
    part: Callable[[Floats], Ints],
    size: int,
    scale: float,
    log: EventLog,
    weights: Floats,
) -> Floats:
    """Sums, then counts, of each part of time (2 × parts, draws); less each history's mean."""
    assert log.times is not None
    values = log.numbers[column]
    known = ~np.isnan(values)
    owners = log.owners[known]
    values = values[known] / scale
    count = np.bincount(owners, minlength=log.histories)
    values = values - (np.bincount(owners, values, log.histories) / np.maximum(count, 1))[owners]
    cell = owners * size + part(log.times[known])
    shape = (log.histories, size)
    sums = np.bincount(cell, values, shape[0] * size).reshape(shape)
    counts = np.bincount(cell, minlength=shape[0] * size).reshape(shape)
    return np.concatenate([sums.T @ weights, counts.T @ weights])


def _means_apart(size: int, one: Floats, other: Floats) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        means = [side[:size] / side[size:] for side in (one, other)]
    apart_by = np.abs(np.nan_to_num(means[0]) - np.nan_to_num(means[1]))
    known = ~np.isnan(means[1])
    found: Floats = (apart_by * known).sum(0) / np.maximum(known.sum(0), 1)
    return found
