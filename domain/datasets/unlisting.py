"""Lists of plain values made flat: tables where their length varies, columns where it does not."""

from __future__ import annotations

import json

import pyarrow as pa

from domain.datasets.growing_table import GrowingColumn, GrowingTable, cell
from domain.datasets.nesting_plan import Item, Kind, NestedColumn, NestedTable

ORDINAL = "ordinal"
"""The column with the place of a plain value in its list, from 1."""
MAX_PLACES = 100
"""Longer lists of one length, such as signals, stay as JSON text."""


def length_of(column: GrowingColumn, table: GrowingTable) -> int | None:
    """The one length of the lists of plain values in ``column``; 0 where it varies, and ``None``
    where its cells hold anything else, or more than columns can be made of."""
    if set(column.kinds) != {Kind.JSON} or column.holds_more:
        return None
    lengths = set(table.lengths[column.path])
    if len(lengths) > 1:
        return 0
    return length if (length := lengths.pop()) <= MAX_PLACES else None


def listed_values(
    name: str, parent: GrowingTable, frame: pa.Table, column: GrowingColumn
) -> tuple[pa.Table, NestedTable]:
    """The lists in ``column`` as the table called ``name``, of one row a value."""
    child = GrowingTable(name, f"{name}_key", parent.name, column.path, parent.key)
    cells = zip(frame[parent.key].to_pylist(), frame[column.name].to_pylist(), strict=True)
    for key, text in cells:
        for place, item in enumerate(json.loads(text) if text else (), 1):
            row = child.row(key)
            row[ORDINAL] = str(place)
            child.put(row, (), item, _called(column))
            child.add(row)
    plan = NestedTable(
        name=name,
        columns=tuple(c.nested() for c in child.columns.values()),
        parent=parent.name,
        path=column.path,
        link=parent.key,
        ordinal=ORDINAL,
        always=parent.always(column.path),
    )
    return child.finished().drop_columns([child.key]), plan


def _called(column: GrowingColumn) -> str:
    last = str(column.path[-1])
    return f"{last} (given)" if last == ORDINAL else last


def spread(
    frame: pa.Table, column: GrowingColumn, length: int
) -> tuple[pa.Table, list[NestedColumn]]:
    """``frame`` with a column for each of the ``length`` places of the lists in ``column``."""
    lists = [
        json.loads(text) if text else [None] * length for text in frame[column.name].to_pylist()
    ]
    frame = frame.drop_columns([column.name])
    columns = []
    for place in range(length):
        name = _free(f"{column.name}.{place + 1}", frame)
        texts, kinds = zip(*(cell(items[place]) for items in lists), strict=True)
        frame = frame.append_column(name, pa.array(texts, pa.string()))
        path = (*column.path, Item(str(place)))
        columns.append(NestedColumn(name=name, path=path, kinds=_known(kinds)))
    return frame, columns


def _known(kinds: tuple[Kind | None, ...]) -> tuple[Kind, ...]:
    return tuple(dict.fromkeys(k for k in kinds if k)) or (Kind.STRING,)


def _free(name: str, frame: pa.Table) -> str:
    while name in frame.column_names:
        name = f"{name} (2)"
    return name
