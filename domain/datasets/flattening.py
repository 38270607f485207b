"""Nested records made flat: objects become dotted columns, lists child tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pyarrow as pa

from domain.datasets.growing_table import GrowingTable, Row
from domain.datasets.nesting_plan import Kind, NestedColumn, NestedTable, Path, shown
from domain.datasets.unlisting import length_of, listed_values, spread
from domain.kernel import BadInput

MAX_DEPTH = 60
"""Levels of nesting; real documents have fewer than twenty."""

Record = Mapping[str, Any]
Flat = dict[str, tuple[pa.Table, NestedTable]]
"""Tables, parents first, with the place of each in the document."""


class Flattener:
    """Collects records of any number of files, then gives flat tables.

    A list of objects under ``visits`` of table ``people`` becomes table ``people_visits``, whose
    column ``people_key`` holds the value of the generated column ``people_key`` of the parent. A
    list of plain values becomes such a table too, with the places of the values, where its length
    varies, and a column for each place where it does not. Any other list stays as JSON text.
    """

    def __init__(self) -> None:
        self._tables: dict[str, GrowingTable] = {}
        self._children: dict[tuple[str, Path], GrowingTable] = {}
        self._names: set[str] = set()
        self._empty = 0

    def add(self, table: str, record: Record, path: Path = ()) -> None:
        """Add one record as a row of ``table`` and rows of its child tables.

        ``path`` leads from the document to the list that the record stands in.
        """
        root = self._tables.get(table)
        if root is None:
            root = self._tables[table] = GrowingTable(table, key_of(table), path=path)
            self._names.add(table)
        self._add(root, record, None, 1)

    def tables(self) -> Flat:
        """The flat tables; generated keys only where a child table uses them."""
        found: Flat = {}
        for growing in list(self._tables.values()):
            found.update(self._finished(growing))
        parents = {plan.parent for _, plan in found.values()}
        return {name: _with_key(*flat, name in parents) for name, flat in found.items()}

    def notes(self, tables: Flat) -> Iterator[str]:
        """What was decided, for a person."""
        lists = [plan for _, plan in tables.values() if plan.parent]
        if lists:
            parents = [f"“{parent}”" for parent in dict.fromkeys(plan.parent for plan in lists)]
            yield (
                f"Lists in {_listed(parents)} became tables of their own, linked by generated key "
                "columns."
            )
        columns = {c.name for _, plan in tables.values() for c in plan.columns if _is_json(c)}
        if columns:
            shown = _listed(sorted(f"“{column}”" for column in columns))
            yield f"Lists of neither records nor plain values only stay as JSON text: {shown}."
        if self._empty:
            yield (
                f"Empty values (null, “”, [] and {{}}; {self._empty:,} of them) are not told from "
                "absent ones."
            )

    def _add(self, table: GrowingTable, record: Any, link: str | None, depth: int) -> None:
        row = table.row(link)
        children: list[tuple[Path, list[Any]]] = []
        self._fill(table, row, children, (), record, depth)
        key = row[table.key]
        table.add(row)
        for path, records in children:
            child = self._child(table, path)
            for item in records:
                self._add(child, item, key, depth + 1)

    def _child(self, table: GrowingTable, path: Path) -> GrowingTable:
        child = self._children.get((table.name, path))
        if child is None:
            name = self._free(f"{table.name}_{'_'.join(map(str, path))}".replace(".", "_"))
            child = GrowingTable(name, key_of(name), table.name, path, table.key)
            self._children[table.name, path] = self._tables[name] = child
            self._names.add(name)
        return child

    def _free(self, name: str) -> str:
        """``name``, or a variant when another path came to be called so."""
        wanted, count = name, 1
        while name in self._names:
            count += 1
            name = f"{wanted}_{count}"
        return name

    def _fill(
        self,
        table: GrowingTable,
        row: Row,
        children: list[tuple[Path, list[Any]]],
        path: Path,
        record: Record,
        depth: int,
    ) -> None:
        if depth > MAX_DEPTH:
            raise too_deep()
        for name, value in record.items():
            here = (*path, name)
            self._empty += value is None or value in ("", [], {})
            if isinstance(value, dict):
                self._fill(table, row, children, here, value, depth + 1)
            elif isinstance(value, list):
                self._list(table, row, children, here, value)
            else:
                table.put(row, here, value, shown(here))

    def _list(
        self,
        table: GrowingTable,
        row: Row,
        children: list[tuple[Path, list[Any]]],
        path: Path,
        items: list[Any],
    ) -> None:
        """Records go to a table of their own; no column for what is empty, as it may yet be one."""
        table.met(path, len(items))
        if items and all(isinstance(item, dict) for item in items):
            children.append((path, items))
        elif items:
            table.put(row, path, items, shown(path))

    def _finished(self, growing: GrowingTable) -> Flat:
        """The table, with its lists of plain values as columns or as tables below it."""
        frame = growing.finished()
        columns: list[NestedColumn] = []
        below: Flat = {}
        for column in growing.columns.values():
            length = length_of(column, growing)
            if length is None:
                columns.append(column.nested())
            elif length == 0:
                name = self._free(f"{growing.name}_{column.name}".replace(".", "_"))
                self._names.add(name)
                below[name] = listed_values(name, growing, frame, column)
                frame = frame.drop_columns([column.name])
            else:
                frame, places = spread(frame, column, length)
                columns += places
        return {growing.name: (frame, self._plan(growing, columns)), **below}

    def _plan(self, growing: GrowingTable, columns: list[NestedColumn]) -> NestedTable:
        parent = self._tables[growing.parent] if growing.parent else None
        return NestedTable(
            name=growing.name,
            columns=tuple(columns),
            parent=growing.parent,
            path=growing.path,
            link=growing.link,
            key=growing.key,
            always=parent is not None and parent.always(growing.path),
        )


def too_deep() -> BadInput:
    """The refusal of records with more levels than :data:`MAX_DEPTH`."""
    return BadInput(f"The file nests objects more than {MAX_DEPTH} levels deep; flatten it first.")


def key_of(table: str) -> str:
    """The name of a table's generated key column."""
    return f"{table}_key"


def _is_json(column: NestedColumn) -> bool:
    return Kind.JSON in column.kinds


def _with_key(table: pa.Table, plan: NestedTable, used: bool) -> tuple[pa.Table, NestedTable]:
    if used or plan.key is None or plan.key in {c.name for c in plan.columns}:
        return table, plan
    return table.drop_columns([plan.key]), replace(plan, key=None)


def _listed(words: list[str]) -> str:
    more = f" and {len(words) - 10} more" if len(words) > 10 else ""
    return ", ".join(words[:10]) + more
