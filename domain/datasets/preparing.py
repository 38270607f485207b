"""Between text tables and typed frames, the holdout, and a person's decisions on columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa

from domain.datasets.dates import has_offset
from domain.datasets.entities import (
    ColumnDecision,
    ColumnSpec,
    Metadata,
    PiiAction,
    SdType,
    TableMetadata,
    Tables,
)
from domain.datasets.event_keys import keys_of
from domain.datasets.families import families
from domain.datasets.spelling import MISSING_WORDS, parse_column, write_column
from domain.datasets.time_columns import agreeing, read_times, write_times
from domain.datasets.time_settings import UnreadableTimes
from domain.datasets.time_zones import refuse_unknown_zone
from domain.kernel import BadInput, OnProgress, no_progress
from domain.privacy.coins import coins

FEW_ENTITIES = 5
"""Of a log of fewer entities none is held out: each is too large a part of what can be learned."""


def typed(
    text: pa.Table, table: TableMetadata, on_progress: OnProgress = no_progress
) -> pd.DataFrame:
    """The kept columns of a text table, in the metadata's order, as typed values.

    Integer → ``Int64``; float → ``float64``; boolean → ``boolean``; datetime →
    ``datetime64[ns]``, naive (UTC where the text or another column says the zone); categorical →
    ``category`` of str; id and text → ``string[pyarrow]``; with the companions of times (see
    ``time_columns``). Raises :class:`BadInput` for a column that is not there, or that has cells
    which do not fit its type.
    """
    columns: dict[str, pd.Series] = {}
    for spec in table.kept:
        on_progress(len(columns), len(table.kept), "reading")
        if spec.name not in text.column_names:
            if spec.companion is not None:
                continue
            raise BadInput(
                f"The column “{spec.name}” is missing; add it or leave it out everywhere."
            )
        columns[spec.name] = parse_column(text[spec.name], spec)
    return read_times(pd.DataFrame(columns), text, table)


def untyped(frame: pd.DataFrame, table: TableMetadata) -> pa.Table:
    """The text of a typed frame, spelled as in the file the metadata came from."""
    specs = [spec for spec in table.written if spec.name in frame.columns]
    frame = agreeing(frame, table)
    columns = [
        write_times(frame, table, spec)
        if spec.sdtype is SdType.DATETIME
        else write_column(frame[spec.name], spec)
        for spec in specs
    ]
    return pa.table(columns, names=[spec.name for spec in specs])


def split_holdout(
    tables: Tables, metadata: Metadata, share: float, seed: int
) -> tuple[dict[str, pd.DataFrame], dict[str, pd.DataFrame]]:
    """``(training rows, held-out rows)`` of every table, in their old order.

    Rows that relationships tie together move together; a table that ties nearly everything
    together (a code book) is in both parts whole. Of logs of events whole entities are held out;
    of one long series, or of fewer than ``FEW_ENTITIES``, nothing is. The same seed gives the same
    split; ``share`` 0 holds nothing out. Raises :class:`BadInput` when one part would be empty.
    """
    if share <= 0 or _is_one_series(metadata):
        return dict(tables), {name: frame.iloc[:0] for name, frame in tables.items()}
    random = np.random.default_rng(seed)
    train, holdout = {}, {}
    owners = {n: k.entity for n, k in keys_of(metadata).items() if k.entity and n in tables}
    for family in families(tables, metadata.relationships, owners):
        held = _held_out(family.sizes(), share, random)
        if owners.keys() & family.labels.keys():
            held = _whole_entities(held, random)
        for name, frame in tables.items():
            if name in family.labels:
                out = held[family.labels[name]]
                train[name] = frame[~out].reset_index(drop=True)
                holdout[name] = frame[out].reset_index(drop=True)
            elif name in family.code_books:
                train[name] = holdout[name] = frame
    _refuse_empty(tables, train, train if owners else holdout)
    ordered = list(tables)
    return {n: train[n] for n in ordered}, {n: holdout[n] for n in ordered}


def split_secretly(
    frame: pd.DataFrame, share: float, secret: bytes, unit: str | None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """``(training rows, held-out rows)`` of a private run: a secret coin for every unit of privacy.

    ``unit`` names the column that says whose row it is; without one, or where its cell is missing,
    a row is its own. Raises :class:`BadInput` when one part would be empty.
    """
    if share <= 0:
        return frame, frame.iloc[:0]
    names = [f"row {place}" for place in range(len(frame))]
    if unit is not None and unit in frame.columns:
        whose = frame[unit].astype(object)
        names = [n if pd.isna(u) else f"unit {u}" for n, u in zip(names, whose, strict=True)]
    out = coins(secret, "holdout", (name.encode() for name in names), share)
    train, holdout = frame[~out].reset_index(drop=True), frame[out].reset_index(drop=True)
    _refuse_empty({"": frame}, {"": train}, {"": holdout})
    return train, holdout


def split_by(
    frame: pd.DataFrame, column: str, share: float, seed: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """``(training rows, held-out rows)``: rows with the same value in ``column`` stay together.

    Raises :class:`BadInput` when there are fewer than two values.
    """
    values = frame[column].astype(object).astype(str)
    owners, codes = np.unique(values, return_inverse=True)
    held = np.random.default_rng(seed).permutation(len(owners)) < round(share * len(owners))
    if held.all() or not held.any():
        raise BadInput(
            f"“{column}” has too few different values to set some aside; bring more, or a holdout."
        )
    out = held[codes]
    return frame[~out].reset_index(drop=True), frame[out].reset_index(drop=True)


def _held_out(
    sizes: np.ndarray[tuple[int], np.dtype[np.int64]], share: float, random: np.random.Generator
) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Which groups to hold out, so that they have ``share`` of the rows between them."""
    order = random.permutation(len(sizes))
    before = np.cumsum(sizes[order]) - sizes[order]
    held = np.zeros(len(sizes), dtype=bool)
    held[order[before + sizes[order] / 2 <= share * sizes.sum()]] = True
    return held


