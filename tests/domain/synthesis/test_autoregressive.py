from __future__ import annotations

import hashlib
import re
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import cross_val_predict

import domain
from domain.datasets.entities import SdType
from domain.kernel import BadInput, Cancelled, no_progress
from domain.synthesis import table_model
from domain.synthesis.artifacts import Artifact
from domain.synthesis.autoregressive import Autoregressive
from domain.synthesis.engines import engine
from tests.domain.synthesis.simulated import drawn, fitted, metadata, people, spec, twin

ENGINE = Autoregressive()
ROOT = Path(domain.__file__).parents[1]


@pytest.fixture(scope="module")
def learned() -> tuple[pd.DataFrame, bytes]:
    frame, about = people(1_500)
    return frame, fitted(ENGINE, {"people": frame}, about).artifact


def test_the_twin_has_the_columns_and_dtypes_of_the_table(
    learned: tuple[pd.DataFrame, bytes],
) -> None:
    frame, artifact = learned
    made = drawn(ENGINE, artifact)["people"]
    assert len(made) == len(frame)
    assert list(made.columns) == list(frame.columns)
    kinds = {name: str(dtype) for name, dtype in frame.dtypes.items()}
    assert {name: str(dtype) for name, dtype in made.dtypes.items()} == kinds


def test_marginals_and_missing_rates_are_kept(learned: tuple[pd.DataFrame, bytes]) -> None:
    frame, artifact = learned
    made = drawn(ENGINE, artifact)["people"]
    for column in ("income", "retired"):
        assert made[column].isna().mean() == pytest.approx(frame[column].isna().mean(), abs=0.01)
    shares = frame["group"].value_counts(normalize=True)
    gap = made["group"].value_counts(normalize=True).sub(shares).abs().max()
    assert gap < 0.01
    assert made["age"].mean() == pytest.approx(frame["age"].mean(), rel=0.02)


def test_dependences_are_learned(learned: tuple[pd.DataFrame, bytes]) -> None:
    _, artifact = learned
    made = drawn(ENGINE, artifact)["people"]
    assert made[["age", "income"]].corr().iloc[0, 1] > 0.92
    means = made.groupby("group", observed=True)["age"].mean()
    assert means["north"] < 30 < means["south"] < 70 < means["west"]


def test_keys_are_unique_and_never_real(learned: tuple[pd.DataFrame, bytes]) -> None:
    frame, artifact = learned
    made = drawn(ENGINE, artifact, rows=4_000)["people"]
    assert made["key"].is_unique
    assert not set(made["key"]) & set(frame["key"])


def test_any_number_of_rows_can_be_drawn(learned: tuple[pd.DataFrame, bytes]) -> None:
    _, artifact = learned
    assert [len(drawn(ENGINE, artifact, rows=n)["people"]) for n in (0, 1, 7)] == [0, 1, 7]


