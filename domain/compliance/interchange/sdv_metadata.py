"""Metadata as SDV reads it, in the forms ``V1`` (any tables) and ``SINGLE_TABLE_V1`` (one).

SDV 1 reads both, and SDV 2 turns them into its own. They describe the CSV files: what pandas takes
them for decides where SDV has two words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from domain.compliance.interchange.twin import Twin, TwinTable
from domain.datasets.counted_times import COUNTED
from domain.datasets.entities import ColumnSpec, PiiAction, PiiKind, Relationship, SdType
from domain.datasets.spelling import format_of

_PERSONAL = {
    PiiKind.NAME: "name",
    PiiKind.EMAIL: "email",
    PiiKind.PHONE: "phone_number",
    PiiKind.SSN: "ssn",
    PiiKind.ADDRESS: "address",
}
"""SDV's words for columns of invented values; record numbers are identifiers."""

_TRUE_AND_FALSE = {("True", "False"), ("TRUE", "FALSE"), ("true", "false")}
"""Words that pandas reads as yes or no."""

_OWN_DIRECTIVES = re.compile(r"%[-^3](?=[a-zA-Z])")


def sdv_metadata(twin: Twin) -> dict[str, Any]:
    """All tables and their relationships, as ``V1``."""
    return {
        "METADATA_SPEC_VERSION": "V1",
        "tables": {table.name: _table(twin, table) for table in twin.tables},
        "relationships": [
            {
                "parent_table_name": r.parent_table_name,
                "parent_primary_key": r.parent_primary_key,
                "child_table_name": r.child_table_name,
                "child_foreign_key": r.child_foreign_key,
            }
            for r in _expressible(twin)
        ],
    }


def sdv_single_table(twin: Twin, table: TwinTable) -> dict[str, Any]:
    """One table by itself, as ``SINGLE_TABLE_V1``."""
    return {"METADATA_SPEC_VERSION": "SINGLE_TABLE_V1", **_table(twin, table)}


def _expressible(twin: Twin) -> Iterator[Relationship]:
    """SDV refuses a table that refers to itself, a foreign key of two parents, and a parent key
    that is not its table's primary key."""
    primary = {t.name: t.metadata.primary_key for t in twin.tables}
    seen: set[tuple[str, str]] = set()
    for link in twin.relationships:
        child = (link.child_table_name, link.child_foreign_key)
        to_itself = link.parent_table_name == link.child_table_name
        is_key = primary[link.parent_table_name] == link.parent_primary_key
        if is_key and not to_itself and child not in seen:
            seen.add(child)
            yield link


def _table(twin: Twin, table: TwinTable) -> dict[str, Any]:
    known = table.metadata
    keys = _identifying(twin, table)
    told: dict[str, Any] = {
        "columns": {
            spec.name: {"sdtype": "id"} if spec.name in keys else _column(spec)
            for spec in known.columns
        }
    }
    if known.primary_key:
        told["primary_key"] = known.primary_key
    if known.sequence and known.sequence.entity and known.sequence.entity != known.primary_key:
        # Of one long series SDV has no word: an index needs a key.
        told["sequence_key"] = known.sequence.entity
        if known.sequence.time:
            told["sequence_index"] = known.sequence.time
    return told


def _identifying(twin: Twin, table: TwinTable) -> set[str]:
    """Columns that SDV wants to be identifiers whatever they hold."""
    known = table.metadata
    links = list(_expressible(twin))
    own = {r.child_foreign_key for r in links if r.child_table_name == table.name}
    of_others = {r.parent_primary_key for r in links if r.parent_table_name == table.name}
    entity = known.sequence.entity if known.sequence else None
    return own | of_others | {key for key in (known.primary_key, entity) if key}


def _column(spec: ColumnSpec) -> dict[str, Any]:
    if spec.pii_action is PiiAction.SURROGATE and spec.pii_kind in _PERSONAL:
        return {"sdtype": _PERSONAL[spec.pii_kind], "pii": True}
    match spec.sdtype:
        case SdType.INTEGER:
            return {"sdtype": "numerical", "computer_representation": "Int64"}
        case SdType.FLOAT:
            return {"sdtype": "numerical", "computer_representation": "Float"}
        case SdType.DATETIME:
            return _moment(spec)
        case SdType.BOOLEAN if (spec.true_word, spec.false_word) in _TRUE_AND_FALSE:
            return {"sdtype": "boolean"}
        case SdType.BOOLEAN | SdType.CATEGORICAL:
            return {"sdtype": "categorical"}
        case SdType.ID:
            return {"sdtype": "id"}
        case _:
            return {"sdtype": "unknown", "pii": True}


def _moment(spec: ColumnSpec) -> dict[str, Any]:
    """A time, or the number that counts it."""
    form = format_of(spec)
    if form in COUNTED:
        return {"sdtype": "numerical", "computer_representation": "Int64"}
    return {"sdtype": "datetime", "datetime_format": plain_format(form)}


def plain_format(form: str) -> str:
    """A format in strptime's own directives, which read numbers with and without a zero."""
    return _OWN_DIRECTIVES.sub("%", form)
