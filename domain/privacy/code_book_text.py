"""A code book as a person types it: one column a line, ``sex: Female, Male`` or ``age: 17..90``."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from typing import Any

from domain.kernel import BadInput
from domain.privacy.code_book import CodeBook

_QUOTED = re.compile(r'\s*"((?:[^"]|"")*)"\s*:(.*)')
_PLAIN = re.compile(r"\s*([^:]*?)\s*:(.*)")
_NUMBER = r"([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)"
_RANGE = re.compile(rf"\s*{_NUMBER}\s*\.\.\s*{_NUMBER}\s*")
_ODD = re.compile(r'[,:"]|^\s|\s$|\.\.')


def typed_code_book(source: str, person: str, lines: str) -> CodeBook:
    """Read what was typed; :class:`BadInput` says what is missing, or which line cannot be read.

    Names and values with a comma, a colon or two dots stand in quotes.
    """
    if not source.strip():
        raise BadInput("Say where the code book comes from, such as a published data dictionary.")
    if not person.strip():
        raise BadInput("Say who declares the code book public: a name that can be asked.")
    columns: dict[str, Mapping[str, Any]] = {}
    for number, line in enumerate(lines.splitlines(), 1):
        if line.strip():
            name, said = _column(number, line)
            if name in columns:
                raise BadInput(f"Line {number} of the code book names a column a second time.")
            columns[name] = said
    document = {"source": source.strip(), "person": person.strip(), "columns": columns}
    return CodeBook.from_document(document)


def _column(number: int, line: str) -> tuple[str, Mapping[str, Any]]:
    found = _QUOTED.fullmatch(line) or _PLAIN.fullmatch(line)
    if found is None or not found[1] or not found[2].strip():
        raise BadInput(
            f"Line {number} of the code book takes a column, a colon, and what is public about it: "
            "sex: Female, Male or age: 17..90."
        )
    name, rest = found[1].replace('""', '"'), found[2]
    if (ends := _RANGE.fullmatch(rest)) is not None:
        low, high = float(ends[1]), float(ends[2])
        if low > high:
            raise BadInput(f"In line {number} of the code book the lower bound is the larger one.")
        return name, {"low": low, "high": high}
    values = [cell.strip() for cell in next(csv.reader([rest], skipinitialspace=True))]
    return name, {"values": [value for value in values if value]}


def code_book_lines(book: CodeBook) -> str:
    """The lines that :func:`typed_code_book` reads back."""
    words = [f"{_written(n)}: {', '.join(map(_written, v))}" for n, v in book.values.items()]
    ranges = [f"{_written(n)}: {low:.17g}..{high:.17g}" for n, (low, high) in book.bounds.items()]
    return "\n".join([*words, *ranges])


def _written(word: str) -> str:
    return '"' + word.replace('"', '""') + '"' if _ODD.search(word) else word