def test_many_rows_come_in_chunks_without_repeating_keys(
    learned: tuple[pd.DataFrame, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, artifact = learned
    monkeypatch.setattr(table_model, "MAX_CHUNK_ROWS", 1_500)
    chunks = list(ENGINE.sample(artifact, rows=4_000, seed=0, on_progress=no_progress))
    assert len(chunks) > 2
    keys = pd.concat([chunk["people"]["key"] for chunk in chunks])
    assert len(keys) == 4_000
    assert keys.is_unique


def test_the_same_seed_gives_the_same_artifact_and_rows() -> None:
    frame, about = people(100)
    torch.manual_seed(1)
    one = fitted(ENGINE, {"people": frame}, about, seed=7).artifact
    torch.manual_seed(2)
    two = fitted(ENGINE, {"people": frame}, about, seed=7).artifact
    other = fitted(ENGINE, {"people": frame}, about, seed=8).artifact
    assert one == two != other
    first, second = drawn(ENGINE, one, seed=3)["people"], drawn(ENGINE, two, seed=3)["people"]
    pd.testing.assert_frame_equal(first, second)
    assert not first.equals(drawn(ENGINE, one, seed=4)["people"])


def test_a_run_limited_by_time_is_repeated_by_its_steps() -> None:
    frame, about = people(300)
    limited = fitted(ENGINE, {"people": frame}, about, settings={"max_seconds": 0.5})
    told = re.search(r"max_steps=(\d+) and no time limit", " ".join(limited.notes))
    assert told
    repeated = fitted(ENGINE, {"people": frame}, about, settings={"max_steps": int(told[1])})
    rows = (drawn(ENGINE, result.artifact)["people"] for result in (limited, repeated))
    pd.testing.assert_frame_equal(*rows)


def test_the_callers_torch_is_left_as_it_was() -> None:
    frame, about = people(100)
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    threads = torch.get_num_threads()
    torch.set_num_threads(3)
    twin(ENGINE, frame, about)
    found = torch.get_num_threads()
    torch.set_num_threads(threads)
    assert torch.equal(torch.rand(3), expected)
    assert found == 3


@pytest.mark.slow
def test_another_process_draws_the_same_rows_from_the_artifact(tmp_path: Path) -> None:
    frame, about = people(200)
    artifact = fitted(ENGINE, {"people": frame}, about).artifact
    (tmp_path / "artifact").write_bytes(artifact)
    script = (
        "import hashlib, pathlib, sys\n"
        "from domain.synthesis.autoregressive import Autoregressive\n"
        "data = pathlib.Path(sys.argv[1]).read_bytes()\n"
        "chunks = Autoregressive().sample(data, rows=90, seed=1, on_progress=lambda *_: None)\n"
        "text = next(chunks)['people'].to_csv()\n"
        "print(hashlib.sha256(text.encode()).hexdigest())\n"
    )
    there = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "artifact")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    here = drawn(ENGINE, artifact, rows=90, seed=1)["people"].to_csv()
    assert there == hashlib.sha256(here.encode()).hexdigest()


def test_the_artifact_holds_no_pickle_and_refuses_other_versions() -> None:
    frame, about = people(60)
    data = fitted(ENGINE, {"people": frame}, about).artifact
    assert {"torch", "instructions"} <= set(Artifact.from_bytes(data, "autoregressive").versions)
    newer = data.replace(b'{\\"schema\\":3,', b'{\\"schema\\":9,')
    assert newer != data
    with pytest.raises(BadInput, match="another version"):
        drawn(ENGINE, newer)
    with pytest.raises(BadInput, match="not a fitted synthesizer"):
        drawn(ENGINE, b"PK\x03\x04 something else")
    with pytest.raises(BadInput, match="fitted by “autoregressive”"):
        drawn(engine("sdv-copula"), data)


def test_rare_categories_never_appear() -> None:
    words = ["usual"] * 300 + ["often"] * 100 + ["jane", "joe", "joe"]
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"word": pd.Categorical(words), "x": rng.normal(size=403)})
    about = metadata(spec("word", SdType.CATEGORICAL), spec("x", SdType.FLOAT))
    result = fitted(ENGINE, {"people": frame}, about)
    made = drawn(ENGINE, result.artifact, rows=20_000)["people"]
    assert set(made["word"]) == {"usual", "often"}
    assert any("2 rare values" in note for note in result.notes)
    assert not any("jane" in note or "joe" in note for note in result.notes)


@pytest.mark.slow
def test_a_column_that_another_determines_stays_determined() -> None:
    rng = np.random.default_rng(0)
    code = rng.integers(0, 12, 3_000)
    frame = pd.DataFrame(
        {"code": pd.Series(code, dtype="Int64"), "name": pd.Categorical([f"n{c}" for c in code])}
    )
    about = metadata(spec("code", SdType.INTEGER), spec("name", SdType.CATEGORICAL))
    result = fitted(ENGINE, {"people": frame}, about, settings={})
    made = drawn(ENGINE, result.artifact)["people"]
    assert (made["name"].astype(str) == "n" + made["code"].astype(str)).mean() > 0.99


def test_five_rows_are_enough() -> None:
    frame, about = people(5)
    made = twin(ENGINE, frame, about, rows=40)
    assert len(made) == 40
    assert not set(made["group"].astype(str)) & set(frame["group"].astype(str))
    assert made["age"].between(frame["age"].min(), frame["age"].max()).all()


