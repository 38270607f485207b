"""Parquet files, every value as canonical text."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import parquet

from domain.datasets.table_reading import (
    FileReading,
    TableReading,
    check_header,
    no_rows,
    table_name,
    unpacks_to_too_much,
)
from domain.kernel import BadInput

_BATCH_ROWS = 1 << 16


@dataclass(frozen=True, slots=True)
class _TimeShape:
    """How the moments of one column are written, the same for all of them."""

    has_time: bool
    has_fraction: bool


def read_parquet(name: str, stream: BinaryIO, unpacked_limit: int | None = None) -> FileReading:
    """Read a Parquet file; raises :class:`BadInput` when it is none, and :class:`TooLarge`, here
    or while iterating, when its text is larger than ``unpacked_limit`` bytes."""
    where = f"“{name}”"
    stream.seek(0)
    try:
        file = parquet.ParquetFile(pa.PythonFile(stream, mode="r"))
    except (pa.ArrowException, OSError):
        raise _corrupt(where) from None
    columns = check_header(where, _flat_schema(file.schema_arrow).names)
    if file.metadata.num_rows == 0:
        raise no_rows(where)
    batches = _batches(where, file)
    if unpacked_limit is not None:
        if file.metadata.num_rows * len(columns) > unpacked_limit:
            raise unpacks_to_too_much(where, unpacked_limit)  # a cell is a byte at least
        batches = _limited(where, batches, unpacked_limit)
    return FileReading((TableReading(table_name(name), columns, batches),), ())


def _limited(where: str, batches: Iterator[pa.RecordBatch], limit: int) -> Iterator[pa.RecordBatch]:
    """Counts the text: what the file says of its own size leaves out how often values repeat."""
    size = 0
    for batch in batches:
        size += batch.nbytes
        if size > limit:
            raise unpacks_to_too_much(where, limit)
        yield batch


def _corrupt(where: str) -> BadInput:
    return BadInput(f"{where} is no readable Parquet file; export it again.")


def _flat(batch: pa.RecordBatch) -> pa.Table:
    """Structs opened into dotted columns, as deep as they go."""
    table = pa.Table.from_batches([batch])
    while any(pa.types.is_struct(f.type) for f in table.schema):
        table = table.flatten()
    return table


def _flat_schema(schema: pa.Schema) -> pa.Schema:
    empty = pa.record_batch([pa.array([], f.type) for f in schema], schema=schema)
    return _flat(empty).schema


def _batches(where: str, file: parquet.ParquetFile) -> Iterator[pa.RecordBatch]:
    try:
        shapes = _time_shapes(file)
        for batch in file.iter_batches(batch_size=_BATCH_ROWS):
            table = _flat(batch)
            texts = [_text(where, n, table[n], shapes.get(n)) for n in table.column_names]
            yield from pa.table(texts, names=table.column_names).to_batches()
    except (pa.ArrowException, OSError):
        raise _corrupt(where) from None


def _time_shapes(file: parquet.ParquetFile) -> dict[str, _TimeShape]:
    """Look over the columns of moments once: their text must not vary from batch to batch."""
    schema = _flat_schema(file.schema_arrow)
    names = [f.name for f in schema if pa.types.is_timestamp(f.type)]
    top = sorted({n if n in file.schema_arrow.names else n.split(".")[0] for n in names})
    shapes = dict.fromkeys(names, _TimeShape(False, False))
    for batch in file.iter_batches(batch_size=_BATCH_ROWS, columns=top) if top else ():
        table = _flat(batch)
        for name in names:
            shapes[name] = _widened(shapes[name], table[name])
    return shapes


def _widened(shape: _TimeShape, moments: pa.ChunkedArray) -> _TimeShape:
    naive = pc.cast(moments, pa.timestamp("us"), safe=False)
    epoch = pc.cast(naive, pa.int64())
    second, day = 1_000_000, 86_400_000_000
    return _TimeShape(
        has_time=shape.has_time or _any_rest(epoch, day),
        has_fraction=shape.has_fraction or _any_rest(epoch, second),
    )


def _any_rest(epoch: pa.ChunkedArray, unit: int) -> bool:
    whole = pc.multiply(pc.divide(epoch, unit), unit)
    return bool(pc.any(pc.not_equal(epoch, whole)).as_py())


def _text(
    where: str, name: str, column: pa.ChunkedArray, shape: _TimeShape | None
) -> pa.ChunkedArray:
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _text(where, name, column.cast(kind.value_type), shape)
    if shape is not None:
        return _moments(column, shape)
    if pa.types.is_floating(kind):
        return _floats(column)
    if pa.types.is_nested(kind):
        return _json(column)
    try:
        return _without_empty(column.cast(pa.string()))
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        raise BadInput(
            f"{where} has values in column “{name}” that are no text, number or date "
            f"({kind}); leave that column out."
        ) from None


def _without_empty(text: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.if_else(pc.equal(text, ""), pa.scalar(None, pa.string()), text)


def _floats(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Shortest exact text; NaN is how data frames write a missing value."""
    return pa.chunked_array(
        [
            pa.array(
                [None if v is None or v != v else repr(v) for v in chunk.to_pylist()], pa.string()
            )
            for chunk in column.chunks
        ],
        pa.string(),
    )


def _json(column: pa.ChunkedArray) -> pa.ChunkedArray:
    texts = [
        None if v is None else json.dumps(v, default=str, ensure_ascii=False)
        for v in column.to_pylist()
    ]
    return pa.chunked_array([pa.array(texts, pa.string())])


def _moments(column: pa.ChunkedArray, shape: _TimeShape) -> pa.ChunkedArray:
    zoned = column.type.tz is not None
    unit = "us" if shape.has_fraction else "s"
    naive = column.cast(pa.timestamp("us", column.type.tz), safe=False)
    utc = naive.cast(pa.timestamp(unit, "UTC" if zoned else None), safe=False)
    if not shape.has_time and not zoned:
        return pc.strftime(utc, "%Y-%m-%d")
    text = pc.strftime(utc, "%Y-%m-%d %H:%M:%S")
    return pc.binary_join_element_wise(text, "+00:00", "") if zoned else text
