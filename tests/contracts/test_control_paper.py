"""The paper of controls: every control and hash of the mapping is on it."""

from __future__ import annotations

import io

import pytest
from pypdf import PdfReader

from adapters.documents.xhtml2pdf import Xhtml2PdfDocuments
from domain.compliance.controls.papers import paper_context
from tests.domain.compliance.controls.packs import files, mapped
from tests.domain.compliance.examples import card


@pytest.fixture(scope="module")
def mapping() -> dict:
    return mapped(files(model_card=card(12), deletion_certificate=None), frameworks=["hipaa"])


@pytest.fixture(scope="module")
def paper(mapping) -> PdfReader:
    # Two sources of a framework show what all do, in a third of the time.
    context = paper_context(mapping)
    kept = [c for c in context["chapters"] if c["lettered"] or "proposed" in c["source"]["title"]]
    assert len(kept) == 2
    data = Xhtml2PdfDocuments().pdf("controls", {**context, "chapters": kept})
    return PdfReader(io.BytesIO(data))


@pytest.fixture(scope="module")
def words(paper) -> str:
    """The text without white space: names broken over lines are whole again."""
    return "".join("".join(page.extract_text() for page in paper.pages).split())


def test_every_control_stands_on_paper_with_status_and_what_remains(mapping, words):
    for control in mapping["controls"]:
        if control["letter"] or control["standing"] == "proposed":
            for told in (control["id"], control["status"][1:], control["remains"]):
                assert "".join(told.split()) in words, control["id"]


def test_hashes_of_the_evidence_are_whole(mapping, words):
    for evidence in mapping["evidence"]:
        assert evidence["sha256"] in words


def test_long_columns_are_named_whole_under_their_letter(words):
    assert "ICD10_HAUPTDIAGNOSE_BEI_ENTLASSUNG_AUS_DER_STATIONAEREN" in words
    assert "looklikeclassC" in words


def test_the_contents_are_links_and_proposed_rules_are_marked(paper, words):
    links = [a for a in paper.pages[0].get("/Annots", ()) if "/Dest" in a.get_object()]
    assert len(links) == 4
    assert "notinforce" in words
