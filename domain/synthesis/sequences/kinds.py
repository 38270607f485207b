"""Events of several kinds, each with columns of its own, in one log."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.datasets.entities import ColumnSpec, SdType
from domain.synthesis.encoding.categories import CategoryCodec
from domain.synthesis.sequences.choosing_columns import event_columns
from domain.synthesis.sequences.columns import KIND, EventColumn
from domain.synthesis.sequences.histories import Histories
from domain.synthesis.sequences.running import RunningTotal, openings, running_totals

Rows = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Kinds:
    """Which columns only events of one kind have; the column ``KIND`` says the kind."""

    of: Mapping[str, str]
    """By column the kind; a column that is not here is of all events."""

    def rows(self, frame: pd.DataFrame, column: str) -> Rows:
        """The events that have ``column``."""
        if column not in self.of:
            return np.ones(len(frame), dtype=np.bool_)
        has: Rows = (frame[KIND] == self.of[column]).to_numpy(np.bool_)
        return has

    def groups(self, specs: Sequence[ColumnSpec]) -> Iterator[tuple[str | None, list[ColumnSpec]]]:
        """The columns of all events (``None``), and then those of each kind."""
        for kind in dict.fromkeys([None, *self.of.values()]):
            yield kind, [s for s in specs if self.of.get(s.name) == kind and s.name != KIND]


ONE_KIND = Kinds(of={})
"""Of a log whose events all have the same columns."""


def columns_of_kinds(
    histories: Histories,
    frame: pd.DataFrame,
    specs: Sequence[ColumnSpec],
    kinds: Kinds,
    *,
    since: Sequence[str],
    entity: pd.Series | None,
    held_out: pd.DataFrame | None,
    primary_key: str | None,
    rare_threshold: int,
    rng: np.random.Generator,
) -> tuple[EventColumn, ...]:
    """``event_columns`` of each kind, learned from the events that have them; the kind first. Where
    all events are of one kind, its columns are those of all events."""
    found: list[EventColumn] = []
    codec = _kind_codec(frame) if KIND in frame else None
    if codec is not None:
        spec = next(s for s in specs if s.name == KIND)
        found.append(EventColumn(spec=spec, codec=codec, repeats=False, key=(), since=False))
    for kind, own in kinds.groups(specs):
        rows = np.ones(len(frame), dtype=np.bool_)
        if kind is not None:
            rows = (frame[KIND] == kind).to_numpy(np.bool_)
        learned = event_columns(
            histories.only(rows),
            frame[rows].reset_index(drop=True),
            own,
            since=since,
            entity=None if entity is None else entity[rows].reset_index(drop=True),
            held_out=held_out,
            primary_key=primary_key,
            rare_threshold=rare_threshold,
            rng=rng,
        )
        found += learned if codec is None or codec.size == 1 else _of_kind(learned, codec, kind)
    return tuple(found)


def _kind_codec(frame: pd.DataFrame) -> CategoryCodec:
    """No name of a kind is rare, or any entity's own."""
    spec = ColumnSpec(name=KIND, sdtype=SdType.CATEGORICAL)
    return CategoryCodec.fit(frame[KIND], spec, 1)


def _of_kind(
    columns: Sequence[EventColumn], codec: CategoryCodec, kind: str | None
) -> Iterator[EventColumn]:
    """The columns of one of several kinds; those of all events (``None``) as they are."""
    code = None if kind is None else codec.values.index(kind)
    for column in columns:
        if code is None:
            yield column
            continue
        yield replace(column, kind=code, key=(KIND, *column.key) if column.repeats else ())


def totals_of_kinds(
    histories: Histories, specs: Sequence[ColumnSpec], moments: NDArray[np.int64], kinds: Kinds
) -> tuple[RunningTotal, ...]:
    """The running quantities among the columns of each kind."""
    found: list[RunningTotal] = []
    for kind, own in kinds.groups(specs):
        rows = kinds.rows(histories.rows, own[0].name) if kind and own else None
        some = histories if rows is None else histories.only(rows)
        found += running_totals(some, own, moments if rows is None else moments[rows])
    return tuple(found)


def openings_of_kinds(
    total: RunningTotal, histories: Histories, moments: NDArray[np.int64], kinds: Kinds
) -> NDArray[np.float64]:
    """The value of a total before the first event that has it, of every history; 0 without one."""
    rows = kinds.rows(histories.rows, total.total)
    if rows.all():
        return openings(total, histories, moments)
    found = np.zeros(histories.entities)
    having = np.unique(histories.owner[rows])
    found[having] = openings(total, histories.only(rows), moments[rows])
    return found
