"""Separated values: streamed in batches, so that a file of any size fits in memory."""

from __future__ import annotations

import codecs
import csv
import io
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv

from domain.datasets.reading_text import Text, chunks, scan_text
from domain.datasets.table_reading import (
    FileReading,
    TableReading,
    check_header,
    no_rows,
    only_empty_rows,
    table_name,
)
from domain.kernel import BadInput

SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "vertical bar"}
_SEPARATOR_ADVICE = (
    "if its values are separated by something other than comma, semicolon, tab or “|”, save it "
    "with commas"
)
_BLOCK = 1 << 22
_SNIFFED_ROWS = 200
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_ROW_NUMBER = re.compile(r"Row #(\d+)")


@dataclass(frozen=True, slots=True)
class _Layout:
    """How to cut the text into cells."""

    where: str
    encoding: str
    separator: str
    names: tuple[str, ...]
    """The header's cells as they stand, nameless trailing ones included."""
    kept: int
    """How many of them, from the left, have a name."""
    blank_lines: int
    """Empty lines before the header."""


def read_csv(name: str, stream: BinaryIO) -> FileReading:
    """Read a file of separated values; raises :class:`BadInput` when it is none."""
    where = f"“{name}”"
    text = scan_text(where, stream)
    layout = _layout(where, text)
    if text.odd_quotes:
        _refuse_open_quote(layout, stream)
    table = TableReading(
        name=table_name(name),
        columns=layout.names[: layout.kept],
        batches=_batches(layout, stream),
    )
    return FileReading((table,), tuple(_notes(text, layout)))


def _layout(where: str, text: Text) -> _Layout:
    separator = _separator(text.head)
    rows = _rows(text.head, separator)
    header = next(rows)
    kept = len(header)
    while kept and not header[kept - 1].strip():
        kept -= 1
    names = check_header(where, header[:kept], advice=_SEPARATOR_ADVICE)
    if next(rows, None) is None:
        raise no_rows(where)
    first_line = len(text.head) - len(text.head.lstrip("\r\n"))
    return _Layout(
        where=where,
        encoding=text.encoding,
        separator=separator,
        names=names + tuple(f"\x1f{i}" for i in range(kept, len(header))),
        kept=kept,
        blank_lines=len(text.head[:first_line].splitlines()),
    )


