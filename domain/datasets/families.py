"""Which rows of several tables belong together, by their foreign keys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.datasets.entities import Relationship, Tables

_TOO_LARGE = 0.25
"""A link that ties together more than this share of all rows is to a code book, not a parent."""

Labels = dict[str, NDArray[np.int64]]


@dataclass(slots=True)
class Family:
    """Tables linked with each other, and the group of rows that each row belongs to."""

    labels: Labels
    """Group number of each row, by table; groups count from 0."""
    code_books: set[str] = field(default_factory=set)

    def sizes(self) -> NDArray[np.int64]:
        """Rows of each group over all tables."""
        return np.bincount(np.concatenate(list(self.labels.values())))


@dataclass(frozen=True, slots=True)
class _Link:
    parent: str
    child: str
    parent_row: NDArray[np.int64]
    """For each child row the row of its parent; -1 without one."""


def families(
    tables: Tables, relationships: Sequence[Relationship], owners: Mapping[str, str] | None = None
) -> Iterator[Family]:
    """The families of tables, each with its groups of rows; a table without links is its own.

    ``owners`` names, by table of events, the column that says whose each row is: rows of one owner
    are always in one group, however many they are, and so is the owner's row in a table of their
    own (patients, accounts).
    """
    own = {r.parent_table_name for r in relationships if _is_of_owners(r, owners or {})}
    people = {_owner_table(column): column for column in (owners or {}).values()}
    known = {**tables, **{n: _owners_of(c, tables, owners or {}) for n, c in people.items()}}
    links = [
        _link(known, r) for r in (*relationships, *_owned(owners or {})) if _both_there(known, r)
    ]
    for names in _linked_names(known, links):
        inside = [link for link in links if link.child in names]
        family = _family({n: len(known[n]) for n in names}, inside, own | set(people))
        for name in people:
            family.labels.pop(name, None)
        yield family


def _is_of_owners(link: Relationship, owners: Mapping[str, str]) -> bool:
    return owners.get(link.child_table_name) == link.child_foreign_key


def _owner_table(column: str) -> str:
    """A name that no table of a file has."""
    return f"\0{column}"


def _owners_of(column: str, tables: Tables, owners: Mapping[str, str]) -> pd.DataFrame:
    having = [tables[n][c].astype(object) for n, c in owners.items() if c == column]
    return pd.DataFrame({column: pd.concat(having).dropna().unique()})


def _owned(owners: Mapping[str, str]) -> Iterator[Relationship]:
    for table, column in owners.items():
        yield Relationship(
            parent_table_name=_owner_table(column),
            parent_primary_key=column,
            child_table_name=table,
            child_foreign_key=column,
        )


def _both_there(tables: Tables, link: Relationship) -> bool:
    parent = tables.get(link.parent_table_name)
    child = tables.get(link.child_table_name)
    return (
        parent is not None
        and child is not None
        and link.parent_primary_key in parent.columns
        and link.child_foreign_key in child.columns
    )


def _link(tables: Tables, link: Relationship) -> _Link:
    keys = tables[link.parent_table_name][link.parent_primary_key].astype(object)
    wanted = tables[link.child_table_name][link.child_foreign_key].astype(object)
    rows = pd.Series(np.arange(len(keys)), index=keys)
    rows = rows[rows.index.notna() & ~rows.index.duplicated()]
    found = wanted.map(rows).fillna(-1).to_numpy(np.int64)
    return _Link(link.parent_table_name, link.child_table_name, found)


def _linked_names(tables: Tables, links: Sequence[_Link]) -> Iterator[set[str]]:
    left = dict.fromkeys(tables)
    while left:
        names = {next(iter(left))}
        while (
            grown := {n for k in links if {k.parent, k.child} & names for n in (k.parent, k.child)}
            - names
        ):
            names |= grown
        for name in names:
            left.pop(name)
        yield names


def _family(sizes: Mapping[str, int], links: Sequence[_Link], people: set[str]) -> Family:
    """Groups by the links, those to ``people`` first, then largest parent first, but for those to
    code books."""
    code_books: set[str] = set()
    ordered = sorted(links, key=lambda link: (link.parent not in people, -sizes[link.parent]))
    while (found := _another_code_book(sizes, ordered, code_books, people)) is not None:
        code_books.add(found)
    labels = _joined(_own_labels(sizes), _between_groups(ordered, code_books))
    return Family(_renumbered({n: g for n, g in labels.items() if n not in code_books}), code_books)


def _between_groups(links: Sequence[_Link], code_books: set[str]) -> list[_Link]:
    return [link for link in links if link.parent not in code_books]


def _another_code_book(
    sizes: Mapping[str, int], links: Sequence[_Link], code_books: set[str], people: set[str]
) -> str | None:
    """A parent that ties too much together, or that a code book itself refers to."""
    owned = _joined(_own_labels(sizes), [link for link in links if link.parent in people])
    limit = max(_TOO_LARGE * sum(sizes.values()), 2, _largest(owned))
    taken = _between_groups(links, code_books)
    for count, link in enumerate(taken, 1):
        if link.parent in people:
            continue
        if link.child in code_books:
            return link.parent
        if _largest(_joined(_own_labels(sizes), taken[:count])) > limit:
            return link.parent
    return None


def _own_labels(sizes: Mapping[str, int]) -> Labels:
    labels, start = {}, 0
    for name in sorted(sizes):
        labels[name] = np.arange(start, start + sizes[name], dtype=np.int64)
        start += sizes[name]
    return labels


def _joined(labels: Labels, links: Sequence[_Link]) -> Labels:
    """Give linked rows the smallest label among them, until nothing changes."""
    changed = True
    while changed:
        changed = False
        for link in links:
            has = link.parent_row >= 0
            rows = link.parent_row[has]
            parent, child = labels[link.parent], labels[link.child]
            smallest = np.minimum(child[has], parent[rows])
            changed |= bool((smallest < child[has]).any() or (smallest < parent[rows]).any())
            np.minimum.at(parent, rows, smallest)
            child[has] = parent[rows]
    return labels


def _largest(labels: Labels) -> int:
    return int(np.bincount(np.concatenate(list(labels.values()))).max(initial=0))


def _renumbered(labels: Labels) -> Labels:
    if not labels:
        return {}
    _, codes = np.unique(np.concatenate(list(labels.values())), return_inverse=True)
    ends = np.cumsum([len(g) for g in labels.values()])
    parts = np.split(codes.astype(np.int64), ends[:-1])
    return dict(zip(labels, parts, strict=True))
