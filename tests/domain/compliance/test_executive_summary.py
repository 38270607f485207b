"""The first page: what it says of each kind of run, and that nothing makes it longer."""

from __future__ import annotations

import copy
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from domain.compliance.controls.instance import instance_statement
from domain.compliance.executive_summary import SummaryCase, executive_summary
from domain.compliance.legal.papers import legal_document
from domain.compliance.release_gates import GateState, release_gates
from domain.compliance.summary_wording import bounded
from domain.evaluation.report import EvaluationReport, Verdict
from domain.kernel import SYSTEM
from tests.domain.compliance import examples
from tests.domain.compliance.controls.packs import SETTINGS, audit, evaluation, files, mapped
from tests.domain.compliance.interchange import twins
from tests.domain.compliance.legal.test_legal_papers import FACTS, OWN
from tests.domain.compliance.private_examples import VOIDED, ledger, private_report, statement
from tests.domain.compliance.provenance_examples import APPROVAL

NOON = examples.NOON


def case(card: dict[str, Any], report: EvaluationReport | None = None, **more: Any) -> SummaryCase:
    made = {
        "pack_id": twins.PACK,
        "card": card,
        "report": report,
        "dp_report": None,
        "created_at": NOON,
        "expires_at": NOON + timedelta(days=365),
    }
    return SummaryCase(**{**made, **more})


def private_card(**changes: Any) -> dict[str, Any]:
    return examples.card(
        50, evaluated=False, synthesizer="marginals", statement=statement(**changes), settings={}
    )


def judged(verdict: Verdict, count: int = 1) -> EvaluationReport:
    reasons = tuple(f"Reason {i}." for i in range(count))
    return replace(evaluation(verdict), reasons=reasons)


def gates(summary: dict[str, Any]) -> dict[str, str]:
    return {g["name"]: str(g["state"]) for g in summary["gates"]}


def test_a_plain_twin_says_what_went_in_and_that_nothing_is_proved():
    told = executive_summary(case(examples.card(50), judged(Verdict.RELEASE)))
    facts = {f["name"]: f["says"] for f in told["facts"]}
    assert facts["What went in"].startswith(
        "1 file, 1 table, 10,000 real rows to learn from and 2,500 held out"
    )
    assert "50 columns: 49 modelled, 1 replaced by invented values" in facts["What went in"]
    assert told["guarantee"].startswith("None by proof")
    assert (told["tone"], told["answer"]) == ("release", "Release")


def test_a_private_twin_says_its_promise_and_counts_nothing_unpaid():
    report = private_report(50, statement(unit="patient_number"), ledger=ledger())
    told = executive_summary(case(private_card(unit="patient_number"), dp_report=report))
    assert told["guarantee"].startswith("ε = 1, δ = 1e-5 for one person (column")
    assert "a private number of real rows" in told["facts"][0]["says"]
    assert gates(told)["Privacy budget"] == "passed"
    assert gates(told)["Rules for a release"] == "open"


def test_a_void_epsilon_is_no_release_whatever_was_measured():
    report = private_report(50, statement(tuning=VOIDED))
    card = private_card(tuning=VOIDED)
    told = executive_summary(case(card, judged(Verdict.RELEASE), dp_report=report))
    assert told["tone"] == Verdict.DO_NOT_RELEASE
    assert gates(told)["Privacy proof"] == "failed"


def test_a_budget_that_is_overspent_fails_its_gate():
    kept = replace(ledger(), spent_epsilon=9.0)
    told = executive_summary(case(private_card(), dp_report=private_report(5, ledger=kept)))
    assert gates(told)["Privacy budget"] == "failed"
    assert told["answer"] == "Do not release; gates failed: Privacy budget"


@pytest.mark.parametrize(
    ("verdict", "state"),
    [
        (Verdict.RELEASE, "passed"),
        (Verdict.CONDITIONS, "with conditions"),
        (Verdict.DO_NOT_RELEASE, "failed"),
    ],
)
def test_the_verdict_is_a_gate(verdict, state):
    told = executive_summary(case(examples.card(5), judged(verdict)))
    assert gates(told)["Rules for a release"] == state


def test_a_log_says_what_its_rows_are():
    told = executive_summary(case(twins.log().twin.card))
    assert "Rows are events of “patient” ordered by “at”." in told["facts"][0]["says"]


