"""The privacy report says everything that has to be said, and follows its published schema."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest

import domain.compliance.dp_report as module
from domain.compliance.columns_word import WITHDRAWN
from domain.compliance.dp_wording import VOID
from domain.datasets.confirmation import Confirmation
from domain.kernel import Conflict
from domain.privacy.budget import TuningMode
from domain.synthesis.runs import HoldoutSpec
from tests.domain.compliance.examples import dataset, run
from tests.domain.compliance.private_examples import (
    AUDIT,
    DIGEST,
    PROXY,
    TRAINING,
    VOIDED,
    ledger,
    private_case,
    private_report,
    statement,
)

SCHEMA = json.loads((Path(module.__file__).parent / "schemas" / "dp_report.json").read_text())
BY_PERSON = statement(unit="patient_number", rows_a_unit=3)


VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def check(document: dict) -> None:
    VALIDATOR.validate(document)


def field(document: dict, name: str) -> dict:
    return next(f for f in document["fields"] if f["name"] == name)


def words(document: dict, name: str) -> str:
    return " ".join(field(document, name)["sentences"])


MADE = {
    "plain": lambda: private_report(),
    "by person": lambda: private_report(5, BY_PERSON),
    "everything": lambda: private_report(
        50, statement(training=TRAINING, tuning=PROXY), ledger=ledger(), audit=AUDIT
    ),
    "void": lambda: private_report(5, statement(tuning=VOIDED), evaluation_included=True),
    "old": lambda: private_report(
        5, statement(curve=(), randomness="", seed_commitment="", rho=None, rho_spent=None)
    ),
}


def test_the_schema_is_one():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("made", MADE.values(), ids=MADE.keys())
def test_every_report_follows_the_published_schema_and_survives_json(made):
    document = made()
    check(document)
    assert json.loads(json.dumps(document, allow_nan=False)) == document


def test_a_blank_field_a_missing_one_and_another_order_are_refused_by_the_schema():
    for spoil in (
        lambda d: d["fields"][6]["sentences"].clear(),
        lambda d: d["fields"].pop(),
        lambda d: d["fields"].reverse(),
        lambda d: d["fields"][16].update(sentences=["None."]),
        lambda d: d["fields"][4].update(facts=None, applicable=False),
        lambda d: d.update(void=True),
        lambda d: d.update(epsilon=0),
    ):
        document = private_report(5)
        spoil(document)
        with pytest.raises(jsonschema.ValidationError):
            check(document)


def test_each_of_the_eighteen_fields_stands_in_one_layer():
    document = private_report(5)
    named = [number for layer in document["layers"] for number in layer["fields"]]
    assert sorted(named) == list(range(1, 19))


@pytest.mark.parametrize("epsilon", [0.99991, 1.00001, 0.333333, 7.0 / 3, 0.1])
def test_no_published_figure_is_below_what_was_proved(epsilon):
    document = private_report(5, statement(epsilon=epsilon, second_epsilon=epsilon))
    assert document["epsilon"] >= epsilon
    assert document["epsilon"] <= epsilon * 1.001
    facts = field(document, "guarantee")["facts"]
    assert all(
        c["epsilon"] >= e for c, (_, e) in zip(facts["curve"], statement().curve, strict=True)
    )


def test_epsilon_of_one_stays_one():
    assert private_report(5, statement(epsilon=1.0))["epsilon"] == 1.0


def test_belief_moves_by_e_to_the_epsilon_and_delta_is_told_apart():
    document = private_report(5, statement(epsilon=1.0))
    facts = field(document, "interpretation")["facts"]
    by_prior = {b["before"]: b for b in facts["beliefs"]}
    assert set(by_prior) == {0.001, 0.01, 0.1, 0.5}
    for prior, told in by_prior.items():
        exact = math.e * prior / (math.e * prior + 1 - prior)
        assert exact <= told["at_most"] <= exact * 1.002
        low = prior / math.e / (prior / math.e + 1 - prior)
        assert low * 0.998 <= told["at_least"] <= low + 1e-9
    assert "73.2\u00a0%" in words(document, "interpretation")
    assert "chance of 1e-5" in words(document, "interpretation")


@pytest.mark.parametrize(("epsilon", "sure"), [(3.0, "95.3\u00a0%"), (8.0, "99.967\u00a0%")])
def test_a_large_epsilon_is_said_to_be_near_certainty(epsilon, sure):
    assert sure in words(private_report(5, statement(epsilon=epsilon)), "interpretation")


def test_detection_is_bounded_from_both_errors():
    facts = field(private_report(5, statement(epsilon=1.0)), "interpretation")["facts"]
    found = {d["false_alarms"]: d["found_at_most"] for d in facts["detections"]}
    assert found[0.01] == pytest.approx(math.e * 0.01 + 1e-5, rel=1e-3)
    wide = field(private_report(5, statement(epsilon=5.0)), "interpretation")["facts"]
    assert max(d["found_at_most"] for d in wide["detections"]) < 1


def test_delta_of_one_over_n_or_more_is_warned_of():
    document = private_report(5, statement(delta=2e-4))
    assert field(document, "guarantee")["facts"]["delta_at_least_one_over_n"] is True
    assert "allows one to be laid open" in words(document, "guarantee")
    fine = private_report(5)
    assert field(fine, "guarantee")["facts"]["delta_at_least_one_over_n"] is False
    assert "well below" in words(fine, "guarantee")


def test_every_look_is_listed_with_noise_cost_and_who_declared_it():
    touches = field(private_report(), "mechanisms")["facts"]["touches"]
    charged = [t for t in touches if t["basis"] == "charged"]
    assert len(touches) == 5
    assert charged[0]["sensitivity"] == 3
    assert charged[0]["sigma"] == pytest.approx(28.5)
    assert charged[1]["delta"] == 2e-6
    assert all(t["rho"] > 0 and t["mechanism"] for t in charged)
    declared = next(t for t in touches if t["basis"] == "declared public")
    assert (declared["source"], declared["person"]) == (
        "Code book of the ministry, 2024",
        "A. Lovelace",
    )


def test_the_hash_and_the_size_of_the_real_file_are_nowhere():
    text = json.dumps(private_report())
    (file,) = dataset().files
    assert file.sha256 not in text
    assert str(file.size) not in text
    assert DIGEST in text


def test_where_the_unit_is_a_person_no_number_of_rows_is_told():
    document = private_report(5, BY_PERSON)
    text = json.dumps(document)
    for secret in ("10000", "10,000", "12500", "12,500", "2,500"):
        assert secret not in text
    assert field(document, "data")["facts"]["rows"] is None
    assert field(document, "contributions")["facts"]["rows_a_unit"] == 3
    assert "k rows multiply" not in text
    assert field(document, "data")["facts"]["columns_invented"] == ["patient_number"]


def test_a_promise_for_people_names_a_person_and_the_column_that_tells_them_apart():
    document = private_report(5, statement(unit="pid", rows_a_unit=1))
    assert (
        "for one person (column “pid”) with all their rows: whether they were in"
        in (document["summary"])
    )
    assert "At most 1 row of each person (column “pid”) took part" in words(
        document, "contributions"
    )


def test_where_the_unit_is_a_row_somebody_with_several_is_warned():
    document = private_report(5)
    assert "k rows multiply ε by k" in words(document, "unit")
    assert field(document, "contributions")["applicable"] is False


@pytest.mark.parametrize(
    ("epsilon", "rows", "delta"),
    [(1.0, 10, 0.1282), (1.0, 2, 3.719e-5), (3.0, 5, 1.0), (800.0, 2, 1.0)],
)
def test_the_delta_of_somebody_with_several_rows_is_told_and_never_below_the_truth(
    epsilon, rows, delta
):
    facts = field(private_report(5, statement(epsilon=epsilon)), "unit")["facts"]
    (found,) = [g for g in facts["several_rows"] if g["rows"] == rows]
    assert found["epsilon"] == pytest.approx(rows * epsilon)
    assert found["delta"] == pytest.approx(delta, rel=1e-3)
    if delta < 1:
        assert found["delta"] >= 1e-5 * math.expm1(rows * epsilon) / math.expm1(epsilon)


def test_rows_for_which_nothing_is_promised_any_more_are_named():
    document = private_report(5, statement(epsilon=5.0))
    for name in ("unit", "limitations"):
        assert "for 5 rows nothing, since δ reaches 1" in words(document, name)


def test_a_search_on_private_rows_voids_epsilon_everywhere():
    document = private_report(5, statement(tuning=VOIDED))
    assert document["void"] is True
    assert document["stamp"] == VOID
    assert document["summary"].startswith(VOID)
    assert VOID in words(document, "tuning")
    assert VOID in words(document, "interpretation")
    honest = private_report(5, statement(tuning=PROXY))
    assert honest["void"] is False
    assert "void" not in words(honest, "tuning")


def test_only_configurations_that_all_had_a_trial_are_said_to_have_been_trained():
    by_lot = replace(PROXY, mode=TuningMode.CHARGED, account="Lots decide.")
    charged = words(private_report(5, statement(tuning=by_lot)), "tuning")
    assert charged.startswith("12 configurations stood to choose from (charged search).")
    free = words(private_report(5, statement(tuning=PROXY)), "tuning")
    assert free.startswith("12 configurations were trained and compared (proxy search).")


def test_what_was_not_done_says_so_and_why():
    document = private_report(5)
    for name in ("training", "audit", "ledger", "contributions"):
        assert field(document, name)["applicable"] is False
        assert words(document, name).startswith("Not applicable: ")
    whole = private_report(5, statement(training=TRAINING), ledger=ledger(), audit=AUDIT)
    assert "2,000 steps" in words(whole, "training")
    assert "ε ≥ 0.31 with 95% confidence" in words(whole, "audit")
    assert "2 more releases" in words(whole, "ledger")
    assert "Inpatients" not in json.dumps(whole)


def test_an_audit_that_contradicts_the_proof_is_shouted():
    document = private_report(5, audit={**AUDIT, "epsilon_lower_bound": 2.5})
    assert field(document, "audit")["facts"]["contradicts"] is True
    assert "do not release" in words(document, "audit")


def test_what_epsilon_does_not_cover_is_listed_with_what_leaves():
    inside, outside = private_report(5), private_report(5, evaluation_included=True)
    assert "stay inside the instance" in words(inside, "released")
    assert "nobody has bounded" in words(outside, "released")
    assert "taken as public" in words(inside, "released")
    covered = {o["what"]: o["covered"] for o in field(inside, "released")["facts"]["objects"]}
    assert covered["Synthetic rows, any number of them"]
    assert not covered["Figures and verdict of an evaluation"]
    assert not covered["That the search for real values let the papers be sealed"]


def test_whose_word_it_is_that_columns_are_public_is_said_as_it_was():
    seen, unseen = dataset(5), replace(dataset(5), confirmation=Confirmation.UNSEEN)
    assert "On whose word" in words(private_report(5, dataset=seen), "released")
    told = words(private_report(5, dataset=unseen), "released")
    assert "nobody declared public what it found" in told
    assert "nobody looked" in told


def test_what_older_proofs_claimed_of_a_person_who_saw_the_table_is_not_said_again():
    older = statement(not_covered=(WITHDRAWN, "The number of rows is taken as public."))
    assert "who saw the table" not in words(private_report(5, older), "released")


def test_names_of_files_and_times_are_listed_as_what_epsilon_does_not_cover():
    objects = field(private_report(5), "released")["facts"]["objects"]
    uncovered = {o["what"]: o["state"] for o in objects if not o["covered"]}
    (names,) = (state for what, state in uncovered.items() if "its files" in what)
    (times,) = (state for what, state in uncovered.items() if what.startswith("When"))
    assert "taken as public" in names
    assert "to the hour" in times


def test_the_holdout_is_said_as_it_was():
    from_other = replace(private_case(5).run, holdout=HoldoutSpec(dataset_id=dataset().id))
    assert "another dataset" in words(private_report(5, run=from_other), "holdout")
    none = replace(private_case(5).run, holdout=HoldoutSpec(share=0.0))
    assert "No rows were held out" in words(private_report(5, run=none), "holdout")
    assert "About 20%" in words(private_report(5), "holdout")


def test_a_run_without_a_proof_has_no_report():
    with pytest.raises(Conflict, match="not finished"):
        private_report(5, run=run("marginals"))
