"""How much there is to learn in a table, before anything is learned. Knows no torch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from domain.datasets.entities import ColumnProfile, ColumnSpec, Metadata, SdType, Tables
from domain.synthesis.encoding.categories import MAX_CODES
from domain.synthesis.encoding.flags import flag_groups
from domain.synthesis.encoding.numbers import FEW_VALUES, MAX_BINS, MIN_BINS, ROWS_PER_BIN
from domain.synthesis.encoding.table import is_surrogate
from domain.synthesis.settings import RARE_ROWS

_FEW_WORDS = 3
_LOOKED_AT = 50_000
"""Rows in which distinct values are counted."""
_NUMBERS = (SdType.INTEGER, SdType.FLOAT, SdType.DATETIME)


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnLoad:
    """One column that the twin will have."""

    name: str
    numeric: bool
    invented: bool
    """Whether its values are invented instead of learned (identifiers, surrogates, text)."""
    distinct: int
    missing_share: float

    def codes(self, rows: int) -> int:
        """About how many codes the network will know it by; 1 where nothing is to be learned."""
        if self.invented:
            return 1
        if self.numeric and self.distinct > FEW_VALUES:
            codes = min(max(rows // ROWS_PER_BIN, MIN_BINS), MAX_BINS)
        elif self.numeric:
            codes = self.distinct
        else:
            codes = min(self.distinct, rows // RARE_ROWS + 1, MAX_CODES + 1)
        return max(codes + (self.missing_share > 0), 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class TableLoad:
    """One table. ``columns`` are those to learn: without keys of parents."""

    name: str
    rows: int
    columns: tuple[ColumnLoad, ...]
    flags: tuple[tuple[str, ...], ...] = ()
    """Columns that are learned together as one category, as far as they are known."""

    @property
    def sizes(self) -> tuple[int, ...]:
        """Codes of the columns with something to learn."""
        together = {name for group in self.flags for name in group}
        alone = [c.codes(self.rows) for c in self.columns if c.name not in together]
        return tuple(codes for codes in (*alone, *map(len, self.flags)) if codes > 1)

    @property
    def invented(self) -> int:
        """How many columns are invented."""
        return sum(column.invented for column in self.columns)


def loads_of_profile(
    profiles: Mapping[str, Sequence[ColumnProfile]], metadata: Metadata, training_share: float
) -> tuple[TableLoad, ...]:
    """The load of the ``training_share`` of tables that were profiled whole."""
    loads = []
    for name, specs in _learned(metadata).items():
        by_name = {profile.name: profile for profile in profiles[name]}
        rows = max((profile.rows for profile in by_name.values()), default=0)
        columns = tuple(_of_profile(spec, by_name.get(spec.name)) for spec in specs)
        loads.append(TableLoad(name=name, rows=round(rows * training_share), columns=columns))
    return tuple(loads)


def loads_of_tables(tables: Tables, metadata: Metadata) -> tuple[TableLoad, ...]:
    """The load of typed training rows."""
    return tuple(
        TableLoad(
            name=name,
            rows=len(tables[name]),
            columns=tuple(_of_rows(spec, tables[name][spec.name]) for spec in specs),
            flags=_flags(tables[name].head(_LOOKED_AT), specs, metadata.tables[name].primary_key),
        )
        for name, specs in _learned(metadata).items()
    )


def _flags(
    frame: pd.DataFrame, specs: Sequence[ColumnSpec], primary_key: str | None
) -> tuple[tuple[str, ...], ...]:
    return tuple(group.columns for group in flag_groups(frame, specs, primary_key))


def _learned(metadata: Metadata) -> dict[str, list[ColumnSpec]]:
    """The columns of each table that have a part in learning it."""
    keys = {(r.child_table_name, r.child_foreign_key) for r in metadata.relationships}
    return {
        name: [spec for spec in table.kept if (name, spec.name) not in keys]
        for name, table in metadata.tables.items()
    }


def _of_profile(spec: ColumnSpec, profile: ColumnProfile | None) -> ColumnLoad:
    """A column beside a column of times has no profile: the file has no such column."""
    if profile is None:
        return ColumnLoad(
            name=spec.name, numeric=False, invented=False, distinct=_FEW_WORDS, missing_share=0.0
        )
    return ColumnLoad(
        name=spec.name,
        numeric=spec.sdtype in _NUMBERS,
        invented=is_surrogate(spec),
        distinct=profile.distinct,
        missing_share=profile.missing / max(profile.rows, 1),
    )


def _of_rows(spec: ColumnSpec, column: pd.Series) -> ColumnLoad:
    # Nobody can leave out a column that comes beside a time: it is not called constant.
    fewest = 2 if spec.companion else 0
    return ColumnLoad(
        name=spec.name,
        numeric=spec.sdtype in _NUMBERS,
        invented=is_surrogate(spec),
        distinct=max(column.head(_LOOKED_AT).nunique(), fewest),
        missing_share=float(column.isna().mean()) if len(column) else 0.0,
    )
