import io
import json
from dataclasses import replace

import pandas as pd
import pytest

from domain.jobs import JobKind, JobState
from domain.kernel import BadInput, Conflict
from domain.privacy.budget import PrivacySpec
from domain.synthesis.condition_text import BadCondition, SpecWords
from domain.synthesis.requests import InputFile, SynthesisRequest
from tests.small_tables import people_csv
from tests.studio import ORGANISATION, actor, opened

OVER_65_IN_BERN = SpecWords(where=["age>=65", "city=Bern"])


def frame_of(studio, synthetic) -> pd.DataFrame:
    with studio.download(actor(), synthetic_id=synthetic.id).stream as stream:
        return pd.read_csv(io.BytesIO(stream.read()))


def drawn(studio, **wanted) -> pd.DataFrame:
    dataset = studio.confirmed()
    made = studio.start(actor(), dataset_id=dataset.id, evaluate=False, pack=False, **wanted)
    studio.work_off()
    return frame_of(studio, made.synthetic)


def test_every_row_fulfils_the_conditions(studio):
    rows = drawn(studio, rows=60, words=OVER_65_IN_BERN)
    assert len(rows) == 60
    assert (rows["age"] >= 65).all()
    assert set(rows["city"]) == {"Bern"}


def test_amplified_rows_are_more_frequent(studio):
    rows = drawn(studio, rows=1000, words=SpecWords(amplify=["city=Oslo:3"]))
    assert (rows["city"] == "Oslo").mean() > 0.5


def test_more_rows_of_a_run_take_conditions_of_their_own(studio):
    dataset = studio.confirmed()
    run = studio.start(actor(), dataset_id=dataset.id, evaluate=False, pack=False).run
    studio.work_off()
    more, _ = studio.request_sample(actor(), run_id=run.id, rows=20, words=OVER_65_IN_BERN)
    studio.work_off()
    kept = studio.synthetics.get(ORGANISATION, more.id)
    assert [c.column for c in kept.spec.where] == ["age", "city"]
    assert (frame_of(studio, kept)["age"] >= 65).all()


@pytest.mark.parametrize(
    ("words", "field"),
    [
        (SpecWords(where=["agee>3"]), "where"),
        (SpecWords(where=["age>=65", "age<18"]), "where"),
        (SpecWords(amplify=["city=Oslo"]), "amplify"),
        (SpecWords(stratify=["city=Oslo:2"]), "stratify"),
        (SpecWords(impute=["nope"]), "impute"),
    ],
)
def test_what_cannot_be_met_is_refused_before_anything_is_queued(studio, words, field):
    dataset = studio.confirmed()
    with pytest.raises(BadCondition) as refusal:
        studio.start(actor(), dataset_id=dataset.id, words=words)
    assert refusal.value.field == field
    assert studio.jobs.delivered == []


def test_a_synthesizer_that_draws_whole_rows_only_refuses_conditions(studio):
    dataset = studio.confirmed()
    with pytest.raises(BadInput, match="without conditions"):
        studio.start(
            actor(), dataset_id=dataset.id, synthesizer="sdv-copula", words=OVER_65_IN_BERN
        )


def test_the_audit_log_names_columns_and_tests_but_no_typed_value(studio):
    drawn(studio, rows=10, words=SpecWords(where=["city=Lyon"], amplify=["rich=yes:1.5"]))
    requested = [e for e in studio.audit.entries() if e.document()["action"] == "sample.requested"]
    details = requested[-1].document()["details"]
    assert details["where"] == ["city is"]
    assert details["amplify"] == [{"what": "rich is", "factor": "1.5"}]
    assert b"Lyon" not in b"".join(e.leaf for e in studio.audit.entries())


def test_the_model_card_says_what_was_asked(studio):
    dataset = studio.confirmed()
    made = studio.start(actor(), dataset_id=dataset.id, words=OVER_65_IN_BERN, pack=False)
    studio.work_off()
    card = studio.read_model_card(actor(), run_id=made.run.id)
    assert card["synthetic_data"]["conditions"] == [
        "Every row fulfils: age >= 65.",
        "Every row fulfils: city = Bern.",
    ]
    assert any("do not stand for the whole table" in limit for limit in card["limitations"])


