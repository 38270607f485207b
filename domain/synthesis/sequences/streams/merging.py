"""Several tables as one stream of events, and what each of its columns is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.datasets.belonging import NOBODY, Belonging, parent_rows
from domain.datasets.entities import (
    ColumnSpec,
    Metadata,
    SdType,
    SequenceKeys,
    TableMetadata,
    Tables,
)
from domain.synthesis.sequences.columns import KIND
from domain.synthesis.sequences.kinds import Kinds
from domain.synthesis.sequences.streams.copying import flag_of, mostly_copied, same_word
from domain.synthesis.sequences.streams.placing import placed
from domain.synthesis.sequences.streams.plan import (
    HAPPENED,
    NOTHING,
    TIME,
    Reference,
    StreamPlan,
    TablePlan,
)

DAY = np.timedelta64(1, "D")
_SHARED = 0.5
"""Share of the rows whose value several entities have, from which on a label is a code."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Stream:
    """All tables of one kind of entity as one table of events."""

    frame: pd.DataFrame
    table: TableMetadata
    kinds: Kinds
    held_out: pd.DataFrame
    """The identifiers of held-out rows under the stream's names; columns of unequal length."""
    exact: frozenset[str]
    """Tables whose events are all exactly at the stream's time."""
    copies: Mapping[str, str]
    """By column that is mostly as in a parent the foreign key to that parent."""
    shared: frozenset[str]
    """Columns of labels that several entities have in common."""
    left_out: Mapping[str, int]
    """Rows of nobody, or that say not when, by table."""


def merged(
    tables: Tables, held_out: Tables, metadata: Metadata, plan: StreamPlan, belonging: Belonging
) -> Stream:
    """The tables' rows side by side in the order of time; the columns of other kinds are missing.

    Every entity has at least one event; the entity's own columns are in each.
    """
    root = tables[plan.root.name]
    keys = root[plan.root.key]
    kept = (keys.notna() & ~keys.duplicated()).to_numpy(np.bool_)
    known = {**tables, plan.root.name: root[kept].reset_index(drop=True)}
    stream = _Merging(known, held_out, metadata, plan, belonging).result()
    lost = int((~kept).sum())
    left_out = {**stream.left_out, **({plan.root.name: lost} if lost else {})}
    return replace(stream, left_out=left_out)


