"""Times of whole rows: in UTC by each row's own zone, tagged or filled where they are missing.

A typed table can have columns that its file has not, its *companions*: ``<time> zone`` and
``<time> missing``. They are modelled like any other category, so that the twin's times are missing
and move between zones as often, and together with the same things, as the real ones.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain, count

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from domain.datasets import dates, zone_words
from domain.datasets.entities import ColumnSpec, Metadata, PiiAction, SdType, TableMetadata
from domain.datasets.spelling import write_column
from domain.datasets.time_settings import Companion, UnreadableTimes
from domain.datasets.time_zones import MIXED
from domain.datasets.unreadable_times import (
    MISSING,
    READ,
    filled_in,
    refuse_mostly_unreadable,
    tags_of,
)
from domain.kernel import BadInput

Offsets = NDArray[np.int64]


def with_companions(metadata: Metadata) -> Metadata:
    """The metadata of the typed tables, in which every companion follows its column of times."""
    tables = {}
    for name, table in metadata.tables.items():
        columns = [c for spec in table.columns for c in (spec, *_companions(spec, table))]
        tables[name] = replace(table, columns=tuple(columns))
    return replace(metadata, tables=tables)


def _companions(spec: ColumnSpec, table: TableMetadata) -> Iterator[ColumnSpec]:
    if spec.sdtype is not SdType.DATETIME or spec.pii_action is not PiiAction.KEEP:
        return
    there = {c.companion for c in _of(table, spec)}
    wanted = {
        Companion.ZONE: spec.time_zone == MIXED and dates.has_offset(spec.datetime_format),
        Companion.MISSING: spec.unreadable_times is UnreadableTimes.TAG,
    }
    for companion, needed in wanted.items():
        if needed and companion not in there:
            name = _free_name(f"{spec.name} {companion}", {c.name for c in table.columns})
            yield ColumnSpec(
                name=name, sdtype=SdType.CATEGORICAL, companion=companion, of=spec.name
            )


def _free_name(name: str, taken: set[str]) -> str:
    numbered = (f"{name} {k}" for k in count(2))
    return next(n for n in chain([name], numbered) if n not in taken)


def read_times(frame: pd.DataFrame, text: pa.Table, table: TableMetadata) -> pd.DataFrame:
    """The typed frame with its times in UTC, its companions, and its gaps filled where wanted.

    ``frame`` has the columns of the file as their text says. Tags that the text has (a twin's)
    are read from it. Raises :class:`BadInput` where most times cannot be read.
    """
    for spec in table.kept:
        if spec.sdtype is SdType.DATETIME and spec.name in frame:
            frame = _with_time(frame, text, table, spec)
    names = [spec.name for spec in table.kept]
    return frame if list(frame.columns) == names else frame[names]


def _with_time(
    frame: pd.DataFrame, text: pa.Table, table: TableMetadata, spec: ColumnSpec
) -> pd.DataFrame:
    times, beside = frame[spec.name], {}
    for companion in _of(table, spec):
        told = _told(text[spec.name], times, spec, companion)
        if companion.companion is Companion.MISSING and companion.name in frame:
            told = _said_or(frame[companion.name], told)
        beside[companion.name] = told
    if spec.unreadable_times is not UnreadableTimes.REFUSE:
        refuse_mostly_unreadable(text[spec.name], times, spec)
    if spec.zone_column in frame:
        times = zone_words.to_utc(times, frame[spec.zone_column])
    if _is_filled(table, spec):
        times = filled_in(times, _owners(frame, table))
    return frame.assign(**{spec.name: times, **beside})


def _of(table: TableMetadata, spec: ColumnSpec) -> list[ColumnSpec]:
    return [c for c in table.kept if c.companion is not None and c.of == spec.name]


def _told(
    column: pa.ChunkedArray, times: pd.Series, spec: ColumnSpec, companion: ColumnSpec
) -> pd.Series:
    if companion.companion is Companion.MISSING:
        return tags_of(column, times, spec)
    filled = pa.array(column.to_pylist(), pa.string()).fill_null("")
    words = dates.offset_words(dates.offsets_in(filled)).to_pylist()
    words = pd.Series(words, dtype=object).mask(times.isna())
    return pd.Series(pd.Categorical(words))


def _said_or(said: pd.Series, told: pd.Series) -> pd.Series:
    """What the file says; a cell that it leaves open is open where there is no time either."""
    said, told = said.astype(object), told.astype(object)
    words = said.where(said.notna(), told.mask(told == MISSING))
    return pd.Series(pd.Categorical(words))


def _is_filled(table: TableMetadata, spec: ColumnSpec) -> bool:
    """Events need an order: the time that orders them is filled also where it is tagged, and the
    tag takes it away again in the twin's text."""
    orders = table.sequence is not None and table.sequence.time == spec.name
    tagged = spec.unreadable_times is UnreadableTimes.TAG
    return spec.unreadable_times is UnreadableTimes.INTERPOLATE or (tagged and orders)


def _owners(frame: pd.DataFrame, table: TableMetadata) -> pd.Series | None:
    entity = table.sequence.entity if table.sequence else None
    return frame.get(entity) if entity is not None else None


def write_times(frame: pd.DataFrame, table: TableMetadata, spec: ColumnSpec) -> pa.Array:
    """The text of one column of times, on the clock of each row; the inverse of reading it."""
    times, offsets = frame[spec.name], None
    if spec.zone_column in frame:
        times = zone_words.to_local(times, frame[spec.zone_column])
    for companion in _of(table, spec):
        if companion.name not in frame:
            continue
        beside = frame[companion.name].astype(object)
        if companion.companion is Companion.ZONE:
            offsets = dates.offsets_in(pa.array(beside.fillna("").to_numpy(), pa.string()))
        else:
            times = times.where((beside == READ).to_numpy(np.bool_))
    return write_column(times, spec, offsets)


def agreeing(frame: pd.DataFrame, table: TableMetadata) -> pd.DataFrame:
    """The frame in which no tag says that a missing time was read."""
    for spec in table.kept:
        for companion in _of(table, spec):
            if companion.companion is Companion.MISSING and companion.name in frame:
                tag = frame[companion.name].astype(object)
                wrong = (tag == READ).to_numpy(np.bool_) & frame[spec.name].isna().to_numpy()
                if wrong.any():
                    frame = frame.assign(**{companion.name: tag.mask(wrong, MISSING)})
    return frame


def refuse_mixing_people(metadata: Metadata, entity: str | None) -> None:
    """Raise :class:`BadInput` where times would be filled from other rows than those of one unit
    of privacy: ``entity`` is the column that names it, ``None`` where each row is its own."""
    for table in metadata.tables.values():
        owner = table.sequence.entity if table.sequence else None
        for spec in table.kept:
            if _is_filled(table, spec) and (entity is None or owner != entity):
                raise BadInput(
                    f"The missing times of “{spec.name}” would be filled from rows of other "
                    "people, which a private run may not; tag them instead, or train on whole "
                    "entities with each as the unit of privacy."
                )
