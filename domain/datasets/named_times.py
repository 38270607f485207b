"""Columns that a person names as times, though profiling took them for something else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa

from domain.datasets import dates
from domain.datasets.detecting import detect_as
from domain.datasets.entities import ColumnDecision, ColumnSpec, Metadata, SdType
from domain.datasets.time_settings import UnreadableTimes
from domain.datasets.unreadable_times import refuse_unreadable_time
from domain.datasets.values import ColumnValues
from domain.kernel import BadInput

_NUMBERS = (SdType.INTEGER, SdType.FLOAT)


def with_named_times(
    metadata: Metadata,
    decisions: Sequence[ColumnDecision],
    tables: Mapping[str, pa.Table],
    time: str | None = None,
) -> Metadata:
    """The metadata in which what is decided to be a time is read in the format of most cells.

    ``time``: the column that orders events; numbers may, too. Raises :class:`BadInput` where the
    cells of a column cannot be read as times, saying how many could.
    """
    named = [(d.table, d.column) for d in decisions if _is_named(d)]
    if time is not None:
        named += [(n, time) for n, t in metadata.tables.items() if _may_be_time(time, t.columns)]
    for name, column in named:
        table = metadata.tables.get(name)
        if table is None or column not in tables[name].column_names:
            continue
        spec = table.column(column)
        if spec.sdtype is not SdType.DATETIME:
            table = table.with_column(_as_time(tables[name], spec))
            metadata = replace(metadata, tables={**metadata.tables, name: table})
    return metadata


def _is_named(decision: ColumnDecision) -> bool:
    wanted = decision.unreadable_times not in (None, UnreadableTimes.REFUSE)
    return decision.sdtype is SdType.DATETIME or (wanted and decision.sdtype is None)


def _may_be_time(time: str, columns: Iterable[ColumnSpec]) -> bool:
    return any(c.name == time and c.sdtype not in _NUMBERS for c in columns)


def _as_time(rows: pa.Table, spec: ColumnSpec) -> ColumnSpec:
    values = ColumnValues.of(spec.name, rows[spec.name])
    found = detect_as(values, SdType.DATETIME, None).spec
    if found.datetime_format is None and not _is_iso(values):
        refuse_unreadable_time(rows, spec.name)
    return replace(found, pii_action=spec.pii_action, pii_kind=spec.pii_kind)


def _is_iso(values: ColumnValues) -> bool:
    """Whether all is ISO 8601, be it days here and times there, or there is nothing."""
    return not np.isnat(dates.parse(values.texts, None)).any()


def read_as(words: Mapping[str, str]) -> dict[str, UnreadableTimes]:
    """What was typed for each column; :class:`BadInput` for a word that says nothing."""
    known = {kind.value: kind for kind in UnreadableTimes}
    for column, word in words.items():
        if word not in known:
            raise BadInput(
                f"The unreadable times of “{column}” cannot be treated as asked; choose one of "
                f"{', '.join(known)}."
            )
    return {column: known[word] for column, word in words.items()}
