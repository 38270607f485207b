import io
import json
import threading
import time
import zipfile

import pandas as pd
import pyarrow.parquet as pq
import pytest

from domain.compliance.controls.formats import FORMATS
from domain.compliance.evidence import verify_pack
from domain.datasets.entities import ColumnDecision, PiiAction
from domain.evaluation.report import EVALUATION_SCHEMA, Rendering
from domain.evaluation.shareable import shareable
from domain.jobs import JobKind, JobState
from domain.kernel import BadInput, Cancelled, Conflict, NotAllowed, NotFound, Role
from domain.synthesis.runs import HoldoutSpec
from domain.usecases.finish_job import finish_job
from tests.small_tables import people_csv
from tests.studio import ORGANISATION, OTHER_ORGANISATION, Studio, actor


def finished(studio, **wanted):
    dataset = studio.confirmed()
    synthesis = studio.start(actor(), dataset_id=dataset.id, **wanted)
    studio.work_off()
    return synthesis


def read(download) -> bytes:
    with download.stream as stream:
        return stream.read()


def test_four_jobs_run_one_after_the_other(studio):
    synthesis = finished(studio, target="rich", rows=80)
    states = [studio.jobs.get(ORGANISATION, j.id) for j in synthesis.jobs]
    assert [j.kind for j in states] == ["fit", "sample", "evaluate", "pack"]
    assert {j.state for j in states} == {JobState.SUCCEEDED}, [j.error for j in states]
    assert studio.actions()[-4:] == [
        "training.finished",
        "sample.finished",
        "evaluation.finished",
        "pack.built",
    ]


def test_the_twin_has_the_rows_asked_for_and_the_spelling_of_the_source(studio):
    synthesis = finished(studio, rows=80, evaluate=False, pack=False)
    text = read(studio.download(actor(), synthetic_id=synthesis.synthetic.id)).decode()
    lines = text.splitlines()
    assert lines[0] == "age,city,income,rich"
    assert len(lines) == 81
    source = set(people_csv().decode().splitlines())
    assert set(lines) <= source  # the resampler draws real rows: each comes back to the letter


def test_parquet_is_typed_and_marked_as_synthetic(studio):
    synthesis = finished(studio, rows=80, evaluate=False, pack=False)
    data = read(
        studio.download(actor(), synthetic_id=synthesis.synthetic.id, file_format="parquet")
    )
    table = pq.read_table(io.BytesIO(data))
    assert table.schema.metadata[b"synthetic"] == b"true"
    assert str(table.schema.field("age").type) == "int64"
    assert table.num_rows == 80


def test_a_fifth_is_held_out_unless_told_otherwise(studio):
    run = studio.runs.get(ORGANISATION, finished(studio).run.id)
    assert (run.rows_trained, run.rows_held_out) == (160, 40)


def test_a_holdout_that_is_brought_along_leaves_all_rows_to_train_on(studio):
    dataset = studio.confirmed()
    holdout = studio.holdout(people_csv(rows=70, seed=1))
    synthesis = studio.start(
        actor(), dataset_id=dataset.id, holdout=HoldoutSpec(dataset_id=holdout.id)
    )
    studio.work_off()
    run = studio.runs.get(ORGANISATION, synthesis.run.id)
    assert (run.rows_trained, run.rows_held_out) == (200, 70)


def test_a_holdout_without_the_columns_is_refused_at_once(studio):
    dataset = studio.confirmed()
    holdout = studio.holdout(b"age,town\n1,Bern\n2,Lyon\n")
    with pytest.raises(BadInput, match="city"):
        studio.start(actor(), dataset_id=dataset.id, holdout=HoldoutSpec(dataset_id=holdout.id))


