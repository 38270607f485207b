"""How a log of events or a series moves: every figure of it, real against real beside it."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from domain.evaluation.autocorrelation import autocorrelation_figures, cross_figure
from domain.evaluation.figures import Figure
from domain.evaluation.gaps import time_figures
from domain.evaluation.histories import attribute_figures, event_figures, length_figure
from domain.evaluation.log_sides import LogSides, columns_by_dtype, log_sides
from domain.evaluation.next_event import next_event_figures
from domain.evaluation.running_formula import formula_figures
from domain.evaluation.seasonal_profile import seasonal_figures
from domain.evaluation.transitions import transition_figures
from domain.evaluation.whole_sequence_detection import detection_figure


def temporal_figures(
    train: pd.DataFrame,
    holdout: pd.DataFrame,
    synthetic: pd.DataFrame,
    *,
    entity: str | None = None,
    time: str | None = None,
    seed: int = 0,
    tasks: bool = True,
) -> tuple[Figure, ...]:
    """Every figure of three plain frames, whose columns are told by their dtypes.

    ``entity`` says whose an event is (``None`` for one series) and ``time`` when it was (``None``
    for the order of rows); dates in words are read. Without ``tasks`` nothing is learned: no
    next event and no detection. The same frames and seed give the same figures. Raises
    :class:`BadInput` when a side lacks a column.
    """
    train, holdout, synthetic = (_dated(frame, time) for frame in (train, holdout, synthetic))
    columns = columns_by_dtype(entity, time, (train, holdout))
    sides = log_sides(train, holdout, synthetic, columns, seed=seed)
    return tuple(figures(sides, tasks=tasks))


def figures(sides: LogSides, *, tasks: bool = True) -> Iterator[Figure]:
    """The figures in reading order."""
    yield from time_figures(sides)
    yield length_figure(sides)
    yield from event_figures(sides)
    yield from attribute_figures(sides)
    yield from autocorrelation_figures(sides)
    yield cross_figure(sides)
    yield from transition_figures(sides)
    yield from formula_figures(sides)
    yield from seasonal_figures(sides)
    if tasks:
        yield from next_event_figures(sides)
        yield detection_figure(sides)


def _dated(frame: pd.DataFrame, time: str | None) -> pd.DataFrame:
    """Times in words as moments of UTC, NaT where they cannot be read."""
    if time is None or time not in frame or frame[time].dtype.kind in "Miuf":
        return frame
    moments = pd.to_datetime(frame[time], utc=True, errors="coerce", format="mixed")
    return frame.assign(**{time: moments.dt.tz_localize(None)})
