"""What each column of a log is: a running total, constant in a history, said by another column, or
a column of the events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.datasets.entities import ColumnSpec, SdType, TableMetadata
from domain.synthesis.sequences.choosing_columns import PLAIN, invents
from domain.synthesis.sequences.clock import moments
from domain.synthesis.sequences.columns import KIND
from domain.synthesis.sequences.events import totals_before
from domain.synthesis.sequences.histories import Histories
from domain.synthesis.sequences.kinds import Kinds, openings_of_kinds, totals_of_kinds
from domain.synthesis.sequences.partners import pairs_of
from domain.synthesis.sequences.running import RunningTotal

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Roles:
    """The columns of a log but its keys, sorted out."""

    totals: tuple[RunningTotal, ...]
    openings: Mapping[str, Floats]
    """The value of every total before the first event of each history."""
    before: Mapping[str, Floats]
    """The value of every total before each event."""
    constant: tuple[str, ...]
    pairs: tuple[tuple[str, str], ...]
    """``(column, by)``: columns that another one says."""
    events: list[ColumnSpec]
    """What is learned of the events: of the columns said by another those that tell kinds of
    events, for the others look them up; before the ones that say them."""

    @classmethod
    def of(
        cls,
        histories: Histories,
        specs: Sequence[ColumnSpec],
        table: TableMetadata,
        kinds: Kinds,
        entity: str | None,
    ) -> Roles:
        """``specs``: of all columns but the keys; ``entity``: ``None`` of one history only."""
        place, time = np.arange(len(histories.rows)), histories.time
        now = place if time is None else moments(histories.rows[time], 1)
        numbers = [s for s in specs if s.name != table.primary_key and not s.unique]
        totals = totals_of_kinds(histories, numbers, now, kinds)
        openings = {t.total: openings_of_kinds(t, histories, now, kinds) for t in totals}
        rest = [s for s in specs if s.name not in openings]
        steady = entity is not None and int(histories.lengths.max()) > 1
        constant = tuple(
            s.name
            for s in rest
            if steady
            and s.name not in (table.primary_key, KIND)  # which kinds read of every event
            and histories.steady(s.name)
        )
        free = [s for s in rest if s.name not in constant]
        keys = [] if entity is None else [histories.rows[entity]]
        bound = {n for t in totals for n in (t.by, t.amount)}
        pairs = _pairs(histories.rows, [s for s in free if s.name not in bound], table)
        return cls(
            totals=totals,
            openings=openings,
            before={t.total: totals_before(t, histories, openings[t.total]) for t in totals},
            constant=constant,
            pairs=tuple(pairs),
            events=_learned(histories.rows, free, pairs, keys),
        )


def _pairs(
    rows: pd.DataFrame, specs: Sequence[ColumnSpec], table: TableMetadata
) -> list[tuple[str, str]]:
    words = (SdType.CATEGORICAL, SdType.BOOLEAN, SdType.ID)
    names = [
        s.name
        for s in specs
        if s.sdtype in words and not s.unique and s.name not in (table.primary_key, KIND)
    ]
    return pairs_of(rows, names)


def _learned(
    rows: pd.DataFrame,
    specs: Sequence[ColumnSpec],
    pairs: Sequence[tuple[str, str]],
    keys: list[pd.Series],
) -> list[ColumnSpec]:
    by_name = {s.name: s for s in specs}
    invented = {n for pair in pairs for n in pair if invents(by_name[n], rows[n], keys)}
    looked_up = {
        column
        for column, by in pairs
        if rows[column].nunique() > PLAIN and column not in invented and by not in invented
    }
    said = {column for column, _ in pairs}
    learned = [s for s in specs if s.name not in looked_up]
    return sorted(learned, key=lambda s: s.name not in said)
