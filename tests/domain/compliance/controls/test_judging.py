"""A status is what the evidence in the pack carries, and falls with it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from domain.compliance.controls.catalogue import read_controls
from domain.compliance.controls.exhibit import VALID_DAYS
from domain.compliance.controls.instance import instance_statement
from domain.compliance.leak_check import LeakCheck
from domain.compliance.leak_finding import LeakFinding, LeakKind
from domain.evaluation.report import Verdict
from tests.domain.compliance.controls.packs import (
    AT,
    SEARCHED,
    SETTINGS,
    attack,
    audit,
    evaluation,
    files,
    mapped,
    row,
)
from tests.domain.compliance.controls.test_catalogue import OWN
from tests.domain.compliance.examples import card
from tests.domain.compliance.private_examples import private_report as dp_report


def status(control: str, **changes) -> str:
    return row(mapped(files(**changes)), control)["status"]


def reasons(control: str, **changes) -> str:
    return " ".join(row(mapped(files(**changes)), control)["reasons"])


def said(kind: str, **changes) -> str:
    """By the list of evidence."""
    return next(e["says"] for e in mapped(files(**changes))["evidence"] if e["kind"] == kind)


def evaluated(*more, verdict: Verdict | None = Verdict.RELEASE) -> dict:
    return evaluation(verdict, *more).to_document()


def test_a_good_pack_reaches_the_best_of_every_control_but_the_second_factor():
    below = {c["id"] for c in mapped()["controls"] if c["status"] != c["at_best"]}
    assert below == {"proposed 164.312(f)(2)(ii)"}


def test_every_status_that_rests_on_evidence_links_hashes_of_files():
    mapping = mapped()
    hashes = {(e["file"], e["sha256"]) for e in mapping["evidence"]}
    for control in mapping["controls"]:
        rests = control["status"] in ("satisfied by tool evidence", "supported")
        assert bool(control["evidence"]) == rests, control["id"]
        assert {(e["file"], e["sha256"]) for e in control["evidence"]} <= hashes


def own_row(changed: str = "", **changes) -> dict:
    """The row of an organisation's own control that the tool can satisfy."""
    told = OWN.replace('"supported"', '"satisfied by tool evidence"')
    return row(mapped(files(**changes), added=read_controls(told + changed)), "A.8.11")


def test_missing_evidence_costs_one_step_and_is_named():
    assert own_row()["status"] == "satisfied by tool evidence"
    missing = own_row(leak_check=None)
    assert missing["status"] == "supported"
    assert "leak check" in missing["reasons"][0]
    assert status("CC3.4", evaluation=None) == "organisation only"


def test_a_sentence_for_all_evidence_is_told_only_where_all_of_it_is_there():
    assert own_row()["shows"] == "Recipients get synthetic rows."
    assert own_row(leak_check=None)["shows"] == ""


def test_a_sentence_for_one_kind_of_evidence_is_told_only_where_that_one_is_there():
    told = row(mapped(files(evaluation=None, dp_report=dp_report())), "CC3.2")
    assert told["shows"] == "What this release can tell, bounded by proof."
    assert row(mapped(), "CC3.2")["shows"].endswith("measured by attacks.")
    nothing = row(mapped(files(evaluation=None)), "CC3.2")
    assert (nothing["shows"], nothing["evidence"]) == ("", [])


def test_no_row_speaks_of_a_deletion_without_its_certificate():
    mapping = mapped(files(deletion_certificate=None))
    for control in ("164.310(d)(2)(i)", "CC6.5", "C1.2", "P4.3"):
        found = row(mapping, control)
        assert (found["status"], found["shows"]) == ("organisation only", ""), control
    assert not any(
        "destroyed" in c["shows"] or "was shredded" in c["shows"] for c in mapping["controls"]
    )


def test_without_any_evidence_the_control_is_the_organisations():
    nothing = {"instance": None, "deletion_certificate": None}
    assert status("CC6.5", **nothing) == "organisation only"
    assert row(mapped(files(**nothing)), "CC6.5")["evidence"] == []


