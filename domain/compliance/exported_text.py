"""The text of an exported file, page by page, line by line or member by member."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, BinaryIO

from openpyxl import load_workbook
from pypdfium2 import PdfDocument, PdfiumError

from domain.kernel import BadInput

_WRAPPED = re.compile("\x02|-\r?\n")
"""A hyphen at the end of a line, as PDFium tells it behind a letter and behind a digit."""

_LINES = 50_000
"""Lines of a long log that are looked at together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """Some text and where it stands."""

    place: str
    text: str
    alone: bool = False
    """Whether it is a member of a document by itself, not a piece of running text."""


def passages(name: str, stream: BinaryIO) -> Iterator[Passage]:
    """The text of a PDF by pages, of JSON by members, of a workbook by cells, of anything else by
    lines."""
    suffix = PurePosixPath(name).suffix.lower()
    if suffix == ".pdf":
        yield from _pages(stream)
    elif suffix == ".json":
        yield from _members(json.loads(stream.read()), "document")
    elif suffix == ".xlsx":
        yield from _cells(stream)
    else:
        for number, line in enumerate(io.TextIOWrapper(stream, "utf-8", errors="replace"), 1):
            yield Passage(place=f"line {number}", text=line)


def _pages(stream: BinaryIO) -> Iterator[Passage]:
    """The text of every page, and what the file says about itself."""
    with closing(_opened(stream)) as paper:
        yield Passage(place="properties", text=" ".join(paper.get_metadata_dict().values()))
        for number, page in enumerate(paper, 1):
            text = _WRAPPED.sub("-", page.get_textpage().get_text_bounded())
            yield Passage(place=f"page {number}", text=text)


def _opened(stream: BinaryIO) -> PdfDocument:
    try:
        return PdfDocument(stream.read())
    except PdfiumError as error:
        raise BadInput(
            "A PDF cannot be read, so nobody can say what is in it; make it again."
        ) from error


def _members(document: Any, place: str) -> Iterator[Passage]:
    """Every text and number of a JSON document. The place names its first member only, for the
    names further in can be cell values."""
    if isinstance(document, dict):
        for name, value in document.items():
            yield Passage(place=f"{place}, a name", text=str(name), alone=True)
            yield from _members(value, f"“{name}”" if place == "document" else place)
    elif isinstance(document, list):
        for value in document:
            yield from _members(value, place)
    elif isinstance(document, str):
        yield Passage(place=place, text=document, alone=True)
    elif isinstance(document, int | float) and not isinstance(document, bool):
        yield Passage(place=place, text=repr(document))


def _cells(stream: BinaryIO) -> Iterator[Passage]:
    """Every filled cell of a workbook."""
    book = load_workbook(stream, read_only=True)
    for number, sheet in enumerate(book, 1):
        for row in sheet.iter_rows(values_only=True):
            for value in row:
                if isinstance(value, str):
                    yield Passage(place=f"sheet {number}", text=value, alone=True)
                elif value is not None:
                    yield Passage(place=f"sheet {number}", text=str(value))


def batches(found: Iterator[Passage]) -> Iterator[list[Passage]]:
    """Some thousand passages at a time."""
    batch: list[Passage] = []
    for passage in found:
        batch.append(passage)
        if len(batch) == _LINES:
            yield batch
            batch = []
    if batch:
        yield batch
