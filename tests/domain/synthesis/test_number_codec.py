from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.datasets.entities import SdType
from domain.synthesis.artifacts import Artifact
from domain.synthesis.encoding.numbers import NumberCodec
from tests.domain.synthesis.simulated import spec

INTEGERS = st.lists(st.none() | st.integers(-(2**63), 2**63 - 1), min_size=1, max_size=60)
MONEY = st.lists(st.none() | st.integers(-(10**9), 10**9), min_size=1, max_size=60)


def twin(column: pd.Series, sdtype: SdType, **more: object) -> pd.Series:
    codec = NumberCodec.fit(column, spec("x", sdtype, **more), 5)
    codes = codec.encode(column)
    assert codes.min() >= 0
    assert codes.max() < codec.size
    return codec.decode(codes, np.random.default_rng(0))


@settings(max_examples=150, deadline=None)
@given(INTEGERS)
def test_any_integers_come_back_as_integers_within_their_range(values: list[int | None]) -> None:
    column = pd.Series(values, dtype="Int64")
    back = twin(column, SdType.INTEGER)
    assert back.dtype == "Int64"
    assert (back.isna() == column.isna()).all()
    if column.notna().any():
        slack = max(2**11, int(column.max()) // 2**52 + 1)
        assert int(back.min()) >= int(column.min()) - slack
        assert int(back.max()) <= int(column.max()) + slack


@settings(max_examples=100, deadline=None)
@given(MONEY)
def test_decimals_are_kept(values: list[int | None]) -> None:
    column = pd.Series([np.nan if v is None else v / 100 for v in values], dtype="float64")
    back = twin(column, SdType.FLOAT, decimals=2)
    assert back.dtype == "float64"
    assert (back.isna() == column.isna()).all()
    assert np.array_equal(back.round(2), back, equal_nan=True)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(-1e150, 1e150), min_size=1, max_size=60))
def test_floats_of_any_size_can_be_learned(values: list[float]) -> None:
    back = twin(pd.Series(values, dtype="float64"), SdType.FLOAT)
    assert back.notna().all()
    assert np.isfinite(back).all()


def test_dates_stay_dates_and_missing_dates_missing() -> None:
    days = pd.date_range("1950-01-01", "2020-01-01", freq="D").to_series().reset_index(drop=True)
    days[::7] = pd.NaT
    back = twin(days, SdType.DATETIME, date_only=True)
    assert back.dtype == "datetime64[ns]"
    assert (back.dropna() == back.dropna().dt.floor("D")).all()
    assert (back.isna() == days.isna()).all()


def test_moments_keep_their_resolution() -> None:
    minutes = pd.Series(pd.date_range("2021-01-01", periods=5_000, freq="7min"))
    back = twin(minutes, SdType.DATETIME)
    assert (back == back.dt.floor("min")).all()


def test_steps_of_a_column_are_kept() -> None:
    column = pd.Series(np.random.default_rng(0).integers(0, 5_000, 4_000) * 50 + 7, dtype="Int64")
    back = twin(column, SdType.INTEGER)
    assert ((back - 7) % 50 == 0).all()


def test_frequent_values_come_back_exactly_and_rare_ones_are_never_alone() -> None:
    column = pd.Series([1] * 50 + [2] * 30 + [1_000, 2_000, 3_000, 4_000, 5_000], dtype="Int64")
    codec = NumberCodec.fit(column, spec("x", SdType.INTEGER), 5)
    assert codec.size == 3
    back = codec.decode(codec.encode(column), np.random.default_rng(0))
    assert back[:80].equals(column[:80])
    assert back[80:].between(1_000, 5_000).all()


def test_the_extremes_of_one_person_do_not_show() -> None:
    values = np.random.default_rng(0).normal(100, 1, 1_000)
    values[0] = 10_000.0
    back = twin(pd.Series(values), SdType.FLOAT)
    assert back.max() < 5_000


def test_the_distribution_is_kept_closely() -> None:
    column = pd.Series(np.random.default_rng(0).lognormal(0, 1, 20_000))
    back = twin(column, SdType.FLOAT)
    grid = np.quantile(column, np.linspace(0.01, 0.99, 99))
    real = np.searchsorted(np.sort(column), grid) / len(column)
    made = np.searchsorted(np.sort(back), grid) / len(back)
    assert np.abs(real - made).max() < 0.002


@pytest.mark.parametrize("missing", [pd.Series([pd.NA] * 4, dtype="Int64")])
def test_an_all_missing_column_stays_missing(missing: pd.Series) -> None:
    assert twin(missing, SdType.INTEGER).isna().all()


def test_the_state_survives_the_artifact() -> None:
    column = pd.Series(np.random.default_rng(1).normal(size=500))
    codec = NumberCodec.fit(column, spec("x", SdType.FLOAT), 5)
    artifact = Artifact(
        synthesizer="s", seed=0, settings={}, state={"c": codec.state()}, versions={}
    )
    again = NumberCodec.from_state(Artifact.from_bytes(artifact.to_bytes(), "s").state["c"])
    codes = codec.encode(column)
    assert np.array_equal(again.encode(column), codes)
    one, other = (c.decode(codes, np.random.default_rng(2)) for c in (codec, again))
    assert one.equals(other)


def test_a_small_table_gets_fewer_bins() -> None:
    values = np.random.default_rng(0).normal(size=3_000)
    few = NumberCodec.fit(pd.Series(values[:300]), spec("x", SdType.FLOAT), 5)
    many = NumberCodec.fit(pd.Series(values), spec("x", SdType.FLOAT), 5)
    assert (few.bins, many.bins) == (20, 100)


@pytest.mark.parametrize("rows", [80, 455, 3_000])
def test_a_long_number_of_one_person_does_not_come_back(rows: int) -> None:
    column = pd.Series(np.random.default_rng(1).normal(50_000, 9_000, rows))
    codec = NumberCodec.fit(column, spec("salary", SdType.FLOAT), 5)
    made = codec.decode(np.repeat(codec.encode(column), 5), np.random.default_rng(2))
    assert not np.isin(made, column).any()
