"""Parquet and CSV of one synthetic table, written chunk by chunk, encrypted on the way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from domain.datasets.constraint_guard import ConstraintGuard
from domain.datasets.entities import TableMetadata
from domain.datasets.preparing import untyped
from domain.datasets.writing_csv import csv_header, csv_lines
from domain.kernel import Conflict
from domain.ports import Blobs
from domain.privacy.budget import PrivacyStatement
from domain.privacy.published import written
from domain.synthesis.runs import SyntheticDataset, SyntheticTable
from domain.usecases.blob_stream import BlobStream

_TEXT = pa.large_string()


class TableFiles:
    """The files of one table. ``write`` frames, then ``finish`` or ``abort``."""

    def __init__(
        self,
        name: str,
        table: TableMetadata,
        blobs: Blobs,
        synthetic: SyntheticDataset,
        synthesizer: str,
        learned: Sequence[pd.DataFrame] = (),
        privacy: PrivacyStatement | None = None,
    ) -> None:
        """``learned`` holds the fixed combinations that may come out (see ``ConstraintGuard``),
        ``privacy`` what was proved of the model, which the Parquet says of itself."""
        self._name = name
        self._table = table
        self._guard = ConstraintGuard(table, learned)
        self._rows = 0
        self._csv = BlobStream(blobs.writer(synthetic.organisation_id)) if synthetic.csv else None
        self._parquet = BlobStream(blobs.writer(synthetic.organisation_id))
        self._rows_out: pq.ParquetWriter | None = None
        self._marks = {
            b"synthetic": b"partly: gaps in given rows" if synthetic.completed else b"true",
            b"synthetic_dataset": str(synthetic.id).encode(),
            b"synthesizer": synthesizer.encode(),
            **dict(_privacy_marks(None if synthetic.completed else privacy)),
        }
        if self._csv:
            self._csv.write(csv_header([c.name for c in table.written]))

    def write(self, frame: pd.DataFrame) -> None:
        """Add typed rows; refuses those whose text breaks a constraint."""
        # Without a CSV only what constraints look at is needed as text.
        text = untyped(frame, self._table if self._csv else self._guard.table)
        self._guard.check(text)
        if self._csv:
            self._csv.write(csv_lines(text))
        table = _arrow(frame)
        self._rows_out = self._rows_out or self._open_parquet(table.schema)
        self._rows_out.write_table(table.cast(self._rows_out.schema))
        self._rows += len(frame)

    def finish(self) -> SyntheticTable:
        """Keep the files."""
        if self._rows_out is None:
            raise Conflict(f"The synthesizer drew no rows for table “{self._name}”.")
        self._rows_out.close()
        return SyntheticTable(
            name=self._name,
            rows=self._rows,
            parquet_blob=self._parquet.commit(),
            parquet_sha256=self._parquet.sha256,
            csv_blob=self._csv.commit() if self._csv else None,
            csv_sha256=self._csv.sha256 if self._csv else None,
        )

    def abort(self) -> None:
        """Forget the files."""
        if self._csv:
            self._csv.abort()
        self._parquet.abort()

    def _open_parquet(self, schema: pa.Schema) -> pq.ParquetWriter:
        texts = [field.name for field in schema if pa.types.is_large_string(field.type)]
        return pq.ParquetWriter(
            pa.PythonFile(self._parquet, mode="w"),
            schema.with_metadata(self._marks),
            use_dictionary=texts,  # numbers hardly repeat, and looking for that costs much time
        )


def _privacy_marks(statement: PrivacyStatement | None) -> Iterator[tuple[bytes, bytes]]:
    """ε as published, of what, or that it means nothing."""
    if statement is None:
        return
    if statement.void:
        yield b"epsilon", b"void"
        return
    yield b"epsilon", written(statement.epsilon).encode()
    yield b"delta", written(statement.delta).encode()
    yield b"privacy_unit", statement.unit.encode()


def _arrow(frame: pd.DataFrame) -> pa.Table:
    """The frame with categories as plain strings, so that every chunk has one schema."""
    table = pa.Table.from_pandas(frame, preserve_index=False)
    for place, field in enumerate(table.schema):
        if pa.types.is_dictionary(field.type) or pa.types.is_string(field.type):
            column = table.column(place)
            table = table.set_column(place, field.name, _strings(column))
    return table


def _strings(column: pa.ChunkedArray) -> pa.ChunkedArray:
    empty = pa.types.is_dictionary(column.type) and pa.types.is_null(column.type.value_type)
    return pa.chunked_array([pa.nulls(len(column), _TEXT)]) if empty else column.cast(_TEXT)