def test_reasons_are_few_and_the_rest_is_counted():
    told = executive_summary(case(examples.card(5), judged(Verdict.DO_NOT_RELEASE, 9)))
    assert told["answer"] == "Do not release"
    assert told["reasons"] == [
        *("Reason 0.", "Reason 1.", "Reason 2.", "And 6 more reasons in evaluation.pdf.")
    ]


def test_columns_that_nobody_confirmed_fail_their_gate():
    card = examples.card(5)
    card["provenance"] = [s for s in card["provenance"] if s["step"] != "confirmed columns"]
    assert release_gates(card, None, None)[0].state is GateState.FAILED


def test_who_approved_is_said_and_who_did_not_is_not_made_up():
    said = executive_summary(case(examples.card(5), approval=APPROVAL))
    assert "Approved by “dr.ö.çelik” on 3 May 2026" in said["gates"][-1]["says"]
    assert gates(executive_summary(case(examples.card(5))))["Approval"] == "open"


def test_a_release_against_its_gates_says_so_in_the_banner_and_why():
    verdict = judged(Verdict.DO_NOT_RELEASE)
    told = executive_summary(case(examples.card(5), verdict, approval=APPROVAL))
    assert told["answer"] == "Do not release; overridden, see Approval"
    assert "Reason: “Reviewed by the data protection board.”" in told["gates"][-1]["says"]


def test_nobody_is_told_to_let_a_person_decide_after_somebody_has():
    def first(**more: Any) -> str:
        return str(executive_summary(case(examples.card(5), **more))["remains"][0])

    assert first().startswith("Let a person who is responsible for the data decide")
    assert first(approval=APPROVAL).startswith("Stand by the release against its gates")
    approved = replace(APPROVAL, overridden=())
    assert first(approval=approved).startswith("Keep to what was approved")
    nameless = first(approval=replace(APPROVAL, by=SYSTEM))
    assert nameless.startswith("Put a person’s name to the release: “system” names nobody.")
    private = executive_summary(case(private_card(), dp_report=private_report(50)))
    assert private["remains"][0].endswith("adds to ε.")


def test_contact_expiry_and_disclaimer_are_there():
    told = executive_summary(case(examples.card(5), contact="dpo@example.org"))
    assert (told["contact"], told["expires"]) == ("dpo@example.org", "3 May 2027")
    assert "no audit, no certification and no legal advice" in told["disclaimer"]


def facts(**more: Any) -> dict[str, str]:
    told = executive_summary(case(examples.card(5), **more))
    return {f["name"]: f["says"] for f in told["facts"]}


def test_page_one_says_what_speaks_against_the_instance_and_who_acted():
    bare = instance_statement(
        replace(SETTINGS, https=False), product_version="0.1.0", created_at=NOON
    )
    shared = audit(actors=("system",))
    told = facts(mapping=mapped(files(instance=bare, audit=shared)), contact="dpo@example.org")
    assert told["Speaks against it"] == (
        "TLS is not switched on. The product asks for no second factor. 1 of 1 act stand under "
        "“system”, which names no person."
    )
    safe = instance_statement(
        replace(SETTINGS, second_factor=True), product_version="0.1.0", created_at=NOON
    )
    safely = mapped(files(instance=safe))
    assert "Speaks against it" not in facts(mapping=safely, contact="dpo@example.org")


def test_page_one_says_that_nobody_is_named_and_how_many_places_are_blank():
    papers = legal_document(OWN, FACTS)
    blanks = sum(p["blanks"] for p in papers["papers"])
    assert facts(legal=papers)["Speaks against it"] == (
        "Nobody is named as contact. The legal papers leave "
        f"{blanks} places for people to fill, in [brackets]."
    )
    assert executive_summary(case(examples.card(5)))["contact"].startswith("Nobody is named")


def test_long_names_are_cut():
    card = copy.deepcopy(examples.card(50))
    card["training_data"]["dataset"] = "n" * 500
    card["organisation"] = "word " * 100
    told = executive_summary(case(card))
    assert len(told["title"]) < 90
    assert len(told["organisation"]) <= 60


def test_a_text_is_cut_at_a_word_where_one_ends_near():
    assert bounded("one two three four", 16) == "one two three…"
    assert bounded("x" * 20, 8) == "xxxxxxx…"
    assert bounded("short\n text", 20) == "short text"
