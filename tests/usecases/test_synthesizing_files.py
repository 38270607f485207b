import pytest

from domain.kernel import BadInput, NotFound, StudioError
from domain.synthesis.requests import InputFile, SynthesisRequest
from tests.builders import ORGANISATION, actor, opened, people_csv


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
