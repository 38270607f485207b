"""Primary keys, and which tables refer to which."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache

import pyarrow as pa
import pyarrow.compute as pc

from domain.datasets.entities import Metadata, Relationship, SdType, TableMetadata
from domain.datasets.headers import words_of


def suggest_key(name: str, table: TableMetadata) -> str | None:
    """The unique id column that best names the rows of table ``name``."""
    unique = [c.name for c in table.columns if c.sdtype is SdType.ID and c.unique]
    own = [c for c in unique if words_of(c) in _names_of_key(name)]
    return next(iter(own + unique), None)


@lru_cache(maxsize=1_000)
def _names_of_key(table: str) -> frozenset[tuple[str, ...]]:
    words = words_of(table)
    singular = (*words[:-1], _singular(words[-1])) if words else ()
    return frozenset({("id",), *((*w, end) for w in (words, singular) for end in ("id", "key"))})


def _singular(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "xes", "ches", "shes")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word


def with_relationships(tables: Mapping[str, pa.Table], metadata: Metadata) -> Metadata:
    """The metadata with foreign keys found by name and by value, besides those it has."""
    found = list(metadata.relationships)
    for candidate in _candidates(metadata):
        free = not _makes_a_circle(found, candidate) and not _taken(found, candidate)
        if free and _refers(tables, candidate):
            found.append(candidate)
    return _with_key_types(replace(metadata, relationships=tuple(found)))


def _candidates(metadata: Metadata) -> Iterator[Relationship]:
    """Links that a nested document stated, columns named as the key of another table, then
    columns named as the table itself."""
    yield from _stated(metadata)
    keyed = [(n, t.primary_key) for n, t in metadata.tables.items() if t.primary_key]
    for exact in (True, False):
        for parent, key in keyed:
            for child, table in metadata.tables.items():
                for column in table.columns:
                    if child != parent and _is_named(column.name, parent, key) is exact:
                        yield Relationship(
                            parent_table_name=parent,
                            parent_primary_key=key,
                            child_table_name=child,
                            child_foreign_key=column.name,
                        )


def _stated(metadata: Metadata) -> Iterator[Relationship]:
    """From lists to their records, and from references to their targets."""
    for link in metadata.nesting.links() if metadata.nesting else ():
        parent = metadata.tables.get(link.parent)
        if parent and parent.primary_key == link.key and link.child in metadata.tables:
            yield Relationship(
                parent_table_name=link.parent,
                parent_primary_key=link.key,
                child_table_name=link.child,
                child_foreign_key=link.column,
            )


@lru_cache(maxsize=100_000)
def _is_named(column: str, parent: str, key: str) -> bool | None:
    """``True``: as the key; ``False``: as the table; ``None``: neither."""
    words = words_of(column)
    if words == words_of(key) and words not in (("id",), ("key",)):
        return True
    table = words_of(parent)
    singular = (*table[:-1], _singular(table[-1])) if table else ()
    named = {table, singular} | _names_of_key(parent) - {("id",)}
    return False if words in named else None


def _refers(tables: Mapping[str, pa.Table], link: Relationship) -> bool:
    """Whether every value of the child column is a key of the parent."""
    keys = tables[link.parent_table_name][link.parent_primary_key]
    values = pc.unique(tables[link.child_table_name][link.child_foreign_key].drop_null())
    return len(values) > 0 and bool(pc.all(pc.is_in(values, value_set=keys)).as_py())


def _taken(found: list[Relationship], link: Relationship) -> bool:
    return any(
        (f.child_table_name, f.child_foreign_key) == (link.child_table_name, link.child_foreign_key)
        for f in found
    )


def _makes_a_circle(found: list[Relationship], link: Relationship) -> bool:
    above = {link.parent_table_name}
    while grown := {f.parent_table_name for f in found if f.child_table_name in above} - above:
        above |= grown
    return link.child_table_name in above


def _with_key_types(metadata: Metadata) -> Metadata:
    """Both ends of a link are ids."""
    tables = dict(metadata.tables)
    for link in metadata.relationships:
        for name, column in (
            (link.parent_table_name, link.parent_primary_key),
            (link.child_table_name, link.child_foreign_key),
        ):
            spec = replace(
                tables[name].column(column), sdtype=SdType.ID, missing_word="", point_zero=False
            )
            tables[name] = tables[name].with_column(spec)
    return replace(metadata, tables=tables)