def test_evidence_older_than_a_year_has_expired():
    later = mapped(at=AT + timedelta(days=VALID_DAYS))
    assert row(later, "164.312(b)")["status"] == "organisation only"
    assert "has expired" in row(later, "164.312(b)")["reasons"][0]
    soon = mapped(at=AT + timedelta(days=VALID_DAYS - 2))
    assert row(soon, "164.312(b)")["status"] == "supported"


def test_an_old_evaluation_in_a_new_pack_has_expired():
    old = audit(AT - timedelta(days=VALID_DAYS + 1))
    assert "evaluation.json (measured attacks) has expired" in reasons("CC3.2", audit=old)


def test_an_evaluation_that_nobody_can_date_counts_for_less():
    assert "Nobody can say when" in reasons("CC3.2", audit=None)
    assert status("CC3.2", audit=None) == "organisation only"


def test_entries_that_are_withheld_from_private_packs_still_date_the_evaluation():
    extract = audit(private=True)
    assert "leaf" not in extract["entries"][0]
    assert status("CC3.2", audit=extract) == "supported"


def test_a_verdict_against_release_leaves_the_control_to_the_organisation():
    against = evaluated(verdict=Verdict.DO_NOT_RELEASE)
    assert status("CC2.1", evaluation=against) == "organisation only"
    assert "speaks against it. Verdict: do not release" in reasons("CC2.1", evaluation=against)


def test_a_proof_does_not_outweigh_a_verdict_against_release():
    against = evaluated(verdict=Verdict.DO_NOT_RELEASE)
    assert status("CC3.2", evaluation=against, dp_report=dp_report()) == "organisation only"
    assert status("CC3.2", evaluation=None, dp_report=dp_report()) == "supported"


def test_conditions_need_the_organisation():
    conditional = evaluated(verdict=Verdict.CONDITIONS)
    assert own_row(evaluation=conditional)["status"] == "supported"
    assert status("CC3.2", evaluation=conditional) == "supported"
    assert "see to the conditions" in reasons("CC3.2", evaluation=conditional)


def test_an_evaluation_without_a_verdict_is_none():
    assert status("CC3.2", evaluation=evaluated(verdict=None)) == "organisation only"


def test_a_proof_with_a_large_epsilon_is_evidence_under_conditions():
    weak = {**dp_report(), "epsilon": 10.5}
    assert "see to the conditions" in reasons("CC3.2", evaluation=None, dp_report=weak)
    assert "tells little" in said("privacy report", evaluation=None, dp_report=weak)
    assert own_row(evaluation=None, dp_report=weak)["status"] == "supported"
    assert reasons("CC3.2", evaluation=None, dp_report={**weak, "epsilon": 10.0}) == ""


def test_a_void_proof_speaks_against_the_control():
    void = {**dp_report(), "void": True}
    assert status("CC3.2", evaluation=None, dp_report=void) == "organisation only"


@pytest.mark.parametrize(
    ("name", "control"),
    [
        ("leakage.singling_out_several", "WP216 singling out"),
        ("leakage.linkability_outliers", "WP216 linkability"),
        ("leakage.attribute_outliers", "WP216 inference"),
    ],
)
def test_an_attack_that_surely_succeeds_speaks_against_its_criterion_alone(name, control):
    sure = evaluated(attack(name, 0.3, low=0.2, high=0.4))
    criteria = ("WP216 singling out", "WP216 linkability", "WP216 inference")
    found = {c: status(c, evaluation=sure) for c in criteria}
    assert found == {c: "organisation only" if c == control else "supported" for c in criteria}
    against = "; with its whole 95 % interval, which speaks against it: 1."
    assert reasons(control, evaluation=sure).endswith(against)


