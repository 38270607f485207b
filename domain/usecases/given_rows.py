"""Partly given rows: a person's own file, kept as encrypted text until its dataset is shredded."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from domain.datasets.entities import PiiAction, TableMetadata
from domain.datasets.preparing import typed
from domain.datasets.reading import read_file
from domain.datasets.spelling import Misfit
from domain.datasets.table_reading import TableReading
from domain.kernel import BadInput, BlobId, OrganisationId
from domain.ports import Blobs
from domain.synthesis.runs import SyntheticDataset
from domain.usecases.blob_stream import BlobStream
from domain.usecases.receive_file import IncomingFile


def keep_given(
    blobs: Blobs,
    organisation_id: OrganisationId,
    file: IncomingFile,
    table: TableMetadata,
    unpacked_limit: int | None,
) -> tuple[BlobId, int]:
    """Read ``file`` into a blob of text columns; returns it and the number of rows.

    The file itself is not kept. Raises :class:`BadInput` for columns that the table does not
    have and for cells that do not fit their column; then nothing is kept.
    """
    source = file.commit()
    kept: BlobId | None = None
    try:
        with blobs.open(organisation_id, source.blob_id) as stream:
            kept, rows = _stored(blobs, organisation_id, source.name, stream, table, unpacked_limit)
        _check_cells(_text(blobs, organisation_id, kept), table)
        return kept, rows
    except BaseException:
        if kept is not None:
            blobs.delete(organisation_id, kept)
        raise
    finally:
        blobs.delete(organisation_id, source.blob_id)


def given_rows(blobs: Blobs, synthetic: SyntheticDataset, table: TableMetadata) -> pd.DataFrame:
    """The given rows, typed, with every column of the twin; gaps are missing cells."""
    assert synthetic.given_blob is not None
    return typed(_text(blobs, synthetic.organisation_id, synthetic.given_blob), table)


def _text(blobs: Blobs, organisation_id: OrganisationId, blob_id: BlobId) -> pa.Table:
    with blobs.open(organisation_id, blob_id) as stream:
        return pq.read_table(pa.PythonFile(stream, mode="r"))


def _stored(
    blobs: Blobs,
    organisation_id: OrganisationId,
    name: str,
    stream: BinaryIO,
    table: TableMetadata,
    unpacked_limit: int | None,
) -> tuple[BlobId, int]:
    tables = read_file(name, stream, unpacked_limit).tables
    if len(tables) != 1:
        raise BadInput("The file has several tables; give one with the rows to complete only.")
    _check_columns(tables[0], table)
    rows = 0
    columns = pa.schema([(c.name, pa.string()) for c in table.kept])
    with blobs.writer(organisation_id) as writer:
        with pq.ParquetWriter(pa.PythonFile(BlobStream(writer), mode="w"), columns) as parquet:
            for batch in _with_gaps(tables[0], columns):
                parquet.write_batch(batch)
                rows += batch.num_rows
        return writer.commit(), rows


def _check_columns(reading: TableReading, table: TableMetadata) -> None:
    known = {c.name: c for c in table.columns}
    for column in reading.columns:
        if column not in known:
            raise BadInput(
                f"The model knows no column “{column}”; remove it, or name it as in the data it "
                "learned from."
            )
        if known[column].pii_action is PiiAction.DROP:
            raise BadInput(
                f"The column “{column}” was left out of the model as personal data; remove it."
            )


def _check_cells(text: pa.Table, table: TableMetadata) -> None:
    try:
        typed(text, table)
    except Misfit as misfit:
        raise BadInput(
            f"In the given file, column “{misfit.spec.name}” has a cell in row {misfit.row} below "
            f"the header that is no {misfit.spec.sdtype} value; correct it, or leave it empty."
        ) from None


def _with_gaps(reading: TableReading, columns: pa.Schema) -> Iterator[pa.RecordBatch]:
    """The batches with the table's columns in their order; absent ones are all gaps."""
    for batch in reading.batches:
        given = set(batch.schema.names)
        gaps = pa.nulls(batch.num_rows, pa.string())
        arrays = [batch.column(c) if c in given else gaps for c in columns.names]
        yield pa.RecordBatch.from_arrays(arrays, schema=columns)
