"""Histories of a person's own that are continued, and lengths that are asked for."""

import io

import pandas as pd
import pytest

from domain.jobs import JobState
from domain.kernel import BadInput
from domain.synthesis.condition_text import BadCondition, SpecWords
from domain.synthesis.conditions import Lengths, SampleSpec
from tests.small_tables import payments_csv
from tests.studio import ORGANISATION, Resampler, Studio, actor

GIVEN = b"account_id,date,kind,amount\n7,2020-03-01,in,5\n8,2020-03-02,out,6\n"


class GoingOn(Resampler):
    """Puts the rows that it was given twice, and remembers how far they were to go on."""

    def complete(self, artifact, given, *, seed, on_progress, spec=None):
        self.asked = spec
        twice = pd.concat([given, given], ignore_index=True)
        yield twice.sort_values("account_id", kind="stable", ignore_index=True)


@pytest.fixture
def engine() -> GoingOn:
    return GoingOn()


@pytest.fixture
def studio(engine) -> Studio:
    return Studio(synthesizer=engine)


def run_of(studio: Studio, synthesizer: str = "sequences"):
    keys = {"entity": "account_id", "time": "date"} if synthesizer == "sequences" else {}
    dataset = studio.confirmed(payments_csv())
    made = studio.start(
        actor(), dataset_id=dataset.id, synthesizer=synthesizer, evaluate=False, pack=False, **keys
    )
    studio.work_off()
    return made.run


def continued(studio: Studio, run, **words: list[str]):
    synthetic, job = studio.request_completion(
        actor(), run_id=run.id, file=studio.file(GIVEN, "given.csv"), words=SpecWords(**words)
    )
    studio.work_off()
    assert studio.jobs.get(ORGANISATION, job.id).state is JobState.SUCCEEDED
    return studio.synthetics.get(ORGANISATION, synthetic.id)


def test_the_engine_is_told_how_far_given_histories_go_on(studio, engine):
    synthetic = continued(studio, run_of(studio), events=["5-9"], until=["2020-12-31"])
    wanted = SampleSpec(lengths=Lengths(fewest=5, most=9, until="2020-12-31T00:00:00"))
    assert engine.asked == synthetic.spec == wanted
    assert synthetic.tables[0].rows == 4
    with studio.download(actor(), synthetic_id=synthetic.id).stream as stream:
        assert list(pd.read_csv(io.BytesIO(stream.read()))["account_id"]) == [7, 7, 8, 8]


def test_the_audit_log_says_how_far(studio):
    continued(studio, run_of(studio), events=["5"])
    documents = [entry.document() for entry in studio.audit.entries()]
    said = next(d for d in documents if d["action"] == "completion.requested")
    assert said["details"]["lengths"] == ["Every given history goes on by 5 events."]


def test_what_cannot_be_read_is_refused_and_nothing_is_kept(studio):
    run = run_of(studio)
    before = studio.stored_blobs()
    with pytest.raises(BadCondition, match="cannot be read"):
        continued(studio, run, events=["some"])
    assert studio.stored_blobs() == before


def test_rows_of_a_table_do_not_go_on(studio):
    run = run_of(studio, "autoregressive")
    with pytest.raises(BadInput, match="draws rows, not histories"):
        continued(studio, run, events=["5"])


def test_a_sample_is_asked_for_with_lengths(studio):
    run = run_of(studio)
    synthetic, _ = studio.request_sample(
        actor(), run_id=run.id, entities=4, words=SpecWords(events=["x2"])
    )
    assert synthetic.spec == SampleSpec(lengths=Lengths(times=2.0))
