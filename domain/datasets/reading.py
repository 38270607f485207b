"""Files of any supported kind as tables of text, or one clear sentence why not."""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from pathlib import PurePath
from typing import BinaryIO, cast

import pyarrow as pa

from domain.datasets.nested_files import NestedFiles
from domain.datasets.reading_csv import read_csv
from domain.datasets.reading_excel import read_excel
from domain.datasets.reading_json import add_json, add_json_lines
from domain.datasets.reading_parquet import read_parquet
from domain.datasets.reading_text import chunks
from domain.datasets.reading_zip import members
from domain.datasets.table_reading import FileReading, TableReading, unpacks_to_too_much
from domain.kernel import BadInput

__all__ = ["SUPPORTED", "FileReading", "TableReading", "read_file", "read_files"]

SUPPORTED = (".csv", ".tsv", ".txt", ".xlsx", ".json", ".ndjson", ".jsonl", ".parquet", ".zip")
"""Endings that can be read; the text ones may have ``.gz`` behind them, a zip holds JSON files."""

MAX_GZIP_RATIO = 300
"""Tables pack 3 to 50 times; gzip's limit is about 1000, which only bombs reach."""
_FREE_OF_RATIO = 64 << 20

_Reader = Callable[[str, BinaryIO], FileReading]
_READERS: dict[str, _Reader] = {
    ".csv": read_csv,
    ".tsv": read_csv,
    ".txt": read_csv,
    ".xlsx": read_excel,
    ".parquet": read_parquet,
}
_ADDERS = {".json": add_json, ".ndjson": add_json_lines, ".jsonl": add_json_lines}
_GZIP, _ZIP, _PARQUET = b"\x1f\x8b", b"PK\x03\x04", b"PAR1"
_TEXT_ENDINGS = (".csv", ".tsv", ".txt", ".json", ".ndjson", ".jsonl")
_NOTHING = FileReading((), ())


def read_files(
    files: Iterable[tuple[str, AbstractContextManager[BinaryIO]]],
    unpacked_limit: int | None = None,
) -> Iterator[FileReading]:
    """Read the files of one upload, each given with its name and opened when its turn comes.

    A reading has to be consumed before the next is asked for. The JSON files among them are read
    together and come last: tables of one name are one table, and references lead from file to
    file. Raises as :func:`read_file`.
    """
    nested = NestedFiles()
    for name, opened in files:
        with opened as stream:
            reading = _read(name, stream, unpacked_limit, nested)
            if reading.tables:
                yield reading
    if nested:
        yield nested.reading()


def read_file(name: str, stream: BinaryIO, unpacked_limit: int | None = None) -> FileReading:
    """Read the file called ``name`` from a seekable binary ``stream``.

    Raises :class:`TooLarge` for a packed file (gzip, Excel, Parquet) whose content is larger
    than ``unpacked_limit`` bytes; ``None`` is no limit.

    Tables of separated values and Parquet are read lazily: the stream must stay open, and be
    left alone, until their batches have been consumed. Raises :class:`BadInput`, also while
    iterating.
    """
    nested = NestedFiles()
    reading = _read(name, stream, unpacked_limit, nested)
    return nested.reading() if nested else reading


def _read(
    name: str, stream: BinaryIO, unpacked_limit: int | None, nested: NestedFiles
) -> FileReading:
    """The tables of a file; those of JSON are added to ``nested`` instead."""
    shown = _shown(name)
    ending, packed = _endings(shown)
    stream.seek(0)
    start = stream.read(4)
    stream.seek(0)
    if not start:
        raise BadInput(f"“{shown}” is empty; choose a file with a header and rows.")
    if ending == ".zip":
        for inside, content in members(shown, stream, unpacked_limit):
            _ADDERS[_endings(inside)[0]](nested, inside, content)
        return _NOTHING
    reader = _reader(shown, ending, start, nested)
    if packed or (start.startswith(_GZIP) and ending in _TEXT_ENDINGS):
        return _read_packed(shown, stream, reader, unpacked_limit)
    if reader is read_excel:
        return read_excel(shown, stream, unpacked_limit)
    if reader is read_parquet:
        return read_parquet(shown, stream, unpacked_limit)
    return reader(shown, stream)


def _shown(name: str) -> str:
    """The bare file name, without what could upset a log or a page."""
    bare = PurePath(name.replace("\\", "/")).name
    return re.sub(r"[\x00-\x1f\x7f]", "_", bare)[:200] or "file"


def _endings(name: str) -> tuple[str, bool]:
    path = PurePath(name.lower())
    packed = path.suffix == ".gz"
    return (path.with_suffix("").suffix if packed else path.suffix), packed


def _reader(name: str, ending: str, start: bytes, nested: NestedFiles) -> _Reader:
    """By the ending, unless the first bytes know better."""
    if ending in (".xlsx", ".xlsm"):
        return read_excel
    if start.startswith(_ZIP) and (ending in _READERS or ending in _ADDERS):
        return read_excel
    if start == _PARQUET:
        return read_parquet
    if ending in _ADDERS:
        return partial(_added, nested, _ADDERS[ending])
    if ending in _READERS:
        return _READERS[ending]
    advice = "save it as .xlsx or CSV" if ending in (".xls", ".ods") else "save it as CSV"
    raise BadInput(
        f"“{name}” is of a kind that cannot be read; {advice} (readable: {', '.join(SUPPORTED)}, "
        "text also with .gz)."
    )


def _added(
    nested: NestedFiles,
    add: Callable[[NestedFiles, str, BinaryIO], None],
    name: str,
    stream: BinaryIO,
) -> FileReading:
    add(nested, name, stream)
    return _NOTHING


def _read_packed(
    name: str, stream: BinaryIO, reader: _Reader, unpacked_limit: int | None
) -> FileReading:
    if reader in (read_excel, read_parquet):
        raise BadInput(f"“{name}” is packed twice; unpack it and choose the file inside.")
    try:
        _refuse_bomb(name, stream, unpacked_limit)
        with_name = re.sub(r"\.gz$", "", name, flags=re.IGNORECASE)
        unpacked = cast(BinaryIO, gzip.GzipFile(fileobj=stream, mode="rb"))
        reading = reader(with_name, unpacked)
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise _broken_gzip(name) from None
    return FileReading(
        tuple(TableReading(t.name, t.columns, _guarded(name, t.batches)) for t in reading.tables),
        reading.notes,
    )


def _broken_gzip(name: str) -> BadInput:
    return BadInput(f"“{name}” is no complete gzip file; compress or upload it again.")


def _guarded(name: str, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    try:
        yield from batches
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise _broken_gzip(name) from None


def _refuse_bomb(name: str, stream: BinaryIO, limit: int | None) -> None:
    """Unpack once in bounded memory; stop when it grows beyond what a table can."""
    stream.seek(0, 2)
    packed = stream.tell()
    stream.seek(0)
    size = 0
    for chunk in chunks(cast(BinaryIO, gzip.GzipFile(fileobj=stream, mode="rb"))):
        size += len(chunk)
        if limit is not None and size > limit:
            raise unpacks_to_too_much(f"“{name}”", limit)
        if size > _FREE_OF_RATIO and size > MAX_GZIP_RATIO * packed:
            raise BadInput(
                f"“{name}” unpacks to more than {MAX_GZIP_RATIO} times its size, which no table "
                "does; upload it unpacked."
            )
    stream.seek(0)
