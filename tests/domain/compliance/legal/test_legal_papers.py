"""The legal papers: filled, versioned, harmless, and each Article 28(3) letter is there."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import jsonschema
import pytest

from domain.compliance.legal.blocks import BlockKind, blocks
from domain.compliance.legal.papers import (
    LegalFacts,
    filled_papers,
    legal_context,
    legal_document,
    legal_files,
)
from domain.compliance.legal.placeholders import PLACEHOLDERS, refuse_unknown
from domain.compliance.legal.wording import LegalPaper, own_wording
from domain.compliance.pack_templates import PackTemplate, TemplateContent
from domain.kernel import BadInput, PackId, UserId
from tests.domain.compliance.examples import NOON, ORGANISATION

SCHEMAS = Path(__file__).parents[4] / "domain" / "compliance" / "schemas"
FACTS = LegalFacts(
    organisation="St. Änne *Hospital*",
    dataset="visits_{x} [2024] <b>",
    pack_id=PackId(ORGANISATION),
    created_at=NOON,
    expires_at=NOON + timedelta(days=365),
    product_version="0.1.0",
)
PRODUCTS = PackTemplate(organisation_id=ORGANISATION)
OWN = PackTemplate(
    organisation_id=ORGANISATION,
    version=3,
    by=UserId("anna.müller"),
    at=NOON,
    note="Only for colleagues.",
    content=TemplateContent(
        name="Hospital Group",
        contact="dpo@example.org",
        wording={LegalPaper.TERMS: "Ask {contact} of {organisation} about {dataset}."},
    ),
)


def body(template: PackTemplate, paper: LegalPaper) -> str:
    (found,) = (p for p in filled_papers(template, FACTS) if p.paper is paper)
    return found.body


def shown(text: str) -> str:
    return "".join(span.text for block in blocks(text) for span in block.words)


@pytest.mark.parametrize("paper", LegalPaper)
def test_the_products_wording_uses_known_placeholders_and_all_are_filled(paper):
    refuse_unknown(own_wording(paper), paper.heading)
    filled = body(PRODUCTS, paper)
    assert not any(f"{{{name}}}" in filled for name in PLACEHOLDERS)
    assert "St. Änne" in filled


def test_a_name_is_read_as_a_name_whatever_signs_are_in_it():
    words = shown(body(PRODUCTS, LegalPaper.DISCLAIMER))
    assert FACTS.dataset in words
    assert FACTS.organisation in words
    spans = [s for b in blocks(body(PRODUCTS, LegalPaper.DISCLAIMER)) for s in b.words]
    assert not any("Hospital" in s.text for s in spans if s.italic)


def test_the_agreement_has_every_letter_of_article_28_3_and_blanks_for_people():
    text = body(PRODUCTS, LegalPaper.PROCESSING)
    for letter in "abcdefgh":
        assert f"28(3)({letter})" in text
    blanks = [s.text for b in blocks(text) for s in b.words if s.blank]
    assert any("controller" in blank for blank in blanks)
    assert any(b.kind is BlockKind.TABLE for b in blocks(text))


def test_each_paper_says_whose_wording_it_is_and_that_a_lawyer_should_read_it():
    files = dict(legal_files(OWN, FACTS))
    assert list(files) == [p.file for p in LegalPaper]
    terms = files[LegalPaper.TERMS.file].decode()
    assert "Wording of Hospital Group, version 3 of 3 May 2026." in terms
    disclaimer = files[LegalPaper.DISCLAIMER.file].decode()
    assert "Wording of Synthetic Data Studio, version 2 of" in disclaimer
    assert all("let one read it" in data.decode() for data in files.values())


def test_the_own_words_are_filled_and_a_missing_contact_is_a_blank():
    assert "dpo\\@example.org of Hospital Group" in body(OWN, LegalPaper.TERMS)
    nameless = replace(OWN, content=replace(OWN.content, contact=""))
    assert "[contact of Hospital Group]" in body(nameless, LegalPaper.TERMS)


def test_the_agreement_is_between_the_controller_and_whoever_works_for_it():
    own = body(PRODUCTS, LegalPaper.PROCESSING)
    assert "- **Controller**: St. Änne \\*Hospital\\* [address" in own
    assert "- **Processor**: [who runs the instance" in own
    told = replace(OWN, content=replace(OWN.content, controller="City Hospital"))
    other = body(told, LegalPaper.PROCESSING)
    assert "- **Controller**: City Hospital [address" in other
    assert "- **Processor**: Hospital Group [address" in other


def test_brackets_in_a_name_are_no_blank():
    (paragraph,) = blocks("Of visits \\[2024\\], ask [contact of A\\*].")
    assert [s.text for s in paragraph.words if s.blank] == ["[contact of A*]"]
    assert paragraph.blanks == 1


def test_places_left_for_people_are_counted_in_each_paper():
    counted = {p["name"]: p["blanks"] for p in legal_document(PRODUCTS, FACTS)["papers"]}
    assert counted["terms"] == 4
    assert counted["processing"] == own_wording(LegalPaper.PROCESSING).count("[") + 1
    named = {p["name"]: p["blanks"] for p in legal_document(OWN, FACTS)["papers"]}
    assert (named["terms"], named["disclaimer"]) == (0, 0)


@pytest.mark.parametrize("template", [PRODUCTS, OWN], ids=["the product's", "own"])
def test_the_document_names_versions_and_hashes_and_keeps_its_schema(template):
    document = legal_document(template, FACTS)
    schema = json.loads((SCHEMAS / "legal.json").read_text())
    jsonschema.validate(document, schema, format_checker=jsonschema.FormatChecker())
    files = dict(legal_files(template, FACTS))
    for paper in document["papers"]:
        assert paper["sha256"] == hashlib.sha256(files[paper["file"]]).hexdigest()
    assert document["template"]["version"] == template.version
    assert "Only for colleagues" not in json.dumps(document)


def test_the_print_has_no_logo_where_there_is_none():
    assert legal_context(OWN, FACTS)["logo"] == ""


def test_markdown_neither_links_nor_fetches_nor_holds_html():
    found = blocks("[a](http://x) ![i](http://y/z.png) <script>x</script> <http://z>\n\n    code")
    words = "".join(s.text for b in found for s in b.words)
    for told in ("http://x", "![", "<script>", "<http://z>", "code"):
        assert told in words
    assert {b.kind for b in found} == {BlockKind.PARAGRAPH}


def test_points_keep_their_numbers_and_their_depth():
    found = blocks("3. three\n4. four\n   - inner *soft* **hard**\n\n     more\n\nafter")
    assert [(b.marker, b.level) for b in found] == [
        *[("3.", 1), ("4.", 1), ("•", 2), ("", 2), ("", 0)],
    ]
    looks = {s.text: (s.italic, s.bold) for s in found[2].words}
    assert looks["soft"] == (True, False)
    assert looks["hard"] == (False, True)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("For {everybody}.", "{everybody}, which nothing stands for"),
        ("A brace { alone", "brace by itself"),
        ("{organisation", "brace by itself"),
        ("{{organisation}}", "brace by itself"),
        ("{Organisation}", "which nothing stands for"),
    ],
)
def test_what_nothing_stands_for_is_refused_with_what_may_stand_there(text, words):
    with pytest.raises(BadInput, match=re.escape(words)) as refused:
        refuse_unknown(text, "Disclaimer")
    assert all(f"{{{name}}}" in refused.value.message for name in PLACEHOLDERS)
