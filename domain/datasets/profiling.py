"""A first look at text tables: suggested metadata, statistics and warnings."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from domain.datasets.constraining import with_suggestions
from domain.datasets.detecting import Detected, detect, detect_as
from domain.datasets.entities import (
    FEW_ROWS,
    ColumnProfile,
    ColumnSpec,
    Metadata,
    PiiAction,
    PiiFlag,
    PiiKind,
    ProfileReport,
    SdType,
    TableMetadata,
)
from domain.datasets.event_keys import with_suggested_keys
from domain.datasets.linking import suggest_key, with_relationships
from domain.datasets.pii import flags_of_values
from domain.datasets.spelling import missing_words_of, parse_column, write_column
from domain.datasets.time_settings import UnreadableTimes
from domain.datasets.values import ColumnValues
from domain.datasets.zone_columns import with_zone_columns
from domain.kernel import BadInput, OnProgress

TOP_VALUES = 20
BINS = 20
SHOWN_DIGITS = 6
MOSTLY_MISSING = 0.9
_COUNTED = frozenset({SdType.CATEGORICAL, SdType.BOOLEAN})
_MEASURED = frozenset({SdType.INTEGER, SdType.FLOAT, SdType.DATETIME})
_SURROGATE_TYPES: dict[PiiKind | None, SdType] = {
    PiiKind.SSN: SdType.ID,
    PiiKind.RECORD_NUMBER: SdType.ID,
}
"""What an identifier that repeats is, rather than a category; text where not listed."""

_Values = dict[str, dict[str, ColumnValues]]


def profile(
    tables: Mapping[str, pa.Table], schema: Metadata | None, on_progress: OnProgress
) -> tuple[ProfileReport, Metadata]:
    """Look at text ``tables`` (null is an empty cell) and suggest their metadata.

    What ``schema`` names (types, keys, relationships, PII actions) is taken from it instead. It
    may raise :class:`BadInput` when the schema does not fit the tables. The report can quote
    real values; the metadata cannot.
    """
    schema = _fitted(schema, tables)
    total = 4 * sum(t.num_columns for t in tables.values())
    progress = _Progress(on_progress, total)
    values: _Values = {}
    found: dict[str, dict[str, Detected]] = {}
    for name, table in tables.items():
        values[name], found[name] = _look(name, table, schema, progress)
    metadata = _linked(tables, _assembled(tables, found, schema), schema)
    metadata = _with_pii(metadata, values, schema, progress)
    profiles = {
        name: tuple(
            _profiled(table, spec, values[name][spec.name], found[name][spec.name], progress)
            for spec in metadata.tables[name].columns
        )
        for name, table in tables.items()
    }
    metadata = with_suggestions(tables, metadata, schema, progress.listen)
    metadata = with_suggested_keys(tables, metadata)
    return ProfileReport(tables=profiles, warnings=_warnings(tables)), metadata


class _Progress:
    """Counts steps for ``on_progress``."""

    def __init__(self, on_progress: OnProgress, total: int) -> None:
        self._on_progress, self._total, self._done = on_progress, total, 0
        self._note = ""

    def step(self, note: str) -> None:
        """One more step is done."""
        self._done, self._note = self._done + 1, note
        self.listen()

    def listen(self) -> None:
        """Hear a cancel within a step that takes long."""
        self._on_progress(self._done, self._total, self._note)


def _fitted(schema: Metadata | None, tables: Mapping[str, pa.Table]) -> Metadata | None:
    """The schema with the dataset's table names; refuses what the dataset does not have."""
    if schema is None:
        return None
    if schema.only_table is not None and len(tables) == 1:
        table = schema.tables[schema.only_table]
        only = next(iter(tables))
        flags = tuple(replace(f, table=only) for f in schema.pii_flags)
        schema = replace(schema, tables={only: table}, pii_flags=flags)
    for name, wanted in schema.tables.items():
        if name not in tables:
            raise BadInput(
                f"The schema describes a table “{name}”, but the dataset has: {', '.join(tables)}; "
                "name the tables alike."
            )
        for spec in wanted.columns:
            if spec.name not in tables[name].column_names:
                raise BadInput(
                    f"The schema describes a column “{spec.name}” that table “{name}” does not "
                    "have; correct the schema or the file."
                )
    return schema


def _stated(schema: Metadata | None, table: str) -> dict[str, ColumnSpec]:
    if schema is None or table not in schema.tables:
        return {}
    return {spec.name: spec for spec in schema.tables[table].columns}


