"""JSON documents and JSON lines as flat tables."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from domain.datasets.flattening import Record
from domain.datasets.nested_files import NestedFiles
from domain.datasets.nesting_plan import Shape
from domain.datasets.reading_text import scan_text
from domain.datasets.table_reading import distinct_names, table_name
from domain.kernel import BadInput


def add_json(files: NestedFiles, name: str, stream: BinaryIO) -> None:
    """Read a JSON document into the tables that ``files`` collects."""
    where = f"“{name}”"
    text = _text(files, where, stream)
    try:
        document = _parsed(text)
    except json.JSONDecodeError as error:
        if error.msg == "Extra data" and _starts_with_object_line(text):
            _add_lines(files, name, where, text)
            return
        raise _broken(where, error.lineno, error.colno, error.msg) from None
    except ValueError:  # whole numbers of thousands of digits
        raise BadInput(f"{where} holds a number too long to read; shorten it.") from None
    except RecursionError:
        raise _too_deep(where) from None
    _add_document(files, name, where, document)


def add_json_lines(files: NestedFiles, name: str, stream: BinaryIO) -> None:
    """Read one JSON object a line into the tables that ``files`` collects."""
    where = f"“{name}”"
    _add_lines(files, name, where, _text(files, where, stream))


def _text(files: NestedFiles, where: str, stream: BinaryIO) -> str:
    found = scan_text(where, stream)
    if not found.encoding.startswith("utf"):
        raise BadInput(f"{where} is JSON in another encoding than UTF-8; save it as UTF-8.")
    files.note(*found.notes)
    stream.seek(0)
    return stream.read().decode(found.encoding).lstrip("\ufeff")


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


def _add_lines(files: NestedFiles, name: str, where: str, text: str) -> None:
    records = _line_records(where, text)
    first = next(records, None)
    if first is None:
        raise BadInput(f"{where} has no records; export it again with its data.")
    if _is_resource(first[1]):
        files.shape(Shape.RESOURCE_LINES)
        for number, record in (first, *records):
            files.add_resource(f"{where}, line {number},", record)
        return
    files.shape(Shape.LINES)
    for _, record in (first, *records):
        files.add_record(table_name(name), record)


def _line_records(where: str, text: str) -> Iterator[tuple[int, Record]]:
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
        yield number, record


def _is_resource(record: Record) -> bool:
    return isinstance(record.get("resourceType"), str)


def _add_document(files: NestedFiles, name: str, where: str, document: Any) -> None:
    """Records of the shapes people call “a table in JSON”."""
    if isinstance(document, dict) and document.get("resourceType") == "Bundle":
        files.shape(Shape.BUNDLE)
        files.add_bundle(where, document)
    elif isinstance(document, dict) and _is_resource(document):
        files.shape(Shape.BUNDLE)
        files.add_resource(where, document)
    elif isinstance(document, list):
        _add_list(files, name, where, document)
    elif isinstance(document, dict) and _is_columns(document):
        files.shape(Shape.LIST)
        for row in zip(*document.values(), strict=True):
            files.add_record(table_name(name), dict(zip(document, row, strict=True)))
    elif isinstance(document, dict):
        _add_lists(files, where, document)
    else:
        raise _shapeless(where)


def _shapeless(where: str) -> BadInput:
    return BadInput(f"{where} holds no list of records; write a JSON list of objects.")


def _add_list(files: NestedFiles, name: str, where: str, items: list[Any]) -> None:
    if not items:
        raise BadInput(f"{where} is an empty list; export it again with its data.")
    for number, item in enumerate(items, 1):
        if not isinstance(item, dict):
            raise BadInput(
                f"{where} has an item that is no object (number {number} of the list); "
                "write a JSON list of objects."
            )
    if all(map(_is_resource, items)):
        files.shape(Shape.BUNDLE)
        for number, item in enumerate(items, 1):
            files.add_resource(f"{where}, item {number},", item)
        return
    files.shape(Shape.LIST)
    for item in items:
        files.add_record(table_name(name), item)


def _is_columns(document: Mapping[str, Any]) -> bool:
    """One list of plain values per column, all of one length."""
    lists = list(document.values())
    return (
        len(lists) > 1
        and all(isinstance(values, list) for values in lists)
        and len({len(values) for values in lists}) == 1
        and not any(isinstance(v, dict | list) for values in lists for v in values)
    )


def _add_lists(files: NestedFiles, where: str, document: Mapping[str, Any]) -> None:
    lists = {
        key: value
        for key, value in document.items()
        if isinstance(value, list) and value and all(isinstance(v, dict) for v in value)
    }
    if not lists:
        raise _shapeless(where)
    others = [f"“{key}”" for key in document if key not in lists]
    if others:
        files.note(f"Left out, for they are no lists of records: {', '.join(others[:10])}.")
    files.shape(Shape.LISTS)
    for name, (member, records) in zip(distinct_names(lists), lists.items(), strict=True):
        for record in records:
            files.add_record(name, record, (member,))
