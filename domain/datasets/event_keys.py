"""Which columns make a table a log of events: asked for by a person, or suggested."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from domain.datasets.entities import (
    ColumnSpec,
    Metadata,
    PiiAction,
    PiiKind,
    SdType,
    SequenceKeys,
    TableMetadata,
)
from domain.datasets.headers import words_of
from domain.datasets.spelling import parse_column
from domain.kernel import BadInput

_OWNERS = (SdType.ID, SdType.CATEGORICAL, SdType.INTEGER, SdType.TEXT)
_PEOPLE = {
    *("account", "card", "client", "customer", "device", "member", "patient", "person"),
    *("sensor", "subject", "user", "participant", "meter", "vehicle", "beneficiary", "payer"),
}
_MOMENTS = {"start", "begin", "date", "datetime", "time", "timestamp", "ts", "when", "at"}
_LATER = {"stop", "end", "birth", "birthdate", "dob", "death", "expiry", "due", "updated"}
_MOST_MISSING = 0.05
_LEAST_EVENTS = 2.0
"""Rows of each entity, on average, from which a table is taken for a log."""
_FEWEST_NAMED = 20
"""Different values above which a category that is called “customer” names customers, not kinds."""
_LEAST_SERIES = 50
_MOSTLY = 0.8


def with_keys(metadata: Metadata, entity: str | None, time: str | None) -> Metadata:
    """The metadata in which every table that has these columns is a log of events.

    ``time`` may be left out: then the order of rows is that of time. A table that a foreign key
    ties to one of them keeps the keys it was confirmed with; every other table has none. Raises
    :class:`BadInput` where no table has the columns, or they cannot serve.
    """
    named = [name for name in (entity, time) if name is not None]
    for name in named:
        metadata.table_with(name)
    having = [n for n, t in metadata.tables.items() if set(named) <= {c.name for c in t.columns}]
    if not having:
        raise BadInput(
            f"No table has both “{entity}” and “{time}”; name an entity and a time of one table."
        )
    tables = dict(metadata.tables)
    for name in having:
        table = tables[name]
        _check_entity(table, entity)
        _check_time(table, time)
        tables[name] = replace(table, sequence=SequenceKeys(entity=entity, time=time))
    return replace(metadata, tables=tables)


def with_confirmed_keys(metadata: Metadata, keys: Mapping[str, SequenceKeys | None]) -> Metadata:
    """The metadata with a person's word on which tables are logs of events, and by which columns.

    Raises :class:`BadInput` for unknown tables and columns, and columns that cannot serve.
    """
    tables = dict(metadata.tables)
    for name, said in keys.items():
        if name not in tables:
            raise BadInput(
                f"There is no table named “{name}”; the tables are: {', '.join(tables)}."
            )
        if said is not None:
            _check_entity(tables[name], said.entity)
            _check_time(tables[name], said.time)
        tables[name] = replace(tables[name], sequence=said)
    return replace(metadata, tables=tables)


def _check_entity(table: TableMetadata, entity: str | None) -> None:
    if entity is None:
        return
    spec = table.column(entity)
    if spec.pii_action is PiiAction.DROP:
        raise BadInput(
            f"The column “{entity}” is left out, so it cannot say whose row it is; keep it as an "
            "identifier, which is replaced by an invented one."
        )
    if spec.sdtype not in _OWNERS:
        raise BadInput(
            f"The column “{entity}” is {spec.sdtype.value}, so it cannot say whose row it is; name "
            "an identifier, or confirm it as one."
        )


def _check_time(table: TableMetadata, time: str | None) -> None:
    if time is None:
        return
    spec = table.column(time)
    if spec.pii_action is PiiAction.DROP:
        raise BadInput(f"The column “{time}” is left out, so it cannot say when; keep it.")
    if spec.sdtype is not SdType.DATETIME:
        raise BadInput(
            f"The column “{time}” cannot be read as a time, because it holds {spec.sdtype.value} "
            "values; name a column of dates, or none where the order of the rows is that of time."
        )


def keys_of(metadata: Metadata) -> dict[str, SequenceKeys]:
    """The keys of every table of events, by table."""
    return {n: t.sequence for n, t in metadata.tables.items() if t.sequence is not None}


def keys_in_words(keys: SequenceKeys) -> str:
    """What the keys make of a table, for a sentence."""
    of = f" of “{keys.entity}”" if keys.entity else ""
    ordered = f"ordered by “{keys.time}”" if keys.time else "in the order of its rows"
    return f"events{of} {ordered}" if of else f"one long series {ordered}"


def with_keys_by_table(metadata: Metadata, keys: Mapping[str, SequenceKeys]) -> Metadata:
    """The metadata in which exactly the tables in ``keys`` are logs of events."""
    tables = {n: replace(t, sequence=keys.get(n)) for n, t in metadata.tables.items()}
    return replace(metadata, tables=tables)


def with_suggested_keys(tables: Mapping[str, pa.Table], metadata: Metadata) -> Metadata:
    """The metadata with ``suggested_sequence`` for tables that look like logs."""
    suggested = {
        name: replace(table, suggested_sequence=_suggestion(tables[name], table, metadata, name))
        for name, table in metadata.tables.items()
    }
    return replace(metadata, tables=suggested)


def _suggestion(
    rows: pa.Table, table: TableMetadata, metadata: Metadata, name: str
) -> SequenceKeys | None:
    if not rows.num_rows:
        return None
    times = sorted(_time_columns(rows, table), key=_time_rank)
    for owner in sorted(_owner_columns(rows, table, metadata, name), key=_owner_rank):
        for time in times:
            if _moves(rows, owner, time):
                return SequenceKeys(entity=owner.name, time=time.name)
    series = next((t for t in times if _is_series(rows, t)), None)
    return SequenceKeys(time=series.name) if series else None


def _time_columns(rows: pa.Table, table: TableMetadata) -> Iterator[ColumnSpec]:
    most = _MOST_MISSING * rows.num_rows
    for spec in table.kept:
        is_moment = spec.sdtype is SdType.DATETIME and spec.pii_kind is not PiiKind.BIRTH_DATE
        if is_moment and rows[spec.name].null_count <= most:
            yield spec


def _time_rank(spec: ColumnSpec) -> tuple[bool, bool]:
    words = set(words_of(spec.name))
    return bool(words & _LATER), not words & _MOMENTS


def _owner_columns(
    rows: pa.Table, table: TableMetadata, metadata: Metadata, name: str
) -> Iterator[ColumnSpec]:
    """Identifiers that come again."""
    linked = {r.child_foreign_key for r in metadata.relationships if r.child_table_name == name}
    for spec in table.kept:
        if spec.unique or spec.name == table.primary_key:
            continue
        if spec.sdtype is SdType.ID or spec.name in linked or _names_a_person(spec):
            different = pc.count_distinct(rows[spec.name]).as_py()
            filled = rows.num_rows - rows[spec.name].null_count
            may_be_kinds = spec.sdtype is not SdType.ID and len(words_of(spec.name)) == 1
            fewest = _FEWEST_NAMED if may_be_kinds else 1
            if different > fewest and filled >= _LEAST_EVENTS * different:
                yield spec


def _names_a_person(spec: ColumnSpec) -> bool:
    words = words_of(spec.name)
    if spec.sdtype not in (SdType.CATEGORICAL, SdType.INTEGER) or not words:
        return False
    named = len(words) == 1 or words[-1] in ("id", "nbr", "no", "number", "key")
    return words[0] in _PEOPLE and named


def _owner_rank(spec: ColumnSpec) -> bool:
    return not _PEOPLE & set(words_of(spec.name))


def _moves(rows: pa.Table, owner: ColumnSpec, time: ColumnSpec) -> bool:
    """Whether the events of most entities have different times: an order's lines do not."""
    of = pa.table({"owner": rows[owner.name], "time": rows[time.name]}).drop_null()
    if not of.num_rows:
        return False
    groups = of.group_by("owner").aggregate([("time", "count"), ("time", "count_distinct")])
    several = pc.greater(groups["time_count"], 1)
    moving = pc.and_(several, pc.greater(groups["time_count_distinct"], 1))
    there = pc.sum(several).as_py() or 0
    return there > 0 and (pc.sum(moving).as_py() or 0) >= _MOSTLY / 2 * there


def _is_series(rows: pa.Table, time: ColumnSpec) -> bool:
    """Whether the rows are one long series: in order of time, mostly evenly spaced."""
    if rows.num_rows < _LEAST_SERIES or rows[time.name].null_count:
        return False
    gaps = np.diff(parse_column(rows[time.name], time).to_numpy("datetime64[ns]").astype(np.int64))
    if (gaps <= 0).any():
        return False
    _, counts = np.unique(gaps, return_counts=True)
    return bool(counts.max() >= _MOSTLY * len(gaps))
