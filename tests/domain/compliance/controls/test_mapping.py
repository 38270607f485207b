"""One document carries everything, follows its schema, and fills forms with what was measured."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import jsonschema
import pytest

import domain.compliance.manifest as module
from domain.compliance.controls.catalogue import read_controls
from domain.compliance.controls.mapping import control_mapping
from domain.compliance.controls.papers import FORMATS, control_files
from domain.compliance.leak_check import LeakCheck
from domain.compliance.legal.parties import Parties
from domain.compliance.summary_wording import source_end
from domain.evaluation.report import Verdict
from domain.kernel import BadInput, Conflict
from tests.domain.compliance.controls.packs import (
    AT,
    PACK,
    PUBLIC_KEY,
    attack,
    evaluation,
    files,
    mapped,
    row,
)
from tests.domain.compliance.controls.test_catalogue import OWN
from tests.domain.compliance.examples import card
from tests.domain.compliance.private_examples import private_report as dp_report
from tests.domain.compliance.private_examples import statement

SCHEMA = json.loads((Path(module.__file__).parent / "schemas" / "control_mapping.json").read_text())


def check(document: dict) -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.Draft202012Validator(SCHEMA).validate(document)


def private_files() -> dict[str, bytes]:
    return files(
        model_card=card(3, evaluated=False, synthesizer="marginals", statement=statement()),
        evaluation=None,
        dp_report=dp_report(),
        leak_check=LeakCheck(files=("model-card.json",), looked_for=9, private=True).to_document(),
    )


def lines(mapping: dict, name: str, section: str) -> dict[str, str | None]:
    sheet = next(w for w in mapping["worksheets"] if w["name"] == name)
    found = next(s for s in sheet["sections"] if s["title"] == section)
    return {line["asks"]: line["answer"] for line in found["lines"]}


@pytest.mark.parametrize(
    "made",
    [
        lambda: mapped(),
        lambda: mapped(private_files()),
        lambda: mapped({"model-card.json": files()["model-card.json"]}),
        lambda: mapped(frameworks=["gdpr"], added=read_controls(OWN)),
        lambda: mapped(at=AT + timedelta(days=4_000)),
    ],
)
def test_every_mapping_follows_the_published_schema_and_survives_json(made):
    document = made()
    check(document)
    assert json.loads(json.dumps(document, allow_nan=False)) == document


def test_the_schema_refuses_a_status_on_evidence_without_a_link():
    document = mapped()
    row(document, "164.312(b)")["evidence"] = []
    with pytest.raises(jsonschema.ValidationError):
        check(document)


def test_hashes_are_those_of_the_files_and_of_the_key_that_signs():
    documents = files()
    for evidence in mapped(documents)["evidence"]:
        if evidence["hash_of"] == "file":
            told = hashlib.sha256(documents[evidence["file"]]).hexdigest()
        else:
            assert evidence["file"] == "manifest.json"
            told = hashlib.sha256(PUBLIC_KEY).hexdigest()
        assert evidence["sha256"] == told


def test_proposed_rules_are_counted_apart():
    (hipaa, _, _) = mapped()["frameworks"]
    counted = [c for c in mapped()["controls"] if c["framework"] == "hipaa"]
    current = [c for c in counted if c["standing"] == "current"]
    assert sum(hipaa["statuses"].values()) == len(current)
    assert sum(hipaa["proposed"].values()) == len(counted) - len(current) > 0


def test_the_criteria_of_wp216_are_filled_with_the_attacks():
    more = attack("leakage.linkability_outliers", 0.07)
    document = mapped(files(evaluation=evaluation(Verdict.RELEASE, more).to_document()))
    found = lines(document, "wp216_criteria", "Linkability")
    assert found["Linkability"] == (
        "1.0% (95 % interval 0.0% to 5.0%); other real rows 1.0%; limit 9.0%. "
        "What it means for this table."
    )
    assert found["Linkability, outliers"].startswith("7.0%")
    assert found["Acceptable? The controller's judgement, with its reason"] is None


def test_what_was_not_measured_is_not_filled():
    document = mapped(files(evaluation=None))
    (told, *_) = lines(document, "wp216_criteria", "Inference").values()
    assert told == "Not measured: ask for an evaluation with held-out rows."


def test_a_private_pack_tells_the_bound_in_the_place_of_figures():
    found = lines(mapped(private_files()), "wp216_criteria", "Singling out")
    assert found["Measured on this twin"].startswith("Not told")
    assert found["Proved bound"] == dp_report()["summary"]


def test_the_expert_gets_figures_for_each_principle_and_blanks():
    document = mapped()
    found = lines(document, "expert_determination", "Distinguishability")
    assert found["Overall re-identification risk"].startswith("0.0%; other real rows 0.0%; limit")
    assert found["Copies of training rows"].startswith("0.05%; other real rows 0.04%")
    outlying = attack("leakage.attribute_outliers", 0.402, low=0.183, high=0.603)
    judged = mapped(files(evaluation=evaluation(Verdict.CONDITIONS, outlying).to_document()))
    told = lines(judged, "expert_determination", "Distinguishability")
    assert told["Attribute inference, outliers"].startswith("40.2% (95 % interval 18.3% to 60.3%)")
    replaced = lines(document, "expert_determination", "Replicability")
    assert "“patient_number” of “visits” (H)" in str(replaced)
    assert set(lines(document, "expert_determination", "The determination").values()) == {None}


def test_the_article_30_entry_names_controller_and_time_limit_and_leaves_purposes_of_others_open():
    found = lines(mapped(), "article_30_entry", "The entry")
    assert found["(a) Controller"] == "St. Änne Hospital Group."
    assert found["(f) Time limit for erasure"] == source_end(card(3))
    assert "AES-256-GCM" in found["(g) Encryption at rest"]
    assert found["(d) Categories of recipients"] is None


def test_no_purpose_is_filled_in_that_the_controller_has_not_set():
    found = lines(mapped(), "article_30_entry", "The entry")
    assert found["(b) Purposes, as the controller has set them"] is None


def test_a_start_up_that_makes_twins_for_a_hospital_is_its_processor_in_every_paper():
    parties = Parties.of("Twin Makers", controller="City Hospital")
    document = control_mapping(replace(PACK, parties=parties), files())
    found = lines(document, "article_30_entry", "The entry")
    assert found["(a) Controller"] == "City Hospital."
    assert found["Processor, whose own record is that of Article 30(2)"] == "Twin Makers."
    alone = lines(mapped(), "article_30_entry", "The entry")
    assert alone["Processor, whose own record is that of Article 30(2)"] is None


def test_measures_that_do_not_hold_are_not_listed():
    assert "(g) Encryption at rest" not in lines(
        mapped(files(instance=None)), "article_30_entry", "The entry"
    )


def test_worksheets_belong_to_their_frameworks():
    assert [w["name"] for w in mapped(frameworks=["hipaa"])["worksheets"]] == [
        "expert_determination"
    ]
    assert mapped(frameworks=["soc2"])["worksheets"] == []


def test_a_pack_without_a_model_card_is_refused():
    with pytest.raises(Conflict, match="model card"):
        mapped({"audit.json": b"{}"})


def test_formats_are_chosen():
    document = mapped(frameworks=["soc2"])
    assert [name for name, _ in control_files(document, ["json"])] == ["controls.json"]
    assert {name for name, _ in control_files(document, ["oscal"])} == {
        "oscal/catalog-soc2.json",
        "oscal/component-definition.json",
        "oscal/assessment-results.json",
    }
    with pytest.raises(BadInput, match=", ".join(FORMATS)):
        list(control_files(document, ["word"]))


def test_the_same_pack_gives_the_same_files():
    documents = files()
    assert dict(control_files(mapped(documents))) == dict(control_files(mapped(documents)))
