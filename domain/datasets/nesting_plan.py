"""Where each cell of a flat table stood in the nested document it was read from.

Reading makes the plan, writing follows it backwards. It is kept with the metadata, and holds
names, never cells, but for what is the same in every row of a structure, such as the address of
a code system.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple, Self


class Item(NamedTuple):
    """A step into a list: the one item that goes by ``label``, a place or a key of its own."""

    label: str


Step = str | Item
"""A member of an object by its name, or an item of a list."""
Path = tuple[Step, ...]
"""From the record of a row down to a value; empty for the record itself."""
Plain = str | bool | int | float


class Link(NamedTuple):
    """A column whose cells are keys of another table."""

    parent: str
    key: str
    child: str
    column: str


class Shape(StrEnum):
    """What the document as a whole was."""

    LIST = "list"
    """One list of records."""
    LISTS = "lists"
    """An object with a list of records for each table that is no other's child."""
    LINES = "lines"
    """One record a line (NDJSON)."""
    BUNDLE = "bundle"
    """A FHIR bundle of resources."""
    RESOURCE_LINES = "resource lines"
    """One FHIR resource a line, as bulk export writes them."""


class Kind(StrEnum):
    """What JSON, or FHIR, calls a value."""

    STRING = "string"
    NUMBER = "number"
    BOOLEAN = "boolean"
    JSON = "json"
    """Kept as JSON text in its cell."""
    REFERENCE = "reference"
    """The plain id of a FHIR resource."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NestedColumn:
    """One column and its place in the record."""

    name: str
    path: Path
    kinds: tuple[Kind, ...] = (Kind.STRING,)
    """Several where the document was not of one mind."""
    targets: tuple[str, ...] = ()
    """Tables with the rows that its references name, if it is a reference."""
    prefix: str = ""
    """What stood before the ids of references whose target was not in the files."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixed:
    """A value that every row had, and that therefore is no column."""

    path: Path
    value: Plain
    anchor: int
    """How many steps of the path must be there, from a cell, for the value to be put back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NestedTable:
    """One table: the records at the root, or those of a list in the records of its parent."""

    name: str
    columns: tuple[NestedColumn, ...]
    parent: str | None = None
    path: Path = ()
    """From the parent's record to the list."""
    link: str | None = None
    """The column with the key of the parent's row."""
    key: str | None = None
    """The column that children link to, where there are any."""
    ordinal: str | None = None
    """The column with the place in the list, from 1, where order was kept."""
    always: bool = False
    """Whether every record of the parent had the list, if only an empty one."""
    fixed: tuple[Fixed, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NestingPlan:
    """How flat tables become one nested document again."""

    shape: Shape
    tables: tuple[NestedTable, ...]
    bundle_type: str = "collection"
    """FHIR's kind of bundle, such as ``transaction`` or ``collection``."""
    by_uuid: bool = False
    """Whether FHIR references are written ``urn:uuid:…`` instead of ``Type/id``."""

    @property
    def is_fhir(self) -> bool:
        """Whether the records are FHIR resources."""
        return self.shape in (Shape.BUNDLE, Shape.RESOURCE_LINES)

    def keys(self) -> dict[str, str]:
        """The key column of each table that has one."""
        return {t.name: t.key for t in self.tables if t.key}

    def keyless(self) -> frozenset[str]:
        """Tables whose rows are known not to have a name: parts of FHIR resources."""
        return frozenset(t.name for t in self.tables if self.is_fhir and t.key is None)

    def links(self) -> Iterator[Link]:
        """Which rows belong to, or refer to, which: from a list to its record, from a reference
        to its only kind of target. Tables above come before those below."""
        keys = self.keys()
        for table in self.tables:
            ends = [(table.parent, table.link)] if table.parent and table.link else []
            ends += [(c.targets[0], c.name) for c in table.columns if len(c.targets) == 1]
            for parent, column in ends:
                if parent in keys and column:
                    yield Link(parent, keys[parent], table.name, column)

    def to_document(self) -> dict[str, Any]:
        """The JSON form: a path is a list, in which an item of a list is a list of its label."""
        return {
            "shape": self.shape,
            "bundle_type": self.bundle_type,
            "by_uuid": self.by_uuid,
            "tables": [_table_document(t) for t in self.tables],
        }

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        """Read :meth:`to_document`'s form back."""
        return cls(
            shape=Shape(document["shape"]),
            bundle_type=document["bundle_type"],
            by_uuid=document["by_uuid"],
            tables=tuple(_table(t) for t in document["tables"]),
        )


def shown(path: Path) -> str:
    """``path`` for a person: ``identifier[MR].value``."""
    text = ""
    for step in path:
        text += f"[{step.label}]" if isinstance(step, Item) else f".{step}" if text else step
    return text


def _steps(path: Path) -> list[Any]:
    return [[step.label] if isinstance(step, Item) else step for step in path]


def _path(steps: list[Any]) -> Path:
    return tuple(Item(step[0]) if isinstance(step, list) else str(step) for step in steps)


def _slots(thing: Any) -> dict[str, Any]:
    return {name: getattr(thing, name) for name in thing.__slots__}


def _table_document(table: NestedTable) -> dict[str, Any]:
    return {
        **_slots(table),
        "path": _steps(table.path),
        "columns": [{**_slots(c), "path": _steps(c.path)} for c in table.columns],
        "fixed": [{**_slots(f), "path": _steps(f.path)} for f in table.fixed],
    }


def _table(document: Mapping[str, Any]) -> NestedTable:
    return NestedTable(
        **{
            **document,
            "path": _path(document["path"]),
            "columns": tuple(_column(c) for c in document["columns"]),
            "fixed": tuple(Fixed(**{**f, "path": _path(f["path"])}) for f in document["fixed"]),
        }
    )


def _column(document: Mapping[str, Any]) -> NestedColumn:
    return NestedColumn(
        **{
            **document,
            "path": _path(document["path"]),
            "kinds": tuple(Kind(k) for k in document["kinds"]),
            "targets": tuple(document["targets"]),
        }
    )