def _look(
    name: str, table: pa.Table, schema: Metadata | None, progress: _Progress
) -> tuple[dict[str, ColumnValues], dict[str, Detected]]:
    stated = _stated(schema, name)
    values, found = {}, {}
    for column in table.column_names:
        values[column] = ColumnValues.of(column, table[column], progress.listen)
        progress.step("counting values")
        spec = stated.get(column)
        found[column] = _as_stated(values[column], spec) if spec else detect(values[column])
        progress.step("looking at columns")
    return values, with_zone_columns(found, values)


def _as_stated(values: ColumnValues, stated: ColumnSpec) -> Detected:
    found = detect_as(values, stated.sdtype, stated.datetime_format)
    said = stated.missing_confirmed or bool(stated.missing_word)
    word = stated.missing_word or found.spec.missing_word
    spec = replace(found.spec, missing_word=word, missing_confirmed=said)
    if stated.unreadable_times is not UnreadableTimes.REFUSE:
        spec = replace(spec, unreadable_times=stated.unreadable_times)
    zone = stated.time_zone or spec.time_zone
    return found._replace(spec=replace(spec, time_zone=zone, zone_column=stated.zone_column))


def _assembled(
    tables: Mapping[str, pa.Table],
    found: Mapping[str, Mapping[str, Detected]],
    schema: Metadata | None,
) -> Metadata:
    metadata = {}
    nesting = schema.nesting if schema else None
    keyless = nesting.keyless() if nesting else frozenset()
    for name, table in tables.items():
        columns = tuple(found[name][c].spec for c in table.column_names)
        stated = schema.tables[name].primary_key if schema and name in schema.tables else None
        suggested = TableMetadata(columns=columns)
        key = stated or (None if name in keyless else suggest_key(name, suggested))
        metadata[name] = replace(suggested, primary_key=key)
    return Metadata(tables=metadata, nesting=nesting)


def _linked(
    tables: Mapping[str, pa.Table], metadata: Metadata, schema: Metadata | None
) -> Metadata:
    if schema is not None:
        metadata = _with_stated_keys(tables, metadata, schema)
    if schema is not None and schema.relationships:
        return replace(metadata, relationships=schema.relationships)
    return with_relationships(tables, metadata) if len(tables) > 1 else metadata


def _with_stated_keys(
    tables: Mapping[str, pa.Table], metadata: Metadata, schema: Metadata
) -> Metadata:
    for name, stated in schema.tables.items():
        key = stated.primary_key
        if key is None:
            continue
        values = (
            ColumnValues.of(key, tables[name][key]) if key in tables[name].column_names else None
        )
        if values is None or not values.unique:
            raise BadInput(
                f"The schema's primary key “{key}” of table “{name}” is missing, empty in places "
                "or repeats; choose a column that names every row."
            )
        spec = detect_as(values, SdType.ID, None).spec
        table = metadata.tables[name].with_column(spec)
        metadata = replace(metadata, tables={**metadata.tables, name: table})
    return metadata


def _with_pii(
    metadata: Metadata, values: _Values, schema: Metadata | None, progress: _Progress
) -> Metadata:
    """Flags and their actions; what the schema says about a column goes before."""
    decided = {
        (table, spec.name): spec
        for table in (schema.tables if schema else ())
        for spec in _stated(schema, table).values()
        if spec.pii_kind is not None or spec.pii_action is not PiiAction.KEEP
    }
    suspected = flags_of_values(
        values, metadata, lambda: progress.step("looking for people's data")
    )
    flags = [f for f in suspected if (f.table, f.column) not in decided]
    flags += [
        _stated_flag(table, spec)
        for (table, _), spec in decided.items()
        if spec.pii_kind is not None
    ]
    tables = dict(metadata.tables)
    marks: dict[tuple[str, str], tuple[PiiAction, PiiKind | None]] = {
        **{(f.table, f.column): (f.action, f.kind) for f in flags},
        **{at: (spec.pii_action, spec.pii_kind) for at, spec in decided.items()},
    }
    for (table, column), (action, kind) in marks.items():
        spec = replace(tables[table].column(column), pii_action=action, pii_kind=kind)
        if spec.sdtype is SdType.CATEGORICAL and action is PiiAction.SURROGATE:
            spec = replace(spec, sdtype=_SURROGATE_TYPES.get(kind, SdType.TEXT))
        tables[table] = tables[table].with_column(spec)
    return replace(metadata, tables=tables, pii_flags=tuple(flags))


def _stated_flag(table: str, spec: ColumnSpec) -> PiiFlag:
    assert spec.pii_kind is not None
    return PiiFlag(
        table=table,
        column=spec.name,
        kind=spec.pii_kind,
        reason="The schema says so.",
        share=1.0,
        action=spec.pii_action,
    )


