"""What a CSV file cannot say of itself: CSV on the Web metadata beside it (W3C, 2015).

Types, how missing cells are written, keys, and above all that the rows are synthetic. A reader
finds the file by its name: ``synthetic.csv-metadata.json``, or ``csv-metadata.json`` for a folder.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from domain.compliance.interchange.csv_times import csv_time
from domain.compliance.interchange.twin import Twin, TwinTable
from domain.datasets.entities import ColumnSpec, Relationship, SdType

SYNTHETIC = (
    "Synthetic rows: all were drawn from a model, and some may equal real ones. See the model card "
    "for what they are not fit for, and the evaluation for how many do, where it is in the pack."
)
_CONTEXT = ["http://www.w3.org/ns/csvw", {"@language": "en"}]
_DIALECT = {
    "encoding": "utf-8",
    "delimiter": ",",
    "quoteChar": '"',
    "doubleQuote": True,
    "header": True,
    "lineTerminators": ["\n"],
}


def csv_metadata(twin: Twin) -> dict[str, dict[str, Any]]:
    """The document by file name; none where there is no CSV."""
    written = [t for t in twin.tables if t.csv]
    if not written:
        return {}
    if len(twin.tables) == 1:
        name = f"{written[0].csv}-metadata.json"
        return {name: {"@context": _CONTEXT, **_marks(twin), **_table(twin, written[0])}}
    group = {
        "@context": _CONTEXT,
        **_marks(twin),
        "dialect": _DIALECT,
        "tables": [_table(twin, table) for table in written],
    }
    return {"synthetic/csv-metadata.json": group}


def _marks(twin: Twin) -> dict[str, Any]:
    """What the file is, and which pack it belongs to."""
    privacy = twin.card["privacy"]
    marks = {"synthetic": True, "pack": twin.iri}
    if twin.private:
        marks |= {"epsilon": privacy["epsilon"], "delta": privacy["delta"]}
        marks |= {"unit of privacy": privacy["unit"]}
    if privacy["stamp"]:
        marks |= {"stamp": privacy["stamp"]}
    return {
        "dc:title": twin.title,
        "dc:description": SYNTHETIC,
        "dc:identifier": twin.iri,
        "dc:publisher": twin.card["organisation"],
        "dc:created": twin.card["created_at"],
        "schema:additionalProperty": [
            {"@type": "schema:PropertyValue", "schema:name": name, "schema:value": value}
            for name, value in marks.items()
        ],
    }


def _table(twin: Twin, table: TwinTable) -> dict[str, Any]:
    known = table.metadata
    assert table.csv is not None
    schema: dict[str, Any] = {"columns": [_column(spec) for spec in known.columns]}
    if known.primary_key:
        schema["primaryKey"] = column_name(known.primary_key)
    foreign = [_foreign(twin, link) for link in _links(twin, table)]
    if foreign:
        schema["foreignKeys"] = foreign
    return {"url": _beside(table.csv), "dialect": _DIALECT, "tableSchema": schema}


def _links(twin: Twin, table: TwinTable) -> Iterator[Relationship]:
    """References to tables that have a CSV too."""
    there = {t.name for t in twin.tables if t.csv}
    yield from (
        r
        for r in twin.relationships
        if r.child_table_name == table.name and r.parent_table_name in there
    )


def _foreign(twin: Twin, link: Relationship) -> dict[str, Any]:
    parent = next(t for t in twin.tables if t.name == link.parent_table_name)
    assert parent.csv is not None
    return {
        "columnReference": column_name(link.child_foreign_key),
        "reference": {
            "resource": _beside(parent.csv),
            "columnReference": column_name(link.parent_primary_key),
        },
    }


def _beside(name: str) -> str:
    """A file's address as seen from the metadata, which lies in the same folder."""
    return quote(name.rpartition("/")[2])


def _column(spec: ColumnSpec) -> dict[str, Any]:
    told: dict[str, Any] = {
        "name": column_name(spec.name),
        "titles": spec.name,
        "datatype": _datatype(spec),
    }
    if spec.missing_word:
        told["null"] = [spec.missing_word]
    return told


def _datatype(spec: ColumnSpec) -> Any:
    match spec.sdtype:
        case SdType.INTEGER:
            return "decimal" if spec.point_zero else "integer"
        case SdType.FLOAT if spec.decimal_comma:
            return {"base": "decimal", "format": {"decimalChar": ","}}
        case SdType.FLOAT:
            return "number"
        case SdType.BOOLEAN if "|" not in f"{spec.true_word}{spec.false_word}":
            return {"base": "boolean", "format": f"{spec.true_word}|{spec.false_word}"}
        case SdType.DATETIME:
            return csv_time(spec)
        case _:
            return "string"


def column_name(name: str) -> str:
    """A column's name as a variable of URI templates (RFC 6570): letters and digits, the rest in
    percent form."""
    kept = "".join(c if c.isascii() and c.isalnum() else _escaped(c) for c in name)
    return kept.replace("%5F", "_") if not name.startswith("_") else kept


def _escaped(character: str) -> str:
    return "".join(f"%{byte:02X}" for byte in character.encode())