class _Merging:
    def __init__(
        self,
        tables: Tables,
        held_out: Tables,
        metadata: Metadata,
        plan: StreamPlan,
        belonging: Belonging,
    ) -> None:
        self.tables, self.held_out, self.metadata = tables, held_out, metadata
        self.plan, self.belonging = plan, belonging
        self.events = placed(tables, plan, belonging)
        self.time = self.events.time.astype("datetime64[ns]")
        self.found: dict[str, pd.Series] = {}
        self.specs: list[ColumnSpec] = []
        self.of: dict[str, str] = {}
        self.exact: set[str] = set()
        self.shared: set[str] = set()
        self.copies: dict[str, str] = {}

    def result(self) -> Stream:
        self._add_root()
        self._add_time_and_kind()
        for number, table in enumerate(self.plan.tables):
            self._add_table(table, self.events.rows_of(number))
        keys = SequenceKeys(entity=self.plan.entity, time=TIME if self.plan.timed else None)
        return Stream(
            frame=pd.DataFrame(self.found),
            table=TableMetadata(columns=tuple(self.specs), sequence=keys),
            kinds=Kinds(of=self.of),
            held_out=self._held_out(),
            exact=frozenset(self.exact),
            copies=self.copies,
            shared=frozenset(self.shared),
            left_out=self.events.left_out,
        )

    def _add(self, spec: ColumnSpec, column: pd.Series, kind: str | None = None) -> None:
        self.found[spec.name] = column.reset_index(drop=True)
        self.specs.append(spec)
        if kind is not None:
            self.of[spec.name] = kind

    def _add_root(self) -> None:
        root = self.plan.root
        labels = {r.column: r for r in root.labels}
        for spec in self.metadata.tables[root.name].kept:
            renamed = replace(spec, name=root.called(spec.name))
            column = self.tables[root.name][spec.name]
            if spec.name in labels:
                renamed, column = self._labels(root, labels[spec.name], None)
            self._add(renamed, _taken(column, self.events.owner))
        happened = self.events.row != NOBODY
        if not happened.all():
            spec = ColumnSpec(name=HAPPENED, sdtype=SdType.BOOLEAN)
            self._add(spec, pd.Series(happened, dtype="boolean"))

    def _add_time_and_kind(self) -> None:
        if self.plan.timed:
            own = [self._spec(t, t.time) for t in self.plan.tables if t.time is not None]
            date_only = all(spec.date_only for spec in own)
            spec = ColumnSpec(name=TIME, sdtype=SdType.DATETIME, date_only=date_only)
            self._add(spec, pd.Series(self.time))
        names = np.array([*(t.name for t in self.plan.tables), NOTHING], dtype=object)
        kinds = pd.Series(pd.Categorical(names[self.events.table], categories=pd.unique(names)))
        self._add(ColumnSpec(name=KIND, sdtype=SdType.CATEGORICAL), kinds)

    def _add_table(self, table: TablePlan, rows: NDArray[np.int64]) -> None:
        if not (rows != NOBODY).any():
            return
        for link in self.belonging.parent_links(table.name):
            back = self._back(table, link.parent_table_name, parent_rows(self.tables, link), rows)
            name = table.called(link.child_foreign_key)
            self._add(ColumnSpec(name=name, sdtype=SdType.INTEGER), back, table.name)
        for reference in table.labels:
            spec, labels = self._labels(table, reference, rows)
            self._add(spec, _taken(labels, rows), table.name)
        for column in table.columns:
            if column not in table.linking and not self._add_copied(table, column, rows):
                self._add_column(table, column, rows)

    def _add_column(self, table: TablePlan, column: str, rows: NDArray[np.int64]) -> None:
        spec = self._spec(table, column)
        values = _taken(self.tables[table.name][column], rows)
        if column in table.days and self.plan.timed:
            # In whole days since the event.
            of_day = self.time - self.time.astype("datetime64[D]")
            values = values + pd.Series(of_day.astype("timedelta64[ns]"))
            spec = replace(spec, date_only=False)
        own = rows != NOBODY
        if column == table.time:
            if values.isna()[own].any() or (values.to_numpy() != self.time)[own].any():
                self._add(replace(spec, name=table.called(column)), values, table.name)
            else:
                self.exact.add(table.name)
            return
        self._add(replace(spec, name=table.called(column)), values, table.name)

    def _add_copied(self, table: TablePlan, column: str, rows: NDArray[np.int64]) -> bool:
        """Where a column is mostly as in a parent, learn whether it is, and else what it is."""
        spec, own = self._spec(table, column), rows != NOBODY
        for link in self.belonging.parent_links(table.name):
            parent = next(t for t in self.plan.tables if t.name == link.parent_table_name)
            if column not in parent.columns or column in parent.linking:
                continue
            if self._spec(parent, column).sdtype is not spec.sdtype:
                continue
            there = self.found[table.called(link.child_foreign_key)].notna().to_numpy(np.bool_)
            places = np.append(parent_rows(self.tables, link), NOBODY)[rows]
            said = _taken(self.tables[parent.name][column], np.where(there, places, NOBODY))
            values = _taken(self.tables[table.name][column], rows)
            if not mostly_copied(spec, values[own], said[own]):
                continue
            name = table.called(column)
            same = same_word(values, said) & there
            flags = pd.Series(same, dtype="boolean").where(own)
            flag = ColumnSpec(name=flag_of(name), sdtype=SdType.BOOLEAN)
            self._add(flag, flags, table.name)
            left = values.where(~same)
            if left.notna().any():
                self._add(replace(spec, name=name), left, table.name)
            self.copies[name] = link.child_foreign_key
            return True
        return False

    def _back(
        self, table: TablePlan, parent: str, parents: NDArray[np.int64], rows: NDArray[np.int64]
    ) -> pd.Series:
        """How many events of table ``parent`` come between each event and the one it refers to; 0
        where that is the latest. Missing where it refers to none of the same entity before it."""
        number = next(i for i, t in enumerate(self.plan.tables) if t.name == parent)
        at = np.flatnonzero(self.events.table == number)
        place = np.full(len(self.tables[parent]) + 1, NOBODY, dtype=np.int64)
        place[self.events.row[at]] = np.arange(len(at))
        wanted = place[np.append(parents, NOBODY)[rows]]
        before = np.searchsorted(at, np.arange(len(rows))) - 1
        owner = np.append(self.events.owner[at], NOBODY)[wanted]
        ok = (rows != NOBODY) & (wanted != NOBODY) & (wanted <= before)
        ok &= owner == self.events.owner
        return pd.Series(np.where(ok, before - wanted, 0), dtype="Int64").where(ok)

    def _labels(
        self, table: TablePlan, reference: Reference, rows: NDArray[np.int64] | None
    ) -> tuple[ColumnSpec, pd.Series]:
        """The numbers of the rows that a foreign key refers to, as codes where entities share them,
        else as names that are invented anew."""
        link = next(
            r
            for r in self.metadata.relationships
            if (r.child_table_name, r.child_foreign_key) == (table.name, reference.column)
        )
        numbers = parent_rows(self.tables, link)
        texts = pd.Series(numbers, dtype="Int64").where(numbers != NOBODY).astype("string[pyarrow]")
        owner = np.arange(len(texts))
        if rows is not None:
            owner = np.full(len(texts), NOBODY)
            owner[rows[rows != NOBODY]] = self.events.owner[rows != NOBODY]
        name = table.called(reference.column)
        pairs = pd.DataFrame({"label": texts, "owner": owner}).dropna()
        entities = pairs.drop_duplicates().groupby("label").size()
        if len(pairs) and (pairs["label"].map(entities) > 1).mean() >= _SHARED:
            self.shared.add(name)
            return ColumnSpec(name=name, sdtype=SdType.CATEGORICAL), texts.astype("category")
        unique = bool(len(pairs)) and not pairs["label"].duplicated().any()
        return ColumnSpec(name=name, sdtype=SdType.ID, unique=unique), texts

    def _spec(self, table: TablePlan, column: str) -> ColumnSpec:
        return self.metadata.tables[table.name].column(column)

    def _held_out(self) -> pd.DataFrame:
        unseen = {
            table.called(column): self.held_out[table.name][column].reset_index(drop=True)
            for table in (self.plan.root, *self.plan.tables)
            for column in table.columns
            if table.name in self.held_out and table.called(column) in self.found
        }
        empty = {n: s[:0] for n, s in self.found.items() if n not in unseen}
        alike = {n: s for n, s in unseen.items() if s.dtype == self.found[n].dtype}
        rest = {n: self.found[n][:0] for n in unseen if n not in alike}
        return pd.DataFrame({**empty, **rest, **alike})


def _taken(column: pd.Series, rows: NDArray[np.int64]) -> pd.Series:
    """The cells of some rows, missing for ``NOBODY``."""
    return column.reset_index(drop=True).reindex(rows).reset_index(drop=True)
