"""The card says what happened, and follows its published schema."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import jsonschema
import pytest

import domain.compliance.model_card as module
from domain.compliance.dp_wording import VOID
from domain.compliance.model_card import model_card
from domain.datasets.entities import SequenceKeys
from domain.evaluation.report import EvaluationReport, Score
from domain.privacy.budget import PrivacyStatement
from domain.synthesis.catalogue import entry
from domain.synthesis.runs import HoldoutSpec
from tests.domain.compliance.examples import (
    card,
    conditioned_card,
    dataset,
    report,
    run,
    synthetic,
)
from tests.domain.compliance.private_examples import VOIDED

SCHEMA = json.loads((Path(module.__file__).parent / "schemas" / "model_card.json").read_text())
PROVED = PrivacyStatement(epsilon=2.5, delta=1e-6, unit="patient", accountant="PRV")


def check(document: dict) -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.Draft202012Validator(SCHEMA).validate(document)


@pytest.mark.parametrize(
    "made",
    [
        lambda: card(),
        lambda: card(1, evaluated=False),
        lambda: card(5, synthesizer="autoregressive"),
        lambda: card(5, synthesizer="autoregressive", curves={"visits": (24.3, 20.1, 20.4)}),
        lambda: card(5, statement=PROVED),
        lambda: card(5, rows_trained=None, rows_held_out=None, target=None, versions={}),
    ],
)
def test_every_card_follows_the_published_schema_and_survives_json(made):
    document = made()
    check(document)
    assert json.loads(json.dumps(document, allow_nan=False)) == document


def test_the_schema_refuses_a_card_with_a_part_missing_or_too_much():
    for change in ({"surprise": 1}, {"limitations": "none"}):
        with pytest.raises(jsonschema.ValidationError):
            check(card(3) | change)
    document = card(3)
    del document["privacy"]["meaning"]
    with pytest.raises(jsonschema.ValidationError):
        check(document)


def test_settings_are_shown_with_their_defaults():
    settings = {s["name"]: (s["value"], s["default"]) for s in card()["synthesizer"]["settings"]}
    assert settings == {"epochs": (40, 300), "batch_size": (500, 500)}


def test_the_licence_of_sdv_is_noted():
    assert "Business Source License" in card()["synthesizer"]["licence_note"]
    assert card(synthesizer="autoregressive")["synthesizer"]["licence_note"] == ""


def test_a_run_without_differential_privacy_says_so_plainly():
    privacy = card()["privacy"]
    assert privacy["differentially_private"] is False
    assert privacy["meaning"][0] == "This model was trained without differential privacy."
    assert any("differential privacy" in limit for limit in card()["limitations"])


def test_a_proved_run_states_its_numbers():
    privacy = card(statement=PROVED)["privacy"]
    assert (privacy["epsilon"], privacy["delta"], privacy["unit"]) == (2.5, 1e-6, "patient")
    assert "(2.5, 1e-6)" in privacy["meaning"][0]
    assert privacy["report"] == "dp-report.pdf"
    assert not any("Without differential" in s for s in card(statement=PROVED)["limitations"])


def test_a_private_card_tells_nothing_that_was_read_without_noise():
    document = card(5, statement=PROVED, evaluated=False, curves={"visits": (24.3, 20.1)})
    check(document)
    text = json.dumps(document, ensure_ascii=False)
    (file,) = dataset(5).files
    for secret in (file.sha256, str(file.size), "2500", "12500", "Separator", "every value occurs"):
        assert secret not in text, secret
    assert "learned from real rows" in document["description"]
    assert document["synthesizer"]["learning_curves"] == []
    assert "stay inside the instance" in document["metrics"]["note"]
    assert "not evaluated" not in text


def test_a_card_without_an_evaluation_points_at_no_measurement():
    told = json.dumps(card(5, statement=PROVED, evaluated=False))
    assert "This card says how they were made and what they are not fit for." in told
    assert "utility measurements of the evaluation" not in told
    assert "how they were measured" in card()["description"]
    assert "utility measurements of the evaluation" in card()["intended_use"][1]


def test_figures_in_a_private_card_are_said_not_to_be_covered():
    metrics = card(5, statement=PROVED)["metrics"]
    assert metrics["evaluated"]
    assert "ε does not cover them" in metrics["note"]


def test_a_search_on_private_rows_is_stamped_on_the_card():
    document = card(5, statement=replace(PROVED, tuning=VOIDED))
    check(document)
    assert document["privacy"]["stamp"] == VOID
    assert VOID in document["privacy"]["meaning"][0]
    assert VOID in document["limitations"][0]
    assert card(5, statement=PROVED)["privacy"]["stamp"] is None


def test_headline_metrics_keep_value_baseline_and_sentence():
    metrics = {m["headline"]: m for m in card()["metrics"]["headline"]}
    quality = report().score("similarity.quality")
    assert quality is not None
    assert metrics["quality"]["value"] == quality.value
    assert metrics["quality"]["baseline"] == quality.baseline
    assert metrics["quality"]["sentence"] == quality.sentence
    assert set(metrics) == {
        "quality",
        "columns_passed",
        "auc_gap",
        "detection_auc",
        "reidentification",
        "exact_copies",
        "dcr_share",
    }


def judged(value: float | None, limit: float | None, share: float = 0.5) -> EvaluationReport:
    copies = Score(name="privacy.exact_copies", scope="table", value=value, threshold=limit)
    near = Score(
        name="privacy.dcr_share",
        scope="table",
        value=share,
        threshold=0.55,
        interval=(share - 0.02, share + 0.02),
    )
    return EvaluationReport(scores=(copies, near))


def about(report: EvaluationReport | None) -> dict:
    trained = run()
    return model_card(
        run=trained,
        synthetic=synthetic(),
        dataset=dataset(3),
        report=report,
        entry=entry(trained.synthesizer),
        organisation="St. Änne Hospital Group",
        product_version="0.1.0",
        created_at=datetime(2026, 5, 3, tzinfo=UTC),
    )


def test_copies_beyond_chance_are_said_first_and_plainly():
    document = about(judged(0.12, 0.01))
    for words in (document["description"], document["limitations"][0]):
        assert "12.00% of the measured rows repeat a training row" in words
        assert "do not release before you know why" in words


def test_copies_are_told_of_the_histories_or_the_table_that_they_were_counted_in():
    whole = "0.10% of 976 synthetic histories repeat a training history in every compared column"
    (copies, near) = judged(0.00102, 0.01).scores
    histories = replace(copies, sentence=whole)
    said = about(EvaluationReport(scores=(histories, near)))["description"]
    assert "0.10% of the measured histories repeat a training history" in said
    visits = replace(copies, scope="visits/table")
    said = about(EvaluationReport(scores=(visits, near)))["description"]
    assert "0.10% of the measured rows of “visits” repeat a training row" in said


def test_a_twin_that_crowds_says_so_in_its_limitations():
    assert any("memorising" in limit for limit in about(judged(0.0, 0.01, 0.9))["limitations"])
    assert not any("memorising" in limit for limit in about(judged(0.0, 0.01))["limitations"])


@pytest.mark.parametrize(
    ("report", "words"),
    [
        (judged(0.0, 0.01), "None of the measured rows repeats a training row"),
        (judged(0.005, 0.01), "say whether chance explains that"),
        (judged(None, None), "was not measured"),
        (None, "was not measured"),
    ],
)
def test_the_card_says_what_was_measured_about_copies_and_promises_no_more(report, words):
    document = about(report)
    assert words in document["description"]
    everything = json.dumps(document)
    for promise in ("on purpose", "no row describes", "invented:", "without handling real"):
        assert promise not in everything


def test_distances_that_were_not_measured_are_not_referred_to():
    assert "Nor was it measured" in " ".join(about(None)["privacy"]["meaning"])
    assert "was measured instead" in " ".join(about(judged(0.0, 0.01))["privacy"]["meaning"])


def test_a_twin_that_was_not_evaluated_says_so_first():
    document = card(5, evaluated=False)
    metrics = document["metrics"]
    assert (metrics["evaluated"], metrics["verdict"], metrics["headline"]) == (False, None, [])
    assert "not evaluated" in document["limitations"][0]


def test_training_without_a_holdout_is_a_limitation():
    bare = card(5, rows_held_out=0, holdout=HoldoutSpec(share=0.0))
    assert any("No real rows were held out" in limit for limit in bare["limitations"])
    assert not any("No real rows were held out" in limit for limit in card(5)["limitations"])


def test_columns_come_with_what_became_of_them():
    columns = {c["name"]: c for c in card(5)["training_data"]["tables"][0]["columns"]}
    assert columns["patient_number"]["treatment"] == "invented surrogates"
    assert columns["patient_number"]["pii"] == "record number"
    assert columns["δ_creatinine_μmol_per_L"]["treatment"] == "modelled"


def test_provenance_names_who_did_what_in_order():
    steps = [(s["step"], s["by"]) for s in card()["provenance"]]
    assert steps == [
        ("uploaded", "anna.müller"),
        ("confirmed columns", "dr.ö.çelik"),
        ("started training", "anna.müller"),
        ("asked for rows", "anna.müller"),
    ]
    times = [s["at"] for s in card()["provenance"]]
    assert times == sorted(times)


def test_conditions_and_changed_shares_are_on_the_card():
    made = conditioned_card()
    check(made)
    assert made["synthetic_data"]["conditions"] == [
        "Every row fulfils: age >= 65.",
        "Rows with readmitted = true are 4 times as frequent as learned.",
    ]
    assert made["synthetic_data"]["shifts"][1] == {
        "what": "readmitted = true",
        "learned": 0.0123,
        "drawn": 0.0492,
    }
    limits = " ".join(made["limitations"])
    assert "do not stand for the whole table" in limits
    assert "Shares were changed on purpose" in limits
    assert "age >= 65" in made["description"]


def test_a_plain_twin_has_no_such_limitation():
    assert card()["synthetic_data"]["conditions"] == []
    assert "on purpose" not in " ".join(card()["limitations"])


def test_the_card_of_a_log_says_that_its_counts_count_events():
    keys = {"visits": SequenceKeys(entity="patient", time="admitted")}
    made = card(5, synthesizer="sequences", sequences=keys)
    check(made)
    [log] = made["training_data"]["events"]
    assert log == {
        "table": "visits",
        "entity": "patient",
        "time": "admitted",
        "meaning": "events of “patient” ordered by “admitted”",
    }
    assert "real events. It learned whole histories: events of “patient”" in made["description"]
    assert card(5)["training_data"]["events"] == []
    assert "real rows" in card(5)["description"]