def _profiled(
    table: pa.Table,
    spec: ColumnSpec,
    values: ColumnValues,
    found: Detected,
    progress: _Progress,
) -> ColumnProfile:
    progress.step("measuring columns")
    column = table[spec.name]
    warnings = list(found.warnings)
    measured = ColumnProfile(
        name=spec.name, sdtype=spec.sdtype, rows=len(column), missing=0, distinct=0
    )
    present = _without_missing(values, spec)
    measured = replace(measured, missing=len(column) - present.filled, distinct=present.distinct)
    warnings += _column_warnings(measured)
    if spec.sdtype is SdType.BOOLEAN:
        parse_column(column, spec)  # a schema may have called “maybe” a boolean
    if spec.sdtype in _COUNTED:
        measured = replace(measured, top=_top(present))
    elif spec.sdtype in _MEASURED and present.filled:
        typed = parse_column(column, spec).dropna()
        progress.listen()
        measured = _measured(measured, typed, spec)
    return replace(measured, warnings=tuple(warnings))


def _without_missing(values: ColumnValues, spec: ColumnSpec) -> ColumnValues:
    words = missing_words_of(spec)
    if not words:
        return values
    missing = pc.is_in(values.texts, value_set=pa.array(words, pa.string()))
    return values.only(pc.invert(missing))


def _column_warnings(measured: ColumnProfile) -> list[str]:
    if measured.missing == measured.rows:
        return ["Every value is missing; the column carries no information."]
    share = measured.missing / measured.rows
    if measured.distinct == 1:
        return ["Every value is the same; the column carries no information."]
    if share > MOSTLY_MISSING:
        return [f"{share:.0%} of the values are missing; little can be learned from the rest."]
    return []


def _top(values: ColumnValues) -> tuple[tuple[str, int], ...]:
    order = np.lexsort((np.arange(values.distinct), -values.counts))[:TOP_VALUES]
    return tuple((values.texts[int(i)].as_py(), int(values.counts[i])) for i in order)


def _measured(measured: ColumnProfile, present: pd.Series, spec: ColumnSpec) -> ColumnProfile:
    """With extremes, moments and a histogram of the non-missing typed values."""
    extremes = pd.Series([present.min(), present.max()], dtype=present.dtype)
    histogram = _histogram(_numbers(present))
    if spec.sdtype is SdType.FLOAT and spec.decimals is None:
        digits = _digits_to_show(*extremes)
        extremes = extremes.map(lambda x: _rounded(x, digits))
        histogram = tuple((_rounded(a, digits), _rounded(b, digits), n) for a, b, n in histogram)
    low, high = write_column(extremes, spec).to_pylist()
    numbers = _numbers(present)
    is_date = spec.sdtype is SdType.DATETIME
    with np.errstate(over="ignore", invalid="ignore"):
        mean = None if is_date else _finite(numbers.mean())
        deviation = None if is_date or len(numbers) < 2 else _finite(numbers.std(ddof=1))
    return replace(
        measured,
        minimum=low,
        maximum=high,
        mean=mean,
        standard_deviation=deviation,
        histogram=histogram,
    )


def _digits_to_show(low: float, high: float) -> int:
    """Significant digits that a reader needs: six, more only where the values are so close that
    the bins would fall together. All of a value's digits could single out its row."""
    largest, span = max(abs(low), abs(high)), high / 2 - low / 2
    if span <= 0:
        return SHOWN_DIGITS
    return max(SHOWN_DIGITS, min(17, math.ceil(math.log10(largest) - math.log10(span)) + 3))


def _rounded(number: float, digits: int) -> float:
    return float(f"{number:.{digits}g}")


def _finite(number: np.float64) -> float | None:
    return float(number) if np.isfinite(number) else None


def _histogram(
    numbers: np.ndarray[tuple[int], np.dtype[np.float64]],
) -> tuple[tuple[float, float, int], ...]:
    """Equal bins; a single one where the values are too close, or too far apart, to divide."""
    try:
        with np.errstate(over="ignore", invalid="ignore"):
            counts, edges = np.histogram(numbers, bins=BINS)
    except ValueError:
        return ((float(numbers.min()), float(numbers.max()), len(numbers)),)
    bins = zip(edges[:-1], edges[1:], counts, strict=True)
    return tuple((float(a), float(b), int(n)) for a, b, n in bins)


def _numbers(present: pd.Series) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    if pd.api.types.is_datetime64_any_dtype(present):
        return present.to_numpy("datetime64[ns]").astype(np.int64) / 1e9
    return present.to_numpy(np.float64)


def _warnings(tables: Mapping[str, pa.Table]) -> tuple[str, ...]:
    return tuple(
        f"Table “{name}” has only {table.num_rows} rows; a model of so few may repeat real ones, "
        "and scores will be uncertain."
        for name, table in tables.items()
        if table.num_rows < FEW_ROWS
    )
