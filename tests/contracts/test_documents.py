"""Documents: what goes in can be read back from the PDF, and nothing is fetched."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace

import pytest
from django.utils.html import escape
from pypdf import PdfReader

from adapters.documents.xhtml2pdf import DocumentError, Xhtml2PdfDocuments
from adapters.memory.documents import MemoryDocuments
from domain.charts.theme import PAPER
from domain.ports import Documents
from tests.domain.compliance.examples import (
    card,
    conditioned_card,
    conditioned_report,
    report,
)
from tests.domain.compliance.private_examples import (
    AUDIT,
    VOIDED,
    ledger,
    private_report,
    statement,
)
from tests.domain.evaluation.pictured import HOSTILE, pictured_report

LONG_NAME = "ICD10_HAUPTDIAGNOSE_BEI_ENTLASSUNG_AUS_DER_STATIONAEREN_BEHANDLUNG_SCHLUESSEL_LANGTEXT"


@pytest.fixture(scope="module")
def model_card() -> PdfReader:
    return read("model_card", {"card": card()})


@pytest.fixture(scope="module")
def evaluation() -> PdfReader:
    return read("evaluation", {"card": card(), "report": report()})


@pytest.fixture(scope="module")
def drawn() -> PdfReader:
    curves = {"visits": (24.3, 20.1, 20.4)}
    return read("model_card", {"card": card(5, synthesizer="autoregressive", curves=curves)})


def read(template: str, context: dict) -> PdfReader:
    documents: Documents = Xhtml2PdfDocuments()
    return PdfReader(io.BytesIO(documents.pdf(template, context)))


def text(pdf: PdfReader) -> str:
    return "\n".join(page.extract_text() for page in pdf.pages)


def squeezed(pdf: PdfReader) -> str:
    """The text without white space: names broken over lines are whole again."""
    return "".join(text(pdf).split())


def test_the_model_card_tells_the_numbers_and_hashes(model_card):
    words = text(model_card)
    for expected in ("97.1%", "98.5%", "−0.012", "10,000", "2,500", "48,211,904", "2.13.0+cpu"):
        assert expected in words
    for file in card()["training_data"]["files"]:
        assert file["sha256"] in squeezed(model_card)


def test_every_column_is_there_and_long_names_are_whole(model_card):
    words = squeezed(model_card)
    for column in card()["training_data"]["tables"][0]["columns"]:
        assert "".join(column["name"].split()) in words
    assert LONG_NAME in words


def test_greek_umlauts_and_quotes_are_printed(model_card):
    words = text(model_card)
    for expected in ("δ_creatinine_μmol_per_L", "Überweisung", "dr.ö.çelik", "“Outpatient", "–"):
        assert expected in words


def test_the_learning_curve_is_drawn_and_told(drawn, model_card):
    words = " ".join(text(drawn).split())
    assert "How the training went" in words
    assert PAPER.real in _colours(drawn) - _colours(model_card)
    assert "20.1 in epoch 1, whose weights were kept" in words
    assert "How the training went" not in text(model_card)


def test_every_page_has_its_number_and_whose_document_it_is(model_card):
    pages = model_card.pages
    assert len(pages) > 2
    for number, page in enumerate(pages, start=1):
        words = page.extract_text()
        assert f"Page {number} of {len(pages)}" in words
        assert "St. Änne Hospital Group" in words


def test_table_headings_are_repeated_on_the_next_page(model_card):
    with_rows = [
        p.extract_text() for p in model_card.pages if "laboratory_value_2" in p.extract_text()
    ]
    assert len(with_rows) >= 1
    assert all("In the twin" in words for words in with_rows)


def test_the_evaluation_lists_every_column_with_its_numbers(evaluation):
    words = squeezed(evaluation)
    for score in report().scores:
        if score.name == "similarity.ks":
            assert "".join(score.scope.removeprefix("column:").split()) in words
    assert "0.061" in words
    assert "0.599to0.626" in words
    assert "Apaper(2021)" in words
    assert "Overallre-identificationrisk" in words


def test_the_versions_stand_together_on_one_page(model_card):
    versions = card()["reproducibility"]["versions"]
    pages = ["".join(page.extract_text().split()) for page in model_card.pages]
    together = "·".join("".join(f"{name}{value}".split()) for name, value in versions.items())
    assert any(together in page for page in pages)


def test_an_unevaluated_card_warns(model_card):
    words = text(read("model_card", {"card": card(3, evaluated=False)}))
    assert "not evaluated" in words
    assert "97.1%" not in words


def test_hostile_names_are_printed_as_they_are_and_fetch_nothing(tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("the secret")
    document = json.loads(json.dumps(card(3)))
    name = f'<img src="{secret.as_uri()}"><pdf:insertpdf src="http://127.0.0.1:9/x">{{{{ card }}}}'
    document["training_data"]["dataset"] = name
    words = squeezed(read("model_card", {"card": document}))
    assert "<imgsrc=" in words
    assert "{{card}}" in words
    assert "thesecret" not in words


@pytest.mark.parametrize(
    "asked",
    [
        '<img src="http://127.0.0.1:9/pixel.png">',
        '<img src="file:///etc/hostname">',
        '<img src="/etc/hostname">',
        '<img src="../../../../etc/hostname">',
        '<link rel="stylesheet" type="text/css" href="http://127.0.0.1:9/x.css">',
    ],
)
def test_a_template_that_asks_for_files_or_the_network_is_refused(tmp_path, asked):
    (tmp_path / "pack").mkdir()
    (tmp_path / "pack" / "nosy.html").write_text(f"<html><body>{asked}<p>Hi</p></body></html>")
    with pytest.raises(DocumentError, match="not bundled"):
        Xhtml2PdfDocuments(templates=tmp_path).pdf("nosy", {})


def test_nothing_that_is_printed_reaches_a_log(caplog, capfd):
    document = json.loads(json.dumps(card(3)))
    document["training_data"]["tables"][0]["columns"][1]["name"] = "secret 😀"
    with caplog.at_level("DEBUG"):
        read("model_card", {"card": document})
    assert not [r for r in caplog.records if r.name.startswith(("xhtml2pdf", "reportlab"))]
    assert "secret" not in caplog.text + "".join(capfd.readouterr())


def test_conditions_and_shifts_are_printed_on_card_and_evaluation():
    made, judged = conditioned_card(), conditioned_report()
    printed = text(read("model_card", {"card": made}))
    assert "Every row fulfils: age >= 65." in printed
    for words in (printed, text(read("evaluation", {"card": made, "report": judged}))):
        assert "readmitted = true" in words
        assert "1.23 %" in words
        assert "4.92 %" in words
    assert "drawn under conditions" in words


def _colours(pdf: PdfReader) -> set[str]:
    """What lines and areas are drawn in; no page may show pixels."""
    assert not any(page.images for page in pdf.pages)
    drawn = b"".join(page.get_contents().get_data() for page in pdf.pages)
    parts = re.findall(rb"([\d.]+) ([\d.]+) ([\d.]+) (?:rg|RG)", drawn)
    return {"#" + "".join(f"{round(255 * float(part)):02X}" for part in three) for three in parts}


@pytest.fixture(scope="module")
def pictured() -> PdfReader:
    return read("evaluation", {"card": card(), "report": pictured_report(HOSTILE)})


def test_the_evaluation_on_paper_has_its_charts_and_their_findings(pictured):
    assert {PAPER.real, PAPER.synthetic, PAPER.held_out.upper()} <= _colours(pictured)
    words = " ".join(text(pictured).split())
    assert "knows synthetic rows best by <script>alert(1)</script>" in words
    assert "Release with conditions" in words


def test_the_first_page_says_the_verdict_and_the_headline(pictured):
    words = " ".join(pictured.pages[0].extract_text().split())
    assert "Release with conditions" in words
    assert "At a glance" in words
    assert "Overall re-identification risk" in words


def test_an_evaluation_of_files_needs_no_card():
    judged = replace(pictured_report(), overlays=(), matrices=(), logs=())  # charts take a second
    words = text(read("evaluation", {"report": judged, "target": "city"}))
    assert "Synthetic rows beside real ones" in words
    assert "Release with conditions" in words


@pytest.fixture(params=[Xhtml2PdfDocuments, MemoryDocuments])
def documents(request) -> Documents:
    return request.param()


def test_a_page_that_stands_alone_is_whole_and_a_document_is_a_pdf(documents):
    context = {"report": report(3), "target": "city"}
    page = documents.html("evaluation", context)
    assert page.decode().lower().startswith("<!doctype html>")
    assert documents.pdf("evaluation", context).startswith(b"%PDF")


@pytest.fixture(scope="module")
def lone_page() -> str:
    """The page that stands alone, of the report of :func:`pictured`."""
    return Xhtml2PdfDocuments().html("evaluation", {"report": pictured_report(HOSTILE)}).decode()


def test_a_page_that_stands_alone_draws_its_charts_and_loads_nothing(lone_page):
    assert lone_page.count("<svg xmlns") == 16
    assert "<script" not in lone_page
    assert "In this chart most differs" in lone_page
    addresses = re.findall(r"(?:src|href|url)\s*[=(]\s*[\"']?([^\"')\s>]+)", lone_page)
    assert [a for a in addresses if not a.startswith("#")] == []
    assert "default-src 'none'" in lone_page


def test_hostile_names_are_words_in_the_page_that_stands_alone(lone_page):
    for name in HOSTILE:
        assert escape(name) in lone_page
        assert "<" not in name or name not in lone_page


def test_the_privacy_report_prints_its_fields_charts_and_stamp():
    told = private_report(12, statement(tuning=VOIDED), ledger=ledger(), audit=AUDIT)
    pdf = read("dp_report", {"report": told})
    words = " ".join(text(pdf).split())
    for field in told["fields"]:
        assert f"{field['number']} {field['title']}" in words
    assert words.count("tuned on private data") > len(pdf.pages)  # on top of every page too
    assert "St. Änne Hospital Group" in pdf.pages[-1].extract_text()
    assert {PAPER.real, PAPER.synthetic} <= _colours(pdf)


def test_a_private_card_prints_a_keyed_digest_and_no_hash_of_the_file():
    made = card(3, evaluated=False, statement=statement())
    words = squeezed(read("model_card", {"card": made}))
    assert "abababab" in words
    assert "9f86d081" not in words
    assert "dp-report.pdf" in words
    assert "wasnotevaluated" not in words
