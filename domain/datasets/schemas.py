"""Schemas that come with an upload: our own metadata document, or SDV's."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from domain.datasets.entities import (
    METADATA_SCHEMA,
    ColumnSpec,
    Metadata,
    PiiAction,
    PiiKind,
    Relationship,
    SdType,
    TableMetadata,
)
from domain.kernel import BadInput

_ADVICE = (
    "hand in this product's metadata document or an SDV metadata file (SINGLE_TABLE_V1, V1 or V2)"
)
_PLAIN_TYPES = {
    "categorical": SdType.CATEGORICAL,
    "boolean": SdType.BOOLEAN,
    "datetime": SdType.DATETIME,
    "id": SdType.ID,
    "text": SdType.TEXT,
}
_PII_TYPES = {
    "name": PiiKind.NAME,
    "first_name": PiiKind.NAME,
    "last_name": PiiKind.NAME,
    "user_name": PiiKind.RECORD_NUMBER,
    "email": PiiKind.EMAIL,
    "phone_number": PiiKind.PHONE,
    "ssn": PiiKind.SSN,
    "address": PiiKind.ADDRESS,
    "street_address": PiiKind.ADDRESS,
    "postcode": PiiKind.ADDRESS,
    "date_of_birth": PiiKind.BIRTH_DATE,
    "credit_card_number": PiiKind.RECORD_NUMBER,
    "iban": PiiKind.RECORD_NUMBER,
    "license_plate": PiiKind.RECORD_NUMBER,
    "ipv4_address": PiiKind.RECORD_NUMBER,
    "ipv6_address": PiiKind.RECORD_NUMBER,
    "mac_address": PiiKind.RECORD_NUMBER,
    "vin": PiiKind.RECORD_NUMBER,
}
_NAMELESS = "table"
"""SDV's single-table form does not name its table; it fits whichever the dataset has."""


def read_schema(document: bytes) -> Metadata:
    """Read a schema; raises :class:`BadInput` for anything but the two kinds it can be.

    A schema of one table fits a dataset of one table whatever their names. Columns of which it
    says nothing usable are left out, and so are left to profiling.
    """
    parsed = _parsed(document)
    try:
        if parsed.get("schema") == METADATA_SCHEMA:
            return _own(parsed)
        if "METADATA_SPEC_VERSION" in parsed:
            return _sdv(parsed)
    except (KeyError, TypeError, ValueError, AttributeError):
        raise BadInput(f"The schema is incomplete or has unknown words; {_ADVICE}.") from None
    raise BadInput(f"The schema is of an unknown kind; {_ADVICE}.")


def _parsed(document: bytes) -> Mapping[str, Any]:
    try:
        parsed = json.loads(document)
    except json.JSONDecodeError as error:
        raise BadInput(
            f"The schema is broken JSON in line {error.lineno}, column {error.colno}; correct it."
        ) from None
    except (UnicodeDecodeError, RecursionError, ValueError):
        raise BadInput(f"The schema is no JSON text; {_ADVICE}.") from None
    if not isinstance(parsed, dict):
        raise BadInput(f"The schema is no JSON object; {_ADVICE}.")
    return parsed


def _own(parsed: Mapping[str, Any]) -> Metadata:
    filled = {"relationships": [], "pii_flags": [], **parsed}
    metadata = Metadata.from_document(filled)
    _refuse_loose_ends(metadata)
    return metadata


def _sdv(parsed: Mapping[str, Any]) -> Metadata:
    version = parsed["METADATA_SPEC_VERSION"]
    if version == "SINGLE_TABLE_V1" or "columns" in parsed:
        return Metadata(tables={_NAMELESS: _sdv_table(parsed)})
    if version not in ("V1", "V2", "MULTI_TABLE_V1"):
        raise BadInput(f"The schema is of an unknown SDV version; {_ADVICE}.")
    metadata = Metadata(
        tables={name: _sdv_table(table) for name, table in parsed["tables"].items()},
        relationships=tuple(
            Relationship(
                parent_table_name=r["parent_table_name"],
                parent_primary_key=_one(r["parent_primary_key"]),
                child_table_name=r["child_table_name"],
                child_foreign_key=_one(r["child_foreign_key"]),
            )
            for r in parsed.get("relationships") or ()
        ),
    )
    _refuse_loose_ends(metadata)
    return metadata


def _one(key: Any) -> str:
    """A key of one column; SDV 2 can write it as a list."""
    columns = [key] if isinstance(key, str) else list(key)
    if len(columns) != 1:
        raise BadInput("The schema has a key of several columns; use a single key column.")
    return str(columns[0])


def _sdv_table(table: Mapping[str, Any]) -> TableMetadata:
    key = table.get("primary_key")
    columns = (_sdv_column(name, column) for name, column in table["columns"].items())
    return TableMetadata(
        columns=tuple(c for c in columns if c is not None),
        primary_key=_one(key) if key else None,
    )


def _sdv_column(name: str, column: Mapping[str, Any]) -> ColumnSpec | None:
    sdtype = column["sdtype"]
    if sdtype == "numerical":
        whole = str(column.get("computer_representation", "")).lower().startswith(("int", "uint"))
        return ColumnSpec(name=name, sdtype=SdType.INTEGER if whole else SdType.FLOAT)
    if sdtype in _PLAIN_TYPES:
        form = column.get("datetime_format") if sdtype == "datetime" else None
        return ColumnSpec(name=name, sdtype=_PLAIN_TYPES[sdtype], datetime_format=form)
    if sdtype in _PII_TYPES and column.get("pii", True):
        kind = _PII_TYPES[sdtype]
        return ColumnSpec(
            name=name, sdtype=SdType.TEXT, pii_kind=kind, pii_action=PiiAction.SURROGATE
        )
    return None


def _refuse_loose_ends(metadata: Metadata) -> None:
    """Relationships must be between tables that the schema has."""
    for link in metadata.relationships:
        for table in (link.parent_table_name, link.child_table_name):
            if table not in metadata.tables:
                raise BadInput(
                    f"The schema links a table “{table}” that it does not describe; add the table."
                )
