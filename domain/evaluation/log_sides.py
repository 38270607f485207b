"""Three sides of a log: real histories, held-out ones among them, and the twin's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from domain.datasets.entities import PiiAction, SdType, TableMetadata
from domain.evaluation.comparison import FEW_SHARED
from domain.evaluation.event_log import (
    MAX_WORDS,
    EventLog,
    LogColumns,
    event_log,
    joined,
    vocabulary,
    windowed,
)
from domain.evaluation.halves import Halves, block_resamples, halves
from domain.evaluation.whole_entities import strangers_in
from domain.kernel import BadInput

MAX_EVENTS = 100_000
"""Of a side with more, whole histories are drawn until about so many events are reached."""
FEW_HISTORIES = 8
"""Fewer real histories than this are cut into windows: halves of them would say nothing."""
_WINDOWS, _SHORTEST, _LONGEST = 20, 16, 512

_FEW_KEYS = 20
_OWN = 0.95

_NUMBERS = frozenset({SdType.INTEGER, SdType.FLOAT})
_WORDS = frozenset({SdType.CATEGORICAL, SdType.BOOLEAN})


@dataclass(frozen=True, slots=True, kw_only=True)
class LogSides:
    """What every figure of a log is measured on."""

    columns: LogColumns
    train: EventLog
    holdout: EventLog
    """Histories that were never trained on; may be empty."""
    real: EventLog
    """Both, or the windows of one long series: what halves are drawn of."""
    twin: EventLog
    """Likewise whole histories, or windows of the same length."""
    whole_twin: EventLog
    split: Halves
    sampled: str
    """A sentence for the reader where histories were drawn down, else empty."""
    seed: int

    @property
    def windows(self) -> bool:
        """Whether histories were too few to be halved."""
        return self.real.windows


def log_sides(
    train: pd.DataFrame,
    holdout: pd.DataFrame,
    synthetic: pd.DataFrame,
    columns: LogColumns,
    *,
    seed: int,
) -> LogSides:
    """Read three typed frames of one log. Raises :class:`BadInput` when a side lacks a column."""
    sides = {"training": train, "held-out": holdout, "synthetic": synthetic}
    for side, frame in sides.items():
        _require(frame, columns, side)
    train, holdout = _strangers(train, holdout, columns.entity)
    frames = (train, holdout, synthetic)
    logs = [event_log(f, columns) if len(f) else _empty(columns) for f in frames]
    drawn = [_drawn(log, MAX_EVENTS, seed) for log in logs]
    real = joined(drawn[0], drawn[1])
    twin, split = drawn[2], halves(real.histories, seed)
    if real.histories < FEW_HISTORIES:
        # A part of the same series that was held out lies at another time: no fair half of it.
        length = int(np.clip(len(drawn[0]) // _WINDOWS, _SHORTEST, _LONGEST))
        real, twin = (windowed(log, length, length // 2) for log in (drawn[0], twin))
        split = block_resamples(real.histories, seed)
    return LogSides(
        columns=columns,
        train=drawn[0],
        holdout=drawn[1],
        real=real,
        twin=twin,
        whole_twin=drawn[2],
        split=split,
        sampled=_sampled(drawn, logs),
        seed=seed,
    )


def _require(frame: pd.DataFrame, columns: LogColumns, side: str) -> None:
    named = [columns.entity, columns.time, *columns.numbers, *columns.words, *columns.fixed]
    for name in named if len(frame) else ():
        if name is not None and name not in frame:
            raise BadInput(
                f"The {side} rows have no column “{name}”; evaluate tables that have the same "
                "columns."
            )


def _empty(columns: LogColumns) -> EventLog:
    none, nobody = np.empty(0), np.empty(0, np.int64)
    return EventLog(
        owners=nobody,
        histories=0,
        times=none if columns.time else None,
        numbers=dict.fromkeys(columns.numbers, none),
        words=dict.fromkeys(columns.words, nobody),
        fixed_numbers=dict.fromkeys(columns.fixed_numbers, none),
        fixed_words=dict.fromkeys(columns.fixed_words, nobody),
    )


def _strangers(
    train: pd.DataFrame, holdout: pd.DataFrame, entity: str | None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Held-out rows of people who were trained on too make those histories whole, where they are
    many; then nobody was held out. Where they are few they are left out."""
    if entity is None or not len(holdout) or not len(train):
        return train, holdout
    holdout, shared = strangers_in(holdout, train, entity)
    if shared <= FEW_SHARED:
        return train, holdout
    return pd.concat([train, holdout], ignore_index=True), holdout.iloc[:0]


