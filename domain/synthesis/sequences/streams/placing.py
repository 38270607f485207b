"""The rows of all tables of events in one order: by entity and time, parents before children."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.datasets.belonging import NOBODY, Belonging, Places, parent_rows
from domain.datasets.entities import Tables
from domain.synthesis.sequences.streams.plan import StreamPlan, TablePlan

_NEVER = np.iinfo(np.int64).max
NO_TABLE = -1

Whole = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Placed:
    """Events in the order of the stream; an entry an event."""

    table: Whole
    """Its number in the plan, ``NO_TABLE`` for the event of an entity without any."""
    row: Whole
    """Its row in that table (``NOBODY`` without)."""
    owner: Whole
    """The row of its entity."""
    time: Whole
    """Nanoseconds since 1970; 0 where nothing says when events happened."""
    left_out: dict[str, int]
    """Rows of nobody, or that say not when, by table."""

    def rows_of(self, number: int) -> Whole:
        """For every event its row in table ``number``, ``NOBODY`` where it is of another."""
        return np.where(self.table == number, self.row, NOBODY)


def placed(tables: Tables, plan: StreamPlan, belonging: Belonging) -> Placed:
    """Order the rows.

    An event is never before its parent, even where its own time is (a day, where the parent's has
    a time of day). Events at the time of their parents come right behind them, in the plan's
    order of tables. What has neither a time nor a parent opens its entity's history.
    """
    return _Placing(tables, plan, belonging).result()


@dataclass(slots=True, kw_only=True, eq=False)
class _Events:
    """The rows of one table, while they are placed."""

    owner: Places
    time: Whole
    path: list[Whole]
    """Numbers of the event and of those right behind which it comes, outermost first."""


class _Placing:
    def __init__(self, tables: Tables, plan: StreamPlan, belonging: Belonging) -> None:
        self.tables, self.plan, self.belonging = tables, plan, belonging
        self.owners = belonging.owners(tables)
        self.entities = len(tables[plan.root.name])
        self.depth = len(plan.tables)
        self.placed: dict[str, _Events] = {}

    def result(self) -> Placed:
        self.begin = self._begin()
        for place, table in enumerate(self.plan.tables):
            self.placed[table.name] = self._events(table, place)
        parts = [self.placed[table.name] for table in self.plan.tables]
        number = np.repeat(np.arange(len(parts)), [len(p.owner) for p in parts])
        row = np.concatenate([np.arange(len(p.owner)) for p in parts])
        owner = np.concatenate([p.owner for p in parts])
        time = np.concatenate([p.time for p in parts])
        path = [np.concatenate([p.path[i] for p in parts]) for i in range(self.depth)]
        kept = (owner != NOBODY) & (time != _NEVER)
        order = np.lexsort([*path[::-1], time, owner])
        order = order[kept[order]]
        lost = np.bincount(number[~kept], minlength=len(parts))
        counts = dict(zip((t.name for t in self.plan.tables), lost.tolist(), strict=True))
        return self._with_eventless(number[order], row[order], owner[order], time[order], counts)

    def _begin(self) -> Whole:
        """When the first event of each entity was; of those without any, as of the middle one."""
        begin = np.full(self.entities, _NEVER)
        for table in self.plan.tables:
            owner, own = self.owners[table.name], self._own_times(table)
            np.minimum.at(begin, owner[owner != NOBODY], own[owner != NOBODY])
        known = np.sort(begin[begin != _NEVER])
        return np.where(begin == _NEVER, known[len(known) // 2] if len(known) else 0, begin)

    def _own_times(self, table: TablePlan) -> Whole:
        """``_NEVER`` where a row does not say."""
        if table.time is None:
            return np.full(len(self.tables[table.name]), _NEVER)
        column = self.tables[table.name][table.time]
        return np.where(column.isna(), _NEVER, _nanoseconds(column))

    def _events(self, table: TablePlan, number: int) -> _Events:
        owner, own = self.owners[table.name], self._own_times(table)
        parent_time = np.full(len(owner), _NEVER)
        behind = [np.full(len(owner), -1) for _ in range(self.depth)]
        for link in self.belonging.parent_links(table.name):
            parents, rows = self.placed[link.parent_table_name], parent_rows(self.tables, link)
            found = (rows != NOBODY) & (parent_time == _NEVER)
            found[found] = parents.owner[rows[found]] == owner[found]
            parent_time[found] = parents.time[rows[found]]
            for level in range(self.depth):
                behind[level][found] = parents.path[level][rows[found]]
        has_parent = parent_time != _NEVER
        latest = np.where(own == _NEVER, parent_time, np.maximum(own, parent_time))
        time = np.where(has_parent, latest, own)
        if table.time is None:
            begin = np.append(self.begin, _NEVER)[owner]
            time = np.where(has_parent, parent_time, begin)
        attached = has_parent & (time == parent_time)
        opening = ~has_parent & (table.time is None)
        # What opens a history is numbered below all that happened at its first moment.
        numbers = np.arange(len(owner)) + (number << 40) - np.where(opening, 1 << 60, 0)
        return _Events(owner=owner, time=time, path=self._path(behind, attached, numbers))

    def _path(
        self, behind: list[Whole], attached: NDArray[np.bool_], numbers: Whole
    ) -> list[Whole]:
        """The parents' paths, and the events' own numbers at their end; −1 beyond."""
        path, ended = [], np.zeros(len(numbers), dtype=np.bool_)
        for level in range(self.depth):
            goes_on = attached & (behind[level] != -1)
            path.append(np.where(goes_on, behind[level], np.where(ended, -1, numbers)))
            ended |= ~goes_on
        return path

    def _with_eventless(
        self, number: Whole, row: Whole, owner: Whole, time: Whole, counts: dict[str, int]
    ) -> Placed:
        """With one event more for every entity that has none."""
        eventless = np.setdiff1d(np.arange(self.entities), owner)
        owners = np.concatenate([owner, eventless])
        order = np.argsort(owners, kind="stable")
        none = np.full(len(eventless), NOBODY)
        return Placed(
            table=np.concatenate([number, none])[order],
            row=np.concatenate([row, none])[order],
            owner=owners[order],
            time=np.concatenate([time, self.begin[eventless]])[order],
            left_out={name: count for name, count in counts.items() if count},
        )


def _nanoseconds(column: pd.Series) -> Whole:
    return column.to_numpy("datetime64[ns]").astype(np.int64)
