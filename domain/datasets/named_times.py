"""Columns that a person names as times, though profiling took them for something else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa

from domain.datasets import dates
from domain.datasets.detecting import detect_as
from domain.datasets.entities import ColumnDecision, ColumnSpec, Metadata, SdType, SequenceKeys
from domain.datasets.time_settings import UnreadableTimes
from domain.datasets.unreadable_times import refuse_unreadable_time
from domain.datasets.values import ColumnValues
from domain.kernel import BadInput

_NUMBERS = (SdType.INTEGER, SdType.FLOAT)


def named_times(
    metadata: Metadata,
    decisions: Sequence[ColumnDecision],
    events: Mapping[str, SequenceKeys | None],
    time: str | None = None,
) -> list[tuple[str, str]]:
    """Tables and columns that are to be times and are not yet: by a decision, as the time of a log
    in ``events``, or as the ``time`` of every table that has it. Numbers may order events too.
    """
    named = [(d.table, d.column) for d in decisions if _is_named(d)]
    orders = [(name, keys.time) for name, keys in events.items() if keys is not None]
    orders += [(name, time) for name in metadata.tables]
    named += [
        (name, column) for name, column in orders if column and not _counts(metadata, name, column)
    ]
    return [at for at in dict.fromkeys(named) if _is_no_time(metadata, *at)]


def with_named_times(
    metadata: Metadata, named: Iterable[tuple[str, str]], tables: Mapping[str, pa.Table]
) -> Metadata:
    """The metadata in which columns that are named as times are read in the format of most cells.

    Raises :class:`BadInput` where the cells of one cannot be, saying how many could.
    """
    for name, column in named:
        table = metadata.tables[name]
        table = table.with_column(_as_time(tables[name], table.column(column)))
        metadata = replace(metadata, tables={**metadata.tables, name: table})
    return metadata


def _is_named(decision: ColumnDecision) -> bool:
    wanted = decision.unreadable_times not in (None, UnreadableTimes.REFUSE)
    return decision.sdtype is SdType.DATETIME or (wanted and decision.sdtype is None)


def _spec(metadata: Metadata, table: str, column: str) -> ColumnSpec | None:
    columns = metadata.tables[table].columns if table in metadata.tables else ()
    return next((c for c in columns if c.name == column), None)


def _counts(metadata: Metadata, table: str, column: str) -> bool:
    spec = _spec(metadata, table, column)
    return spec is not None and spec.sdtype in _NUMBERS


def _is_no_time(metadata: Metadata, table: str, column: str) -> bool:
    spec = _spec(metadata, table, column)
    return spec is not None and spec.sdtype is not SdType.DATETIME


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
