"""The workbook can be filtered, and nothing in it is a formula."""

from __future__ import annotations

import io

import openpyxl
import pytest

from domain.compliance.controls.catalogue import read_controls
from domain.compliance.controls.workbook import control_workbook
from tests.domain.compliance.controls.packs import mapped
from tests.domain.compliance.controls.test_catalogue import OWN


@pytest.fixture(scope="module")
def book() -> openpyxl.Workbook:
    hostile = OWN.replace("Masking of data", '=HYPERLINK(\\"http://x\\")\\u0007')
    mapping = mapped(added=read_controls(hostile))
    return openpyxl.load_workbook(io.BytesIO(control_workbook(mapping)))


def test_each_framework_has_a_sheet_with_all_its_controls(book):
    assert book.sheetnames[:4] == ["HIPAA", "GDPR", "SOC 2", "iso-27001"]
    ids = [c["id"] for c in mapped()["controls"] if c["framework"] == "gdpr"]
    assert [row[2].value for row in book["GDPR"].iter_rows(min_row=2)] == ids


def test_titles_of_sheets_are_cut_between_words(book):
    assert "Worksheet for an Expert…" in book.sheetnames
    assert all(len(name) <= 31 for name in book.sheetnames)


def test_every_sheet_has_a_frozen_header_and_a_filter(book):
    for sheet in book:
        assert sheet.freeze_panes == "A2"
        assert sheet.auto_filter.ref == sheet.dimensions


def test_no_cell_is_a_formula_whatever_it_begins_with(book):
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n"}
    assert all(cell.value is None for cell in cells if cell.data_type == "n")
    hostile = book["iso-27001"]["D2"]
    assert hostile.value == '=HYPERLINK("http://x")\ufffd'
    assert hostile.quotePrefix


def test_the_evidence_has_whole_hashes(book):
    hashes = [row[-1].value for row in book["Evidence"].iter_rows(min_row=2)]
    assert hashes == [e["sha256"] for e in mapped()["evidence"]]