def test_the_pack_holds_the_evidence_and_is_intact():
    studio = Studio(formats=tuple(FORMATS))
    synthesis = finished(studio, target="rich")
    data = read(studio.download_pack(actor(), pack_id=synthesis.pack.id))
    names = set(zipfile.ZipFile(io.BytesIO(data)).namelist())
    assert names == {
        "00-executive-summary.pdf",
        "README.md",
        "attestations/evaluation.dsse.json",
        "attestations/export.dsse.json",
        "attestations/sampling.dsse.json",
        "attestations/training.dsse.json",
        "attestations/upload.dsse.json",
        "audit.json",
        "bill-of-materials.cdx.json",
        "controls.json",
        "controls.pdf",
        "controls.xlsx",
        "croissant.json",
        "data-dictionary.csv",
        "data-dictionary.pdf",
        "environment.txt",
        "evaluation.json",
        "evaluation.pdf",
        "hugging-face/LICENSE.md",
        "hugging-face/README.md",
        "instance.json",
        "leak-check.json",
        "legal.json",
        "legal.pdf",
        "legal/acceptable-use.md",
        "legal/processing.md",
        "legal/disclaimer.md",
        "legal/terms.md",
        "manifest.json",
        "model-card.json",
        "model-card.pdf",
        "oscal/assessment-results.json",
        "oscal/catalog-gdpr.json",
        "oscal/catalog-hipaa.json",
        "oscal/catalog-soc2.json",
        "oscal/component-definition.json",
        "provenance.json",
        "reproduce.ipynb",
        "sdv-metadata-single-table.json",
        "sdv-metadata.json",
        "synthetic.csv",
        "synthetic.csv-metadata.json",
        "synthetic.parquet",
        "verify.html",
        "verify.py",
    }
    check = verify_pack(io.BytesIO(data))
    assert check.first_break is None
    assert check.public_key == studio.keys.public_key()


def test_the_evaluation_in_the_pack_is_the_one_on_the_page_in_its_shareable_rendering(studio):
    synthesis = finished(studio, target="rich")
    data = read(studio.download_pack(actor(), pack_id=synthesis.pack.id))
    packed = json.loads(zipfile.ZipFile(io.BytesIO(data)).read("evaluation.json"))
    shown = studio.read_evaluation(actor(), evaluation_id=synthesis.evaluation.id)
    assert shown.rendering is Rendering.INTERNAL
    assert packed == json.loads(json.dumps(shareable(shown).to_document()))
    assert packed["rendering"] == "shareable"
    assert packed["schema"] == EVALUATION_SCHEMA


def test_taking_an_evaluation_along_is_audited_with_its_rendering(studio):
    synthesis = finished(studio)
    taken = studio.download_evaluation(
        actor(), evaluation_id=synthesis.evaluation.id, rendering=Rendering.SHAREABLE
    )
    assert taken.rendering is Rendering.SHAREABLE
    last = studio.audit.entries()[-1].document()
    assert (last["action"], last["details"]) == (
        "evaluation.downloaded",
        {"rendering": "shareable"},
    )


def test_many_samples_come_from_one_run(studio):
    run = finished(studio, evaluate=False, pack=False).run
    second, job = studio.request_sample(actor(), run_id=run.id, rows=30, seed=5)
    studio.work_off()
    assert studio.jobs.get(ORGANISATION, job.id).state is JobState.SUCCEEDED
    assert [s.seed for s in studio.synthetics.of_run(ORGANISATION, run.id)] == [0, 5]
    assert len(read(studio.download(actor(), synthetic_id=second.id)).splitlines()) == 31


def test_an_unconfirmed_dataset_cannot_be_trained_on(studio):
    dataset = studio.profiled()
    with pytest.raises(Conflict, match="not confirmed"):
        studio.start(actor(), dataset_id=dataset.id)


@pytest.mark.parametrize(
    ("wanted", "word"),
    [
        ({"synthesizer": "nope"}, "nope"),
        ({"target": "nope"}, "nope"),
        ({"settings": {"nope": 1}}, "nope"),
        ({"rows": 0}, "rows"),
        ({"seed": -1}, "seed"),
        ({"holdout": HoldoutSpec(share=0.9)}, "holdout"),
        ({"holdout": HoldoutSpec(share=float("nan"))}, "holdout"),
    ],
)
def test_what_cannot_work_is_refused_before_anything_is_queued(studio, wanted, word):
    dataset = studio.confirmed()
    with pytest.raises(BadInput, match=word):
        studio.start(actor(), dataset_id=dataset.id, **wanted)
    assert studio.jobs.delivered == []


def test_a_dropped_column_is_not_in_the_twin_and_cannot_be_the_target(studio):
    dataset = studio.profiled()
    decision = ColumnDecision(
        table=dataset.tables[0].name, column="city", pii_action=PiiAction.DROP
    )
    studio.confirm(actor(), dataset_id=dataset.id, decisions=[decision])
    with pytest.raises(BadInput, match="city"):
        studio.start(actor(), dataset_id=dataset.id, target="city")
    synthesis = studio.start(actor(), dataset_id=dataset.id)
    studio.work_off()
    text = read(studio.download(actor(), synthetic_id=synthesis.synthetic.id)).decode()
    assert text.splitlines()[0] == "age,income,rich"


