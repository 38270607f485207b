"""What an evaluation job makes of its scores: a verdict, and the drift since the last release."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from domain.evaluation.report import EvaluationReport, Score, Verdict
from domain.evaluation.spec import EvaluationSpec, Part
from domain.evaluation.verdict import ReleaseRule, When
from tests.builders import ORGANISATION, Studio, actor


@pytest.fixture
def quality(monkeypatch):
    """Sets the quality that the next evaluation measures."""

    def is_now(value: float) -> None:
        def measured(*tables, **how) -> EvaluationReport:
            scores = (
                Score(name="similarity.quality", scope="table", value=value),
                Score(name="leakage.reidentification", scope="table", value=0.0, threshold=0.09),
            )
            return EvaluationReport(scores=scores)

        monkeypatch.setattr("domain.usecases.evaluate_twin.evaluate", measured)

    is_now(0.97)
    return is_now


def released(studio: Studio):
    """A dataset uploaded, learned from, drawn and evaluated."""
    dataset = studio.confirmed()
    synthesis = studio.start(actor(), dataset_id=dataset.id, pack=False)
    studio.work_off()
    return synthesis


def reported(studio: Studio, evaluation) -> EvaluationReport:
    return studio.read_evaluation(actor(), evaluation_id=evaluation.id)


def test_an_evaluation_ends_with_a_verdict_in_the_words_of_the_document(studio, quality):
    evaluation = released(studio).evaluation
    assert studio.evaluations.get(ORGANISATION, evaluation.id).verdict is Verdict.RELEASE
    document = json.loads(json.dumps(reported(studio, evaluation).to_document()))
    assert document["verdict"] == "release"


def test_the_organisations_own_rules_decide(studio, quality):
    strict = ReleaseRule(
        score="similarity.quality", when=When.BELOW, limit=0.99, verdict=Verdict.DO_NOT_RELEASE
    )
    studio.release_rules = (strict,)
    report = reported(studio, released(studio).evaluation)
    assert report.verdict is Verdict.DO_NOT_RELEASE


def test_a_first_release_has_nothing_to_drift_from(studio, quality):
    report = reported(studio, released(studio).evaluation)
    assert not [s for s in report.scores if s.name.startswith("drift.")]


def test_a_second_release_of_lesser_quality_raises_an_alert(studio, quality):
    released(studio)
    studio.now += timedelta(days=30)
    quality(0.90)
    report = reported(studio, released(studio).evaluation)
    drift = report.score("drift.quality")
    assert drift is not None
    assert drift.value == pytest.approx(0.07)
    assert report.verdict is Verdict.CONDITIONS
    finished = [
        e.document()
        for e in studio.audit.entries()
        if e.document()["action"] == "evaluation.finished"
    ]
    assert [e["details"]["drifted"] for e in finished] == [[], ["drift.quality"]]


def test_a_part_of_an_evaluation_gets_no_verdict(studio, quality):
    synthesis = released(studio)
    evaluation, _ = studio.request_evaluation(
        actor(),
        synthetic_id=synthesis.synthetic.id,
        asked=EvaluationSpec(parts=frozenset({Part.UTILITY})),
    )
    studio.work_off()
    assert reported(studio, evaluation).verdict is None
