"""CTGAN and TVAE of our own: what both promise, on tables that are learned in a moment."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import time
from functools import cache

import numpy as np
import pandas as pd
import pytest

from domain.datasets.entities import Metadata, SdType
from domain.kernel import BadInput, Cancelled
from domain.synthesis import conditions, whole_rows
from domain.synthesis.base import FitResult
from domain.synthesis.engines import engine
from tests.domain.synthesis.simulated import drawn, fitted, metadata, people, spec

BOTH = pytest.mark.parametrize("name", ["ctgan", "tvae"])
QUICK: dict[str, dict[str, object]] = {
    "ctgan": {"epochs": 4, "batch_size": 50},
    "tvae": {"epochs": 4, "batch_size": 50},
}
LONG_ENOUGH: dict[str, dict[str, object]] = {
    "ctgan": {
        "epochs": 30,
        "batch_size": 100,
        "pac": 5,
        "latent_dimension": 16,
        "generator_learning_rate": 0.001,
        "discriminator_learning_rate": 0.001,
    },
    "tvae": {"epochs": 60, "batch_size": 100, "latent_dimension": 16},
}


@cache
def learned_people(name: str) -> FitResult:
    """A fit of 200 people, shared by the tests that only draw from it."""
    frame, about = people(200)
    return fitted(engine(name), {"people": frame}, about, settings=QUICK[name])


def made(
    name: str,
    frame: pd.DataFrame,
    about: Metadata,
    rows: int | None = None,
    settings: dict[str, object] | None = None,
) -> pd.DataFrame:
    """Fit and draw."""
    result = fitted(engine(name), {"people": frame}, about, settings=settings or QUICK[name])
    return drawn(engine(name), result.artifact, rows)["people"]


@BOTH
def test_every_column_comes_back_as_it_went_in_with_invented_keys(name: str) -> None:
    frame, _ = people(200)
    twin = drawn(engine(name), learned_people(name).artifact, 120)["people"]
    assert twin.dtypes.astype(str).to_dict() == frame.dtypes.astype(str).to_dict()
    assert list(twin) == list(frame)
    assert len(twin) == 120
    assert twin["key"].is_unique
    assert not set(twin["key"]) & set(frame["key"])
    assert set(twin["group"]) <= set(frame["group"])
    assert (twin["seen"] == twin["seen"].dt.floor("D")).all()
    income = twin["income"].dropna()
    assert np.array_equal(income, income.round(2))
    assert twin["income"].isna().any()
    assert twin["retired"].isna().any()


@BOTH
def test_no_value_lies_outside_the_blurred_extremes(name: str) -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"pay": np.append(rng.normal(0, 1, 399).round(3), 500.0)})
    twin = made(name, frame, metadata(spec("pay", SdType.FLOAT, decimals=3)), rows=2_000)
    assert twin["pay"].max() < 120  # the five highest: four near 3, and 500
    assert twin["pay"].min() > frame["pay"].min()


@BOTH
def test_no_real_number_of_full_precision_is_repeated(name: str) -> None:
    values = np.random.default_rng(0).lognormal(0, 1, 300)
    frame = pd.DataFrame({"x": values})
    twin = made(name, frame, metadata(spec("x", SdType.FLOAT)), rows=3_000)
    assert not set(twin["x"]) & set(values)


@pytest.mark.slow
@BOTH
def test_a_dependence_between_category_and_number_is_learned(name: str) -> None:
    rng = np.random.default_rng(1)
    group = rng.choice(["low", "high"], 1_000, p=[0.7, 0.3])
    value = np.where(group == "high", 80, 20) + rng.integers(-15, 16, 1_000)
    frame = pd.DataFrame({"group": pd.Categorical(group), "value": pd.array(value, dtype="Int64")})
    about = metadata(spec("group", SdType.CATEGORICAL), spec("value", SdType.INTEGER))
    twin = made(name, frame, about, rows=2_000, settings=LONG_ENOUGH[name])
    is_high = twin["group"] == "high"
    assert abs(is_high.mean() - 0.3) < 0.15
    agrees = (twin["value"].astype(float) > 50) == is_high
    assert agrees.mean() > 0.85  # independent columns would agree in 0.58 of the rows


@BOTH
def test_a_rare_category_is_never_drawn_and_its_count_is_told(name: str) -> None:
    words = ["common"] * 150 + ["usual"] * 100 + ["Jane Roe"] * 3
    frame = pd.DataFrame({"word": pd.Categorical(words)})
    about = metadata(spec("word", SdType.CATEGORICAL))
    result = fitted(engine(name), {"people": frame}, about, settings=QUICK[name])
    twin = drawn(engine(name), result.artifact, 2_000)["people"]
    assert set(twin["word"]) == {"common", "usual"}
    assert b"Jane" not in result.artifact
    assert "Column “word”: 1 rare value is protected, never drawn." in result.notes
    assert "Jane" not in " ".join(result.notes)


@BOTH
def test_a_value_that_many_rows_hold_comes_back_exactly(name: str) -> None:
    rng = np.random.default_rng(2)
    values = np.where(rng.random(500) < 0.6, 0, rng.integers(1_000, 90_000, 500))
    frame = pd.DataFrame({"gain": pd.array(values, dtype="Int64")})
    about = metadata(spec("gain", SdType.INTEGER))
    twin = made(name, frame, about, rows=1_000, settings=LONG_ENOUGH[name])
    assert (twin["gain"] == 0).mean() > 0.2
    assert twin["gain"].between(1, 300).mean() < 0.02  # no bell around it spreads it out


@BOTH
def test_constant_and_all_missing_columns_and_five_rows_are_no_trouble(name: str) -> None:
    frame = pd.DataFrame(
        {
            "same": pd.Categorical(["one"] * 5),
            "seven": pd.array([7] * 5, dtype="Int64"),
            "nothing": pd.array([pd.NA] * 5, dtype="Int64"),
            "never": pd.Categorical([None] * 5),
            "age": pd.array([20, 30, 40, 50, pd.NA], dtype="Int64"),
            "x": [0.1, 0.22, 0.333, 0.4444, 0.55555],
            "yes": pd.array([True, False, True, None, True], dtype="boolean"),
        }
    )
    kinds = [SdType.CATEGORICAL, SdType.INTEGER, SdType.INTEGER, SdType.CATEGORICAL]
    kinds += [SdType.INTEGER, SdType.FLOAT, SdType.BOOLEAN]
    about = metadata(*(spec(c, kind) for c, kind in zip(frame, kinds, strict=True)))
    twin = made(name, frame, about, rows=40)
    assert twin.dtypes.astype(str).drop(["same", "never"]).to_dict() == (
        frame.dtypes.astype(str).drop(["same", "never"]).to_dict()
    )
    assert twin["nothing"].isna().all()
    assert twin["never"].isna().all()
    assert twin["same"].nunique() == 1
    assert twin["age"].dropna().between(20, 50).all()


@BOTH
def test_a_table_with_nothing_to_learn_gives_rows_all_the_same(name: str) -> None:
    frame = pd.DataFrame({"flag": pd.array([True] * 30, dtype="boolean")})
    about = metadata(spec("flag", SdType.BOOLEAN))
    result = fitted(engine(name), {"people": frame}, about, settings=QUICK[name])
    assert drawn(engine(name), result.artifact, 7)["people"]["flag"].tolist() == [True] * 7
    assert result.curves == {}


@BOTH
def test_no_rows_asked_for_gives_an_empty_typed_table(name: str) -> None:
    frame, _ = people(200)
    twin = drawn(engine(name), learned_people(name).artifact, 0)["people"]
    assert len(twin) == 0
    assert twin.dtypes.astype(str).drop("group").to_dict() == (
        frame.dtypes.astype(str).drop("group").to_dict()
    )


@BOTH
def test_the_same_seed_gives_the_same_bytes(name: str) -> None:
    frame, about = people(200)
    again = fitted(engine(name), {"people": frame}, about, settings=QUICK[name])
    assert again.artifact == learned_people(name).artifact
    other = fitted(engine(name), {"people": frame}, about, settings=QUICK[name], seed=1)
    assert other.artifact != again.artifact


@pytest.mark.slow
def test_the_same_seed_gives_the_same_bytes_in_another_process() -> None:
    there = subprocess.run(
        [sys.executable, "-m", "tests.domain.synthesis.test_whole_rows"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert there.stdout.split() == [_digest("ctgan"), _digest("tvae")]


def _digest(name: str) -> str:
    artifact = learned_people(name).artifact
    twin = drawn(engine(name), artifact, rows=100, seed=5)["people"]
    return hashlib.sha256(artifact + twin.to_csv().encode()).hexdigest()


@BOTH
def test_another_seed_gives_other_rows(name: str) -> None:
    artifact = learned_people(name).artifact
    one, two = (drawn(engine(name), artifact, 50, seed)["people"] for seed in (1, 2))
    assert not one["age"].equals(two["age"])


@BOTH
def test_the_rows_of_a_long_draw_do_not_repeat_from_chunk_to_chunk(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("domain.synthesis.whole_rows._CHUNK_ROWS", 300)
    twin = drawn(engine(name), learned_people(name).artifact, 600)["people"]
    assert len(twin) == 600
    assert twin["key"].is_unique
    assert (
        not twin["income"][:300]
        .reset_index(drop=True)
        .equals(twin["income"][300:].reset_index(drop=True))
    )


@BOTH
def test_cancelling_stops_within_a_second(name: str) -> None:
    frame, about = people(1_000)
    asked: list[float] = []

    def cancel_in_training(done: int, total: int, note: str) -> None:
        if note.startswith("epoch"):
            asked.append(time.thread_time())
            raise Cancelled

    with pytest.raises(Cancelled):
        fitted(
            engine(name),
            {"people": frame},
            about,
            settings={"epochs": 10_000},
            on_progress=cancel_in_training,
        )
    assert time.thread_time() - asked[0] < 1


@BOTH
def test_progress_tells_the_epoch_and_quotes_no_value(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(whole_rows, "PROGRESS_SECONDS", 0.0)  # a quick machine would skip them all
    frame, about = people(300)
    seen: list[tuple[int, int, str]] = []
    fitted(
        engine(name),
        {"people": frame},
        about,
        settings={"epochs": 30},
        on_progress=lambda *beat: seen.append(beat),
    )
    notes = [note for _, _, note in seen if note.startswith("epoch")]
    assert notes
    assert all(" of 30, " in note for note in notes)
    assert all(0 <= done < total for done, total, note in seen if note.startswith("epoch"))


@BOTH
def test_the_learning_curve_has_one_finite_number_an_epoch(name: str) -> None:
    curve = learned_people(name).curves["people"]
    assert len(curve) == 4
    assert np.isfinite(curve).all()


def test_the_loss_of_the_autoencoder_falls() -> None:
    frame, about = people(500)
    settings = {**LONG_ENOUGH["tvae"], "epochs": 10}
    curve = fitted(engine("tvae"), {"people": frame}, about, settings=settings).curves["people"]
    assert curve[-1] < curve[0] - 1


@pytest.mark.parametrize("pac", [1, 7])
def test_the_critic_takes_packs_of_any_size(pac: int) -> None:
    frame, about = people(120)
    settings: dict[str, object] = {"epochs": 2, "batch_size": 25, "pac": pac}
    assert len(made("ctgan", frame, about, rows=30, settings=settings)) == 30


@BOTH
def test_conditions_and_several_tables_are_refused_with_the_way_out(name: str) -> None:
    frame, about = people(60)
    two = Metadata(tables={**about.tables, "others": about.tables["people"]})
    with pytest.raises(BadInput, match="use “autoregressive” for several tables"):
        fitted(engine(name), {"people": frame, "others": frame}, two, settings=QUICK[name])
    north = conditions.Condition(column="group", test=conditions.Operator.IS, values=("north",))
    asked, artifact = conditions.SampleSpec(where=(north,)), learned_people(name).artifact
    with pytest.raises(BadInput, match="train “autoregressive” for conditions"):
        engine(name).sample(artifact, rows=1, seed=0, spec=asked, on_progress=lambda *_: None)
    with pytest.raises(BadInput, match="train “autoregressive” for conditions"):
        engine(name).complete(artifact, frame, seed=0, on_progress=lambda *_: None)


@BOTH
def test_a_table_without_rows_is_refused(name: str) -> None:
    frame, about = people(5)
    with pytest.raises(BadInput, match="has no rows to learn from"):
        fitted(engine(name), {"people": frame[:0]}, about, settings=QUICK[name])


def test_an_artifact_of_one_is_not_read_by_the_other() -> None:
    with pytest.raises(BadInput, match="was fitted by “tvae”"):
        drawn(engine("ctgan"), learned_people("tvae").artifact)


if __name__ == "__main__":
    print(_digest("ctgan"), _digest("tvae"))
