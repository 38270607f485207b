"""The first page on paper: one page, whatever people have named; and the data dictionary."""

from __future__ import annotations

import copy
import io
from dataclasses import replace
from datetime import timedelta

import pytest
from pypdf import PdfReader

from adapters.documents.xhtml2pdf import Xhtml2PdfDocuments
from domain.compliance.executive_summary import SummaryCase, executive_summary
from domain.compliance.interchange.data_dictionary import dictionary_context, dictionary_lines
from domain.compliance.search_scope import SearchScope
from domain.datasets.confirmation import Confirmation
from domain.evaluation.report import Verdict
from domain.privacy.plain_releases import PlainWay
from tests.domain.compliance import examples
from tests.domain.compliance.controls.packs import evaluation
from tests.domain.compliance.interchange import twins
from tests.domain.compliance.private_examples import ledger, private_report, statement
from tests.domain.compliance.provenance_examples import APPROVAL
from tests.domain.compliance.test_dp_report_on_plain_releases import released

WIDE = "W" * 600
"""A name of the widest letter, with no place to break it."""
GATES = ("Columns confirmed", "Privacy proof", "Privacy budget", "Rules for a release")


def squeezed(template: str, context: dict) -> tuple[int, str]:
    """How many pages, and their text without white space."""
    paper = PdfReader(io.BytesIO(Xhtml2PdfDocuments().pdf(template, context)))
    return len(paper.pages), "".join("".join(p.extract_text() for p in paper.pages).split())


def widest() -> SummaryCase:
    """Everything that can be long is as long as it gets, and every gate and line is there."""
    card = copy.deepcopy(
        examples.card(
            50,
            spec=examples.SPEC,
            judged=evaluation(),
            synthesizer="marginals",
            statement=statement(),
            settings={},
        )
    )
    card["organisation"] = card["training_data"]["dataset"] = WIDE
    card["synthetic_data"]["conditions"] = [WIDE] * 9
    for metric in card["metrics"]["headline"]:
        metric["scope"] = f"{WIDE}/table"
    card["training_data"]["events"] = [{"meaning": WIDE}]
    started = next(s for s in card["provenance"] if s["step"] == "started training")
    confirmed = next(s for s in card["provenance"] if s["step"] == "confirmed columns")
    confirmed |= {"step": Confirmation.NAMED.step, "by": WIDE, "at": "2031-09-24T12:00:00+00:00"}
    started["by"] = WIDE
    kept = replace(ledger(), plain=released(*[PlainWay.LEFT] * 999))
    proof = private_report(50, statement(unit=WIDE), ledger=kept)
    reasons = tuple(f"{WIDE}{i}" for i in range(12))
    return SummaryCase(
        pack_id=twins.PACK,
        card=card,
        report=replace(evaluation(Verdict.DO_NOT_RELEASE), reasons=reasons),
        dp_report=proof,
        created_at=examples.NOON,
        expires_at=examples.NOON + timedelta(days=365),
        contact=WIDE,
        approval=replace(APPROVAL, by=WIDE, reason=WIDE, overridden=GATES),
        search=SearchScope.NOTHING,
        key_id="ab" * 32,
        mapping={
            "frameworks": [{"statuses": {"organisation only": 999, "supported": 999}}],
            "evidence": [
                {
                    "file": "instance.json",
                    "state": "speaks against it",
                    "says": "Switched off. " * 50,
                }
            ],
        },
        legal={"papers": [{"blanks": 999}]},
    )


def test_the_summary_is_one_page_however_long_names_are():
    summary = executive_summary(widest())
    pages, words = squeezed("executive_summary", summary)
    assert pages == 1
    whole = ("title", "answer", "guarantee", "contact", "expires", "key_id", "disclaimer")
    for told in (*(summary[name] for name in whole), *summary["remains"], *summary["reasons"]):
        assert "".join(told.split()) in words


@pytest.mark.parametrize("letter", ["患", "م", "🩺", "Ж "])
def test_the_summary_is_one_page_in_every_script(monkeypatch, letter):
    monkeypatch.setattr(f"{__name__}.WIDE", letter * 600)
    assert squeezed("executive_summary", executive_summary(widest()))[0] == 1


def test_the_dictionary_tells_every_column_and_escapes_its_name():
    example = twins.tables()
    lines = dictionary_lines(example.twin, example.drawn)
    _, words = squeezed("data_dictionary", dictionary_context(example.twin, lines))
    for line in lines:
        assert "".join(line.column.split()) in words
    assert "2.1.1980to31.12.2019" in words
