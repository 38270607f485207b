"""Which entity each row of several related tables belongs to, through their foreign keys.

The entities' own table (patients, accounts) is the one to which the entity columns of the tables
of events refer; where such tables refer to each other (labs to visits, visits to patients), the
topmost.
Every table that refers to it, directly or through another such table, belongs to it; the tables
that those refer to besides (code books) do not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.datasets.entities import Metadata, Relationship, Tables
from domain.kernel import BadInput

Places = NDArray[np.int64]
"""For each row of a table a row of another; −1 without one."""
NOBODY = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Belonging:
    """How tables belong to the entities of ``root``."""

    root: str
    key: str
    """The primary key of ``root``."""
    links: Mapping[str, tuple[Relationship, ...]]
    """By table that belongs to it, parents first: its foreign keys to other such tables and to
    ``root``; the first of those to ``root`` says whose a row is, else its first parent does."""

    def own_link(self, table: str) -> Relationship | None:
        """The foreign key of ``table`` to the entities, where it has one."""
        return next((r for r in self.links[table] if r.parent_table_name == self.root), None)

    def parent_links(self, table: str) -> tuple[Relationship, ...]:
        """Its foreign keys to other tables that belong to the entities."""
        return tuple(r for r in self.links[table] if r.parent_table_name != self.root)

    def owners(self, tables: Tables) -> dict[str, Places]:
        """For each row of each table the row of its entity in ``root``. A row whose own foreign
        key says nothing belongs to whom its first parent does."""
        found: dict[str, Places] = {}
        for name in self.links:
            owner = np.full(len(tables[name]), NOBODY, dtype=np.int64)
            link = self.own_link(name)
            if link is not None:
                owner = parent_rows(tables, link)
            for link in self.parent_links(name):
                parents = parent_rows(tables, link)
                through = np.append(found[link.parent_table_name], NOBODY)[parents]
                owner = np.where(owner == NOBODY, through, owner)
            found[name] = owner
        return found


def belonging(metadata: Metadata) -> Belonging | None:
    """How the tables belong to the entities of their tables of events; ``None`` where no table of
    events refers to another. Raises :class:`BadInput` where two tables could be the entities'."""
    links = [r for r in metadata.relationships if _is_kept(metadata, r)]
    found = _roots(metadata, links)
    below = {n for root in found for n in _with_all_below(root, metadata, links)[1:]}
    roots = {name: key for name, key in found.items() if name not in below}
    if len(roots) > 1:
        named = " and ".join(f"“{name}”" for name in roots)
        raise BadInput(
            f"The events belong to entities of {named}; confirm one of them as the entity of every "
            "table of events, or leave a table out."
        )
    if not roots:
        return None
    root = next(iter(roots))
    inside = _with_all_below(root, metadata, links)
    members = _parents_first(inside[1:], links)
    own = {n: _own(metadata, n) for n in members}
    sorted_links = {
        n: tuple(
            sorted(
                (r for r in links if r.child_table_name == n and r.parent_table_name in inside),
                key=lambda r: r.child_foreign_key != own[r.child_table_name],
            )
        )
        for n in members
    }
    return Belonging(root=root, key=roots[root], links=sorted_links)


def parent_rows(tables: Tables, link: Relationship) -> Places:
    """For each row of the child the row of its parent."""
    keys = tables[link.parent_table_name][link.parent_primary_key].astype(object)
    wanted = tables[link.child_table_name][link.child_foreign_key].astype(object)
    rows = pd.Series(np.arange(len(keys)), index=keys)
    rows = rows[rows.index.notna() & ~rows.index.duplicated()]
    return wanted.map(rows).fillna(NOBODY).to_numpy(np.int64)


def _is_kept(metadata: Metadata, link: Relationship) -> bool:
    ends = (
        (link.parent_table_name, link.parent_primary_key),
        (link.child_table_name, link.child_foreign_key),
    )
    kept = {n: {spec.name for spec in t.kept} for n, t in metadata.tables.items()}
    return all(column in kept.get(table, set()) for table, column in ends)


def _roots(metadata: Metadata, links: Sequence[Relationship]) -> dict[str, str]:
    """The tables that could be the entities' own, with their keys."""
    found = {}
    for link in links:
        keys = metadata.tables[link.child_table_name].sequence
        if keys is not None and keys.entity == link.child_foreign_key:
            found[link.parent_table_name] = link.parent_primary_key
    return found


def _with_all_below(root: str, metadata: Metadata, links: Sequence[Relationship]) -> list[str]:
    """``root``, and every table that refers to it, directly or through another."""
    inside = [root]
    while more := {r.child_table_name for r in links if r.parent_table_name in inside} - {*inside}:
        inside += [name for name in metadata.tables if name in more]
    return inside


def _own(metadata: Metadata, table: str) -> str | None:
    """The column that says whose a row is, where the table's keys name it."""
    keys = metadata.tables[table].sequence
    return keys.entity if keys is not None else None


def _parents_first(names: Sequence[str], links: Sequence[Relationship]) -> list[str]:
    ordered: list[str] = []
    while len(ordered) < len(names):
        waiting = [n for n in names if n not in ordered]
        ready = [n for n in waiting if not _parents(n, links) & {*waiting}]
        if not ready:
            raise BadInput(
                "The relationships between the tables go round in a circle; remove one of them "
                "from the schema."
            )
        ordered += ready
    return ordered


def _parents(name: str, links: Sequence[Relationship]) -> set[str]:
    return {r.parent_table_name for r in links if r.child_table_name == name}
