"""A drawn stream of events as the tables that it was learned from, with keys that match."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.synthesis.encoding.surrogates import SurrogateCodec
from domain.synthesis.sequences.columns import KIND
from domain.synthesis.sequences.streams.copying import flag_of, with_copies
from domain.synthesis.sequences.streams.outside import Labels
from domain.synthesis.sequences.streams.plan import HAPPENED, TIME, StreamPlan, TablePlan

Whole = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Split:
    """How streams are told apart again; one for all chunks of a sample, since keys never repeat."""

    plan: StreamPlan
    keys: Mapping[str, SurrogateCodec]
    """What invents the primary keys, by table."""
    exact: frozenset[str]
    """Tables whose events are all exactly at the stream's time."""
    copies: Mapping[str, str]
    """See ``Stream``."""
    labels: Mapping[str, Labels]
    """By column of the stream the keys that its labels stand for."""
    one: bool
    """Whether the stream is the events of a single entity."""

    def tables(self, stream: pd.DataFrame, rng: np.random.Generator) -> dict[str, pd.DataFrame]:
        """The tables of a stream of whole entities, sorted by entity and time, parents first.

        An event that would need a parent of a kind its entity has had none of is left out.
        """
        return _Splitting(self, stream, rng).result()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Found:
    """The events of one table in a stream, in order, and their keys."""

    at: Whole
    key: pd.Series | None
    columns: Mapping[str, pd.Series] = field(default_factory=dict)


class _Splitting:
    def __init__(self, split: Split, stream: pd.DataFrame, rng: np.random.Generator) -> None:
        self.split, self.plan, self.stream, self.rng = split, split.plan, stream, rng
        self.owner = np.zeros(len(stream), dtype=np.int64)
        if not split.one:
            self.owner = pd.factorize(stream[self.plan.entity].astype(object))[0].astype(np.int64)
        self.starts = np.searchsorted(self.owner, np.arange(self.owner.max(initial=-1) + 1))
        self.happened = np.ones(len(stream), dtype=np.bool_)
        if HAPPENED in stream:
            self.happened = stream[HAPPENED].fillna(True).to_numpy(np.bool_)
        self.found: dict[str, _Found] = {}

    def result(self) -> dict[str, pd.DataFrame]:
        tables = {self.plan.root.name: self._root()}
        for table in self.plan.tables:
            tables[table.name] = self._events(table)
        return tables

    def _root(self) -> pd.DataFrame:
        root = self.plan.root
        firsts = self.stream.iloc[self.starts].reset_index(drop=True)
        columns = {c: firsts[root.called(c)] for c in root.columns}
        for link in root.labels:
            columns[link.column] = self._keys_of(root.called(link.column), columns[link.column])
        self.entities = columns[str(root.key)]
        return pd.DataFrame(columns)

    def _events(self, table: TablePlan) -> pd.DataFrame:
        at = np.flatnonzero((self.stream[KIND] == table.name).to_numpy(np.bool_) & self.happened)
        rows = {
            link.column: self._parents(table, link.column, link.parent, at)
            for link in table.parents
        }
        there = np.ones(len(at), dtype=np.bool_)
        for found in rows.values():
            there &= found != _LOST
        at, rows = at[there], {column: found[there] for column, found in rows.items()}
        key = None
        if table.key is not None:
            key = self.split.keys[table.name].decode(np.zeros(len(at), dtype=np.int64), self.rng)
        self.found[table.name] = _Found(at=at, key=key)
        columns = {c: self._column(table, c, at, rows, key) for c in table.columns}
        self.found[table.name] = replace(self.found[table.name], columns=columns)
        frame = pd.DataFrame(columns, index=pd.RangeIndex(len(at)))
        return frame.iloc[self._order(table, frame, at)].reset_index(drop=True)

    def _column(
        self,
        table: TablePlan,
        column: str,
        at: Whole,
        parents: Mapping[str, Whole],
        key: pd.Series | None,
    ) -> pd.Series:
        if key is not None and column == table.key:
            return key
        if column == table.owner:
            return self.entities.iloc[self.owner[at]].reset_index(drop=True)
        if column in parents:
            link = next(r for r in table.parents if r.column == column)
            keys = self.found[link.parent].key
            assert keys is not None
            return keys.reindex(parents[column]).reset_index(drop=True)
        is_time = column == table.time and table.name in self.split.exact
        if table.called(column) in self.split.copies:
            return self._copied(table, column, at, parents)
        values = self.stream[TIME if is_time else table.called(column)]
        values = values.iloc[at].reset_index(drop=True)
        if any(link.column == column for link in table.labels):
            return self._keys_of(table.called(column), values)
        return values.dt.normalize() if column in table.days else values

    def _copied(
        self,
        table: TablePlan,
        column: str,
        at: Whole,
        parents: Mapping[str, Whole],
    ) -> pd.Series:
        """The column with its parents' words where it is drawn to have them."""
        name = table.called(column)
        link = next(r for r in table.parents if r.column == self.split.copies[name])
        flags = self.stream[flag_of(name)].iloc[at].fillna(False).to_numpy(np.bool_)
        places = parents[link.column]
        said = self.found[link.parent].columns[column].reindex(places).reset_index(drop=True)
        if name not in self.stream:
            return said.where(flags)
        values = self.stream[name].iloc[at].reset_index(drop=True)
        return with_copies(values, flags & (places >= 0), said)

    def _parents(self, table: TablePlan, column: str, parent: str, at: Whole) -> Whole:
        """The place of each event's parent among those found: −1 for none, ``_LOST`` where it must
        have one and cannot."""
        places = self.found[parent].at
        back = self.stream[table.called(column)].iloc[at].astype("Int64")
        first = np.searchsorted(places, self.starts[self.owner[at]])
        behind = np.searchsorted(places, at)
        found = np.maximum(behind - 1 - back.fillna(0).to_numpy(np.int64).clip(0), first)
        found = np.where(behind > first, found, _LOST)
        return np.where(back.isna().to_numpy(np.bool_), _NONE, found)

    def _keys_of(self, column: str, labels: pd.Series) -> pd.Series:
        return self.split.labels[column].keys_of(labels)

    def _order(self, table: TablePlan, frame: pd.DataFrame, at: Whole) -> Whole:
        """By entity and the table's own time."""
        if table.time is None:
            return np.arange(len(at))
        own = frame[table.time]
        own = own.where(own.notna(), self.stream[TIME].iloc[at].reset_index(drop=True))
        moments = own.to_numpy("datetime64[ns]").astype(np.int64)
        return np.lexsort([np.arange(len(at)), moments, self.owner[at]])


_NONE, _LOST = -1, -2