def test_files_that_are_not_made_yet_say_so(studio):
    dataset = studio.confirmed()
    synthesis = studio.start(actor(), dataset_id=dataset.id)
    with pytest.raises(Conflict):
        studio.download(actor(), synthetic_id=synthesis.synthetic.id)
    with pytest.raises(Conflict):
        studio.download_pack(actor(), pack_id=synthesis.pack.id)
    with pytest.raises(Conflict):
        studio.read_evaluation(actor(), evaluation_id=synthesis.evaluation.id)
    with pytest.raises(Conflict):
        studio.read_model_card(actor(), run_id=synthesis.run.id)


def test_roles_decide_who_may_take_what_away(studio):
    synthesis = finished(studio)
    reviewer, viewer = actor(Role.REVIEWER), actor(Role.VIEWER)
    assert read(studio.download_pack(reviewer, pack_id=synthesis.pack.id))
    with pytest.raises(NotAllowed):
        studio.download(reviewer, synthetic_id=synthesis.synthetic.id)
    with pytest.raises(NotAllowed):
        studio.download_pack(viewer, pack_id=synthesis.pack.id)


def test_another_organisation_sees_none_of_it(studio):
    synthesis = finished(studio)
    stranger = actor(Role.ADMINISTRATOR, OTHER_ORGANISATION)
    for use_case, asked in [
        (studio.download, {"synthetic_id": synthesis.synthetic.id}),
        (studio.download_pack, {"pack_id": synthesis.pack.id}),
        (studio.read_evaluation, {"evaluation_id": synthesis.evaluation.id}),
        (studio.read_model_card, {"run_id": synthesis.run.id}),
        (studio.request_sample, {"run_id": synthesis.run.id}),
        (studio.request_evaluation, {"synthetic_id": synthesis.synthetic.id}),
        (studio.request_pack, {"synthetic_id": synthesis.synthetic.id}),
        (studio.delete, {"dataset_id": synthesis.run.dataset_id}),
        (studio.cancel, {"job_id": synthesis.jobs[0].id}),
    ]:
        with pytest.raises(NotFound):
            use_case(stranger, **asked)


def test_the_model_card_names_the_run_and_its_source(studio):
    synthesis = finished(studio, target="rich")
    card = studio.read_model_card(actor(), run_id=synthesis.run.id)
    text = json.dumps(card)
    assert str(synthesis.run.id) in text
    dataset = studio.datasets.get(ORGANISATION, synthesis.run.dataset_id)
    assert dataset.files[0].sha256 in text


def test_a_table_that_was_asked_for_wrongly_is_named(studio):
    synthesis = finished(studio, evaluate=False, pack=False)
    with pytest.raises(NotFound, match="people"):
        studio.download(actor(), synthetic_id=synthesis.synthetic.id, table="nope")
    with pytest.raises(BadInput, match="csv, parquet or json"):
        studio.download(actor(), synthetic_id=synthesis.synthetic.id, file_format="xls")


def test_deleting_a_dataset_shreds_what_is_real_and_keeps_what_is_synthetic(studio):
    synthesis = finished(studio)
    dataset = studio.datasets.get(ORGANISATION, synthesis.run.dataset_id)
    studio.delete(actor(), dataset_id=dataset.id)
    with pytest.raises(NotFound):
        studio.datasets.get(ORGANISATION, dataset.id)
    for blob_id in dataset.blob_ids:
        with pytest.raises(NotFound):
            studio.blobs.open(ORGANISATION, blob_id)
    assert read(studio.download(actor(), synthetic_id=synthesis.synthetic.id))


def test_deleting_a_dataset_shreds_the_models_that_learned_from_it(studio):
    synthesis = finished(studio)
    artifact = studio.runs.get(ORGANISATION, synthesis.run.id).artifact_blob
    studio.delete(actor(), dataset_id=synthesis.run.dataset_id)
    with pytest.raises(NotFound):
        studio.blobs.open(ORGANISATION, artifact)
    with pytest.raises(Conflict, match="deleted with its dataset"):
        studio.request_sample(actor(), run_id=synthesis.run.id)