def _rows(text: str, separator: str) -> Iterator[list[str]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        for row in reader:
            if row:
                yield row
    except csv.Error:  # the head of a file can end inside a quoted value
        return


def _separator(head: str) -> str:
    """The separator under which most rows have as many cells as the header, and most cells."""
    best, best_score = ",", (0.0, 0)
    for separator in SEPARATORS:
        widths = [len(row) for row in islice(_rows(head, separator), _SNIFFED_ROWS)]
        if not widths or widths[0] < 2:
            continue
        score = (sum(w == widths[0] for w in widths) / len(widths), widths[0])
        if score > best_score:
            best, best_score = separator, score
    return best


def _notes(text: Text, layout: _Layout) -> Iterator[str]:
    yield from text.notes
    if layout.separator != ",":
        yield f"The separator is a {SEPARATORS[layout.separator]}."
    if nameless := len(layout.names) - layout.kept:
        yield f"{nameless} empty column(s) without a name at the right edge were left out."
    if empty := _empty_rows_at_end(text.tail, layout.separator):
        yield f"{empty} empty row(s) at the end were left out."


def _empty_rows_at_end(tail: str, separator: str) -> int:
    empty = 0
    for row in _rows(tail, separator):
        empty = 0 if any(row) else empty + 1
    return empty


def _batches(layout: _Layout, stream: BinaryIO) -> Iterator[pa.RecordBatch]:
    """Batches without the nameless columns and without the empty rows at the end."""
    rows = 0
    held = 0
    for batch in _raw_batches(layout, stream):
        batch = _named_part(layout, batch)
        empty = _empty_tail(batch)
        if empty < batch.num_rows:
            if held:
                yield _empty_batch(batch.schema, held)
            yield batch.slice(0, batch.num_rows - empty)
            rows += held + batch.num_rows - empty
            held = empty
        else:
            held += empty
    if not rows:
        raise only_empty_rows(layout.where) if held else no_rows(layout.where)


def _named_part(layout: _Layout, batch: pa.RecordBatch) -> pa.RecordBatch:
    for i in range(layout.kept, len(layout.names)):
        if batch.column(i).null_count < batch.num_rows:
            raise BadInput(
                f"{layout.where} has values in column {i + 1} but no name for it in its header; "
                "name every column or remove the nameless ones."
            )
    return batch.select(range(layout.kept))


def _empty_tail(batch: pa.RecordBatch) -> int:
    """How many rows at the end of the batch have no value at all."""
    if any(column[-1].is_valid for column in batch.columns):
        return 0
    filled = pa.nulls(batch.num_rows, pa.bool_()).fill_null(False)
    for column in batch.columns:
        filled = pc.or_(filled, column.is_valid())
    positions = pc.indices_nonzero(filled)
    return batch.num_rows - (positions[-1].as_py() + 1 if len(positions) else 0)


def _empty_batch(schema: pa.Schema, rows: int) -> pa.RecordBatch:
    return pa.record_batch([pa.nulls(rows, pa.string()) for _ in schema], schema=schema)


class _Feed(io.RawIOBase):
    """Hands bytes to Arrow's reading thread until told to stop, and never closes the source."""

    def __init__(self, stream: BinaryIO) -> None:
        stream.seek(0)
        self._stream = stream
        self._lock = threading.Lock()
        self._stopped = False

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        with self._lock:
            return b"" if self._stopped else self._stream.read(size)

    def stop(self) -> None:
        """Give nothing more; waits for a read under way, so the source is free afterwards."""
        with self._lock:
            self._stopped = True


def _raw_batches(layout: _Layout, stream: BinaryIO) -> Iterator[pa.RecordBatch]:
    feed = _Feed(stream)
    try:
        with _open(layout, feed) as reader:
            yield from (batch for batch in reader if batch.num_rows)
    except (pa.ArrowInvalid, UnicodeError) as error:
        feed.stop()
        raise _refusal(layout, stream, str(error)) from None
    finally:
        feed.stop()


def _open(layout: _Layout, feed: _Feed) -> arrow_csv.CSVStreamingReader:
    return arrow_csv.open_csv(
        pa.PythonFile(feed, mode="r"),
        read_options=arrow_csv.ReadOptions(
            column_names=list(layout.names),
            skip_rows=layout.blank_lines,
            skip_rows_after_names=1,
            encoding=layout.encoding,
            block_size=_BLOCK,
        ),
        parse_options=arrow_csv.ParseOptions(delimiter=layout.separator, newlines_in_values=True),
        convert_options=arrow_csv.ConvertOptions(
            column_types=dict.fromkeys(layout.names, pa.string()),
            strings_can_be_null=True,
            null_values=[""],
        ),
    )


def _lines(layout: _Layout, stream: BinaryIO) -> Iterator[str]:
    """The file's lines with their ends, decoded; the stream stays open."""
    decoder = codecs.getincrementaldecoder(layout.encoding)(errors="replace")
    stream.seek(0)
    rest = ""
    for chunk in chunks(stream):
        text = rest + decoder.decode(chunk)
        lines = _LINE.findall(text[:-1])  # the last character may be half of a line's end
        rest = (lines.pop() if lines and not lines[-1].endswith(("\r", "\n")) else "") + text[-1:]
        yield from lines
    yield from _LINE.findall(rest + decoder.decode(b"", True))


def _text_rows(layout: _Layout, stream: BinaryIO) -> Iterator[tuple[int, list[str]]]:
    """Rows with the number of the line they end on, by Python's stricter reader."""
    reader = csv.reader(_lines(layout, stream), delimiter=layout.separator)
    for row in reader:
        if row:
            yield reader.line_num, row


def _refusal(layout: _Layout, stream: BinaryIO, arrow_message: str) -> BadInput:
    """The sentence for a file Arrow cannot cut into rows: finds the line by a second look."""
    expected = len(layout.names)
    try:
        for line, row in _text_rows(layout, stream):
            if len(row) != expected:
                return BadInput(
                    f"{layout.where} has {len(row)} cell(s) in line {line}, but its header has "
                    f"{expected}; correct that line or quote the values that hold the separator."
                )
    except csv.Error:
        return _open_quote(layout)
    row_number = _ROW_NUMBER.search(arrow_message)  # the rest of the message quotes cells
    place = f" near row {row_number[1]}" if row_number else ""
    return BadInput(f"{layout.where} cannot be cut into rows{place}; save it again as plain CSV.")


def _refuse_open_quote(layout: _Layout, stream: BinaryIO) -> None:
    """Arrow takes the rest of the file for the value; Python's strict reader complains."""
    reader = csv.reader(_lines(layout, stream), delimiter=layout.separator, strict=True)
    line = 1
    try:
        for _ in reader:
            line = reader.line_num + 1
    except csv.Error as error:
        if "end of data" in str(error) or "field limit" in str(error):
            raise _open_quote(layout, line) from None


def _open_quote(layout: _Layout, line: int | None = None) -> BadInput:
    place = f" in line {line}" if line else ""
    return BadInput(
        f"{layout.where} opens a quoted value{place} that is never closed; "
        "close the quote or double it inside the value."
    )
