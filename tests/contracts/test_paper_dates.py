"""A paper tells of when it was printed no more than the hour: in a pack its own words say when."""

from __future__ import annotations

import io
from datetime import UTC, datetime

from pypdf import PdfReader

from adapters.documents import paper_canvas
from adapters.documents.xhtml2pdf import Xhtml2PdfDocuments
from tests.domain.compliance.private_examples import private_report, statement


def printed_at(monkeypatch, at: datetime) -> bytes:
    monkeypatch.setattr(paper_canvas, "now", lambda: at)
    return Xhtml2PdfDocuments().pdf("dp_report", {"report": private_report(3, statement())})


def test_two_papers_of_one_hour_are_the_same_to_the_byte(monkeypatch):
    first = printed_at(monkeypatch, datetime(2026, 3, 1, 12, 0, 7, tzinfo=UTC))
    second = printed_at(monkeypatch, datetime(2026, 3, 1, 12, 58, 41, tzinfo=UTC))
    assert first == second


def test_the_hour_stands_in_the_file_in_utc(monkeypatch):
    paper = PdfReader(io.BytesIO(printed_at(monkeypatch, datetime(2026, 3, 1, 12, 58, tzinfo=UTC))))
    assert paper.metadata.creation_date == datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert paper.metadata.modification_date == paper.metadata.creation_date