def test_an_attack_that_may_succeed_by_chance_is_for_a_person_to_look_at():
    perhaps = evaluated(attack("leakage.linkability_outliers", 0.1, low=0.0, high=0.2))
    assert status("WP216 linkability", evaluation=perhaps) == "supported"
    assert "see to the conditions" in reasons("WP216 linkability", evaluation=perhaps)
    told = said("attack: linkability", evaluation=perhaps)
    assert told.endswith("above the limit: 1; with its whole 95 % interval: none.")


def test_where_attacks_fail_beyond_chance_those_above_the_limit_speak_against_their_criterion():
    perhaps = attack("leakage.linkability_outliers", 0.1, low=0.0, high=0.2)
    report = evaluation(Verdict.DO_NOT_RELEASE, perhaps)
    failed = tuple(
        replace(s, value=0.1) if s.name == "leakage.reidentification" else s for s in report.scores
    )
    document = replace(report, scores=failed).to_document()
    assert status("WP216 linkability", evaluation=document) == "organisation only"
    assert status("WP216 inference", evaluation=document) == "supported"


def test_a_verdict_without_a_measured_attack_says_nothing_of_what_attacks_find():
    report = evaluation(Verdict.CONDITIONS)
    scores = tuple(s for s in report.scores if s.name != "leakage.reidentification")
    document = replace(report, scores=scores).to_document()
    for control in ("CC3.2", "Recital 26", "164.308(a)(1)(ii)(A)", "P6.1"):
        found = row(mapped(files(evaluation=document)), control)
        assert (found["status"], found["shows"]) == ("organisation only", ""), control
        assert "measured attacks" in found["reasons"][0]
    assert status("CC3.4", evaluation=document) == "supported"
    against = replace(report, scores=scores, verdict=Verdict.DO_NOT_RELEASE).to_document()
    assert status("CC3.2", evaluation=against, dp_report=dp_report()) == "organisation only"


def test_an_attack_that_was_not_made_is_missing():
    unmeasured = replace(evaluation(), scores=(attack("leakage.linkability", None),))
    document = unmeasured.to_document()
    assert status("WP216 linkability", evaluation=document) == "organisation only"


def test_a_leak_check_that_found_something_or_could_not_look_speaks_against_release():
    finding = LeakFinding(file="synthetic.csv", place="name", kind=LeakKind.VALUE, count=1)
    found = LeakCheck(files=("synthetic.csv",), looked_for=9, findings=(finding,)).to_document()
    blind = LeakCheck(files=("synthetic.csv",), looked_for=None).to_document()
    for check in (found, blind):
        assert status("CC6.7", leak_check=check) == "organisation only"


def test_columns_that_nobody_confirmed_are_no_decision():
    unconfirmed = card(3)
    unconfirmed["provenance"] = [
        s for s in unconfirmed["provenance"] if s["step"] != "confirmed columns"
    ]
    assert status("C1.1", model_card=unconfirmed) == "organisation only"
    assert "Nobody has confirmed" in reasons("C1.1", model_card=unconfirmed)


def test_a_deletion_date_that_has_passed_needs_the_certificate():
    overdue = card(3)
    overdue["training_data"]["deleted_after"] = (AT - timedelta(days=1)).isoformat()
    assert status("P4.2", model_card=overdue, deletion_certificate=None) == "organisation only"
    assert status("P4.2", model_card=overdue) == "supported"


def test_backups_of_keys_leave_a_disposal_to_be_finished_by_people():
    assert status("164.310(d)(2)(i)") == "supported"


def test_acts_under_the_shared_name_of_the_command_line_are_those_of_nobody():
    shared = audit(actors=("system", "system"))
    found = row(mapped(files(audit=shared)), "164.312(a)(2)(i)")
    assert (found["status"], found["shows"]) == ("organisation only", "")
    assert "2 of 2 acts stand under “system”, which names no person." in found["reasons"][0]
    assert status("164.312(a)(2)(i)", audit=audit(actors=("system",), private=True)) == (
        "organisation only"
    )


