"""Flat tables as the nested records they came from: reading's way, backwards.

Tables are walked side by side in the order of their parents' rows, so that a document of any
length is written with a few thousand rows at a time in Python.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count, pairwise
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from domain.datasets.nesting_plan import (
    Item,
    Kind,
    NestedColumn,
    NestedTable,
    NestingPlan,
    Path,
)

_BATCH_ROWS = 5_000

Record = dict[str, Any]


class _Items(dict[str, Any]):
    """A list being built: its items by label, in the order they came."""


Refer = Callable[[NestedColumn, str], str]
"""The reference to the row with an id, as a column writes it."""


def _by_id(column: NestedColumn, name: str) -> str:
    return name


def nested_records(
    tables: Mapping[str, pa.Table], plan: NestingPlan, refer: Refer = _by_id
) -> Iterator[tuple[NestedTable, Record]]:
    """The records of each table at the root, with all that hangs on them.

    ``tables`` hold text; columns that are gone (dropped as personal data) leave no trace.
    """
    whole = _Whole(tables, plan, refer)
    for table in plan.tables:
        if table.parent is None:
            for record in _Walk.of(table, whole, None).all():
                yield table, record


@dataclass(frozen=True, slots=True)
class _Whole:
    """What every walk needs."""

    tables: Mapping[str, pa.Table]
    plan: NestingPlan
    refer: Refer


@dataclass(slots=True)
class _Walk:
    """The rows of one table, in the order of the rows they hang on."""

    plan: NestedTable
    refer: Refer
    rows: Iterator[tuple[int, dict[str, str | None]]]
    """Each with the place of its parent's row."""
    children: list[_Walk]
    numbers: Iterator[int] = field(default_factory=count)
    waiting: tuple[int, dict[str, str | None]] | None = None

    @classmethod
    def of(cls, plan: NestedTable, whole: _Whole, parent: pa.Array | None) -> _Walk:
        """``parent`` holds the keys of the parent's rows, in the order they are walked."""
        below = [t for t in whole.plan.tables if t.parent == plan.name]
        below = [t for t in below if t.name in whole.tables]
        table = whole.tables.get(plan.name)
        if table is None:
            table = pa.table({plan.key or "": _keys_of_children(below, whole.tables)})
        places, table = _in_order(table, plan, parent)
        keys = table[plan.key].combine_chunks() if plan.key in table.column_names else None
        children = [cls.of(t, whole, keys) for t in below if keys is not None]
        return cls(plan, whole.refer, _rows(table, places), children)

    def all(self) -> Iterator[Record]:
        """Every record."""
        while self._next() is not None:
            yield self._record()

    def belonging_to(self, place: int) -> list[Any]:
        """The records of the parent's row at ``place``; to be asked for in order."""
        found = []
        while (row := self._next()) is not None and row[0] <= place:
            found.append(self._record())
        return found

    def _next(self) -> tuple[int, dict[str, str | None]] | None:
        if self.waiting is None:
            self.waiting = next(self.rows, None)
        return self.waiting

    def _record(self) -> Any:
        assert self.waiting is not None
        _, row = self.waiting
        self.waiting, number = None, next(self.numbers)
        root: Record = {}
        for column in self.plan.columns:
            text = row.get(column.name)
            if text is not None:
                _place(root, ("", *column.path), self._value(text, column))
        for fixed in self.plan.fixed:
            if _reaches(root, ("", *fixed.path[: fixed.anchor])):
                _place(root, ("", *fixed.path), fixed.value)
        for child in self.children:
            items = child.belonging_to(number)
            if items or child.plan.always:
                _place(root, ("", *child.plan.path), items)
        return _plain(root.get("", {}))

    def _value(self, text: str, column: NestedColumn) -> Any:
        if Kind.REFERENCE in column.kinds:
            return self.refer(column, text)
        return _value(text, column)


def _in_order(
    table: pa.Table, plan: NestedTable, parent: pa.Array | None
) -> tuple[pa.Array, pa.Table]:
    """The rows sorted by the place of their parent's row, and those places; orphans are gone."""
    if parent is None or plan.link is None:
        return pa.array([0] * table.num_rows, pa.int64()), table
    places = pc.index_in(table[plan.link].combine_chunks(), value_set=parent)
    table = table.append_column("", places)
    keys = [("", "ascending")]
    if plan.ordinal in table.column_names:
        number = pc.cast(pc.fill_null(table[plan.ordinal], "0"), pa.float64(), safe=False)
        table = table.append_column(" ", number)
        keys.append((" ", "ascending"))
    order = pc.sort_indices(table, sort_keys=keys)
    table = table.take(order).filter(pc.is_valid(places.take(order)))
    return table[""].combine_chunks(), table


def _keys_of_children(below: list[NestedTable], tables: Mapping[str, pa.Table]) -> pa.Array:
    """Keys of records that had nothing but lists, and so were no table."""
    links = [tables[t.name][t.link] for t in below if t.name in tables and t.link]
    chunks = [chunk for link in links for chunk in link.chunks]
    return pc.unique(pa.chunked_array(chunks, pa.string()).drop_null())


def _rows(table: pa.Table, places: pa.Array) -> Iterator[tuple[int, dict[str, str | None]]]:
    names = table.column_names
    for start in range(0, table.num_rows, _BATCH_ROWS):
        columns = [table[n].slice(start, _BATCH_ROWS).to_pylist() for n in names]
        at = places.slice(start, _BATCH_ROWS).to_pylist()
        for place, *cells in zip(at, *columns, strict=True):
            yield place, dict(zip(names, cells, strict=True))


def _value(text: str, column: NestedColumn) -> Any:
    """A cell as JSON knows it; as text where it is of none of the column's kinds."""
    for kind in column.kinds:
        try:
            if kind is Kind.NUMBER:
                return int(text) if text.lstrip("-").isdecimal() else float(text)
            if kind is Kind.BOOLEAN and text.casefold() in ("true", "false"):
                return text.casefold() == "true"
            if kind is Kind.JSON:
                return json.loads(text)
        except ValueError:
            continue
    return text


def _place(root: Record, path: Path, value: Any) -> None:
    """Put ``value`` at ``path``, unless something else than an object is on the way."""
    at: Any = root
    for step, after in pairwise(path):
        empty = _Items() if isinstance(after, Item) else {}
        at = at.setdefault(_name(step), empty)
        if not isinstance(at, dict) or isinstance(at, _Items) != isinstance(after, Item):
            return
    at.setdefault(_name(path[-1]), value)


def _reaches(root: Record, path: Path) -> bool:
    at: Any = root
    for step in path:
        if not isinstance(at, dict) or _name(step) not in at:
            return False
        at = at[_name(step)]
    return True


def _name(step: str | Item) -> str:
    return step.label if isinstance(step, Item) else step


def _plain(value: Any) -> Any:
    """With lists for what was built as items."""
    if isinstance(value, _Items):
        return [_plain(item) for item in value.values()]
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items()}
    return value
