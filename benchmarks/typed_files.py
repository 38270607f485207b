"""Files as the typed frames that the product trains on and evaluates."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pyarrow as pa

from domain.datasets.entities import ColumnSpec, Metadata, SdType
from domain.datasets.preparing import typed
from domain.datasets.profiling import profile
from domain.datasets.reading import read_file
from domain.datasets.spelling import parse_column
from domain.kernel import BadInput, no_progress
from domain.usecases.fit_run import kept_metadata

TABLE = "table"
"""What a file's table is called here: several files of one benchmark hold the same table."""


def text_of(path: Path) -> pa.Table:
    """The first table of a file, as text. Raises :class:`BadInput` for what cannot be read."""
    with path.open("rb") as stream:
        first = read_file(path.name, stream).tables[0]
        return pa.Table.from_batches(list(first.batches))


def metadata_of(text: pa.Table) -> Metadata:
    """What the product suggests for the table, and takes where nobody decides otherwise."""
    _, metadata = profile({TABLE: text}, None, no_progress)
    return kept_metadata(metadata)


def typed_rows(text: pa.Table, metadata: Metadata) -> pd.DataFrame:
    """Typed rows of ``metadata``'s table.

    A column whose cells are spelled otherwise than in the training file (another tool's “True”
    for “TRUE”, “3.0” for “3”, ISO dates) is read with good will; what is no value is missing.
    """
    table = metadata.tables[TABLE]
    try:
        return typed(text, table)
    except BadInput:
        lacking = [s.name for s in table.kept if s.name not in text.column_names]
        if lacking:
            raise
    return pd.DataFrame({spec.name: _column(text[spec.name], spec) for spec in table.kept})


def _column(column: pa.ChunkedArray, spec: ColumnSpec) -> pd.Series:
    try:
        return parse_column(column, spec)
    except BadInput:
        return _with_good_will(column.to_pandas().astype("string"), spec)


def _with_good_will(texts: pd.Series, spec: ColumnSpec) -> pd.Series:
    match spec.sdtype:
        case SdType.BOOLEAN:
            words = {spec.true_word.casefold(): True, spec.false_word.casefold(): False}
            return texts.str.casefold().map(words).astype("boolean")
        case SdType.INTEGER:
            return pd.to_numeric(texts, errors="coerce").round().astype("Int64")
        case SdType.FLOAT:
            return pd.to_numeric(texts, errors="coerce").astype("float64")
        case _:
            stamps = pd.to_datetime(texts, errors="coerce", utc=True, format="mixed")
            return stamps.dt.tz_localize(None).astype("datetime64[ns]")


def without(metadata: Metadata, columns: frozenset[str]) -> Metadata:
    """The metadata without some columns, nor the constraints that may name them: enough to
    compare by, not to train by."""
    table = metadata.tables[TABLE]
    kept = tuple(spec for spec in table.columns if spec.name not in columns)
    return replace(
        metadata,
        tables={TABLE: replace(table, columns=kept, primary_key=None, constraints=())},
    )
