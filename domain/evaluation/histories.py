"""What histories consist of: how long they are, what their events and their owners are like."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np
from numpy.typing import NDArray

from domain.evaluation.event_log import EventLog
from domain.evaluation.figures import Figure, figure_of, unmeasured
from domain.evaluation.halves import SOURCE, Apart, Summary, apart
from domain.evaluation.log_sides import LogSides
from domain.evaluation.tallies import bins, grid, largest_gap, tally, total_variation

LENGTH_LIMIT, COLUMN_LIMIT = 0.06, 0.05
_LENGTHS = f"Kolmogorov–Smirnov distance; {SOURCE}; limit: 0.06 (this product's target)"
_COLUMNS = (
    "Kolmogorov–Smirnov (numbers) or total variation distance (words), missing cells counted; "
    f"{SOURCE}; limit: 0.05 (this product's target)"
)
_FIXED = "Share of histories in which an attribute changes that never does among real ones"

Floats = NDArray[np.float64]


def length_figure(sides: LogSides) -> Figure:
    """The distance of the numbers of events a history."""
    if sides.windows:
        reason = f"there are only {sides.train.histories + sides.holdout.histories} real histories"
        if sides.columns.entity is None:
            reason = "one series has no other to compare its length with"
        return unmeasured("temporal.lengths", reason, _LENGTHS)
    points = grid(sides.real.lengths.astype(float), sides.twin.lengths.astype(float))
    summary = partial(_tally_of_lengths, points)
    found = apart(sides.real, sides.twin, sides.split, summary, largest_gap)
    return figure_of("temporal.lengths", found, LENGTH_LIMIT, _LENGTHS)


def _tally_of_lengths(points: Floats, log: EventLog, weights: Floats) -> Floats:
    at = bins(log.lengths.astype(float), points)
    return tally(at, np.arange(log.histories), weights, len(points) + 2)


def event_figures(sides: LogSides) -> Iterator[Figure]:
    """Each column of events, and the one that is furthest off."""
    found = list(_event_columns(sides))
    yield _worst("temporal.events", found, "no column tells of single events")
    yield from found


def _event_columns(sides: LogSides) -> Iterator[Figure]:
    for name in sides.columns.numbers:
        points = grid(sides.real.numbers[name], sides.twin.numbers[name])
        summary = partial(_tally_of_numbers, name, points)
        yield _column(sides, name, summary, number=True)
    for name in sides.columns.words:
        summary = partial(_tally_of_words, name, sides.columns.codes(name))
        yield _column(sides, name, summary, number=False)


def _column(sides: LogSides, name: str, summary: Summary, *, number: bool) -> Figure:
    distance = largest_gap if number else total_variation
    found = apart(sides.real, sides.twin, sides.split, summary, distance)
    return figure_of("temporal.event_column", found, COLUMN_LIMIT, _COLUMNS, scope=f"column:{name}")


def _tally_of_numbers(name: str, points: Floats, log: EventLog, weights: Floats) -> Floats:
    return tally(bins(log.numbers[name], points), log.owners, weights, len(points) + 2)


def _tally_of_words(name: str, codes: int, log: EventLog, weights: Floats) -> Floats:
    return tally(log.words[name], log.owners, weights, codes)


def attribute_figures(sides: LogSides) -> Iterator[Figure]:
    """What is told once a history: whether it stays the same, and its distances."""
    if not sides.columns.fixed:
        return
    twin = sides.whole_twin
    yield Figure(
        name="temporal.attribute_changes",
        value=twin.unfixed / twin.histories if twin.histories else None,
        baseline=0.0,
        limit=0.0,
        exact=True,
        source=_FIXED,
    )
    if sides.windows:
        return
    found = list(_attributes(sides))
    yield _worst("temporal.attributes", found, "no attribute could be compared")
    yield from found


def _attributes(sides: LogSides) -> Iterator[Figure]:
    for name in sides.columns.fixed_numbers:
        points = grid(sides.real.fixed_numbers[name], sides.twin.fixed_numbers[name])
        summary = partial(_tally_of_fixed_numbers, name, points)
        yield _attribute(name, apart(sides.real, sides.twin, sides.split, summary, largest_gap))
    for name in sides.columns.fixed_words:
        summary = partial(_tally_of_fixed_words, name, sides.columns.codes(name))
        found = apart(sides.real, sides.twin, sides.split, summary, total_variation)
        yield _attribute(name, found)


def _attribute(name: str, found: Apart) -> Figure:
    return figure_of("temporal.attribute", found, COLUMN_LIMIT, _COLUMNS, scope=f"column:{name}")


def _tally_of_fixed_numbers(name: str, points: Floats, log: EventLog, weights: Floats) -> Floats:
    everyone = np.arange(log.histories)
    return tally(bins(log.fixed_numbers[name], points), everyone, weights, len(points) + 2)


def _tally_of_fixed_words(name: str, codes: int, log: EventLog, weights: Floats) -> Floats:
    return tally(log.fixed_words[name], np.arange(log.histories), weights, codes)


def _worst(name: str, found: list[Figure], none: str) -> Figure:
    """The column furthest beyond its own threshold, for the table."""
    measured = [f for f in found if f.value is not None]
    if not measured:
        return unmeasured(name, none, _COLUMNS)
    worst = max(measured, key=_beyond)
    return Figure(
        name=name,
        value=worst.value,
        baseline=worst.baseline,
        interval=worst.interval,
        chance=worst.chance,
        limit=worst.limit,
        source=_COLUMNS,
        about=worst.scope.removeprefix("column:"),
    )


def _beyond(figure: Figure) -> float:
    assert figure.value is not None
    assert figure.threshold is not None
    return figure.value - figure.threshold