def test_bad_syntax_on_the_command_line_is_refused_before_a_byte_is_read(studio):
    def never():
        raise AssertionError("the file was opened")

    wanted = SynthesisRequest(
        inputs=[InputFile(name="people.csv", open=never)],
        settings={},
        words=SpecWords(where=["age"]),
    )
    with pytest.raises(BadInput, match="no test follows"):
        studio.synthesize_files()(actor(), wanted=wanted)


def test_a_condition_on_no_column_shreds_what_was_read(studio):
    source = InputFile(name="people.csv", open=opened(people_csv()))
    wanted = SynthesisRequest(inputs=[source], settings={}, words=SpecWords(where=["agee>3"]))
    with pytest.raises(BadInput, match="agee"):
        studio.synthesize_files()(actor(), wanted=wanted)
    assert studio.stored_blobs() == 0


NOT_THERE = SpecWords(where=["city=Astronaut"])


class Untrainable:
    def fit(self, *args, **kwargs):
        raise AssertionError("training began")


def test_a_fit_whose_conditions_no_real_row_supports_is_refused_before_it_trains(studio):
    dataset = studio.confirmed()
    studio.synthesizer = Untrainable()
    made = studio.start(actor(), dataset_id=dataset.id, words=NOT_THERE)
    studio.work_off()
    assert "does not occur in “city”" in studio.jobs.get(ORGANISATION, made.jobs[0].id).error


def test_a_fit_goes_on_while_something_else_waits_for_it_that_can_be_drawn(studio):
    made = studio.start(actor(), dataset_id=studio.confirmed().id, evaluate=False, pack=False)
    studio.request_sample(actor(), run_id=made.run.id, words=NOT_THERE)
    studio.work_off()
    states = {studio.jobs.get(ORGANISATION, job.id).state for job in made.jobs}
    assert states == {JobState.SUCCEEDED}


def test_a_cancelled_draw_does_not_refuse_the_fit_it_waited_for(studio):
    made = studio.start(actor(), dataset_id=studio.confirmed().id, words=NOT_THERE)
    fit, sample = made.jobs[:2]
    studio.cancel(actor(), job_id=sample.id)
    studio.work_off()
    assert studio.jobs.get(ORGANISATION, fit.id).state is JobState.SUCCEEDED


def test_no_real_row_is_counted_for_a_private_run(studio):
    made = studio.start(actor(), dataset_id=studio.confirmed().id, words=NOT_THERE)
    studio.runs.add(replace(made.run, privacy=PrivacySpec(epsilon=1.0, delta=1e-6)))
    studio.work_off()
    fit = studio.jobs.get(ORGANISATION, made.jobs[0].id)
    assert "does not occur" not in fit.error


def test_parquet_alone_writes_no_csv_and_gets_no_pack(studio):
    dataset = studio.confirmed()
    made = studio.start(actor(), dataset_id=dataset.id, evaluate=False, pack=False, csv=False)
    studio.work_off()
    synthetic = studio.synthetics.get(ORGANISATION, made.synthetic.id)
    assert synthetic.tables[0].csv_blob is None
    with pytest.raises(Conflict, match="Parquet only"):
        studio.download(actor(), synthetic_id=synthetic.id)
    with pytest.raises(Conflict, match="Parquet only"):
        studio.request_pack(actor(), synthetic_id=synthetic.id)
    with studio.download(actor(), synthetic_id=synthetic.id, file_format="parquet").stream as file:
        assert len(pd.read_parquet(io.BytesIO(file.read()))) == 160
    assert "csv_sha256" not in json.dumps(studio.read_model_card(actor(), run_id=made.run.id))


def test_a_pack_brings_its_csv_along(studio):
    dataset = studio.confirmed()
    made = studio.start(actor(), dataset_id=dataset.id, evaluate=False, pack=True, csv=False)
    studio.work_off()
    job = studio.jobs.latest(ORGANISATION, JobKind.PACK, made.pack.id)
    assert job.state is JobState.SUCCEEDED
