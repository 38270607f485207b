"""Parquet and CSV of one synthetic table, written chunk by chunk, encrypted on the way."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from domain.datasets.constraint_guard import ConstraintGuard
from domain.datasets.entities import TableMetadata
from domain.datasets.preparing import untyped
from domain.datasets.writing_csv import csv_header, csv_lines
from domain.kernel import Conflict
from domain.ports import Blobs
from domain.synthesis.runs import SyntheticDataset, SyntheticTable
from domain.usecases.blob_stream import BlobStream


class TableFiles:
    """The files of one table. ``write`` frames, then ``finish`` or ``abort``."""

    def __init__(
        self,
        name: str,
        table: TableMetadata,
        blobs: Blobs,
        synthetic: SyntheticDataset,
        synthesizer: str,
    ) -> None:
        self._name = name
        self._table = table
        self._guard = ConstraintGuard(table)
        self._rows = 0
        self._csv = BlobStream(blobs.writer(synthetic.organisation_id)) if synthetic.csv else None
        self._parquet = BlobStream(blobs.writer(synthetic.organisation_id))
        self._rows_out: pq.ParquetWriter | None = None
        self._marks = {
            b"synthetic": b"partly: gaps in given rows" if synthetic.completed else b"true",
            b"synthetic_dataset": str(synthetic.id).encode(),
            b"synthesizer": synthesizer.encode(),
        }
        if self._csv:
            self._csv.write(csv_header([c.name for c in table.columns]))

    def write(self, frame: pd.DataFrame) -> None:
        """Add typed rows; refuses those whose text breaks a constraint."""
        text = untyped(frame, self._table)
        self._guard.check(text)
        if self._csv:
            self._csv.write(csv_lines(text))
        self._parquet_writer(frame).write_table(self._arrow(frame))
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

    def _arrow(self, frame: pd.DataFrame) -> pa.Table:
        schema = self._rows_out.schema if self._rows_out else None
        table = pa.Table.from_pandas(_plain(frame), schema=schema, preserve_index=False)
        return table.replace_schema_metadata(self._marks) if schema is None else table

    def _parquet_writer(self, frame: pd.DataFrame) -> pq.ParquetWriter:
        if self._rows_out is None:
            schema = self._arrow(frame).schema
            self._rows_out = pq.ParquetWriter(pa.PythonFile(self._parquet, mode="w"), schema)
        return self._rows_out


def _plain(frame: pd.DataFrame) -> pd.DataFrame:
    """Categories as plain strings, so that every chunk has one Arrow schema."""
    categories = frame.select_dtypes("category").columns
    return frame.astype(dict.fromkeys(categories, "string[pyarrow]"))
