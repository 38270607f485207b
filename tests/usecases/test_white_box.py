"""The white-box attack gets the model of the run, and only when it is asked for."""

from __future__ import annotations

import pytest

from domain.evaluation.report import EvaluationReport
from domain.evaluation.spec import USUAL, EvaluationSpec, Part
from domain.evaluation.suite import evaluate
from domain.jobs import JobState
from domain.synthesis.engines import engine
from domain.synthesis.runs import HoldoutSpec
from tests.small_tables import people_csv
from tests.studio import ORGANISATION, Studio, actor


@pytest.fixture
def given(monkeypatch):
    """What the measuring was given, instead of measuring."""
    seen = {}

    def measured(train, holdout, synthetic, metadata, **how) -> EvaluationReport:
        seen.update(how)
        return EvaluationReport(scores=())

    monkeypatch.setattr("domain.usecases.evaluate_twin.evaluate", measured)
    return seen


def evaluated(studio, asked: EvaluationSpec):
    dataset = studio.confirmed()
    made = studio.start(actor(), dataset_id=dataset.id, evaluate=False, pack=False)
    studio.work_off()
    studio.request_evaluation(actor(), synthetic_id=made.synthetic.id, asked=asked)
    studio.work_off()
    return studio.runs.get(made.run.organisation_id, made.run.id)


def test_whoever_asks_for_the_attack_has_the_model_opened(studio, given):
    run = evaluated(studio, EvaluationSpec(parts=frozenset({Part.WHITE_BOX})))
    model = given["model"]
    assert model.synthesizer == run.synthesizer
    with studio.blobs.open(run.organisation_id, run.artifact_blob) as stream:
        assert model.artifact == stream.read()
    assert model.settings["rare_threshold"]


def test_a_usual_evaluation_leaves_the_model_closed(studio, given):
    evaluated(studio, USUAL)
    assert given["model"] is None


def test_the_model_of_a_run_is_attacked_from_upload_to_report(monkeypatch):
    monkeypatch.setattr("domain.usecases.evaluate_twin.evaluate", evaluate)
    studio = Studio(synthesizer=engine("autoregressive"))
    made = studio.start(
        actor(),
        dataset_id=studio.confirmed(people_csv(1000)).id,
        synthesizer="autoregressive",
        settings={"max_epochs": 2},
        holdout=HoldoutSpec(share=0.3),
        evaluate=False,
        pack=False,
    )
    studio.work_off()
    asked = EvaluationSpec(parts=frozenset({Part.WHITE_BOX}))
    evaluation, job = studio.request_evaluation(
        actor(), synthetic_id=made.synthetic.id, asked=asked
    )
    studio.work_off()
    assert studio.jobs.get(ORGANISATION, job.id).state is JobState.SUCCEEDED
    report = studio.read_evaluation(actor(), evaluation_id=evaluation.id)
    assert report.verdict is None
    assert {s.name for s in report.scores} == {
        "leakage.white_box",
        "leakage.white_box_outliers",
        "leakage.white_box_low_fpr",
    }
    assert report.score("leakage.white_box").rates.attacks == 150
