"""JSON documents and JSON lines as flat tables."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

import pyarrow as pa

from domain.datasets.flattening import Flattener, Record
from domain.datasets.reading_text import scan_text
from domain.datasets.table_reading import (
    FileReading,
    TableReading,
    check_header,
    distinct_names,
    table_name,
)
from domain.kernel import BadInput


def read_json(name: str, stream: BinaryIO) -> FileReading:
    """Read a JSON document: a list of records, or an object of such lists."""
    where = f"“{name}”"
    text, notes = _text(where, stream)
    try:
        document = _parsed(text)
    except json.JSONDecodeError as error:
        if error.msg == "Extra data" and _starts_with_object_line(text):
            return _lines(name, where, text, notes)
        raise _broken(where, error.lineno, error.colno, error.msg) from None
    except ValueError:  # whole numbers of thousands of digits
        raise BadInput(f"{where} holds a number too long to read; shorten it.") from None
    except RecursionError:
        raise _too_deep(where) from None
    return _flat(name, where, _records(where, table_name(name), document, notes), notes)


def read_json_lines(name: str, stream: BinaryIO) -> FileReading:
    """Read one JSON object a line."""
    where = f"“{name}”"
    text, notes = _text(where, stream)
    return _lines(name, where, text, notes)


def _text(where: str, stream: BinaryIO) -> tuple[str, list[str]]:
    found = scan_text(where, stream)
    if not found.encoding.startswith("utf"):
        raise BadInput(f"{where} is JSON in another encoding than UTF-8; save it as UTF-8.")
    stream.seek(0)
    return stream.read().decode(found.encoding).lstrip("\ufeff"), list(found.notes)


def _parsed(text: str) -> Any:
    return json.loads(text, parse_constant=lambda _: None)  # NaN and Infinity: missing


def _broken(where: str, line: int, column: int, why: str) -> BadInput:
    return BadInput(
        f"{where} is broken JSON in line {line}, column {column} ({why.lower()}); "
        "correct it there or export it again."
    )


def _too_deep(where: str) -> BadInput:
    return BadInput(f"{where} is nested too deeply to be a table; flatten it first.")


def _starts_with_object_line(text: str) -> bool:
    try:
        return isinstance(_parsed(text.lstrip().split("\n", 1)[0]), dict)
    except ValueError:
        return False


def _lines(name: str, where: str, text: str, notes: list[str]) -> FileReading:
    table = table_name(name)
    return _flat(name, where, ((table, r) for r in _line_records(where, text)), notes)


def _line_records(where: str, text: str) -> Iterator[Record]:
    for number, line in enumerate(io.StringIO(text), 1):
        if not line.strip():
            continue
        try:
            record = _parsed(line)
        except json.JSONDecodeError as error:
            raise _broken(where, number, error.colno, error.msg) from None
        except RecursionError:
            raise _too_deep(where) from None
        except ValueError:
            raise BadInput(f"{where} holds a number too long in line {number}.") from None
        if not isinstance(record, dict):
            raise BadInput(f"{where} has no JSON object in line {number}; write one a line.")
        yield record


def _records(
    where: str, table: str, document: Any, notes: list[str]
) -> Iterator[tuple[str, Record]]:
    """``(table, record)`` pairs of the shapes people call “a table in JSON”."""
    if isinstance(document, list):
        return ((table, r) for r in _only_records(where, document))
    if isinstance(document, dict):
        if document.get("resourceType") == "Bundle":
            return _bundle(where, document)
        if _is_columns(document):
            rows = zip(*document.values(), strict=True)
            return ((table, dict(zip(document, row, strict=True))) for row in rows)
        return _lists_in(where, document, notes)
    raise _shapeless(where)


def _shapeless(where: str) -> BadInput:
    return BadInput(f"{where} holds no list of records; write a JSON list of objects.")


def _only_records(where: str, items: list[Any]) -> list[Record]:
    if not items:
        raise BadInput(f"{where} is an empty list; export it again with its data.")
    for number, item in enumerate(items, 1):
        if not isinstance(item, dict):
            raise BadInput(
                f"{where} has an item that is no object (number {number} of the list); "
                "write a JSON list of objects."
            )
    return items


def _is_columns(document: Mapping[str, Any]) -> bool:
    """One list of plain values per column, all of one length."""
    lists = list(document.values())
    return (
        len(lists) > 1
        and all(isinstance(values, list) for values in lists)
        and len({len(values) for values in lists}) == 1
        and not any(isinstance(v, dict | list) for values in lists for v in values)
    )


def _lists_in(
    where: str, document: Mapping[str, Any], notes: list[str]
) -> Iterator[tuple[str, Record]]:
    lists = {
        key: value
        for key, value in document.items()
        if isinstance(value, list) and value and all(isinstance(v, dict) for v in value)
    }
    if not lists:
        raise _shapeless(where)
    others = [f"“{key}”" for key in document if key not in lists]
    if others:
        notes.append(f"Left out, for they are no lists of records: {', '.join(others[:10])}.")
    names = distinct_names(lists)
    pairs = zip(names, lists.values(), strict=True)
    return ((n, r) for n, records in pairs for r in records)


def _bundle(where: str, document: Mapping[str, Any]) -> Iterator[tuple[str, Record]]:
    """The resources of a FHIR bundle, one table a resource type."""
    entries = [e for e in document.get("entry") or [] if isinstance(e, dict)]
    resources = [e["resource"] for e in entries if isinstance(e.get("resource"), dict)]
    if not resources:
        raise BadInput(f"{where} is a FHIR bundle without resources; export it again.")
    return ((table_name(str(r.get("resourceType", "Resource"))), r) for r in resources)


def _flat(
    name: str, where: str, records: Iterator[tuple[str, Record]], notes: list[str]
) -> FileReading:
    flattener = Flattener()
    for table, record in records:
        flattener.add(table, record)
    found = flattener.tables()
    notes += flattener.notes()
    wide = {t: c for t, c in found.items() if c.num_columns > 1}
    narrow = [f"“{t}”" for t in found if t not in wide]
    if not wide:
        check_header(where, next(iter(found.values())).column_names if found else [])
    if narrow:
        notes.append(f"Left out, for a table needs two columns: {', '.join(narrow[:10])}.")
    names = distinct_names(wide)
    return FileReading(tuple(map(_reading, names, wide.values(), [where] * len(names))), (*notes,))


def _reading(name: str, table: pa.Table, where: str) -> TableReading:
    columns = check_header(where, table.column_names)
    return TableReading(name, columns, iter(table.to_batches()))
