"""What an evaluation job makes of its scores: a verdict, and the drift since the last release."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from domain.evaluation.report import EvaluationReport, Score, Verdict
from domain.evaluation.shareable import shareable
from domain.evaluation.spec import EvaluationSpec, Part
from domain.evaluation.verdict import ReleaseRule, When
from domain.privacy.budget import PrivacySpec
from tests.studio import ORGANISATION, Studio, actor


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


def as_private(studio: Studio, run_id) -> None:
    """The run, as it would stand there had it been asked for with an ε."""
    run = studio.runs.get(ORGANISATION, run_id)
    studio.runs.add(replace(run, privacy=PrivacySpec(epsilon=1.0, delta=1e-6)))


def evaluated_again(studio: Studio, synthesis) -> EvaluationReport:
    studio.now += timedelta(days=1)
    evaluation, _ = studio.request_evaluation(actor(), synthetic_id=synthesis.synthetic.id)
    studio.work_off()
    return reported(studio, evaluation)


def drifts(report: EvaluationReport) -> list[Score]:
    return [s for s in report.scores if s.name.startswith("drift.")]


@pytest.mark.parametrize("private_came_first", [True, False])
def test_no_figure_of_a_private_run_is_quoted_by_a_plain_one_nor_the_other_way_round(
    studio, quality, private_came_first
):
    quality(0.98292)
    first = released(studio)
    studio.now += timedelta(days=30)
    quality(0.90)
    second = released(studio)
    as_private(studio, (first if private_came_first else second).run.id)
    report = evaluated_again(studio, second)
    assert drifts(report) == []
    assert "98.3%" not in json.dumps(report.to_document(), ensure_ascii=False)


def test_a_release_is_compared_with_the_last_one_of_its_kind(studio, quality):
    plain = released(studio)
    studio.now += timedelta(days=30)
    quality(0.5)
    as_private(studio, released(studio).run.id)
    studio.now += timedelta(days=30)
    quality(0.90)
    latest = released(studio)
    drift = reported(studio, latest.evaluation).score("drift.quality")
    assert plain.run.id != latest.run.id
    assert "was 97.0% in the last release" in drift.sentence


def test_what_is_shared_quotes_no_other_release_but_says_that_it_worsened(studio, quality):
    released(studio)
    studio.now += timedelta(days=30)
    quality(0.90)
    internal = reported(studio, released(studio).evaluation)
    shared = shareable(internal)
    assert drifts(internal)
    assert drifts(shared) == []
    assert "97.0%" not in json.dumps(shared.to_document(), ensure_ascii=False)
    assert shared.reasons == (
        "Quality lost since the last release: withheld in this rendering. The last release was "
        "better: find out what changed before this one leaves.",
    )


def test_a_part_of_an_evaluation_gets_no_verdict(studio, quality):
    synthesis = released(studio)
    evaluation, _ = studio.request_evaluation(
        actor(),
        synthetic_id=synthesis.synthetic.id,
        asked=EvaluationSpec(parts=frozenset({Part.UTILITY})),
    )
    studio.work_off()
    assert reported(studio, evaluation).verdict is None