def test_a_deletion_that_breaks_halfway_can_be_done_again(studio, monkeypatch):
    dataset = studio.confirmed()
    with monkeypatch.context() as broken:
        broken.setattr(studio.blobs, "delete", lambda *args: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            studio.delete(actor(), dataset_id=dataset.id)
    studio.delete(actor(), dataset_id=dataset.id)
    assert studio.stored_blobs() == 0


def test_a_fit_of_rows_deleted_meanwhile_keeps_nothing(studio):
    dataset = studio.confirmed()
    learned = studio.synthesizer.fit

    def slow(*args, **kwargs):
        studio.delete(actor(), dataset_id=dataset.id)
        return learned(*args, **kwargs)

    studio.synthesizer.fit = slow
    synthesis = studio.start(actor(), dataset_id=dataset.id)
    studio.work_off()
    assert studio.jobs.get(ORGANISATION, synthesis.jobs[0].id).state is JobState.FAILED
    assert studio.stored_blobs() == 0


def test_an_expired_dataset_is_shredded_by_the_schedule(studio):
    dataset = studio.uploaded()
    assert studio.expire() == 0
    studio.now = dataset.expires_at
    assert studio.expire() == 1
    assert studio.stored_blobs() == 0
    assert studio.expire() == 0
    assert studio.actions()[-1] == "dataset.expired"


def test_evaluation_frames_come_back_with_the_types_they_left_with(studio):
    seen = {}
    real_fit = studio.synthesizer.fit

    def fit(tables, metadata, **rest):
        seen.update(tables)
        return real_fit(tables, metadata, **rest)

    studio.synthesizer.fit = fit
    synthesis = finished(studio)
    work = studio.work()[JobKind.EVALUATE]
    synthetic = studio.synthetics.get(ORGANISATION, synthesis.synthetic.id)
    dataset = studio.datasets.get(ORGANISATION, synthesis.run.dataset_id)
    (frame,) = work._synthetic_tables(synthetic, dataset.metadata.tables).values()
    (trained,) = seen.values()
    pd.testing.assert_series_equal(
        frame.dtypes.astype(str), trained.dtypes.astype(str), check_names=False
    )


def test_the_automatic_choice_is_recorded_with_its_reason(studio):
    synthesis = finished(studio, synthesizer="auto", evaluate=False, pack=False)
    run = studio.runs.get(ORGANISATION, synthesis.run.id)
    assert run.synthesizer == "autoregressive"
    assert run.notes[0] == synthesis.run.notes[0]
    assert run.notes[0].startswith("Chosen automatically: “autoregressive”, because ")
    assert len(run.notes) > 1  # what fitting decided comes after it


def test_a_synthesizer_named_by_a_person_needs_no_reason(studio):
    synthesis = finished(studio, synthesizer="tvae", evaluate=False, pack=False)
    assert synthesis.run.synthesizer == "tvae"
    assert synthesis.run.notes == ()


def test_settings_under_the_automatic_choice_are_those_of_the_chosen(studio):
    dataset = studio.confirmed()
    started = studio.start(actor(), dataset_id=dataset.id, settings={"max_epochs": "3"})
    assert started.run.settings == {"max_epochs": 3}
    with pytest.raises(BadInput, match="There is no setting “latent_dimension”"):
        studio.start(actor(), dataset_id=dataset.id, settings={"latent_dimension": 8})


class SlowDocuments:
    """Sets a page only after the cancel has been heard."""

    def __init__(self) -> None:
        self.heard = threading.Event()

    def pdf(self, template, context) -> bytes:
        self.heard.wait(60)
        return b"%PDF"


def test_a_cancel_is_heard_while_paper_is_set(studio):
    studio.documents = documents = SlowDocuments()
    started = studio.start(actor(), dataset_id=studio.confirmed().id, evaluate=False)
    *before, pack = started.jobs
    for job in before:
        finish_job(studio.jobs, studio.run_job(), actor(), job.id)

    def cancel(done, total, note):
        if note == "writing model-card.pdf":
            studio.cancel(actor(), job_id=pack.id)

    began = time.monotonic()
    with pytest.raises(Cancelled):
        finish_job(studio.jobs, studio.run_job(on_progress=cancel), actor(), pack.id)
    documents.heard.set()
    assert time.monotonic() - began < 60
