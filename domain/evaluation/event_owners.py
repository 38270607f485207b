"""Whose event a row is, where only another table says so.

A table of events whose entity column refers to the entities' own table says it itself. One that
refers to other events only (labs to visits), or that names no entity, is told by its parents.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import pandas as pd

from domain.datasets.belonging import Belonging, belonging
from domain.datasets.entities import Metadata, SequenceKeys, TableMetadata, Tables
from domain.kernel import BadInput


@dataclass(frozen=True, slots=True, kw_only=True)
class EventOwners:
    """The tables of events that are told by their parents, and how."""

    belonging: Belonging | None
    names: frozenset[str]

    @classmethod
    def of(cls, metadata: Metadata) -> EventOwners:
        """Of tables that are no histories of the same entities none is told."""
        try:
            found = belonging(metadata)
        except BadInput:
            found = None
        names = found.links if found is not None else {}
        lacking = (n for n in names if found is not None and _lacks(found, metadata.tables[n], n))
        return cls(belonging=found, names=frozenset(lacking))

    @property
    def column(self) -> str:
        """What the column of owners is called: no column of a file has its table's name before."""
        assert self.belonging is not None
        return f"{self.belonging.root}.{self.belonging.key}"

    def table(self, name: str, table: TableMetadata) -> TableMetadata:
        """The metadata that go with :meth:`told`."""
        if name not in self.names or table.sequence is None:
            return table
        keys = SequenceKeys(entity=self.column, time=table.sequence.time)
        return replace(table, sequence=keys)

    def told(self, tables: Tables) -> Tables:
        """The tables, those of ``names`` with a column more: the key of the entity of each row."""
        found = self.belonging
        if found is None or not self.names or not {found.root, *found.links} <= tables.keys():
            return tables
        keys = tables[found.root][found.key].astype(object).reset_index(drop=True)
        owners = found.owners(tables)
        more: Mapping[str, pd.DataFrame] = {
            name: tables[name].assign(**{self.column: keys.reindex(owners[name]).to_numpy()})
            for name in self.names
        }
        return {**tables, **more}


def _lacks(found: Belonging, table: TableMetadata, name: str) -> bool:
    """Whether a table of events does not say itself whose they are."""
    link = found.own_link(name)
    if table.sequence is None:
        return False
    return link is None or table.sequence.entity != link.child_foreign_key
