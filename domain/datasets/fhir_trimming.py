"""Flat FHIR tables without what says nothing: lists of one become columns, constants go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from domain.datasets.flattening import Flat
from domain.datasets.nesting_plan import Fixed, Item, Kind, NestedColumn, NestedTable, Path, Plain

_SLICED = frozenset({"identifier", "telecom"})
_STRUCTURAL = frozenset({"system", "use", "version"})
"""Members that say how to read their siblings."""


def inlined(tables: Flat, list_names: Mapping[str, str]) -> Flat:
    """With the columns of each list that never holds two items put into its parent's table.

    ``list_names`` says what a list is called in its parent, by the name of its table.
    """
    found = dict(tables)
    for name in reversed(list(tables)):
        table, plan = found[name]
        if plan.parent is None or pc.count_distinct(table[plan.link]).as_py() < table.num_rows:
            continue
        found[plan.parent] = _with_columns_of(found[plan.parent], found.pop(name), list_names[name])
        for other, (child, below) in list(found.items()):
            if below.parent == name:
                found[other] = _moved_up(child, below, table, plan)
    return found


def _with_columns_of(
    parent: tuple[pa.Table, NestedTable], child: tuple[pa.Table, NestedTable], name: str
) -> tuple[pa.Table, NestedTable]:
    (table, plan), (items, below) = parent, child
    places = pc.index_in(table[plan.key], value_set=items[below.link].combine_chunks())
    columns = list(plan.columns)
    base = (*below.path, Item("0"))
    last = name.rsplit(".", 1)[-1]
    for column in below.columns:
        whole = not column.path or column.path[0] in ("coding", "reference", "value")
        rest = column.name.removeprefix(last) if whole else f".{column.name}"
        called = _free(name + (rest if rest[:1] in ("", ".") else f".{column.name}"), table)
        table = table.append_column(called, items[column.name].take(places))
        columns.append(replace(column, name=called, path=(*base, *column.path)))
    fixed = [replace(f, path=(*base, *f.path), anchor=len(base) + f.anchor) for f in below.fixed]
    return table, replace(plan, columns=tuple(columns), fixed=(*plan.fixed, *fixed))


def _free(name: str, table: pa.Table) -> str:
    wanted, count = name, 1
    while name in table.column_names:
        count += 1
        name = f"{wanted} ({count})"
    return name


def _moved_up(
    child: pa.Table, below: NestedTable, table: pa.Table, plan: NestedTable
) -> tuple[pa.Table, NestedTable]:
    """A list inside of a list of one, linked to the record that has that list."""
    places = pc.index_in(child[below.link], value_set=table[plan.key].combine_chunks())
    assert below.link is not None
    where = child.column_names.index(below.link)
    link = _free(str(plan.link), child)
    child = child.set_column(where, link, table[plan.link].take(places))
    path = (*plan.path, Item("0"), *below.path)
    return child, replace(below, parent=plan.parent, path=path, link=link)


def without_copies(table: pa.Table, plan: NestedTable) -> tuple[pa.Table, NestedTable]:
    """Without the columns that hold the id of their row once more, such as an identifier."""
    if plan.parent is not None or plan.key is None:
        return table, plan
    copies = {
        c.name
        for c in plan.columns
        if c.name != plan.key
        and c.kinds == (Kind.STRING,)
        and pc.all(pc.equal(table[c.name], table[plan.key]).fill_null(False)).as_py()
    }
    columns = [replace(c, name=plan.key) if c.name in copies else c for c in plan.columns]
    return table.drop_columns(sorted(copies)), replace(plan, columns=tuple(columns))


def with_fixed(table: pa.Table, plan: NestedTable) -> tuple[pa.Table, NestedTable]:
    """Without the columns that are the same wherever their siblings are: these go to the plan."""
    candidates = {c.name: a for c in plan.columns if (a := _anchor(c.path)) is not None}
    fixed, gone = [], set()
    for column in plan.columns:
        anchor = candidates.get(column.name)
        beside = [
            c.name
            for c in plan.columns
            if c.name not in candidates
            and c.path
            and anchor
            and c.path[:anchor] == column.path[:anchor]
        ]
        if anchor and beside and _is_constant(table, column, beside):
            fixed.append(Fixed(path=column.path, value=_value(table, column), anchor=anchor))
            gone.add(column.name)
    if not gone:
        return table, plan
    kept = tuple(c for c in plan.columns if c.name not in gone)
    return table.drop_columns(sorted(gone)), replace(
        plan, columns=kept, fixed=(*plan.fixed, *fixed)
    )


def _anchor(path: Path) -> int | None:
    """How many steps of ``path`` lead to what it describes; ``None`` where it is no description."""
    structural = len(path) > 1 and path[-1] in _STRUCTURAL
    for place in range(len(path) - 1, 0, -1):
        if isinstance(path[place], Item) and path[place - 1] in _SLICED:
            return place + 1 if structural or path[place + 1 : place + 2] == ("type",) else None
    return len(path) - 1 if structural else None


def _is_constant(table: pa.Table, column: NestedColumn, beside: list[str]) -> bool:
    cells = table[column.name]
    if pc.count_distinct(cells).as_py() != 1 or len(column.kinds) != 1:
        return False
    there = pc.is_valid(table[beside[0]])
    for name in beside[1:]:
        there = pc.or_(there, pc.is_valid(table[name]))
    return bool(pc.all(pc.equal(there, pc.is_valid(cells))).as_py())


def _value(table: pa.Table, column: NestedColumn) -> Plain:
    text = pc.max(table[column.name].drop_null()).as_py()
    if column.kinds == (Kind.BOOLEAN,):
        return text == "true"
    return (
        (int(text) if text.lstrip("-").isdigit() else float(text))
        if column.kinds == (Kind.NUMBER,)
        else text
    )
