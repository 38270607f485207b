"""The mapping as a workbook: a sheet a framework, to be filtered and pasted into one's own."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, Cell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet as Sheet

from domain.compliance.summary_wording import bounded

_LONGEST_CELL = 32_767
"""Characters; Excel takes no more."""

_HEAD = Font(bold=True, color="14375E")
_HEAD_FILL = PatternFill("solid", fgColor="EAF0F6")
_WRAPPED = Alignment(wrap_text=True, vertical="top")
_FILLS: Mapping[str, PatternFill] = {
    "satisfied by tool evidence": PatternFill("solid", fgColor="E1F3E8"),
    "supported": PatternFill("solid", fgColor="EEF2F4"),
    "organisation only": PatternFill("solid", fgColor="FDF1D8"),
}
_UNFIT_TITLE = re.compile(r"[\[\]:*?/\\]")
_LONGEST_TITLE = 31
_SAVED_AT = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*")
_FIXED_TIME = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Column:
    """A column of a sheet: its header and its width in characters."""

    title: str
    width: int


_CONTROLS = (
    _Column(title="Source", width=24),
    _Column(title="Rule", width=12),
    _Column(title="Control", width=22),
    _Column(title="Title", width=34),
    _Column(title="Requirement", width=14),
    _Column(title="Status", width=18),
    _Column(title="Why no better", width=44),
    _Column(title="What the evidence shows", width=44),
    _Column(title="What remains for the organisation", width=44),
    _Column(title="What to do", width=40),
    _Column(title="Evidence", width=30),
    _Column(title="SHA-256", width=68),
)
_EVIDENCE = (
    _Column(title="Kind", width=32),
    _Column(title="File", width=26),
    _Column(title="State", width=20),
    _Column(title="What it says", width=60),
    _Column(title="Made at", width=28),
    _Column(title="Expires at", width=28),
    _Column(title="SHA-256 of", width=14),
    _Column(title="SHA-256", width=68),
)
_IDENTIFIERS = (
    _Column(title="Identifier", width=11),
    _Column(title="Table", width=24),
    _Column(title="Column", width=34),
    _Column(title="Suspected at the upload", width=22),
    _Column(title="In the twin", width=30),
    _Column(title="Note", width=60),
)
_WORKSHEET = (
    _Column(title="Section", width=30),
    _Column(title="Question", width=44),
    _Column(title="Answer", width=80),
    _Column(title="From", width=22),
)


def control_workbook(mapping: Mapping[str, Any]) -> bytes:
    """The workbook of :func:`control_mapping`'s document: text only, no formula.

    The same document gives the same bytes.
    """
    book = Workbook()
    del book[book.sheetnames[0]]
    for framework in mapping["frameworks"]:
        _write(book, framework["title"], _CONTROLS, _control_rows(mapping, framework["name"]))
    _write(book, "Evidence", _EVIDENCE, _evidence_rows(mapping))
    if mapping["identifiers"]:
        _write(book, "Identifiers A to R", _IDENTIFIERS, _identifier_rows(mapping))
    for worksheet in mapping["worksheets"]:
        _write(book, worksheet["title"], _WORKSHEET, _worksheet_rows(worksheet))
    _write(book, "About", (_Column(title="About", width=120),), _about_rows(mapping))
    out = io.BytesIO()
    book.save(out)
    return _without_clock(out.getvalue(), mapping["created_at"])


def _control_rows(mapping: Mapping[str, Any], framework: str) -> Iterator[Sequence[str]]:
    for c in mapping["controls"]:
        if c["framework"] == framework:
            yield (
                *(c["source"], c["standing"], c["id"], c["title"], c["requirement"], c["status"]),
                *(" ".join(c["reasons"]), c["shows"], c["remains"], c["do"]),
                "\n".join(f"{e['file']} ({e['kind']})" for e in c["evidence"]),
                "\n".join(e["sha256"] for e in c["evidence"]),
            )


def _evidence_rows(mapping: Mapping[str, Any]) -> Iterator[Sequence[str]]:
    for e in mapping["evidence"]:
        times = (e["made_at"] or "not known", e["expires_at"] or "not known")
        yield (e["kind"], e["file"], e["state"], e["says"], *times, e["hash_of"], e["sha256"])


def _identifier_rows(mapping: Mapping[str, Any]) -> Iterator[Sequence[str]]:
    for identifier in mapping["identifiers"]:
        letter = identifier["letter"]
        if not identifier["columns"]:
            yield (letter, "", "no such column was found", "", "", "")
        for c in identifier["columns"]:
            flagged = "yes" if c["flagged"] else "no"
            yield (letter, c["table"], c["column"], flagged, c["fate"], c["note"])


def _worksheet_rows(worksheet: Mapping[str, Any]) -> Iterator[Sequence[str]]:
    for section in worksheet["sections"]:
        for line in section["lines"]:
            yield (section["title"], line["asks"], line["answer"] or "", line["file"] or "")


def _about_rows(mapping: Mapping[str, Any]) -> Iterator[Sequence[str]]:
    product = mapping["product"]
    yield (f"Pack {mapping['pack']} about “{mapping['dataset']}”, {mapping['organisation']}",)
    yield (f"Made with {product['name']} {product['version']} at {mapping['created_at']}",)
    yield (f"Judged at {mapping['judged_at']}; expires at {mapping['expires_at']}",)
    yield (mapping["disclaimer"],)
    for s in mapping["sources"]:
        yield (
            f"{s['title']}: {s['cites']}; {s['version']}; {s['standing']}, {s['dated']}; "
            f"mapping edition {s['edition']} of {s['written']}",
        )


def _write(
    book: Workbook, title: str, columns: Sequence[_Column], rows: Iterable[Sequence[str]]
) -> None:
    sheet = book.create_sheet(_fit_title(title))
    for at, column in enumerate(columns, 1):
        head = sheet.cell(1, at, column.title)
        head.font, head.fill, head.alignment = _HEAD, _HEAD_FILL, _WRAPPED
        sheet.column_dimensions[get_column_letter(at)].width = column.width
    for down, row in enumerate(rows, 2):
        for at, text in enumerate(row, 1):
            if text:
                _fill(sheet, down, at, text)
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = sheet.dimensions
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_title_rows = "1:1"


def _fill(sheet: Sheet, down: int, at: int, text: str) -> None:
    """Write a text that no spreadsheet takes for a formula, whatever it begins with."""
    cell = sheet.cell(down, at)
    assert isinstance(cell, Cell)
    cell.value = ILLEGAL_CHARACTERS_RE.sub("\ufffd", text)[:_LONGEST_CELL]
    cell.data_type = "s"
    cell.alignment = _WRAPPED
    if text[:1] in ("=", "+", "-", "@"):
        cell.quotePrefix = True
    if text in _FILLS:
        cell.fill = _FILLS[text]


def _fit_title(title: str) -> str:
    return bounded(_UNFIT_TITLE.sub(" ", title), _LONGEST_TITLE).strip("' ") or "Sheet"


def _without_clock(data: bytes, created_at: str) -> bytes:
    """The workbook with the mapping's time in the place of the moment of saving."""
    out = io.BytesIO()
    stamp = created_at[:19].encode() + b"Z"
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "docProps/core.xml":
                content = _SAVED_AT.sub(rb"\g<1>" + stamp, content)
            entry = zipfile.ZipInfo(name, date_time=_FIXED_TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(entry, content)
    return out.getvalue()