def test_constant_and_all_missing_columns_stay_so() -> None:
    rows = 50
    frame = pd.DataFrame(
        {
            "one": pd.Series([4] * rows, dtype="Int64"),
            "word": pd.Categorical(["same"] * rows),
            "no number": pd.Series([np.nan] * rows),
            "no word": pd.Categorical([None] * rows, categories=[]),
            "no flag": pd.Series([pd.NA] * rows, dtype="boolean"),
            "no day": pd.Series([pd.NaT] * rows, dtype="datetime64[ns]"),
            "no name": pd.Series([pd.NA] * rows, dtype="string[pyarrow]"),
        }
    )
    kinds = ["INTEGER", "CATEGORICAL", "FLOAT", "CATEGORICAL", "BOOLEAN", "DATETIME", "TEXT"]
    about = metadata(*(spec(n, SdType[k]) for n, k in zip(frame, kinds, strict=True)))
    made = twin(ENGINE, frame, about, rows=30)
    assert (made["one"] == 4).all()
    assert (made["word"] == "same").all()
    assert made.filter(like="no ").isna().all().all()
    assert list(made) == list(frame)


def test_independent_columns_are_not_overfitted() -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({f"x{i}": rng.normal(size=120) for i in range(6)})
    about = metadata(*(spec(c, SdType.FLOAT) for c in frame))
    made = twin(ENGINE, frame, about, rows=2_000)
    assert made.corr().where(~np.eye(6, dtype=bool)).abs().max().max() < 0.25


@pytest.mark.slow
def test_a_table_of_hundreds_of_columns_is_learned_in_bounded_memory() -> None:
    rng = np.random.default_rng(0)
    hidden = rng.integers(0, 2, 60)
    columns = {
        f"f{i}": pd.Series((hidden ^ (rng.random(60) < 0.1)) == 1, dtype="boolean")
        for i in range(300)
    }
    frame = pd.DataFrame(columns)
    about = metadata(*(spec(c, SdType.BOOLEAN) for c in frame))
    result = fitted(ENGINE, {"people": frame}, about, settings={"max_epochs": 1})
    assert len(result.artifact) < 40_000_000
    assert len(drawn(ENGINE, result.artifact, rows=50)["people"]) == 50


def test_cancelling_stops_training_and_drawing() -> None:
    frame, about = people(3_000)

    def cancel(done: int, total: int, note: str) -> None:
        if "epoch" in note or "drawing" in note:
            raise Cancelled

    with pytest.raises(Cancelled):
        fitted(ENGINE, {"people": frame}, about, on_progress=cancel)
    artifact = fitted(ENGINE, {"people": frame}, about, settings={"max_epochs": 1}).artifact
    with pytest.raises(Cancelled):
        list(ENGINE.sample(artifact, rows=50_000, seed=0, on_progress=cancel))


def test_progress_is_reported_at_least_every_half_second() -> None:
    frame, about = people(6_000)
    beats = [time.thread_time()]  # of its own, whatever else the machine does
    notes: list[str] = []

    def beat(done: int, total: int, note: str) -> None:
        assert 0 <= done <= total
        beats.append(time.thread_time())
        notes.append(note)

    fitted(ENGINE, {"people": frame}, about, settings={"max_epochs": 4}, on_progress=beat)
    assert any(note.startswith("epoch 1 of 4, validation loss") for note in notes)
    assert max(np.diff(beats)) < 1


def test_no_key_of_a_held_out_row_is_invented() -> None:
    frame, about = people(1_000)
    frame["key"] = pd.array([f"{i:03d}" for i in range(1_000)], dtype="string[pyarrow]")
    kept, held_out = frame[:300].reset_index(drop=True), frame[300:]
    result = fitted(ENGINE, {"people": kept}, about, held_out={"people": held_out})
    made = drawn(ENGINE, result.artifact)["people"]
    assert not set(made["key"]) & set(frame["key"])


def test_an_empty_table_is_refused() -> None:
    frame, about = people(5)
    with pytest.raises(BadInput, match="has no rows"):
        fitted(ENGINE, {"people": frame[:0]}, about)


@pytest.mark.slow
def test_rows_are_hard_to_tell_from_real_ones() -> None:
    frame, about = people(2_000)
    other, _ = people(2_000, seed=1)
    made = twin(ENGINE, frame, about)
    features = pd.concat([_features(other), _features(made)])
    labels = np.repeat([0, 1], 2_000)
    forest = RandomForestClassifier(100, min_samples_leaf=10, random_state=0)
    guess = cross_val_predict(forest, features, labels, cv=3)
    assert (guess == labels).mean() < 0.6


def _features(frame: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "group": frame["group"].astype(str).map({"north": 0, "south": 1, "west": 2}),
            "age": frame["age"].astype(float),
            "income": frame["income"].fillna(-1),
            "retired": frame["retired"].astype("Int64").fillna(-1).astype(float),
        }
    )
