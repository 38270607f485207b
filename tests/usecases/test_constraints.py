"""From a suggestion to a twin in which every row keeps it."""

import io

import numpy as np
import pandas as pd
import pytest

from domain.datasets.entities import ColumnDecision, PiiAction, SdType
from domain.kernel import BadInput, StudioError
from domain.synthesis.requests import InputFile, SynthesisRequest
from tests.domain.synthesis.careless import Careless
from tests.studio import ORGANISATION, Studio, actor, opened


def stays_csv(rows: int = 300) -> bytes:
    """Hospital stays: an order, a sum, and a pair of columns that go together."""
    rng = np.random.default_rng(1)
    came = pd.Timestamp("2023-01-01") + pd.to_timedelta(rng.integers(0, 500, rows), "D")
    room, care = rng.integers(100, 900, rows), rng.integers(50, 5_000, rows)
    ward = rng.choice(["eye", "ear", "hip"], rows)
    frame = pd.DataFrame(
        {
            "came": came.strftime("%Y-%m-%d"),
            "went": (came + pd.to_timedelta(rng.integers(0, 12, rows), "D")).strftime("%Y-%m-%d"),
            "room_charge": room,
            "care_charge": care,
            "charge": room + care,
            "ward": ward,
            "floor": pd.Series(ward).map({"eye": "first", "ear": "first", "hip": "second"}),
        }
    )
    return frame.to_csv(index=False).encode()


SUGGESTED = ["charge = room_charge + care_charge", "came <= went"]


@pytest.fixture
def studio() -> Studio:
    return Studio(synthesizer=Careless())


def table_of(dataset):
    return next(iter(dataset.metadata.tables.values()))


def kept(dataset) -> list[str]:
    return [str(c) for c in table_of(dataset).constraints]


def rows_of(studio: Studio, dataset_id) -> pd.DataFrame:
    started = studio.start(actor(), dataset_id=dataset_id, evaluate=False, pack=False, seed=4)
    studio.work_off()
    synthetic = studio.synthetics.get(ORGANISATION, started.synthetic.id)
    assert synthetic.tables, [j.error for j in studio.jobs._jobs.values()]
    download = studio.download(
        actor(), synthetic_id=synthetic.id, table=synthetic.tables[0].name, file_format="csv"
    )
    return pd.read_csv(io.BytesIO(download.stream.read()))


def test_confirming_takes_what_profiling_suggests(studio):
    dataset = studio.confirmed(stays_csv())
    assert kept(dataset) == SUGGESTED
    rows = rows_of(studio, dataset.id)
    assert (rows["charge"] == rows["room_charge"] + rows["care_charge"]).all()
    assert (rows["came"] <= rows["went"]).all()


def test_a_person_s_own_rules_are_kept_in_the_written_file(studio):
    dataset = studio.profiled(stays_csv())
    rules = ["came <= went", "combination(ward, floor)", "room_charge >= 300"]
    name = dataset.tables[0].name
    dataset = studio.confirm(actor(), dataset_id=dataset.id, constraints={name: rules})
    assert kept(dataset) == rules
    rows = rows_of(studio, dataset.id)
    assert (rows["room_charge"] >= 300).all()
    assert not ((rows["ward"] == "hip") & (rows["floor"] == "first")).any()
    assert not (rows["charge"] == rows["room_charge"] + rows["care_charge"]).all()
    assert [str(c) for c in table_of(dataset).suggested_constraints] == SUGGESTED


def test_rules_that_conflict_are_refused_before_training(studio):
    dataset = studio.profiled(stays_csv())
    rules = {dataset.tables[0].name: ["came <= went", "went < came"]}
    with pytest.raises(BadInput, match="“came <= went” and “went < came”"):
        studio.confirm(actor(), dataset_id=dataset.id, constraints=rules)
    assert studio.datasets.get(ORGANISATION, dataset.id).confirmed_at is None


def test_a_rule_that_most_real_rows_break_is_refused(studio):
    dataset = studio.profiled(stays_csv())
    rules = {dataset.tables[0].name: ["charge = room_charge * 2"]}
    with pytest.raises(BadInput, match=r"does not hold in (9\d|100)% of the rows"):
        studio.confirm(actor(), dataset_id=dataset.id, constraints=rules)


def test_a_suggestion_goes_quietly_with_its_column_and_an_own_rule_does_not(studio):
    dataset = studio.profiled(stays_csv())
    name = dataset.tables[0].name
    drop = [ColumnDecision(table=name, column="went", pii_action=PiiAction.DROP)]
    retype = [ColumnDecision(table=name, column="charge", sdtype=SdType.CATEGORICAL)]
    dataset = studio.confirm(actor(), dataset_id=dataset.id, decisions=drop + retype)
    assert kept(dataset) == []
    with pytest.raises(BadInput, match="left out of the twin"):
        studio.confirm(actor(), dataset_id=dataset.id, constraints={name: ["went >= 2020-01-01"]})


def test_a_table_that_is_not_there_is_refused(studio):
    dataset = studio.profiled(stays_csv())
    with pytest.raises(BadInput, match="no table named “visits”"):
        studio.confirm(actor(), dataset_id=dataset.id, constraints={"visits": []})


def test_profiling_again_keeps_own_rules_and_suggests_anew(studio):
    dataset = studio.profiled(stays_csv())
    name = dataset.tables[0].name
    studio.confirm(actor(), dataset_id=dataset.id, constraints={name: ["care_charge >= 0"]})
    studio.request_profile(actor(), dataset_id=dataset.id)
    studio.work_off()
    again = studio.datasets.get(ORGANISATION, dataset.id)
    assert kept(again) == ["care_charge >= 0", *SUGGESTED]


def test_a_model_trained_before_a_rule_was_confirmed_does_not_break_it_in_silence(studio):
    dataset = studio.confirmed(stays_csv())
    started = studio.start(actor(), dataset_id=dataset.id, evaluate=False, pack=False)
    studio.work_off()
    name = dataset.tables[0].name
    rules = {name: [*SUGGESTED, "room_charge >= 300"]}
    studio.confirm(actor(), dataset_id=dataset.id, constraints=rules)
    _, job = studio.request_sample(actor(), run_id=started.run.id, seed=9)
    studio.work_off()
    ended = studio.jobs.get(ORGANISATION, job.id)
    assert "“room_charge >= 300”" in ended.error
    assert "train a new one" in ended.error


def made_at_once(studio: Studio, **wanted):
    request = SynthesisRequest(
        inputs=[InputFile(name="stays.csv", open=opened(stays_csv()))],
        settings={},
        evaluate=False,
        pack=False,
        **wanted,
    )
    return studio.synthesize_files()(actor(), wanted=request).dataset


def test_the_main_job_adds_rules_to_those_suggested_or_declines_them(studio):
    added = made_at_once(studio, constraints=["unique(came, charge)"])
    assert kept(added) == [*SUGGESTED, "unique(came, charge)"]
    alone = made_at_once(studio, constraints=["came <= went"], suggested_constraints=False)
    assert kept(alone) == ["came <= went"]


def test_the_main_job_refuses_a_rule_before_it_reads_a_byte(studio):
    request = SynthesisRequest(
        inputs=[InputFile(name="stays.csv", open=lambda: pytest.fail("was read"))],
        settings={},
        constraints=["came <"],
    )
    with pytest.raises(StudioError, match="came <"):
        studio.synthesize_files()(actor(), wanted=request)
