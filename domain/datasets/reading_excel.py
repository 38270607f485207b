"""Excel workbooks (.xlsx): every non-empty sheet is a table."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.compute as pc

from domain.datasets.table_reading import (
    FileReading,
    TableReading,
    check_header,
    distinct_names,
    no_rows,
    only_empty_rows,
    table_name,
    unpacks_to_too_much,
)
from domain.kernel import BadInput

MAX_UNPACKED = 2 << 30
"""Bytes; a workbook of the largest size Excel allows unpacks to about this."""
MAX_RATIO = 200
"""Spreadsheet XML packs about 10 to 50 times; far more is a zip bomb."""
_FREE_OF_RATIO = 50 << 20
_BATCH_ROWS = 10_000
_OLE = b"\xd0\xcf\x11\xe0"
_MIDNIGHT = " 00:00:00"


def read_excel(name: str, stream: BinaryIO, unpacked_limit: int | None = None) -> FileReading:
    """Read a workbook; raises :class:`BadInput` when it is none or has no table, and
    :class:`TooLarge` when its parts unpack to more than ``unpacked_limit`` bytes."""
    where = f"“{name}”"
    _refuse_unreadable(where, stream, unpacked_limit)
    book = _open(where, stream)
    notes: list[str] = []
    found: list[tuple[str, pa.Table]] = []
    refusal: BadInput | None = None
    for sheet in book.worksheets:
        place = f"{where}, sheet “{sheet.title}”," if len(book.worksheets) > 1 else where
        try:
            table = _sheet_table(place, sheet, notes)
        except BadInput as error:
            refusal = refusal or error
            notes.append(f"Sheet “{sheet.title}” was left out: {error.message}")
            continue
        if table is not None:
            found.append((sheet.title, table))
    if not found:
        raise refusal or BadInput(f"{where} is empty; choose a workbook with a header and rows.")
    if refusal is not None and not isinstance(refusal, _SideSheet):
        raise refusal
    return FileReading(_readings(name, found), tuple(notes))


class _SideSheet(BadInput):
    """A sheet that is no table (a title page, remarks) and may be left out."""


def _readings(name: str, found: list[tuple[str, pa.Table]]) -> tuple[TableReading, ...]:
    titles = [title for title, _ in found] if len(found) > 1 else [table_name(name)]
    return tuple(
        TableReading(title, tuple(table.column_names), iter(table.to_batches()))
        for title, (_, table) in zip(distinct_names(titles), found, strict=True)
    )


def _refuse_unreadable(where: str, stream: BinaryIO, unpacked_limit: int | None) -> None:
    stream.seek(0)
    start = stream.read(8)
    if start.startswith(_OLE):
        raise BadInput(
            f"{where} is protected by a password or in the old .xls format; "
            "save it as .xlsx without a password."
        )
    if not start:
        raise BadInput(f"{where} is empty; choose a workbook with a header and rows.")
    stream.seek(0)
    try:
        with zipfile.ZipFile(stream) as archive:
            _refuse_bomb(where, archive, unpacked_limit)
            _refuse_entities(where, archive)
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, RuntimeError):
        raise _corrupt(where) from None


def _corrupt(where: str) -> BadInput:
    return BadInput(f"{where} is no readable Excel workbook; open it in Excel and save it again.")


def _refuse_bomb(where: str, archive: zipfile.ZipFile, limit: int | None) -> None:
    unpacked = sum(i.file_size for i in archive.infolist())
    packed = sum(i.compress_size for i in archive.infolist())
    if unpacked > MAX_UNPACKED or (unpacked > _FREE_OF_RATIO and unpacked > MAX_RATIO * packed):
        raise BadInput(
            f"{where} unpacks to {unpacked >> 20} MB, more than a workbook should; "
            "save its sheets as CSV."
        )
    if limit is not None and unpacked > limit:
        raise unpacks_to_too_much(where, limit)


def _refuse_entities(where: str, archive: zipfile.ZipFile) -> None:
    """Office never writes a document type; one that is there can blow up the XML parser."""
    for info in archive.infolist():
        if info.filename.endswith((".xml", ".rels")):
            with archive.open(info) as part:
                if b"<!DOCTYPE" in part.read(4096).upper():
                    raise _corrupt(where)


def _open(where: str, stream: BinaryIO) -> Any:
    import openpyxl  # a quarter of a second to load, and most files are no workbooks

    stream.seek(0)
    try:
        return openpyxl.load_workbook(stream, read_only=True, data_only=True)
    except Exception:  # openpyxl lets KeyError, ValueError, XML and zip errors through
        raise _corrupt(where) from None


def _sheet_table(where: str, sheet: Any, notes: list[str]) -> pa.Table | None:
    """The sheet as text, or ``None`` when it is empty."""
    rows = _rows(where, sheet)
    first = next(((n, r) for n, r in rows if r), None)
    if first is None:
        return None
    header = [_text(cell) for cell in first[1]]
    try:
        names = check_header(where, header)
    except BadInput as error:
        raise (_SideSheet(error.message) if len(header) < 2 else error) from None
    read = pa.Table.from_batches(_batches(where, names, rows))
    table = _without_empty_end(read, notes)
    if table.num_rows == 0:
        raise _SideSheet((only_empty_rows if read.num_rows else no_rows)(where).message)
    return pa.table([_as_dates(c) for c in table.columns], names=list(names))


def _rows(where: str, sheet: Any) -> Iterator[tuple[int, list[Any]]]:
    """``(row number, cells)`` without the empty cells at the right edge."""
    sheet.reset_dimensions()  # what the file says about its own size is often wrong
    rows = sheet.iter_rows(values_only=True)
    number = 0
    while True:
        try:
            cells = list(next(rows))
        except StopIteration:
            return
        except Exception:  # broken XML or zip data in the middle of a sheet
            raise _corrupt(where) from None
        number += 1
        while cells and (cells[-1] is None or cells[-1] == ""):
            cells.pop()
        yield number, cells


def _batches(
    where: str, names: Sequence[str], rows: Iterator[tuple[int, list[Any]]]
) -> list[pa.RecordBatch]:
    schema = pa.schema([(name, pa.string()) for name in names])
    batches = [pa.record_batch([pa.array([], pa.string()) for _ in names], schema=schema)]
    held: list[list[str | None]] = []
    for number, cells in rows:
        if len(cells) > len(names):
            raise BadInput(
                f"{where} has {len(cells)} cells in row {number}, but its header has "
                f"{len(names)}; correct that row."
            )
        held.append([_text(cell) for cell in cells] + [None] * (len(names) - len(cells)))
        if len(held) == _BATCH_ROWS:
            batches.append(_batch(held, schema))
            held = []
    return [*batches, _batch(held, schema)] if held else batches


def _batch(rows: list[list[str | None]], schema: pa.Schema) -> pa.RecordBatch:
    columns = [pa.array(column, pa.string()) for column in zip(*rows, strict=True)]
    return pa.record_batch(columns, schema=schema)


def _text(cell: Any) -> str | None:
    """The canonical text of a cell. Dates carry a time here; ``_as_dates`` takes it off."""
    if cell is None or cell == "":
        return None
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime):
        return cell.replace(microsecond=0).isoformat(" ")
    if isinstance(cell, date):
        return f"{cell.isoformat()}{_MIDNIGHT}"
    if isinstance(cell, time):
        return cell.replace(microsecond=0).isoformat()
    if isinstance(cell, timedelta):
        return str(timedelta(seconds=round(cell.total_seconds())))
    return str(cell)


def _as_dates(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Without the time of day where every cell of the column is a date at midnight."""
    dates = pc.match_substring_regex(column, r"^\d{4}-\d{2}-\d{2} 00:00:00$")
    if column.null_count < len(column) and pc.all(dates).as_py():
        return pc.utf8_slice_codeunits(column, 0, 10)
    return column


def _without_empty_end(table: pa.Table, notes: list[str]) -> pa.Table:
    filled = pa.chunked_array([pa.nulls(table.num_rows, pa.bool_()).fill_null(False)])
    for column in table.columns:
        filled = pc.or_(filled, column.is_valid())
    positions = pc.indices_nonzero(filled)
    rows = positions[-1].as_py() + 1 if len(positions) else 0
    if rows and rows < table.num_rows:
        notes.append(f"{table.num_rows - rows} empty row(s) at the end were left out.")
    return table.slice(0, rows)
