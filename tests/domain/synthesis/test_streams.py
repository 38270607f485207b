"""Several related tables as one stream of events: keys match, and nothing is lost."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from domain.datasets.belonging import belonging
from domain.datasets.entities import Metadata, SequenceKeys
from domain.kernel import BadInput
from domain.synthesis.base import FitResult
from domain.synthesis.conditions import Condition, Operator, SampleSpec
from domain.synthesis.sequences.streams.merging import Stream, merged
from domain.synthesis.sequences.streams.plan import stream_plan
from domain.synthesis.sequences.streams.splitting import Split
from tests.domain.synthesis.clinic import clinic, clinic_metadata, drawn, fitted, without

PATIENTS = 40
KIND = "kind of event"


@pytest.fixture(scope="module")
def tables() -> dict[str, pd.DataFrame]:
    return clinic(PATIENTS)


@pytest.fixture(scope="module")
def fit(tables: dict[str, pd.DataFrame]) -> FitResult:
    return fitted(tables, clinic_metadata())


@pytest.fixture(scope="module")
def twin(fit: FitResult) -> dict[str, pd.DataFrame]:
    return drawn(fit)


def stream_of(tables: dict[str, pd.DataFrame], metadata: Metadata) -> Stream:
    belongs = belonging(metadata)
    assert belongs is not None
    return merged(tables, {}, metadata, stream_plan(metadata, belongs), belongs)


def test_an_event_is_never_before_its_parent_and_what_is_at_its_time_follows_at_once(
    tables: dict[str, pd.DataFrame],
) -> None:
    frame = stream_of(tables, clinic_metadata()).frame
    assert len(frame) == sum(len(tables[n]) for n in ("visits", "diagnoses", "labs")) + 8
    kinds = frame[KIND].astype(str)
    followed = kinds.eq("diagnoses") & ~kinds.shift().isin(["visits", "diagnoses", "labs"])
    assert not followed.any()
    assert (frame["diagnoses.visit"].dropna() == 0).all()
    later = frame["patients.id"] == frame["patients.id"].shift()
    assert (frame["time"].diff()[later] >= pd.Timedelta(0)).all()


def test_a_patient_who_was_never_there_is_one_event_of_no_kind(
    tables: dict[str, pd.DataFrame],
) -> None:
    frame = stream_of(tables, clinic_metadata()).frame
    nothing = frame[~frame["has events"]]
    never = set(tables["patients"]["id"]) - set(tables["visits"]["patient"])
    assert set(nothing["patients.id"]) == never
    assert len(nothing) == len(never) == PATIENTS // 5
    assert nothing["visits.cause"].isna().all()


def test_merging_and_splitting_a_stream_gives_the_tables_back(
    tables: dict[str, pd.DataFrame],
) -> None:
    metadata = without(clinic_metadata(), "wards")
    metadata = metadata.__class__(
        tables={
            n: replace(t, columns=tuple(c for c in t.columns if c.name != "ward"))
            for n, t in metadata.tables.items()
        },
        relationships=metadata.relationships,
    )
    some = {n: f.drop(columns="ward", errors="ignore") for n, f in tables.items() if n != "wards"}
    belongs = belonging(metadata)
    assert belongs is not None
    plan = stream_plan(metadata, belongs)
    stream = merged(some, {}, metadata, plan, belongs)
    split = Split(
        plan=plan, keys=Known(some), exact=stream.exact, copies=stream.copies, labels={}, one=False
    )
    back = split.tables(stream.frame, np.random.default_rng(0))
    for name, frame in back.items():
        links = [c for c in ("id", "patient", "visit") if c in frame]
        said = [c for c in frame if c not in links]
        assert list(frame.columns) == list(some[name].columns)
        assert list(frame.dtypes) == list(some[name].dtypes)
        pd.testing.assert_frame_equal(_sorted(frame[said]), _sorted(some[name][said]))
    joined = back["diagnoses"].merge(back["visits"], left_on="visit", right_on="id")
    assert len(joined) == len(tables["diagnoses"])
    assert (joined["code"] == joined["cause_y"].map({"flu": "fever", "fracture": "fall"})).all()
    tested = back["labs"].merge(back["visits"], left_on="visit", right_on="id")
    assert len(tested) == tables["labs"]["visit"].notna().sum()
    assert (tested["day"] == tested["start"].dt.normalize()).all()
    assert (tested["patient_x"] == tested["patient_y"]).all()


class Known(dict[str, object]):
    """Numbers as keys, instead of invented ones."""

    def __init__(self, tables: dict[str, pd.DataFrame]) -> None:
        super().__init__(dict.fromkeys(tables, self))

    def decode(self, codes: np.ndarray, rng: np.random.Generator) -> pd.Series:
        return pd.Series([str(n) for n in range(len(codes))], dtype="string[pyarrow]")


def _sorted(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.sort_values(list(frame.columns)).reset_index(drop=True)


def test_every_table_comes_out_with_its_columns_and_dtypes(
    tables: dict[str, pd.DataFrame], twin: dict[str, pd.DataFrame]
) -> None:
    assert set(twin) == set(tables)
    for name, frame in tables.items():
        assert list(twin[name].columns) == list(frame.columns)
        assert list(twin[name].dtypes.astype(str)) == list(frame.dtypes.astype(str))
        assert len(twin[name])


def test_every_foreign_key_refers_to_a_row_of_the_same_patient(
    twin: dict[str, pd.DataFrame],
) -> None:
    for link in clinic_metadata().relationships:
        column = twin[link.child_table_name][link.child_foreign_key].dropna()
        assert column.isin(twin[link.parent_table_name]["id"]).all()
    assert twin["diagnoses"]["visit"].notna().all()
    assert twin["visits"]["patient"].notna().all()
    tested = twin["labs"].merge(twin["visits"], left_on="visit", right_on="id")
    assert len(tested)
    assert (tested["patient_x"] == tested["patient_y"]).all()


def test_what_a_diagnosis_always_has_from_its_visit_it_has_in_the_twin(
    fit: FitResult, twin: dict[str, pd.DataFrame]
) -> None:
    joined = twin["diagnoses"].merge(twin["visits"], left_on="visit", right_on="id")
    assert (joined["cause_x"].astype(str) == joined["cause_y"].astype(str)).all()
    assert any("copied from it: “diagnoses.cause”" in note for note in fit.notes)


def test_a_lab_of_no_visit_stays_one(twin: dict[str, pd.DataFrame]) -> None:
    assert 0 < twin["labs"]["visit"].isna().mean() < 1


def test_some_patients_have_no_visit_as_in_the_real_tables(
    twin: dict[str, pd.DataFrame],
) -> None:
    without_any = ~twin["patients"]["id"].isin(twin["visits"]["patient"])
    assert 0 < without_any.mean() < 0.5


def test_keys_are_new_and_never_come_twice(
    tables: dict[str, pd.DataFrame], twin: dict[str, pd.DataFrame]
) -> None:
    for name in ("patients", "visits", "wards"):
        assert twin[name]["id"].is_unique
        assert not set(twin[name]["id"]) & set(tables[name]["id"])


def test_events_come_by_entity_and_time(twin: dict[str, pd.DataFrame]) -> None:
    for name, time in (("visits", "start"), ("labs", "day")):
        again = twin[name].sort_values(["patient", time], kind="stable")
        assert (again.index == twin[name].index).all()


def test_days_have_no_time_and_no_visit_ends_before_it_begins(
    twin: dict[str, pd.DataFrame],
) -> None:
    assert (twin["labs"]["day"] == twin["labs"]["day"].dt.normalize()).all()
    assert (twin["visits"]["stop"] > twin["visits"]["start"]).all()


def test_rows_count_entities_and_code_books_stay_as_they_are(fit: FitResult) -> None:
    few = drawn(fit, rows=6)
    assert len(few["patients"]) == 6
    assert len(few["wards"]) == 3
    assert len(drawn(fit, rows=0)["visits"]) == 0


def test_conditions_are_on_columns_of_the_entities(fit: FitResult) -> None:
    asked = Condition(column="sex", test=Operator.IS, values=("f",))
    assert set(drawn(fit, rows=8, spec=SampleSpec(where=(asked,)))["patients"]["sex"]) == {"f"}
    of_event = SampleSpec(where=(replace(asked, column="cause"),))
    with pytest.raises(BadInput, match="columns of “patients”"):
        drawn(fit, rows=8, spec=of_event)


def test_the_same_seed_gives_the_same_tables(fit: FitResult) -> None:
    one, other = drawn(fit, rows=5, seed=3), drawn(fit, rows=5, seed=3)
    for name, frame in one.items():
        pd.testing.assert_frame_equal(frame, other[name])


def test_the_notes_say_what_was_learned_together(fit: FitResult) -> None:
    assert any("one stream of events of every row of “patients”" in note for note in fit.notes)


def test_rows_of_nobody_are_left_out_and_counted(tables: dict[str, pd.DataFrame]) -> None:
    visits = tables["visits"].copy()
    visits.loc[:2, "patient"] = None
    stream = stream_of({**tables, "visits": visits}, clinic_metadata())
    assert stream.left_out["visits"] == 3


def test_a_table_of_events_of_nobody_is_refused(tables: dict[str, pd.DataFrame]) -> None:
    metadata = without(clinic_metadata(), "wards")
    lone = replace(metadata.tables["labs"], sequence=SequenceKeys(time="day"))
    unlinked = replace(
        metadata,
        tables={**metadata.tables, "labs": lone},
        relationships=metadata.relationships[:2],
    )
    with pytest.raises(BadInput, match="“labs” does not refer to “patients”"):
        fitted(tables, unlinked)


def test_tables_without_an_entity_are_refused(tables: dict[str, pd.DataFrame]) -> None:
    with pytest.raises(BadInput, match="Nothing says whose events"):
        fitted(tables, without(clinic_metadata(), "patients"))
