"""Legal papers and the deletion certificate in print: all words are there, and nothing is cut."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from pypdf import PdfReader

from adapters.documents.xhtml2pdf import Xhtml2PdfDocuments
from domain.compliance.legal.deletion import deletion_context
from domain.compliance.legal.papers import LegalFacts, filled_papers, legal_context
from domain.compliance.legal.wording import LegalPaper
from domain.compliance.pack_templates import PackTemplate, TemplateContent
from domain.compliance.pack_templates_logo import read_logo
from domain.kernel import PackId, UserId
from tests.domain.compliance.examples import NOON, ORGANISATION
from tests.domain.compliance.legal.test_deletion import certificate, entry
from tests.domain.compliance.legal.test_pack_templates import picture

WIDE = "W" * 200
FOOT = r"SyntheticDataStudio0\.1\.0·\S*?UTC|Page\d+of\d+"
RIGHT_EDGE = 190 / 25.4 * 72
"""Points from the left at which the text ends."""
OWN = PackTemplate(
    organisation_id=ORGANISATION,
    version=3,
    by=UserId("anna.müller"),
    at=NOON,
    content=TemplateContent(
        name=WIDE,
        contact=WIDE,
        logo=read_logo(picture("JPEG", (1200, 300))),
        wording={
            LegalPaper.TERMS: f"## {WIDE}\n\n1. {WIDE} <b>x</b>\n\n"
            f"|a|{WIDE[:100]}|\n|-|-|\n|{WIDE}|b|"
        },
    ),
)
FACTS = LegalFacts(
    organisation="Clinic",
    dataset=WIDE,
    pack_id=PackId(ORGANISATION),
    created_at=NOON,
    expires_at=NOON + timedelta(days=365),
    product_version="0.1.0",
)


@pytest.fixture(scope="module")
def paper() -> PdfReader:
    return printed("legal", legal_context(OWN, FACTS))


def printed(template: str, context: dict) -> PdfReader:
    return PdfReader(io.BytesIO(Xhtml2PdfDocuments().pdf(template, context)))


def squeezed(paper: PdfReader, head: str) -> str:
    """The text without white space, and without what stands at head and foot of each page."""
    pages = ("".join(page.extract_text().split()) for page in paper.pages)
    return "".join(re.sub(f"{head}|{FOOT}", "", page) for page in pages)


def test_every_word_of_every_paper_is_printed_whatever_it_holds(paper):
    words = squeezed(paper, "^W+…Legalpapers")
    for found in filled_papers(OWN, FACTS):
        for block in found.blocks:
            cells = [block.words, *(cell for row in block.rows for cell in row)]
            for span in (span for cell in cells for span in cell):
                assert "".join(span.text.split()) in words
    assert "<b>x</b>" in words


def test_no_line_goes_beyond_the_edge_of_the_page(paper):
    ends = []

    def visit(text, _cm, matrix, _font, size):
        widest = len(text.strip()) if set(text.strip()) == {"W"} else 0
        ends.append(matrix[4] + widest * 0.8 * size)

    for page in paper.pages:
        page.extract_text(visitor_text=visit)
    assert any(end > 300 for end in ends)
    assert max(ends) <= RIGHT_EDGE


def test_the_first_page_links_to_each_paper_and_shows_the_logo(paper):
    links = [a.get_object() for a in paper.pages[0]["/Annots"]]
    assert len(links) == len(LegalPaper)
    assert len(paper.pages[0].images) == 1


@pytest.mark.parametrize("keyed", [(), ("cd" * 32,)], ids=["plain", "private"])
def test_the_certificate_prints_every_sentence_of_it(keyed):
    told = certificate(entry(), keyed=keyed)
    context = deletion_context({**told, "dataset": {**told["dataset"], "name": WIDE}})
    paper = printed("deletion_certificate", context)
    words = squeezed(paper, "ClinicDeletioncertificate")
    expected = [told["method"]["says"], *told["method"]["conditions"], *told["remains"]]
    hashes = [
        *keyed,
        told["audit"]["leaf_hash"],
        told["audit"]["root"] or "because a run is private",
    ]
    for sentence in [*expected, *hashes]:
        assert "".join(sentence.split()) in words


def test_the_products_own_papers_are_six_pages():
    products = replace(OWN, version=0, at=None, content=TemplateContent())
    facts = replace(FACTS, dataset="Outpatient visits 2019–2024")
    assert len(printed("legal", legal_context(products, facts)).pages) == 6
