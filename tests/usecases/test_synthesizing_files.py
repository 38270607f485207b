from dataclasses import replace

import pytest

from domain.datasets.confirmation import Confirmation
from domain.evaluation.report import Verdict
from domain.evaluation.verdict import ReleaseRule, When
from domain.jobs import JobKind, JobState
from domain.kernel import BadInput, NotFound, StudioError
from domain.synthesis.requests import InputFile, SynthesisRequest
from tests.small_tables import people_csv
from tests.studio import ORGANISATION, actor, opened


def wanted(data: bytes | None = None, **changed) -> SynthesisRequest:
    source = InputFile(name="people.csv", open=opened(people_csv() if data is None else data))
    return SynthesisRequest(**{"inputs": [source], "settings": {}, "rows": 50, **changed})


def test_the_whole_job_runs_here_step_by_step(studio):
    steps = []
    finished = studio.synthesize_files()(
        actor(), wanted=wanted(target="rich"), on_step=steps.append
    )
    assert steps == ["read", "profile", "fit", "sample", "evaluate", "pack"]
    assert set(finished.timings) == set(steps)
    assert finished.synthetic.tables[0].rows == 50
    assert finished.run.rows_trained == 160


def test_without_an_evaluation_every_row_is_trained_on(studio):
    finished = studio.synthesize_files()(actor(), wanted=wanted(evaluate=False, pack=False))
    assert finished.run.rows_trained == 200
    assert finished.synthesis.evaluation is None
    assert finished.synthesis.pack is None


def test_a_holdout_file_is_read_but_not_trained_on(studio):
    other = InputFile(name="more.csv", open=opened(people_csv(rows=60, seed=2)))
    finished = studio.synthesize_files()(actor(), wanted=wanted(holdout=other))
    assert (finished.run.rows_trained, finished.run.rows_held_out) == (200, 60)


@pytest.mark.parametrize(
    ("changed", "how"),
    [
        ({}, Confirmation.UNSEEN),
        ({"schema": b'{"METADATA_SPEC_VERSION": "SINGLE_TABLE_V1", "columns": {}}'}, "named"),
        ({"columns_reviewed": True}, Confirmation.STATED),
    ],
)
def test_a_command_that_takes_suggestions_is_nobodys_look(studio, changed, how):
    asked = wanted(evaluate=False, pack=False, **changed)
    dataset = studio.synthesize_files()(actor(), wanted=asked).dataset
    assert dataset.confirmation == how
    entries = [e.document() for e in studio.audit.entries()]
    (entry,) = (e for e in entries if e["action"].startswith("columns."))
    assert entry["details"]["how"] == how
    assert (entry["action"] == "columns.confirmed") == (how == Confirmation.STATED)


@pytest.mark.parametrize(
    "changed", [{"synthesizer": "nope"}, {"settings": {"nope": "1"}}, {"rows": -1}, {"seed": -1}]
)
def test_a_bad_word_is_refused_before_a_byte_is_read(studio, changed):
    def never():
        raise AssertionError("the file was opened")

    source = InputFile(name="people.csv", open=never)
    with pytest.raises(BadInput):
        studio.synthesize_files()(actor(), wanted=wanted(inputs=[source], **changed))


def test_an_unknown_target_shreds_what_was_read(studio):
    with pytest.raises(BadInput, match="nope"):
        studio.synthesize_files()(actor(), wanted=wanted(target="nope"))
    assert studio.stored_blobs() == 0


def test_a_failed_fit_is_reported_and_shreds_what_was_read(studio):
    class Broken:
        def fit(self, *args, **kwargs):
            raise RuntimeError

    studio.synthesizer = Broken()
    with pytest.raises(StudioError, match="RuntimeError"):
        studio.synthesize_files()(actor(), wanted=wanted())
    assert studio.stored_blobs() == 0
    dataset_id = studio.audit.entries()[0].document()["subject"]
    with pytest.raises(NotFound):
        studio.datasets.get(ORGANISATION, dataset_id)


def strict(studio):
    """Nothing that is measured is good enough."""
    below = {"score": "similarity.quality", "when": When.BELOW, "limit": 0.99}
    rule = ReleaseRule(verdict=Verdict.DO_NOT_RELEASE, advice="Train longer.", **below)
    studio.release_rules = (rule,)
    return studio


def test_a_gate_that_keeps_the_pack_inside_keeps_run_rows_and_evaluation(studio):
    finished = strict(studio).synthesize_files()(actor(), wanted=wanted())
    assert finished.held.startswith("Nothing was released. Rules for a release: ")
    assert finished.synthetic.tables[0].rows == 50
    studio.datasets.get(ORGANISATION, finished.dataset.id)
    pack = studio.packs.get(ORGANISATION, finished.synthesis.pack.id)
    assert pack.blob_id is None


def test_a_pack_that_breaks_for_another_reason_is_no_gate(studio):
    def broken(template, context):
        raise RuntimeError

    studio.documents.pdf = broken
    with pytest.raises(StudioError, match="was not kept"):
        studio.synthesize_files()(actor(), wanted=wanted(evaluate=False))


def test_where_a_second_person_decides_the_pack_waits(studio):
    studio.second_person = True
    studio.start = replace(studio.start, second_person=True)
    finished = studio.synthesize_files()(actor(), wanted=wanted(evaluate=False))
    assert "second person" in finished.held
    assert finished.synthesis.pack is None


def test_an_evaluation_that_breaks_loses_neither_the_run_nor_its_rows(studio, monkeypatch):
    def broken(*sides, **how):
        raise ZeroDivisionError

    with monkeypatch.context() as here:
        here.setattr("domain.usecases.evaluate_twin.evaluate", broken)
        finished = studio.synthesize_files()(actor(), wanted=wanted())
    assert "ZeroDivisionError" in finished.unmade[JobKind.EVALUATE]
    assert set(finished.unmade) == {JobKind.EVALUATE, JobKind.PACK}
    assert finished.synthetic.tables[0].rows == 50
    _, job = studio.request_evaluation(actor(), synthetic_id=finished.synthetic.id)
    studio.work_off()
    assert studio.jobs.get(ORGANISATION, job.id).state is JobState.SUCCEEDED


def test_a_sample_that_breaks_still_shreds_what_was_read(studio, monkeypatch):
    def broken(*sides, **how):
        raise ZeroDivisionError

    monkeypatch.setattr("domain.usecases.draw_sample.DrawSample._draw", broken)
    with pytest.raises(StudioError, match="was not kept"):
        studio.synthesize_files()(actor(), wanted=wanted())
    assert studio.stored_blobs() == 0
