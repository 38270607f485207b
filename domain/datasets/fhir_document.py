"""Flat FHIR tables as resources again: a bundle, or one resource a line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pyarrow as pa

from domain.datasets.fhir_references import is_uuid, written
from domain.datasets.json_text import json_list, json_text
from domain.datasets.nesting import Record, nested_records
from domain.datasets.nesting_plan import NestedColumn, NestingPlan, Shape

_WITH_REQUESTS = ("transaction", "batch")


def fhir_document(tables: Mapping[str, pa.Table], plan: NestingPlan) -> Iterator[bytes]:
    """The rows as FHIR R4 resources, in the form their plan names.

    A row of the twin was never sent to a server: the entries of a transaction ask to be created.
    """
    resources = _resources(tables, plan)
    if plan.shape is Shape.RESOURCE_LINES:
        yield from (json_text(resource) + b"\n" for resource in resources)
        return
    head = json_text({"resourceType": "Bundle", "type": plan.bundle_type})
    start = head[:-1] + b', "entry": [\n'
    yield from json_list(start, (_entry(r, plan) for r in resources), b"\n]}\n")


def _resources(tables: Mapping[str, pa.Table], plan: NestingPlan) -> Iterator[Record]:
    types = _types(tables, plan)

    def refer(column: NestedColumn, name: str) -> str:
        before = f"{column.targets[0]}/" if column.targets else column.prefix
        return written(name, types, before, by_uuid=plan.by_uuid)

    for table, record in nested_records(tables, plan, refer):
        yield {"resourceType": table.name, **record}


def _types(tables: Mapping[str, pa.Table], plan: NestingPlan) -> dict[str, str]:
    """The type of each resource by its id."""
    return {
        name: t.name
        for t in plan.tables
        if t.parent is None and t.name in tables and t.key in tables[t.name].column_names
        for name in tables[t.name][t.key].to_pylist()
    }


def _entry(resource: Record, plan: NestingPlan) -> Record:
    name = str(resource.get("id", ""))
    address = {"fullUrl": f"urn:uuid:{name}"} if plan.by_uuid and is_uuid(name) else {}
    entry: Record = {**address, "resource": resource}
    if plan.bundle_type in _WITH_REQUESTS:
        entry["request"] = {"method": "POST", "url": resource["resourceType"]}
    return entry
