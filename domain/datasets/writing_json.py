"""Flat tables as one JSON document, nested as it came, written piece by piece."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pyarrow as pa

from domain.datasets.entities import Metadata, SdType, TableMetadata
from domain.datasets.fhir_document import fhir_document
from domain.datasets.json_text import json_list, json_text
from domain.datasets.nesting import Record, nested_records
from domain.datasets.nesting_plan import Kind, NestedColumn, NestedTable, NestingPlan, Path, Shape
from domain.kernel import Conflict

_KINDS = {
    SdType.INTEGER: Kind.NUMBER,
    SdType.FLOAT: Kind.NUMBER,
    SdType.BOOLEAN: Kind.BOOLEAN,
}


def ending(metadata: Metadata) -> str:
    """What the name of the document ends in."""
    plan = metadata.nesting
    lines = plan is not None and plan.shape in (Shape.LINES, Shape.RESOURCE_LINES)
    return "ndjson" if lines else "json"


def json_document(tables: Mapping[str, pa.Table], metadata: Metadata) -> Iterator[bytes]:
    """The text ``tables`` as one document: nested where they were read from JSON, else a list of
    records, or for several tables an object of such lists.

    Raises :class:`Conflict` where only some of the tables came from JSON.
    """
    plan = metadata.nesting or _flat_plan(metadata)
    if not set(tables) <= {t.name for t in plan.tables}:
        raise Conflict(
            "Only some of the tables came from JSON, so they make no one document; download them "
            "as CSV or Parquet."
        )
    return fhir_document(tables, plan) if plan.is_fhir else _records(tables, plan)


def _flat_plan(metadata: Metadata) -> NestingPlan:
    """For tables that were never nested: records with a member a column."""
    several = len(metadata.tables) > 1
    return NestingPlan(
        shape=Shape.LISTS if several else Shape.LIST,
        tables=tuple(
            _flat_table(name, table, (name,) if several else ())
            for name, table in metadata.tables.items()
        ),
    )


def _flat_table(name: str, table: TableMetadata, path: Path) -> NestedTable:
    columns = tuple(
        NestedColumn(name=c.name, path=(c.name,), kinds=(_KINDS.get(c.sdtype, Kind.STRING),))
        for c in table.columns
    )
    return NestedTable(name=name, columns=columns, path=path)


def _records(tables: Mapping[str, pa.Table], plan: NestingPlan) -> Iterator[bytes]:
    records = nested_records(tables, plan)
    if plan.shape is Shape.LINES:
        yield from (json_text(record) + b"\n" for _, record in records)
    elif plan.shape is Shape.LISTS:
        yield from _lists(records)
    else:
        yield from json_list(b"[\n", (record for _, record in records), b"\n]\n")


def _lists(records: Iterator[tuple[NestedTable, Record]]) -> Iterator[bytes]:
    """One list a table, the tables one after the other."""
    now, before = None, b"{\n"
    for table, record in records:
        if table.name != now:
            member = str(table.path[0]) if table.path else table.name
            yield (b"\n],\n" if now else b"{\n") + json_text(member) + b": ["
            now, before = table.name, b"\n"
        yield before + json_text(record)
        before = b",\n"
    yield b"\n]\n}\n" if now else b"{}\n"