def _drawn(log: EventLog, events: int, seed: int) -> EventLog:
    """Whole histories by ``seed`` until ``events`` are reached; of a longer one its beginning."""
    if len(log) <= events:
        return log
    order = np.random.default_rng([seed, 8]).permutation(log.histories)
    taken = int(np.searchsorted(np.cumsum(log.lengths[order]), events, side="right"))
    if taken == 0:
        places = np.flatnonzero(log.owners == order[0])[:events]
        first = log.taken(places, np.zeros(len(places), np.int64), 1)
        return replace(first, windows=False)
    return log.of(order[:taken])


def _sampled(drawn: Sequence[EventLog], logs: Sequence[EventLog]) -> str:
    """What was left of sides that were too long, for the reader."""
    names = ("training", "held-out", "synthetic")
    fewer = [
        _share(name, some, log)
        for name, some, log in zip(names, drawn, logs, strict=True)
        if len(some) < len(log)
    ]
    if not fewer:
        return ""
    return (
        f"Histories are measured on a fixed sample of about {MAX_EVENTS:,} events a side, chosen "
        f"by the seed: {'; '.join(fewer)}."
    )


def _share(name: str, some: EventLog, log: EventLog) -> str:
    if log.histories == 1:
        return f"the first {len(some):,} of {len(log):,} {name} events"
    return f"{some.histories:,} of {log.histories:,} {name} histories"


def columns_of(
    table: TableMetadata, entity: str | None, time: str | None, real: Sequence[pd.DataFrame]
) -> LogColumns:
    """What the columns of typed ``real`` frames are to their histories."""
    specs = [
        s
        for s in table.kept
        if s.name not in (entity, time) and s.pii_action is not PiiAction.SURROGATE
    ]
    return _sorted_out(
        [s.name for s in specs if s.sdtype in _NUMBERS],
        [s.name for s in specs if s.sdtype in _WORDS],
        [s.name for s in specs if s.sdtype is SdType.DATETIME],
        entity,
        time,
        real,
    )


def columns_by_dtype(
    entity: str | None, time: str | None, real: Sequence[pd.DataFrame]
) -> LogColumns:
    """The same of frames without metadata: numbers, dates and words by their dtypes.

    Whole numbers and words of which every row has its own are keys, and left out.
    """
    first = real[0]
    names = [n for n in first.columns if n not in (entity, time) and not _is_key(first[n])]
    kinds = {n: first[n].dtype for n in names}
    dates = [n for n, kind in kinds.items() if pd.api.types.is_datetime64_any_dtype(kind)]
    numbers = [
        n
        for n, kind in kinds.items()
        if pd.api.types.is_numeric_dtype(kind) and not pd.api.types.is_bool_dtype(kind)
    ]
    words = [n for n in names if n not in dates and n not in numbers]
    return _sorted_out(numbers, words, dates, entity, time, real)


def _is_key(column: pd.Series) -> bool:
    known = column.dropna()
    if pd.api.types.is_float_dtype(column.dtype) or column.dtype.kind == "M":
        return len(known) == 0
    return len(known) == 0 or (len(known) > _FEW_KEYS and known.is_unique)


def _sorted_out(
    numbers: Sequence[str],
    words: Sequence[str],
    dates: Sequence[str],
    entity: str | None,
    time: str | None,
    real: Sequence[pd.DataFrame],
) -> LogColumns:
    together = pd.concat([f for f in real if len(f)], ignore_index=True)
    fixed = _fixed(together, entity, [*numbers, *words, *dates])
    told = [n for n in words if n not in fixed and not _names_parts(together, entity, n)]
    is_date = time is not None and pd.api.types.is_datetime64_any_dtype(together[time].dtype)
    return LogColumns(
        entity=entity,
        time=time,
        numbers=tuple(n for n in (*numbers, *dates) if n not in fixed),
        words=tuple(told),
        dates=tuple(n for n in dates if n not in fixed) if is_date else (),
        time_is_date=is_date,
        fixed_numbers=tuple(n for n in (*numbers, *dates) if n in fixed),
        fixed_words=tuple(n for n in words if n in fixed),
        vocabulary=vocabulary(together, words),
    )


def _fixed(frame: pd.DataFrame, entity: str | None, columns: Sequence[str]) -> frozenset[str]:
    """The columns that never change within a history of several rows."""
    if entity is None or not frame[entity].dropna().duplicated().any():
        return frozenset()
    groups = frame.groupby(entity, observed=True)
    return frozenset(n for n in columns if groups[n].nunique(dropna=False).max() <= 1)


def _names_parts(frame: pd.DataFrame, entity: str | None, column: str) -> bool:
    """Whether its words are keys of parts of histories (an order's number): many, and nearly each
    in one history only. A twin has its own, so they cannot be compared."""
    if entity is None:
        return False
    known = frame[[entity, column]].dropna().drop_duplicates()
    words = known[column].astype(object).astype(str)
    different = words.nunique()
    if different <= max(frame[entity].nunique(), MAX_WORDS // 2):
        return False
    return bool(1 - words[words.duplicated()].nunique() / different >= _OWN)