def _is_one_series(metadata: Metadata) -> bool:
    """Whether a table is one series: a part of it is no other series to judge by."""
    return any(keys.entity is None for keys in keys_of(metadata).values())


def _whole_entities(
    held: np.ndarray[tuple[int], np.dtype[np.bool_]], random: np.random.Generator
) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """At least one entity, where there are enough to learn from without it."""
    if len(held) < FEW_ENTITIES:
        return np.zeros(len(held), dtype=bool)
    if not held.any():
        held[random.integers(len(held))] = True
    return held


def _refuse_empty(
    tables: Tables, train: dict[str, pd.DataFrame], holdout: dict[str, pd.DataFrame]
) -> None:
    for part in (train, holdout):
        if tables and not any(len(frame) for frame in part.values()):
            raise BadInput(
                "There are too few rows to set some aside for the comparison with real data; "
                "bring a table with more rows."
            )


def decided(metadata: Metadata, decisions: Sequence[ColumnDecision]) -> Metadata:
    """The metadata with a person's decisions; raises :class:`BadInput` for unknown columns,
    for dropping or retyping a column that links tables, and for leaving no column."""
    for decision in decisions:
        metadata = _with_decision(metadata, decision)
    for name, table in metadata.tables.items():
        if not table.kept:
            raise BadInput(f"Table “{name}” would lose every column; keep at least one.")
    return metadata


def _with_decision(metadata: Metadata, decision: ColumnDecision) -> Metadata:
    table = metadata.tables.get(decision.table)
    if table is None:
        raise BadInput(
            f"There is no table named “{decision.table}”; the tables are: "
            f"{', '.join(metadata.tables)}."
        )
    spec = _decided_spec(table.column(decision.column), decision)
    if _no_key(spec):
        _refuse_linking(metadata, decision)
    table = table.with_column(spec)
    if table.primary_key == spec.name and _no_key(spec):
        table = replace(table, primary_key=None)
    flags = tuple(
        replace(flag, action=spec.pii_action)
        if (flag.table, flag.column) == (decision.table, decision.column)
        else flag
        for flag in metadata.pii_flags
    )
    return replace(metadata, tables={**metadata.tables, decision.table: table}, pii_flags=flags)


def _refuse_unknown_word(word: str) -> None:
    if word not in MISSING_WORDS:
        raise BadInput(
            "That word cannot be read as missing; choose one of "
            f"{', '.join(w for w in MISSING_WORDS if w)}, or none for empty cells only."
        )


def _no_key(spec: ColumnSpec) -> bool:
    return spec.sdtype is not SdType.ID or spec.pii_action is PiiAction.DROP


def _refuse_linking(metadata: Metadata, decision: ColumnDecision) -> None:
    for link in metadata.relationships:
        ends = (
            (link.parent_table_name, link.parent_primary_key),
            (link.child_table_name, link.child_foreign_key),
        )
        if (decision.table, decision.column) in ends:
            raise BadInput(
                f"Column “{decision.column}” links “{link.child_table_name}” to "
                f"“{link.parent_table_name}”; keep it as an id, which is replaced by a surrogate."
            )


def _decided_spec(spec: ColumnSpec, decision: ColumnDecision) -> ColumnSpec:
    action = decision.pii_action if decision.pii_action is not None else spec.pii_action
    spec = replace(spec, pii_action=action)
    if decision.missing_word is not None:
        _refuse_unknown_word(decision.missing_word)
        spec = replace(spec, missing_word=decision.missing_word, missing_confirmed=True)
    spec = _with_times(spec, decision)
    if decision.sdtype is None or decision.sdtype is spec.sdtype:
        return spec
    if decision.sdtype is not SdType.DATETIME:
        spec = replace(spec, unreadable_times=UnreadableTimes.REFUSE, time_zone=None)
    if decision.sdtype is SdType.BOOLEAN and spec.sdtype is SdType.INTEGER:
        spec = replace(spec, true_word="1", false_word="0")
    return replace(spec, sdtype=decision.sdtype)


def _with_times(spec: ColumnSpec, decision: ColumnDecision) -> ColumnSpec:
    if decision.unreadable_times is not None:
        _refuse_no_time(spec, decision)
        spec = replace(spec, unreadable_times=decision.unreadable_times)
    if decision.time_zone is not None:
        _refuse_no_time(spec, decision)
        if decision.time_zone:
            refuse_unknown_zone(decision.time_zone)
        if not has_offset(spec.datetime_format):
            raise BadInput(
                f"The times of “{spec.name}” have no offsets from UTC, so they need no zone to be "
                "written in; leave it out."
            )
        spec = replace(spec, time_zone=decision.time_zone or None)
    return spec


def _refuse_no_time(spec: ColumnSpec, decision: ColumnDecision) -> None:
    if SdType.DATETIME not in (spec.sdtype, decision.sdtype):
        raise BadInput(
            f"The column “{spec.name}” is {spec.sdtype.value}, not a time; confirm it as datetime "
            "first, or leave this setting out."
        )
