import io

import pandas as pd
import pyarrow.parquet as pq
import pytest

from domain.datasets.entities import ColumnDecision, PiiAction
from domain.jobs import JobState
from domain.kernel import BadInput, Conflict, NotAllowed, NotFound, Role
from tests.studio import ORGANISATION, actor

GIVEN = b"city,age\nBern,\n,44\n,\nOslo,61\n"


@pytest.fixture
def run(studio):
    dataset = studio.confirmed()
    made = studio.start(actor(), dataset_id=dataset.id, evaluate=False, pack=False)
    studio.work_off()
    return made.run


def completed(studio, run, given: bytes = GIVEN, name: str = "given.csv", **wanted):
    file = studio.file(given, name)
    synthetic, job = studio.request_completion(actor(), run_id=run.id, file=file, **wanted)
    studio.work_off()
    done = studio.jobs.get(ORGANISATION, job.id)
    assert done.state is JobState.SUCCEEDED, done.error
    return studio.synthetics.get(ORGANISATION, synthetic.id)


def read(studio, synthetic, **wanted) -> bytes:
    with studio.download(actor(), synthetic_id=synthetic.id, **wanted).stream as stream:
        return stream.read()


def test_gaps_are_filled_and_given_cells_stay(studio, run):
    rows = pd.read_csv(io.BytesIO(read(studio, completed(studio, run))))
    assert list(rows.columns) == ["age", "city", "income", "rich"]
    assert len(rows) == 4
    assert not rows.isna().any().any()
    assert rows["city"][0] == "Bern"
    assert rows["age"][1] == 44
    assert (rows["city"][3], rows["age"][3]) == ("Oslo", 61)


def test_completed_rows_are_called_so_wherever_they_go(studio, run):
    synthetic = completed(studio, run)
    download = studio.download(actor(), synthetic_id=synthetic.id, file_format="parquet")
    assert download.name.endswith("-completed.parquet")
    with download.stream as stream:
        marks = pq.read_schema(io.BytesIO(stream.read())).metadata
    assert marks[b"synthetic"].startswith(b"partly")
    assert studio.actions()[-3:] == [
        "completion.requested",
        "completion.finished",
        "completion.downloaded",
    ]


def test_completed_rows_are_no_twin(studio, run):
    synthetic = completed(studio, run)
    with pytest.raises(Conflict, match="no synthetic twin"):
        studio.request_evaluation(actor(), synthetic_id=synthetic.id)
    with pytest.raises(Conflict, match="no synthetic twin"):
        studio.request_pack(actor(), synthetic_id=synthetic.id)
    drawn_first = studio.read_model_card(actor(), run_id=run.id)
    assert drawn_first["synthetic_data"]["tables"][0]["rows"] == 160


def test_the_given_file_itself_is_not_kept(studio, run):
    before = studio.stored_blobs()
    completed(studio, run)
    assert studio.stored_blobs() - before == 3  # given rows, CSV and Parquet


def test_deleting_the_dataset_shreds_given_and_completed_rows_but_no_twin(studio, run):
    synthetic = completed(studio, run)
    studio.delete(actor(), dataset_id=run.dataset_id)
    assert studio.stored_blobs() == 2  # the twin's CSV and Parquet
    with pytest.raises(Conflict):
        read(studio, synthetic)
    assert studio.synthetics.get(ORGANISATION, synthetic.id).completed


def test_rows_asked_for_before_the_dataset_goes_are_not_kept_after(studio, run):
    file = studio.file(GIVEN, "given.csv")
    _, job = studio.request_completion(actor(), run_id=run.id, file=file)
    studio.delete(actor(), dataset_id=run.dataset_id)
    studio.work_off()
    assert studio.jobs.get(ORGANISATION, job.id).state is JobState.FAILED
    assert studio.stored_blobs() == 2
    with pytest.raises(NotFound):
        studio.request_completion(actor(), run_id=run.id, file=studio.file(GIVEN, "given.csv"))


@pytest.mark.parametrize(
    ("given", "word"),
    [
        (b"city,town\nBern,\n", "knows no column “town”"),
        (
            b"city,age\nOslo,\nBern,old\n",
            "given file, column “age” has a cell in row 2 ",
        ),
        (b"", "empty"),
        (b"city,age\n", "no rows"),
    ],
)
def test_a_file_that_does_not_fit_is_refused_and_leaves_nothing(studio, run, given, word):
    before = studio.stored_blobs()
    with pytest.raises(BadInput, match=word):
        completed(studio, run, given)
    assert studio.stored_blobs() == before


def test_a_column_that_was_left_out_is_refused(studio):
    dataset = studio.profiled()
    decision = ColumnDecision(
        table=dataset.tables[0].name, column="city", pii_action=PiiAction.DROP
    )
    studio.confirm(actor(), dataset_id=dataset.id, decisions=[decision])
    made = studio.start(actor(), dataset_id=dataset.id, evaluate=False, pack=False)
    studio.work_off()
    with pytest.raises(BadInput, match="left out"):
        completed(studio, made.run)


def test_a_synthesizer_that_draws_whole_rows_only_completes_none(studio):
    dataset = studio.confirmed()
    made = studio.start(
        actor(), dataset_id=dataset.id, synthesizer="sdv-copula", evaluate=False, pack=False
    )
    studio.work_off()
    with pytest.raises(BadInput, match="completing"):
        completed(studio, made.run)


def test_who_may_not_train_may_not_complete(studio, run):
    file = studio.file(GIVEN, "given.csv")
    with pytest.raises(NotAllowed):
        studio.request_completion(actor(Role.VIEWER), run_id=run.id, file=file)


def test_json_and_parquet_are_read_too(studio, run):
    rows = pd.DataFrame({"age": [30, 40], "city": ["Bern", None]})
    buffer = io.BytesIO()
    rows.to_parquet(buffer)
    done = completed(studio, run, buffer.getvalue(), "given.parquet")
    assert pd.read_csv(io.BytesIO(read(studio, done)))["age"].tolist() == [30, 40]
