"""Typography of every kind of paper: typefaces, contents, numbers of pages, names of strangers."""

from __future__ import annotations

import copy
import io
from collections.abc import Iterator
from functools import cache

import pytest
from pypdf import PdfReader

from adapters.documents.typefaces import fitted, printable, width
from adapters.documents.xhtml2pdf import Xhtml2PdfDocuments
from domain.compliance.controls.papers import paper_context
from domain.compliance.executive_summary import executive_summary
from domain.compliance.interchange.data_dictionary import dictionary_context, dictionary_lines
from domain.compliance.legal.deletion import deletion_context
from domain.compliance.legal.papers import legal_context
from tests.contracts.test_legal_paper import FACTS, OWN
from tests.contracts.test_summary_paper import widest
from tests.domain.compliance.controls.packs import files, mapped
from tests.domain.compliance.examples import card
from tests.domain.compliance.interchange import twins
from tests.domain.compliance.legal.test_deletion import certificate, entry
from tests.domain.compliance.private_examples import private_report, statement
from tests.domain.evaluation.pictured import pictured_report

FOREIGN = "患者の血圧 ضغط الدم לחץ דם Πίεση ≤ ε → “−” 😀"
"""Japanese, Arabic, Hebrew, Greek, signs and a face."""


def _card() -> dict:
    made = copy.deepcopy(card(3))
    made["training_data"]["tables"][0]["columns"][0]["name"] = FOREIGN
    return made


def _controls() -> dict:
    context = paper_context(mapped(files(model_card=card(3)), frameworks=["gdpr"]))
    return {**context, "chapters": context["chapters"][:1]}


def _dictionary() -> dict:
    example = twins.tables()
    return dictionary_context(example.twin, dictionary_lines(example.twin, example.drawn))


KINDS = {
    "model_card": lambda: {"card": _card()},
    "evaluation": lambda: {"card": card(3), "report": pictured_report((FOREIGN, "b", "c", "d"))},
    "dp_report": lambda: {"report": private_report(3, statement())},
    "controls": _controls,
    "data_dictionary": _dictionary,
    "legal": lambda: legal_context(OWN, FACTS),
    "deletion_certificate": lambda: deletion_context(certificate(entry())),
}


FIRST_PAGE = {"executive_summary": lambda: executive_summary(widest())}


@cache
def printed(kind: str) -> PdfReader:
    context = {**KINDS, **FIRST_PAGE}[kind]()
    return PdfReader(io.BytesIO(Xhtml2PdfDocuments().pdf(kind, context)))


@pytest.fixture(params=[*KINDS, *FIRST_PAGE])
def any_paper(request) -> PdfReader:
    return printed(request.param)


@pytest.fixture(params=KINDS)
def paper(request) -> PdfReader:
    return printed(request.param)


def test_every_typeface_is_embedded_whether_a_letter_is_set_in_it_or_not(any_paper):
    fonts = [
        f.get_object() for page in any_paper.pages for f in page["/Resources"]["/Font"].values()
    ]
    assert fonts
    assert all("/FontFile2" in font["/FontDescriptor"] for font in fonts)


def test_contents_lead_to_their_chapters_and_say_on_which_page(paper):
    pages = {page.indirect_reference.idnum: at for at, page in enumerate(paper.pages, start=1)}
    for page in paper.pages:
        links = [a.get_object()["/Dest"] for a in page.get("/Annots", ())]
        said = page.extract_text().splitlines()[-len(links) :] if links else []
        assert said == [str(pages[place[0].idnum]) for place in links]


def test_the_outline_lists_each_heading_once_and_opens_with_the_document(paper):
    found = list(_headings(paper, paper.outline))
    assert len(set(found)) == len(found) > 1
    assert paper.trailer["/Root"]["/PageMode"] == "/UseOutlines"


def _headings(paper: PdfReader, outline: list) -> Iterator[tuple[str, int]]:
    for heading in outline:
        if isinstance(heading, list):
            yield from _headings(paper, heading)
        else:
            yield heading.title, paper.get_destination_page_number(heading)


def test_a_document_says_its_title_author_and_language(any_paper):
    assert any_paper.trailer["/Root"]["/Lang"] == "en"
    assert any_paper.trailer["/Root"]["/ViewerPreferences"]["/DisplayDocTitle"]
    for told in (any_paper.metadata.title, any_paper.metadata.author, any_paper.metadata.creator):
        assert told
        assert "unspecified" not in told


def test_every_page_is_numbered(any_paper):
    for number, page in enumerate(any_paper.pages, start=1):
        assert f"Page {number} of {len(any_paper.pages)}" in page.extract_text()


@pytest.mark.parametrize("kind", ["model_card", "evaluation"])
def test_names_in_other_scripts_are_set_in_letters_not_in_boxes(kind):
    words = "".join(page.extract_text() for page in printed(kind).pages)
    for part in ("患者の血圧", "Πίεση", "≤ ε → “−”"):
        assert part in words
    assert "\ufffd" not in words
    assert "\x00" not in words


def test_letters_that_no_typeface_has_are_named_by_their_code_points():
    assert printable("Fever 🩺\U000e0067 ก, ≥ 38\u00a0°C") == "Fever U+1FA7A U+0E01, ≥ 38\u00a0°C"


def test_names_at_the_head_of_a_page_fit_one_line_in_any_script():
    for name in ("W" * 300, FOREIGN * 20, "Klinikum rechts der Isar " * 9):
        short = fitted(name, 8, 280)
        assert short.endswith("…")
        assert 200 < width(short, "sans_00", 8) <= 280
    assert fitted("St. Elsewhere", 8, 280) == "St. Elsewhere"
