"""The white-box attack gets the model of the run, and only when it is asked for."""

from __future__ import annotations

import pytest

from domain.evaluation.report import EvaluationReport
from domain.evaluation.spec import USUAL, EvaluationSpec, Part
from tests.builders import actor


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
