"""Partly given rows: what is given stays as it is, and the gaps are filled to go with it."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd
import pytest

from domain.datasets.entities import Metadata, SdType
from domain.datasets.preparing import untyped
from domain.kernel import no_progress
from domain.synthesis import filling
from domain.synthesis.autoregressive import Autoregressive
from tests.domain.synthesis.simulated import fitted, households, metadata, people, spec

ENGINE = Autoregressive()
SOIL = [f"soil{i}" for i in range(5)]


@pytest.fixture(scope="module")
def learned() -> tuple[pd.DataFrame, Metadata, bytes]:
    """Households with a one-hot group, a constant and an empty column, a key and a rare word."""
    frame, about = households(3_000)
    rng = np.random.default_rng(3)
    soil = (frame["age"].to_numpy(np.int64) // 15) % 5
    frame = frame.assign(
        **{name: pd.Series(soil == i).astype("Int64") for i, name in enumerate(SOIL)},
        land=pd.Categorical(["here"] * 3_000),
        nothing=np.nan,
        key=pd.array([f"H-{i:05d}" for i in rng.permutation(3_000)], dtype="string[pyarrow]"),
    )
    more = [
        *(spec(name, SdType.INTEGER) for name in SOIL),
        spec("land", SdType.CATEGORICAL),
        spec("nothing", SdType.FLOAT),
        spec("key", SdType.ID, unique=True),
    ]
    about = metadata(*about.tables["people"].columns, *more)
    artifact = fitted(ENGINE, {"people": frame}, about, settings={"max_epochs": 8}).artifact
    return frame, about, artifact


def completed(artifact: bytes, given: pd.DataFrame, seed: int = 0) -> pd.DataFrame:
    frames = ENGINE.complete(artifact, given, seed=seed, on_progress=no_progress)
    return pd.concat(list(frames), ignore_index=True)


def with_gaps(frame: pd.DataFrame, share: float, seed: int = 0) -> pd.DataFrame:
    """The frame with cells left out at random."""
    rng = np.random.default_rng(seed)
    given = frame.reset_index(drop=True).copy()
    for name in given:
        given.loc[rng.random(len(given)) < share, name] = None
    return given


def texts(frame: pd.DataFrame, about: Metadata) -> pd.DataFrame:
    """The cells as a file would hold them."""
    return untyped(frame, about.tables["people"]).to_pandas().astype(object)


@pytest.mark.parametrize("share", [0.0, 0.2, 0.7])
def test_given_cells_stay_as_they_are_and_no_gap_is_left(
    learned: tuple[pd.DataFrame, Metadata, bytes], share: float
) -> None:
    frame, about, artifact = learned
    given = with_gaps(frame.head(150), share)
    filled = completed(artifact, given)
    assert list(filled) == list(given)
    assert filled.dtypes.astype(str).to_dict() == frame.dtypes.astype(str).to_dict()
    there = given.notna().to_numpy()
    before, after = texts(given, about).to_numpy(), texts(filled, about).to_numpy()
    assert (before[there] == after[there]).all()
    assert filled.drop(columns="nothing").notna().all().all()
    assert filled["nothing"].isna().all()
    assert (filled[SOIL].sum(axis=1) == 1).all()
    assert (filled["land"] == "here").all()


def test_what_is_drawn_looks_like_what_was_learned(
    learned: tuple[pd.DataFrame, Metadata, bytes],
) -> None:
    frame, about, artifact = learned
    open_rows = with_gaps(frame.head(500), 1.0)
    filled = completed(artifact, open_rows)
    assert set(filled["car"]) <= set(frame["car"])
    assert filled["age"].between(frame["age"].min(), frame["age"].max()).all()
    assert filled["key"].is_unique
    assert not set(filled["key"]) & set(frame["key"])
    written = texts(filled, about)
    assert written["moved"].str.fullmatch(r"\d{4}-\d\d-\d\d").all()
    assert written["income"].str.fullmatch(r"\d+(\.\d{1,2})?").all()
    assert written["children"].str.fullmatch(r"\d+").all()
    for name, share in frame["region"].value_counts(normalize=True).items():
        assert (filled["region"] == name).mean() == pytest.approx(share, abs=0.07)


def test_gaps_are_filled_better_than_by_chance(
    learned: tuple[pd.DataFrame, Metadata, bytes],
) -> None:
    _, _, artifact = learned
    real, _ = households(1_500, seed=9)
    columns = {**dict.fromkeys(SOIL, pd.Series([pd.NA] * 1_500, dtype="Int64"))}
    empty = {
        "land": pd.Categorical([None] * 1_500),
        "nothing": np.nan,
        "key": pd.array([None] * 1_500, dtype="string[pyarrow]"),
    }
    given = real.assign(**columns, **empty, car=pd.Categorical([None] * 1_500))
    given["owner"] = pd.array([pd.NA] * 1_500, dtype="boolean")
    filled = completed(artifact, given)
    for name in ("car", "owner"):
        hits = (filled[name].astype(str) == real[name].astype(str)).mean()
        shares = real[name].value_counts(normalize=True)
        assert hits > (shares**2).sum() + 0.15, name
    soil = (real["age"].to_numpy(np.int64) // 15) % 5
    assert (filled[SOIL].to_numpy(np.int64).argmax(axis=1) == soil).mean() > 0.7


def test_given_flags_decide_the_others(learned: tuple[pd.DataFrame, Metadata, bytes]) -> None:
    frame, _, artifact = learned
    given = frame.head(400).reset_index(drop=True).copy()
    given[SOIL] = pd.NA
    given = given.astype(frame.dtypes)
    given.loc[:99, "soil2"] = 1
    given.loc[100:199, ["soil0", "soil1"]] = 0
    given.loc[200:299, ["soil0", "soil1", "soil2", "soil4"]] = 0
    filled = completed(artifact, given)
    assert (filled[SOIL].sum(axis=1) == 1).all()
    assert (filled.loc[:99, "soil2"] == 1).all()
    assert (filled.loc[100:199, ["soil0", "soil1"]] == 0).all().all()
    assert filled.loc[100:199, ["soil2", "soil3", "soil4"]].sum().gt(0).all()
    assert (filled.loc[200:299, "soil3"] == 1).all()


def test_flags_that_contradict_each_other_stay_as_given(
    learned: tuple[pd.DataFrame, Metadata, bytes],
) -> None:
    frame, _, artifact = learned
    given = frame.head(4).reset_index(drop=True).copy()
    given.loc[0, SOIL] = [0, 0, 0, 0, 0]
    given.loc[1, SOIL] = [1, 1, 0, 0, 0]
    given.loc[2, SOIL] = [1, 1, pd.NA, 0, 0]
    filled = completed(artifact, given)
    given.loc[2, "soil2"] = filled.loc[2, "soil2"]
    pd.testing.assert_frame_equal(filled[SOIL], given[SOIL])


def test_a_value_that_was_never_learned_stays_and_does_no_harm(
    learned: tuple[pd.DataFrame, Metadata, bytes],
) -> None:
    frame, _, artifact = learned
    given = frame.head(60).reset_index(drop=True).copy()
    given["car"] = pd.Categorical(["sleigh"] * 60)
    given["land"] = pd.Categorical(["there"] * 30 + [None] * 30)
    given["owner"] = pd.array([pd.NA] * 60, dtype="boolean")
    filled = completed(artifact, given)
    assert (filled["car"] == "sleigh").all()
    assert filled["land"].tolist() == ["there"] * 30 + ["here"] * 30
    assert filled["owner"].notna().all()


def test_numbers_beyond_the_learned_range_count_as_its_nearest_end() -> None:
    rng = np.random.default_rng(0)
    age = rng.integers(20, 80, 1_500)
    frame = pd.DataFrame(
        {"age": pd.Series(age, dtype="Int64"), "old": pd.Series(age > 50, dtype="boolean")}
    )
    about = metadata(spec("age", SdType.INTEGER), spec("old", SdType.BOOLEAN))
    artifact = fitted(ENGINE, {"people": frame}, about).artifact
    given = pd.DataFrame(
        {
            "age": pd.Series([3, -(2**62)] * 20 + [119, 2**62] * 20, dtype="Int64"),
            "old": pd.Series([pd.NA] * 80, dtype="boolean"),
        }
    )
    filled = completed(artifact, given)
    assert filled["age"].equals(given["age"])
    assert filled["old"][:40].mean() < 0.2
    assert filled["old"][40:].mean() > 0.8


def test_an_integer_between_two_gaps_stays_an_integer_however_long() -> None:
    long = pd.Series([2**53 + 1, 2**62 + 3, -(2**62) - 5] * 40, dtype="Int64")
    frame = pd.DataFrame({"long": long, "x": np.random.default_rng(0).normal(size=120)})
    about = metadata(spec("long", SdType.INTEGER), spec("x", SdType.FLOAT))
    artifact = fitted(ENGINE, {"people": frame}, about).artifact
    given = with_gaps(frame, 0.5)
    filled = completed(artifact, given)
    there = given["long"].notna()
    assert filled.loc[there, "long"].tolist() == given.loc[there, "long"].tolist()
    assert filled["long"].dtype == "Int64"
    assert filled["long"].notna().all()


def test_no_rows_and_rows_of_one_column_are_completed_too(
    learned: tuple[pd.DataFrame, Metadata, bytes],
) -> None:
    frame, _, artifact = learned
    assert completed(artifact, frame.head(0)).dtypes.astype(str).equals(frame.dtypes.astype(str))
    alone = pd.DataFrame({"same": pd.Series([4] * 30, dtype="Int64")})
    one = fitted(ENGINE, {"people": alone}, metadata(spec("same", SdType.INTEGER))).artifact
    given = pd.DataFrame({"same": pd.Series([4, pd.NA, 7], dtype="Int64")})
    assert completed(one, given)["same"].tolist() == [4, 4, 7]
    assert completed(one, given.head(0)).empty


def test_the_same_seed_fills_the_same_and_another_one_otherwise() -> None:
    frame, about = people(400)
    artifact = fitted(ENGINE, {"people": frame}, about).artifact
    given = with_gaps(frame, 0.5)
    one, two, other = (completed(artifact, given, seed) for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(one, two)
    assert not one.equals(other)


@pytest.mark.slow
def test_many_rows_with_every_pattern_of_gaps_take_seconds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(filling, "_CHUNK_ROWS", 2_048)
    frame, about = households(400)
    artifact = fitted(ENGINE, {"people": frame}, about, settings={"max_epochs": 1}).artifact
    given = with_gaps(households(2_500, seed=4)[0], 0.4)
    assert len(given.isna().drop_duplicates()) > 200
    started = time.thread_time()
    filled = completed(artifact, given)
    assert time.thread_time() - started < 40
    assert filled.notna().all().all()
    pd.testing.assert_series_equal(
        filled.loc[given["income"].notna(), "income"], given["income"].dropna()
    )
