"""All tables of a synthetic dataset as one JSON document, made while it is read."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any, BinaryIO, cast

import pyarrow as pa
import pyarrow.csv as pa_csv

from domain.datasets.entities import Metadata, TableMetadata
from domain.datasets.writing_json import json_document
from domain.kernel import BlobId, Conflict
from domain.ports import Blobs
from domain.synthesis.runs import SyntheticDataset

_BUFFER = 1 << 16


def nested_document(blobs: Blobs, synthetic: SyntheticDataset, metadata: Metadata) -> BinaryIO:
    """The document as a stream, nested as the tables came (see ``domain.datasets.nesting``).

    Raises :class:`Conflict` for completed rows, for rows without their text, and where only some
    of the tables came from JSON.
    """
    if synthetic.completed:
        raise Conflict("Completed rows are one table; download them as CSV or Parquet.")
    tables = {}
    for table in synthetic.tables:
        if table.csv_blob is None:
            raise Conflict("These rows were drawn as Parquet only; download them as Parquet.")
        tables[table.name] = _text(blobs, synthetic, table.csv_blob, metadata.tables[table.name])
    pieces = _Pieces(json_document(tables, metadata))
    return cast(BinaryIO, io.BufferedReader(pieces, _BUFFER))


def _text(
    blobs: Blobs, synthetic: SyntheticDataset, blob_id: BlobId, table: TableMetadata
) -> pa.Table:
    """The cells as they stand in the CSV; an empty one is missing."""
    with blobs.open(synthetic.organisation_id, blob_id) as stream:
        return pa_csv.read_csv(
            pa.PythonFile(stream, mode="r"),
            parse_options=pa_csv.ParseOptions(newlines_in_values=True),
            convert_options=pa_csv.ConvertOptions(
                column_types={c.name: pa.string() for c in table.columns},
                null_values=[""],
                strings_can_be_null=True,
            ),
        )


class _Pieces(io.RawIOBase):
    """Bytes that are made as they are read."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        super().__init__()
        self._pieces = pieces
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._rest and (piece := next(self._pieces, None)) is not None:
            self._rest = piece
        size = min(len(buffer), len(self._rest))
        buffer[:size], self._rest = self._rest[:size], self._rest[size:]
        return size
