"""The last look at files before they leave: is a real identifier or a value of one real row in
them? Finds places and counts, never says a value."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import PurePosixPath
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
from numpy.typing import NDArray

from domain.compliance.evidence import PackPart
from domain.compliance.exported_text import Passage, batches, passages
from domain.compliance.fingerprints import among, distinct
from domain.compliance.leak_finding import LeakFinding, LeakKind
from domain.compliance.real_values import RealValues
from domain.compliance.row_copies import RealRows

_BLOCK = 1 << 24
"""Bytes of CSV at a time."""

_ROWS = 200_000
"""Rows of Parquet at a time."""

_LETTERS = r"[A-Za-z@]"

Found = Iterator[tuple[str, LeakKind, int]]
"""Place, kind and count."""


def lint(
    parts: Iterable[PackPart], real: RealValues, beat: Callable[[], None] = lambda: None
) -> tuple[LeakFinding, ...]:
    """Every place in ``parts`` where a real value of ``real`` stands, in the order of the files.

    CSV and Parquet are read by columns, in blocks; PDF, JSON and other text by passages. ``beat``
    is called as it goes on, and may stop it by raising.
    """
    found: list[LeakFinding] = []
    for part in parts:
        counts: Counter[tuple[str, LeakKind]] = Counter()
        for place, kind, count in _found(part, real, beat):
            counts[place, kind] += count
        found += [
            LeakFinding(file=part.name, place=place, kind=kind, count=count)
            for (place, kind), count in counts.items()
            if count
        ]
    return tuple(found)


def _found(part: PackPart, real: RealValues, beat: Callable[[], None]) -> Found:
    path = PurePosixPath(part.name)
    with part.open() as stream:
        if path.suffix.lower() == ".csv":
            yield from _in_table(path.stem, _csv_blocks(stream, _header(part)), real, beat)
        elif path.suffix.lower() == ".parquet":
            yield from _in_table(path.stem, _parquet_blocks(stream), real, beat)
        else:
            for batch in batches(passages(part.name, stream)):
                beat()
                yield from _in_passages(batch, real)


def _header(part: PackPart) -> list[str]:
    """The column names of a CSV file."""
    with part.open() as stream:
        text = io.TextIOWrapper(stream, "utf-8", newline="")
        return next(csv.reader(text), [])


def _csv_blocks(stream: BinaryIO, header: list[str]) -> Iterator[pa.Table]:
    """The file's rows as text columns, some at a time."""
    with pa_csv.open_csv(
        pa.PythonFile(stream, mode="r"),
        read_options=pa_csv.ReadOptions(block_size=_BLOCK),
        parse_options=pa_csv.ParseOptions(newlines_in_values=True),
        convert_options=pa_csv.ConvertOptions(column_types=dict.fromkeys(header, pa.string())),
    ) as reader:
        for batch in reader:
            yield pa.Table.from_batches([batch])


def _parquet_blocks(stream: BinaryIO) -> Iterator[pa.Table]:
    for batch in pq.ParquetFile(pa.PythonFile(stream, mode="r")).iter_batches(_ROWS):
        columns = [pc.cast(column, pa.string()) for column in batch.columns]
        yield pa.table(columns, names=batch.schema.names)


def _in_table(
    stem: str, blocks: Iterator[pa.Table], real: RealValues, beat: Callable[[], None]
) -> Found:
    """Cells of every column, then copies of whole rows."""
    drawn, repeated = 0, [np.zeros(0, np.uint64)]
    table: str | None = None
    rows: RealRows | None = None
    for block in blocks:
        beat()
        table = table or real.table_of(stem, block.column_names)
        for column in block.column_names:
            yield from _in_column(block[column], table, column, real)
            beat()
        rows = real.rows.get(table or "")
        if rows is not None:
            repeated.append(rows.repeated(block, real.hasher))
        drawn += len(block)
    if rows is not None:
        yield "whole rows", LeakKind.ROW, rows.beyond_chance(np.concatenate(repeated), drawn)


def _in_column(cells: pa.ChunkedArray, table: str | None, column: str, real: RealValues) -> Found:
    """Cells that are real values of this column, or hold one of any column."""
    values, counts = distinct(cells)
    keys = real.hasher.whole(values)
    at = (table or "", column)
    own = among(keys, real.own.get(at, keys[:0]))
    place = f"column “{column}”"
    yield place, LeakKind.VALUE, int(counts[own].sum())
    rest = ~own & ~among(keys, real.used.get(at, keys[:0])) & _wordy(values)
    told = _telling(values.filter(pa.array(rest)), real)
    yield place, LeakKind.TEXT, int(counts[rest][told].sum())


def _wordy(values: pa.Array) -> NDArray[np.bool_]:
    """Cells that can hold another column's value: numbers of one column coincide with those of
    another too easily."""
    letters = pc.match_substring_regex(values, _LETTERS)
    return np.asarray(letters.to_numpy(zero_copy_only=False), dtype=np.bool_)


def _in_passages(batch: list[Passage], real: RealValues) -> Found:
    texts = pa.array([p.text for p in batch], pa.string())
    alone = np.array([p.alone for p in batch], dtype=np.bool_)
    named = alone & among(real.hasher.whole(texts), real.names)
    told = _telling(texts, real) & ~named
    for at in np.flatnonzero(named):
        yield batch[at].place, LeakKind.VALUE, 1
    for at in np.flatnonzero(told):
        yield batch[at].place, LeakKind.TEXT, 1


def _telling(texts: pa.Array, real: RealValues) -> NDArray[np.bool_]:
    """Which texts hold a run of words that is looked for."""
    told = np.zeros(len(texts), dtype=np.bool_)
    words = real.hasher.words(texts)
    for length, known in real.runs.items():
        if len(known):
            keys, first = words.runs(length)
            told[words.text[first[among(keys, known)]]] = True
    return told