def test_some_acts_under_the_shared_name_are_for_a_person_to_look_at():
    mixed = audit(actors=("system", "anna.müller"))
    assert status("164.312(a)(2)(i)", audit=mixed) == "supported"
    assert "see to the conditions" in reasons("164.312(a)(2)(i)", audit=mixed)
    assert reasons("164.312(a)(2)(i)") == ""


def test_a_private_pack_says_nowhere_that_its_rows_were_searched_or_judged():
    check = LeakCheck(files=("model-card.json",), looked_for=9, private=True).to_document()
    found = mapped(files(evaluation=None, dp_report=dp_report(), leak_check=check))
    told = " ".join(c["shows"] for c in found["controls"])
    for claim in ("rows were searched", "rows that leave are synthetic and were searched"):
        assert claim not in told
    assert "The rows were searched" in " ".join(c["shows"] for c in mapped()["controls"])
    assert "were not searched" in row(found, "CC8.1")["shows"]
    assert "judged" not in row(found, "CC8.1")["shows"]


def test_where_no_column_identifies_anybody_the_search_of_the_rows_is_for_a_person_to_look_at():
    check = replace(SEARCHED, looked_for=0).to_document()
    for control in ("CC8.1", "Recital 26"):
        assert "see to the conditions" in reasons(control, leak_check=check)
        assert "There was no value" not in reasons(control, leak_check=check)
    assert "There was no value to look for" in said("leak check", leak_check=check)
    told = said("search of the rows", leak_check=check)
    assert told.startswith("Copies of whole real rows alone were looked for")


def test_nothing_about_the_source_is_said_to_be_kept_by_the_signature_of_the_pack():
    for control in ("164.312(c)(1)", "164.312(c)(2)", "164.312(e)(2)(i)"):
        assert status(control, instance=None) == "organisation only", control
    assert status("164.308(a)(8)") == "organisation only"


def test_safe_harbor_is_never_satisfied_by_a_search_alone():
    letters = [c for c in mapped()["controls"] if c["letter"]]
    assert {c["at_best"] for c in letters} == {"supported"}


def test_codes_are_invented_or_their_row_is_left_to_the_organisation():
    assert status("164.514(c)") == "satisfied by tool evidence"
    kept = card(3)
    for column in kept["training_data"]["tables"][0]["columns"]:
        column["treatment"] = "modelled"
    assert status("164.514(c)", model_card=kept) == "organisation only"
    assert "Modelled, so real ones may recur" in reasons("164.514(c)", model_card=kept)
    unseen = json.loads(
        json.dumps(card(3)).replace("confirmed columns", "took columns as suggested")
    )
    assert status("164.514(c)", model_card=unseen) == "supported"
    nameless = card(3)
    (step,) = (s for s in nameless["provenance"] if s["step"] == "confirmed columns")
    step["by"] = "system"
    assert status("164.514(c)", model_card=nameless) == "supported"
    assert "known by name" in said("invented identifiers", model_card=nameless)
    assert "names no person" in said("decisions about identifying columns", model_card=nameless)
    assert "see to the conditions" in reasons("C1.1", model_card=nameless)


def test_settings_of_the_instance_speak_for_or_against():
    bare = replace(SETTINGS, cipher="", https=False, locks_out=False, second_factor=True)
    told = instance_statement(bare, product_version="0.1.0", created_at=AT)
    for control in ("164.312(a)(2)(iv)", "164.312(e)(1)", "164.308(a)(5)(ii)(C)"):
        assert status(control, instance=told) == "organisation only"
    assert status("proposed 164.312(f)(2)(ii)", instance=told) == "supported"
    assert status("164.312(a)(2)(i)", instance=told) == "supported"


def test_an_extract_without_a_signed_head_is_evidence_under_conditions():
    headless = {**audit(), "head": None}
    assert "see to the conditions" in reasons("164.312(b)", audit=headless)
    assert reasons("164.312(b)") == ""
