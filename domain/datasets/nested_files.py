"""JSON files of one upload together: what has one name in several files is one table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pyarrow as pa

from domain.datasets.fhir_resources import FhirResources
from domain.datasets.flattening import Flattener, Record
from domain.datasets.nesting_plan import NestedTable, NestingPlan, Path, Shape
from domain.datasets.table_reading import FileReading, TableReading, check_header, distinct_names


class NestedFiles:
    """Collects the records of files, then gives their tables and the way back."""

    def __init__(self) -> None:
        self._records = Flattener()
        self._resources = FhirResources()
        self._shapes: dict[Shape, None] = {}
        self._bundle_types: dict[str, None] = {}
        self._notes: dict[str, None] = {}

    def __bool__(self) -> bool:
        return bool(self._shapes)

    def note(self, *notes: str) -> None:
        """Add sentences for a person."""
        self._notes.update(dict.fromkeys(notes))

    def shape(self, shape: Shape) -> None:
        """Say what one of the files is."""
        self._shapes[shape] = None

    def add_record(self, table: str, record: Record, path: Path = ()) -> None:
        """Add a record of ``table``, whose list stands at ``path`` of the document."""
        self._records.add(table, record, path)

    def add_bundle(self, where: str, document: Mapping[str, Any]) -> None:
        """Add the resources of a FHIR bundle."""
        self._bundle_types[str(document.get("type") or "collection")] = None
        self._resources.add_bundle(where, document)

    def add_resource(self, where: str, resource: Record) -> None:
        """Add a FHIR resource that stands by itself."""
        self._resources.add(where, resource)

    def reading(self) -> FileReading:
        """The tables of all files, parents first."""
        records, resources = self._records.tables(), self._resources.tables()
        self.note(*self._records.notes(records), *self._resources.notes(resources))
        found = {**records, **resources}
        wide = {name: flat for name, flat in found.items() if flat[0].num_columns > 1}
        if not wide:
            columns = next(iter(found.values()))[0].column_names if found else []
            check_header("The file", columns)
        narrow = [f"“{name}”" for name in found if name not in wide]
        if narrow:
            self.note(f"Left out, for a table needs two columns: {', '.join(narrow[:10])}.")
        names = dict(zip(found, distinct_names(found), strict=True))
        tables = tuple(_reading(names[name], table) for name, (table, _) in wide.items())
        mixed = bool(records) and bool(resources)
        nesting = None if mixed else self._plan([plan for _, plan in found.values()], names)
        return FileReading(tables, tuple(self._notes), nesting)

    def _plan(self, plans: list[NestedTable], names: Mapping[str, str]) -> NestingPlan:
        tables = [_renamed(plan, names) for plan in plans]
        roots = [t for t in tables if t.parent is None]
        shape = next(iter(self._shapes))
        if shape in (Shape.LIST, Shape.LINES, Shape.LISTS) and len(roots) > 1:
            shape = Shape.LISTS
            tables = [t if t.parent or t.path else replace(t, path=(t.name,)) for t in tables]
        return NestingPlan(
            shape=shape,
            tables=tuple(tables),
            bundle_type=next(iter(self._bundle_types), "collection"),
            by_uuid=self._resources.by_uuid,
        )


def _renamed(plan: NestedTable, names: Mapping[str, str]) -> NestedTable:
    targets = [tuple(names.get(t, t) for t in c.targets) for c in plan.columns]
    columns = [replace(c, targets=t) for c, t in zip(plan.columns, targets, strict=True)]
    parent = names.get(plan.parent, plan.parent) if plan.parent else None
    return replace(plan, name=names[plan.name], parent=parent, columns=tuple(columns))


def _reading(name: str, table: pa.Table) -> TableReading:
    columns = check_header(f"Table “{name}”", table.column_names)
    return TableReading(name, columns, iter(table.to_batches()))
