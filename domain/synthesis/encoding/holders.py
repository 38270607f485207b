"""Values that one person alone holds, however many rows that person has."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from domain.datasets.entities import ColumnSpec, PiiKind, TableMetadata

_NAMING = frozenset(
    {PiiKind.NAME, PiiKind.EMAIL, PiiKind.PHONE, PiiKind.SSN, PiiKind.RECORD_NUMBER}
)


def names_people(spec: ColumnSpec) -> bool:
    """Whether the column tells people apart."""
    return spec.pii_kind in _NAMING


def is_about_people(table: TableMetadata) -> bool:
    """Whether each row of the table is a person: what refers to its key then names one."""
    return any(spec.pii_kind is not None for spec in table.columns)


def person_keys(
    frame: pd.DataFrame, specs: Iterable[ColumnSpec], references: Iterable[str] = ()
) -> list[pd.Series]:
    """The columns that say whose row it is: those that tell people apart and repeat, and the
    ``references`` to tables of people."""
    names = [s.name for s in specs if names_people(s)]
    return [frame[n] for n in dict.fromkeys([*names, *references]) if frame[n].duplicated().any()]


def held_by_one(column: pd.Series, keys: Iterable[pd.Series]) -> frozenset[str]:
    """The values, as text, all of whose rows belong to one and the same person."""
    found: set[str] = set()
    for key in keys:
        pairs = pd.DataFrame({"value": column.astype("object"), "key": key.astype("object")})
        people = pairs.dropna().drop_duplicates().groupby("value")["key"].size()
        found |= {str(value) for value in people.index[people == 1]}
    return frozenset(found)
