"""How a log of events or a series moves: every figure of it, real against real beside it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from domain.datasets.entities import SequenceKeys, TableMetadata, Tables
from domain.evaluation.autocorrelation import autocorrelation_figures, cross_figure
from domain.evaluation.figures import Figure, unmeasured
from domain.evaluation.gaps import time_figures
from domain.evaluation.histories import attribute_figures, event_figures, length_figure
from domain.evaluation.log_pictures import log_pictures
from domain.evaluation.log_sides import LogSides, columns_by_dtype, columns_of, log_sides
from domain.evaluation.next_event import next_event_figures
from domain.evaluation.one_series import told_of_windows
from domain.evaluation.pictures import LogPictures
from domain.evaluation.report import Score
from domain.evaluation.running_formula import formula_figures
from domain.evaluation.seasonal_profile import seasonal_figures
from domain.evaluation.spec import EvaluationSpec
from domain.evaluation.temporal_wording import sentence
from domain.evaluation.transitions import transition_figures
from domain.evaluation.whole_sequence_detection import detection_figure


@dataclass(frozen=True, slots=True, kw_only=True)
class LogRows:
    """Three typed frames of one table of events, and what makes it one."""

    train: pd.DataFrame
    holdout: pd.DataFrame
    synthetic: pd.DataFrame
    table: TableMetadata
    keys: SequenceKeys
    seed: int
    name: str = ""
    """The table's, in datasets of several; else empty."""

    def sides(self) -> LogSides:
        """Read into histories."""
        real = (self.train, self.holdout)
        columns = columns_of(self.table, self.keys.entity, self.keys.time, real)
        return log_sides(*real, self.synthetic, columns, seed=self.seed)


def log_keys(table: TableMetadata, asked: EvaluationSpec) -> SequenceKeys | None:
    """What makes ``table`` a log: what was asked for, else what its columns were confirmed to be.

    An owner alone makes no log: without a time the order of rows may mean nothing.
    """
    columns = {spec.name for spec in table.columns}
    entity = asked.entity if asked.entity in columns else None
    if asked.time in columns:
        return SequenceKeys(entity=entity, time=asked.time)
    if table.sequence is None:
        return None
    return SequenceKeys(entity=entity or table.sequence.entity, time=table.sequence.time)


def log_rows(
    train: Tables,
    holdout: Tables,
    synthetic: Tables,
    name: str,
    table: TableMetadata,
    asked: EvaluationSpec,
    *,
    seed: int,
    alone: bool,
) -> LogRows | None:
    """One table's rows, where it is a log with rows on both sides; ``alone`` if there is no other
    table."""
    keys = log_keys(table, asked)
    if keys is None or not len(train[name]) or not len(synthetic[name]):
        return None
    return LogRows(
        train=train[name],
        holdout=holdout.get(name, train[name].iloc[:0]),
        synthetic=synthetic[name],
        table=table,
        keys=keys,
        seed=seed,
        name="" if alone else name,
    )


def figure_findings(rows: LogRows) -> tuple[Score | LogPictures, ...]:
    """The figures that are counted, and the pictures of them."""
    sides = rows.sides()
    if _nothing(sides):
        reason = "one side has no row with an owner and a time that can be read"
        return temporal_scores([unmeasured("temporal.order", reason)], rows.name)
    found = temporal_scores(counted_figures(sides), rows.name, windows=sides.windows)
    return (*found, log_pictures(sides, rows.name))


def learned_findings(rows: LogRows) -> tuple[Score, ...]:
    """The figures for which models are trained."""
    sides = rows.sides()
    if _nothing(sides):
        return ()
    return temporal_scores(learned_figures(sides), rows.name, windows=sides.windows)


def _nothing(sides: LogSides) -> bool:
    return not len(sides.train) or not len(sides.whole_twin)


def temporal_scores(
    figures: Iterator[Figure] | list[Figure], table: str = "", *, windows: bool = False
) -> tuple[Score, ...]:
    """Figures as scores of a report, each with a sentence for a person.

    ``windows`` says whether what they call histories are windows of a longer one.
    """
    prefix = f"{table}/" if table else ""
    return tuple(_score(figure, prefix, windows) for figure in figures)


def _score(figure: Figure, prefix: str, windows: bool) -> Score:
    said = sentence(figure)
    return Score(
        name=figure.name,
        scope=prefix + figure.scope,
        value=figure.value,
        interval=figure.interval,
        baseline=figure.baseline,
        threshold=figure.threshold,
        source=figure.source,
        sentence=told_of_windows(said) if windows else said,
    )


def temporal_figures(
    train: pd.DataFrame,
    holdout: pd.DataFrame,
    synthetic: pd.DataFrame,
    *,
    entity: str | None = None,
    time: str | None = None,
    seed: int = 0,
    learned: bool = True,
) -> tuple[Figure, ...]:
    """Every figure of three plain frames, whose columns are told by their dtypes.

    ``entity`` says whose an event is (``None`` for one series) and ``time`` when it was (``None``
    for the order of rows); times in words are read. Unless ``learned``, no model is trained: no
    next event and no detection. The same frames and seed give the same figures. Raises
    :class:`BadInput` when a side lacks a column.
    """
    train, holdout, synthetic = (_dated(frame, time) for frame in (train, holdout, synthetic))
    columns = columns_by_dtype(entity, time, (train, holdout))
    sides = log_sides(train, holdout, synthetic, columns, seed=seed)
    if _nothing(sides):
        return (unmeasured("temporal.order", "one side has no row with an owner and a time"),)
    return (*counted_figures(sides), *(learned_figures(sides) if learned else ()))


def counted_figures(sides: LogSides) -> Iterator[Figure]:
    """The figures that take counting only, in reading order."""
    yield from time_figures(sides)
    yield length_figure(sides)
    yield from event_figures(sides)
    yield from attribute_figures(sides)
    yield from autocorrelation_figures(sides)
    yield cross_figure(sides)
    yield from transition_figures(sides)
    yield from formula_figures(sides)
    yield from seasonal_figures(sides)


def learned_figures(sides: LogSides) -> Iterator[Figure]:
    """What comes next, and whether whole histories can be told apart."""
    yield from next_event_figures(sides)
    yield detection_figure(sides)


def _dated(frame: pd.DataFrame, time: str | None) -> pd.DataFrame:
    """Times in words as moments of UTC, NaT where they cannot be read."""
    if time is None or time not in frame or frame[time].dtype.kind in "Miuf":
        return frame
    moments = pd.to_datetime(frame[time], utc=True, errors="coerce", format="mixed")
    return frame.assign(**{time: moments.dt.tz_localize(None)})
