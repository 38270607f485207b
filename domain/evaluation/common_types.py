"""Files that spell their cells differently, in types they have in common.

A twin made elsewhere writes ``39.0`` where the real file has ``39``, or ``1`` for ``True``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import pandas as pd
import pyarrow as pa

from domain.datasets.entities import ColumnSpec, PiiAction, SdType, TableMetadata
from domain.datasets.preparing import typed
from domain.kernel import BadInput, OnProgress, no_progress

_WIDER = {
    SdType.INTEGER: SdType.FLOAT,
    SdType.FLOAT: SdType.CATEGORICAL,
    SdType.BOOLEAN: SdType.CATEGORICAL,
    SdType.DATETIME: SdType.CATEGORICAL,
}
"""What a column is read as where one of the files does not fit its type."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InCommon:
    """The files' rows in the same types, and what a reader must know about it."""

    table: TableMetadata
    frames: Mapping[str, pd.DataFrame]
    notes: tuple[str, ...]


def in_common(
    files: Mapping[str, pa.Table],
    table: TableMetadata,
    on_progress: OnProgress = no_progress,
) -> InCommon:
    """Read text ``files`` (words for each, such as ``synthetic``, to its rows) by ``table``.

    A column that does not fit its type in one of them is read as a wider type in all. Raises
    :class:`BadInput` for a file that lacks a column.
    """
    for words, text in files.items():
        _refuse_missing(words, text, table)
    specs, columns = [], []
    for done, spec in enumerate(table.kept):
        on_progress(done, len(table.kept), "reading")
        read_as, sides = _column(files, spec)
        specs.append(read_as)
        columns.append(sides)
    frames = {
        words: pd.DataFrame({s.name: c[words] for s, c in zip(specs, columns, strict=True)})
        for words in files
    }
    common = replace(table, columns=tuple(specs), constraints=(), suggested_constraints=())
    return InCommon(table=common, frames=frames, notes=tuple(_notes(files, table, common)))


def _refuse_missing(words: str, text: pa.Table, table: TableMetadata) -> None:
    missing = [c.name for c in table.kept if c.name not in text.column_names]
    if missing:
        raise BadInput(
            f"The {words} file has no column “{missing[0]}”; compare files that have the same "
            "columns."
        )


def _column(
    files: Mapping[str, pa.Table], spec: ColumnSpec
) -> tuple[ColumnSpec, dict[str, pd.Series]]:
    """The column of every file in the narrowest type that all of them fit."""
    one = TableMetadata(columns=(spec,))
    try:
        return spec, {words: typed(text, one)[spec.name] for words, text in files.items()}
    except BadInput:
        if spec.sdtype not in _WIDER:
            raise
        return _column(files, replace(spec, sdtype=_WIDER[spec.sdtype], decimals=None))


def _notes(files: Mapping[str, pa.Table], table: TableMetadata, common: TableMetadata) -> list[str]:
    widened = [
        now.name
        for was, now in zip(table.kept, common.columns, strict=True)
        if was.sdtype is not now.sdtype
    ]
    identifying = [
        c.name
        for c in table.columns
        if c.pii_action is not PiiAction.KEEP or c.sdtype in (SdType.ID, SdType.TEXT)
    ]
    known = {c.name for c in table.columns}
    extra = sorted({c for text in files.values() for c in text.column_names} - known)
    said = []
    if widened:
        said.append(
            f"The files spell {_names(widened)} differently, so it is compared as a wider type."
        )
    if identifying:
        said.append(
            f"Left out of the comparison, as identifiers or free text: {_names(identifying)}."
        )
    if extra:
        said.append(f"Left out, because not every file has it: {_names(extra)}.")
    return said


def _names(columns: list[str], most: int = 10) -> str:
    named = ", ".join(f"“{c}”" for c in columns[:most])
    return f"{named} and {len(columns) - most} more" if len(columns) > most else named
