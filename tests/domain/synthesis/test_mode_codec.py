"""Numbers by modes, and back."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.datasets.entities import SdType
from domain.synthesis.encoding.modes import ModeCodec
from tests.domain.synthesis.simulated import spec


def learned(column: pd.Series, sdtype: SdType, **more: object) -> ModeCodec:
    return ModeCodec.fit(column, spec("x", sdtype, **more), 5, np.random.default_rng(0))


def back(codec: ModeCodec, column: pd.Series) -> pd.Series:
    return codec.decode(*codec.encode(column, np.random.default_rng(1)))


def test_two_hills_get_bells_of_their_own() -> None:
    rng = np.random.default_rng(0)
    column = pd.Series(np.concatenate([rng.normal(0, 1, 600), rng.normal(100, 2, 400)]))
    codec = learned(column, SdType.FLOAT)
    codes, places = codec.encode(column, rng)
    assert not set(codes[:600]) & set(codes[600:])
    assert abs(codec.shares[codec.middles > 50].sum() - 0.4) < 0.02
    assert np.abs(places).max() <= 1


def test_values_come_back_within_the_blurred_extremes() -> None:
    column = pd.Series(np.random.default_rng(0).normal(50, 10, 1_000).round(2))
    codec = learned(column, SdType.FLOAT, decimals=2)
    expected = column.clip(round(codec.low / 100, 2), None)
    again = back(codec, column)
    inside = column.rank(pct=True).between(0.01, 0.99)
    assert np.allclose(again[inside], column[inside], atol=0.011)
    assert again.min() > expected.min()
    assert again.max() < column.max()


def test_missing_values_have_the_last_code() -> None:
    column = pd.Series(pd.array([*range(40), None], dtype="Int64"))
    codec = learned(column, SdType.INTEGER)
    codes, places = codec.encode(column, np.random.default_rng(0))
    assert codes[-1] == codec.size - 1
    assert places[-1] == 0
    assert back(codec, column).isna().tolist() == column.isna().tolist()


def test_datetimes_keep_their_day() -> None:
    days = pd.Series(pd.date_range("2020-01-01", periods=200).astype("datetime64[ns]"))
    codec = learned(days, SdType.DATETIME, date_only=True)
    again = back(codec, days)
    assert (again == again.dt.floor("D")).all()
    assert ((again - days).abs()[5:-5] <= pd.Timedelta(days=1)).all()


def test_a_value_of_many_rows_is_exact_and_no_bell() -> None:
    rng = np.random.default_rng(0)
    column = pd.Series(np.where(rng.random(800) < 0.5, 40.0, rng.normal(40, 12, 800)))
    codec = learned(column, SdType.FLOAT)
    assert (codec.widths == 0).sum() == 1
    assert (back(codec, column)[column == 40.0] == 40.0).all()


def test_no_bell_stands_on_fewer_rows_than_are_protected() -> None:
    rng = np.random.default_rng(0)
    column = pd.Series(np.concatenate([rng.normal(0, 1, 500), [1e6, 1e6 + 1, 1e6 + 2]]))
    codec = learned(column, SdType.FLOAT)
    assert codec.middles.max() < 1e5


def test_the_state_gives_the_same_codec_back() -> None:
    column = pd.Series(np.random.default_rng(0).normal(0, 1, 200))
    codec = learned(column, SdType.FLOAT)
    again = ModeCodec.from_state(codec.state())
    pd.testing.assert_series_equal(back(again, column), back(codec, column))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(-1e200, 1e200, allow_nan=False), min_size=1, max_size=60))
def test_any_numbers_are_encoded_and_decoded_inside_their_range(values: list[float]) -> None:
    column = pd.Series(values, dtype="float64")
    codec = learned(column, SdType.FLOAT)
    codes, places = codec.encode(column, np.random.default_rng(0))
    again = codec.decode(codes, places)
    assert ((codes >= 0) & (codes < codec.size)).all()
    assert np.isfinite(places).all()
    assert again.between(min(values), max(values)).all()


@pytest.mark.parametrize("low", [-(2**63), 0, 2**62])
def test_whole_numbers_anywhere_in_int64_are_held(low: int) -> None:
    values = low + np.arange(100, dtype=np.int64) * 1_000
    column = pd.Series(pd.array(values, dtype="Int64"))
    again = back(learned(column, SdType.INTEGER), column)
    assert again.between(int(values.min()), int(values.max())).all()
