"""Workbooks are read cell by cell: nothing hides in their compressed bytes."""

from __future__ import annotations

import io

from openpyxl import Workbook

from domain.compliance.exported_text import passages


def test_every_cell_of_every_sheet_is_read():
    book = Workbook()
    book.active.append(["Zoë O'Neil", 4711.5, None])
    book.create_sheet("more").append(["Ulm"])
    out = io.BytesIO()
    book.save(out)
    out.seek(0)
    found = [(p.place, p.text, p.alone) for p in passages("controls.xlsx", out)]
    assert found == [
        ("sheet 1", "Zoë O'Neil", True),
        ("sheet 1", "4711.5", False),
        ("sheet 2", "Ulm", True),
    ]
