"""A flat table that grows row by row, and remembers where each cell stood in its document."""

from __future__ import annotations

import json
from array import array
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from domain.datasets.nesting_plan import Kind, NestedColumn, Path
from domain.datasets.table_reading import MAX_COLUMNS
from domain.kernel import BadInput

_BATCH_ROWS = 5_000

Row = dict[str, str | None]


@dataclass(slots=True)
class GrowingColumn:
    """What is known of a column so far."""

    name: str
    path: Path
    kinds: dict[Kind, None] = field(default_factory=dict)
    """Those seen, in their order; none while every cell is missing."""
    holds_more: bool = False
    """Whether lists in its cells hold more than plain values."""

    def nested(self) -> NestedColumn:
        """What the plan keeps of it."""
        kinds = tuple(self.kinds) or (Kind.STRING,)
        return NestedColumn(name=self.name, path=self.path, kinds=kinds)


@dataclass(slots=True)
class GrowingTable:
    """One table being filled: rows wait in Python and are packed into Arrow by the thousand."""

    name: str
    key: str
    """The column with the number of each row, from 1."""
    parent: str | None = None
    path: Path = ()
    """From the parent's record to the list whose items are the rows."""
    link: str | None = None
    """The column with the key of the parent's row."""
    lengths: dict[Path, array[int]] = field(default_factory=dict)
    """Of each list met in the records, empty ones too."""
    rows: int = 0
    columns: dict[Path, GrowingColumn] = field(default_factory=dict)
    _names: dict[str, None] = field(default_factory=dict)
    """In the order they were first seen."""
    _waiting: list[Row] = field(default_factory=list)
    _packed: list[pa.Table] = field(default_factory=list)

    def row(self, link: str | None) -> Row:
        """A row with its number and its link to the parent, to be filled and then added."""
        row: Row = {self.key: str(self.rows + 1)}
        if self.link:
            row[self.link] = link
        return row

    def put(self, row: Row, path: Path, value: Any, name: str, kind: Kind | None = None) -> None:
        """Write ``value`` into the column of ``path``, called ``name`` unless that is taken."""
        column = self.columns.get(path) or self._new(path, name)
        text, found = cell(value)
        row[column.name] = text
        if text is not None and found is not None:
            column.kinds[kind or found] = None
        if found is Kind.JSON:
            column.holds_more |= any(v is None or isinstance(v, dict | list) for v in value)

    def met(self, path: Path, length: int) -> None:
        """Remember that a record has a list of ``length`` at ``path``."""
        self.lengths.setdefault(path, array("q")).append(length)

    def always(self, path: Path) -> bool:
        """Whether every record had a list at ``path``, if only an empty one."""
        return len(self.lengths.get(path, ())) == self.rows

    def add(self, row: Row) -> None:
        """Keep a filled row."""
        self._names.update(dict.fromkeys(row))
        self.rows += 1
        self._waiting.append(row)
        if len(self._waiting) == _BATCH_ROWS:
            self._pack()

    def finished(self) -> pa.Table:
        """All rows, missing cells as null."""
        if self._waiting:
            self._pack()
        names = [*dict.fromkeys([*self._names, *(c.name for c in self.columns.values())])]
        schema = pa.schema([(n, pa.string()) for n in names])
        return pa.concat_tables([schema.empty_table(), *(_fitted(t, schema) for t in self._packed)])

    def _new(self, path: Path, name: str) -> GrowingColumn:
        reserved = {self.key, self.link}
        taken = {c.name for c in self.columns.values()} | reserved
        wanted = name = f"{name} (given)" if name in reserved else name
        count = 1
        while name in taken:
            count += 1
            name = f"{wanted} ({count})"
        if len(self.columns) == MAX_COLUMNS:
            raise BadInput(
                f"Table “{self.name}” would get more than {MAX_COLUMNS} columns; the objects in "
                "the file use names as data, so turn them into lists of records."
            )
        self.columns[path] = GrowingColumn(name, path)
        return self.columns[path]

    def _pack(self) -> None:
        names = dict.fromkeys(name for row in self._waiting for name in row)
        arrays = [pa.array([row.get(n) for row in self._waiting], pa.string()) for n in names]
        self._packed.append(pa.table(arrays, names=list(names)))
        self._waiting = []


def _fitted(table: pa.Table, schema: pa.Schema) -> pa.Table:
    have = set(table.column_names)
    columns = [
        table[n] if n in have else pa.nulls(table.num_rows, pa.string()) for n in schema.names
    ]
    return pa.table(columns, schema=schema)


def cell(value: Any) -> tuple[str | None, Kind | None]:
    """A JSON value as the text of a cell, and its kind; missing for null and empty text."""
    if value is None or value == "":
        return None, None
    if isinstance(value, bool):
        return ("true" if value else "false"), Kind.BOOLEAN
    if isinstance(value, int | float):
        return (repr(value) if isinstance(value, float) else str(value)), Kind.NUMBER
    if isinstance(value, list):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")), Kind.JSON
    return str(value), Kind.STRING
