"""Nested records made flat: objects become dotted columns, lists of objects child tables."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from domain.datasets.table_reading import MAX_COLUMNS
from domain.kernel import BadInput

MAX_DEPTH = 60
"""Levels of nesting; real documents have fewer than twenty."""
_BATCH_ROWS = 5_000

Record = Mapping[str, Any]


@dataclass(slots=True)
class _Growing:
    """One table being filled: rows wait in Python and are packed into Arrow by the thousand."""

    name: str
    columns: dict[str, None] = field(default_factory=dict)
    """Names in the order they were first seen."""
    waiting: list[dict[str, str | None]] = field(default_factory=list)
    packed: list[pa.Table] = field(default_factory=list)
    rows: int = 0

    def add(self, row: dict[str, str | None]) -> None:
        self.columns.update(dict.fromkeys(row))
        if len(self.columns) > MAX_COLUMNS:
            raise BadInput(
                f"Table “{self.name}” would get more than {MAX_COLUMNS} columns; the objects in "
                "the file use names as data, so turn them into lists of records."
            )
        self.rows += 1
        self.waiting.append(row)
        if len(self.waiting) == _BATCH_ROWS:
            self._pack()

    def _pack(self) -> None:
        names = dict.fromkeys(name for row in self.waiting for name in row)
        arrays = [pa.array([row.get(n) for row in self.waiting], pa.string()) for n in names]
        self.packed.append(pa.table(arrays, names=list(names)))
        self.waiting = []

    def finished(self, without: str | None) -> pa.Table:
        """All rows, missing cells as null; the column ``without`` left out."""
        if self.waiting:
            self._pack()
        names = [n for n in self.columns if n != without]
        schema = pa.schema([(n, pa.string()) for n in names])
        return pa.concat_tables([_fitted(t, schema) for t in self.packed])


def _fitted(table: pa.Table, schema: pa.Schema) -> pa.Table:
    have = set(table.column_names)
    columns = [
        table[n] if n in have else pa.nulls(table.num_rows, pa.string()) for n in schema.names
    ]
    return pa.table(columns, schema=schema)


class Flattener:
    """Collects records, then gives flat tables.

    A list of objects under ``visits`` of table ``people`` becomes table ``people_visits``, whose
    column ``people_key`` holds the value of the generated column ``people_key`` of the parent.
    A list of plain values stays in its cell as JSON text.
    """

    def __init__(self) -> None:
        self._tables: dict[str, _Growing] = {}
        self._parents: set[str] = set()
        self._lists_as_text: set[tuple[str, str]] = set()

    def add(self, table: str, record: Record) -> None:
        """Add one record as a row of ``table`` and rows of its child tables."""
        self._add(table, record, {}, 1)

    def tables(self) -> dict[str, pa.Table]:
        """The flat tables, parents first; generated keys only where a child table uses them."""
        return {
            name: growing.finished(None if name in self._parents else key_of(name))
            for name, growing in self._tables.items()
        }

    def notes(self) -> Iterator[str]:
        """What was decided, for a person."""
        if self._parents:
            parents = [f"“{parent}”" for parent in self._parents]
            yield (
                f"Lists of objects in {_listed(parents)} became tables of their own, linked by "
                "generated key columns."
            )
        if self._lists_as_text:
            columns = sorted({f"“{column}”" for _, column in self._lists_as_text})
            yield f"Lists of plain values stay as JSON text: {_listed(columns)}."

    def _add(self, table: str, record: Record, link: dict[str, str | None], depth: int) -> None:
        growing = self._tables.setdefault(table, _Growing(table))
        key = str(growing.rows + 1)
        row: dict[str, str | None] = {key_of(table): key, **link}
        children: list[tuple[str, list[Record]]] = []
        self._fill(table, row, children, "", record, depth)
        growing.add(row)
        for path, records in children:
            self._parents.add(table)
            for child in records:
                self._add(f"{table}_{path}", child, {key_of(table): key}, depth + 1)

    def _fill(
        self,
        table: str,
        row: dict[str, str | None],
        children: list[tuple[str, list[Record]]],
        prefix: str,
        record: Record,
        depth: int,
    ) -> None:
        if depth > MAX_DEPTH:
            raise BadInput(
                f"The file nests objects more than {MAX_DEPTH} levels deep; flatten it first."
            )
        for name, value in record.items():
            path = f"{prefix}.{name}" if prefix else name
            if isinstance(value, Mapping):
                self._fill(table, row, children, path, value, depth + 1)
            elif _is_records(value):
                children.append((path.replace(".", "_"), value))
            elif value != []:  # no column for what may become a child table in another record
                if isinstance(value, list):
                    self._lists_as_text.add((table, path))
                row[_free(path, row, key_of(table))] = _text(value)


def _listed(words: list[str]) -> str:
    more = f" and {len(words) - 10} more" if len(words) > 10 else ""
    return ", ".join(words[:10]) + more


def key_of(table: str) -> str:
    """The name of a table's generated key column."""
    return f"{table}_key"


def _free(path: str, row: dict[str, str | None], key: str) -> str:
    """``path``, or a variant when the record itself uses the name of a generated key."""
    return f"{path} (given)" if (path in row and path.endswith("_key")) or path == key else path


def _is_records(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(v, Mapping) for v in value)


def _text(value: Any) -> str | None:
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, list):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return str(value)
